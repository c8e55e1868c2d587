/* Differentiable augmentation, and its way back. */
#include "gantrain/model/augment.h"

#include <string.h>

#include "gantrain/base/text.h"

static const struct {
    const char *name;
    unsigned member;
} words[] = {{"translation", GT_AUGMENT_TRANSLATION},
             {"cutout", GT_AUGMENT_CUTOUT},
             {"colour", GT_AUGMENT_COLOUR}};

enum { WORDS = sizeof words / sizeof *words };

gt_status gt_augment_parse(unsigned *set, const char *text, gt_error *error) {
    unsigned found = 0;
    while (*(text += strspn(text, " ,")) != '\0') {
        char word[GT_EXCERPT];
        int i = 0;
        size_t length = strcspn(text, " ,");
        gt_text_copy(word, length < sizeof word ? length + 1 : sizeof word, text);
        while (i < WORDS && strcmp(words[i].name, word) != 0)
            i++;
        if (i == WORDS) {
            char excerpt[GT_EXCERPT];
            gt_guess guess = {.word = word};
            for (int k = 0; k < WORDS; k++)
                gt_guess_consider(&guess, words[k].name);
            return gt_error_set(error, GT_USAGE, "'%s': needs some of: translation cutout colour%s",
                                gt_text_excerpt(excerpt, word), gt_guess_phrase(&guess));
        }
        found |= words[i].member;
        text += length;
    }
    *set = found;
    return GT_OK;
}

const char *gt_augment_format(char text[GT_AUGMENT_TEXT], unsigned set) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < WORDS; i++)
        if (set & words[i].member)
            used =
                gt_text_append(text, GT_AUGMENT_TEXT, used, "%s%s", used ? " " : "", words[i].name);
    return text;
}

/* The numbers of a draw, each with a component of its own. */
enum { DOWN, RIGHT, TOP, LEFT, BRIGHTNESS, SATURATION, CONTRAST, NUMBERS };

static int draw_shift(gt_address address, uint32_t number, int size) {
    const int most = size / 8;
    return (int)gt_random_below(address, number, (uint32_t)(2 * most + 1)) - most;
}

/* Where a stretch of half the size begins whose centre is anywhere: maybe before 0. */
static int draw_start(gt_address address, uint32_t number, int size) {
    const int half = size / 2;
    return (int)gt_random_below(address, number, (uint32_t)(size + 1 - half % 2)) - half / 2;
}

void gt_augment_draw(gt_augment_change *change, const gt_augment *augment, gt_address address) {
    const gt_shape shape = augment->shape;
    *change = (gt_augment_change){.saturation = 1, .contrast = 1};
    if (augment->set & GT_AUGMENT_TRANSLATION) {
        change->down = draw_shift(address, DOWN, shape.height);
        change->right = draw_shift(address, RIGHT, shape.width);
    }
    if (augment->set & GT_AUGMENT_CUTOUT) {
        change->top = draw_start(address, TOP, shape.height);
        change->left = draw_start(address, LEFT, shape.width);
        change->height = shape.height / 2;
        change->width = shape.width / 2;
    }
    if (augment->set & GT_AUGMENT_COLOUR) {
        gt_real units[NUMBERS];
        gt_random_uniform(units, NULL, address, 0, 1, 1, NUMBERS);
        change->brightness =
            (augment->high - augment->low) / 2 * (units[BRIGHTNESS] - (gt_real)0.5);
        change->saturation = 2 * units[SATURATION];
        change->contrast = units[CONTRAST] + (gt_real)0.5;
    }
}

static gt_real mean_of(const gt_real *numbers, long count) {
    double sum = 0;
    for (long i = 0; i < count; i++)
        sum += (double)numbers[i];
    return (gt_real)(sum / (double)count);
}

/* Sets `to` (channels), which may be `from`, to the colour of a pixel in an image of mean
 * `mean`. */
static void colour_pixel(gt_real *to, const gt_real *from, const gt_augment_change *change,
                         gt_real mean, gt_real brightness, int channels) {
    const gt_real contrast = change->contrast, grey = 1 - change->saturation;
    const gt_real rest =
        contrast * grey * mean_of(from, channels) + (1 - contrast) * mean + brightness;
    for (int c = 0; c < channels; c++)
        to[c] = contrast * change->saturation * from[c] + rest;
}

static bool is_inside(int y, int x, gt_shape shape) {
    return y >= 0 && y < shape.height && x >= 0 && x < shape.width;
}

static bool is_cut(int y, int x, const gt_augment_change *change) {
    return y >= change->top && y < change->top + change->height && x >= change->left &&
           x < change->left + change->width;
}

void gt_augment_image(gt_real *y, const gt_augment *augment, const gt_augment_change *change,
                      const gt_real *x) {
    const gt_shape shape = augment->shape;
    const gt_real mean = mean_of(x, gt_shape_size(shape));
    const gt_real middle = (augment->low + augment->high) / 2;
    for (int row = 0; row < shape.height; row++)
        for (int column = 0; column < shape.width; column++, y += shape.channels) {
            const int from_row = row - change->down, from_column = column - change->right;
            if (is_inside(from_row, from_column, shape) && !is_cut(row, column, change))
                colour_pixel(y, x + ((long)from_row * shape.width + from_column) * shape.channels,
                             change, mean, change->brightness, shape.channels);
            else
                for (int c = 0; c < shape.channels; c++)
                    y[c] = middle;
        }
}

void gt_augment_image_back(gt_real *dx, const gt_augment *augment, const gt_augment_change *change,
                           const gt_real *dy) {
    const gt_shape shape = augment->shape;
    const long size = gt_shape_size(shape);
    gt_real *to = dx;
    for (int row = 0; row < shape.height; row++)
        for (int column = 0; column < shape.width; column++, to += shape.channels) {
            const int at_row = row + change->down, at_column = column + change->right;
            const bool is_seen =
                is_inside(at_row, at_column, shape) && !is_cut(at_row, at_column, change);
            const gt_real *from =
                dy + (is_seen ? ((long)at_row * shape.width + at_column) * shape.channels : 0);
            for (int c = 0; c < shape.channels; c++)
                to[c] = is_seen ? from[c] : 0;
        }
    const gt_real mean = mean_of(dx, size);
    for (long i = 0; i < size; i += shape.channels)
        colour_pixel(dx + i, dx + i, change, mean, 0, shape.channels);
}

/* The arguments of a loop over the images of a minibatch. */
struct minibatch {
    void (*carry)(gt_real *, const gt_augment *, const gt_augment_change *, const gt_real *);
    gt_real *to;
    const gt_real *from;
    const gt_augment *augment;
    gt_address address;
};

static void carry_rows(void *context, long first, long last) {
    const struct minibatch *minibatch = context;
    const long size = gt_shape_size(minibatch->augment->shape);
    for (long row = first; row < last; row++) {
        gt_augment_change change;
        gt_address address = minibatch->address;
        address.example += (uint32_t)row;
        gt_augment_draw(&change, minibatch->augment, address);
        minibatch->carry(minibatch->to + row * size, minibatch->augment, &change,
                         minibatch->from + row * size);
    }
}

static void carry_all(struct minibatch minibatch, gt_team *team, int rows) {
    gt_team_run(team, carry_rows, &minibatch, rows, 1,
                (long)rows * gt_shape_size(minibatch.augment->shape) > GT_LOOP_WORTH);
}

void gt_augment_images(gt_real *y, const gt_augment *augment, gt_team *team, const gt_real *x,
                       gt_address address, int rows) {
    carry_all((struct minibatch){gt_augment_image, y, x, augment, address}, team, rows);
}

void gt_augment_images_back(gt_real *dx, const gt_augment *augment, gt_team *team,
                            const gt_real *dy, gt_address address, int rows) {
    carry_all((struct minibatch){gt_augment_image_back, dx, dy, augment, address}, team, rows);
}
