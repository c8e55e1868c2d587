/* Digits as a pen would draw them. A form of a digit is a few points and the strokes through them;
 * every image moves the points a little, runs Catmull and Rom's spline through each stroke, bends
 * the result by a random shear, turn and scale, and inks what lies within half a pen's width. A
 * stroke ends where the pen would stop, so corners stay sharp and arcs stay round. */
#include "gantrain/data/digits.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "gantrain/base/rng.h"
#include "gantrain/base/team.h"

enum {
    DIGITS = 10,
    MOST_FORMS = 3,
    MOST_POINTS = 10,
    SPLINE_STEPS = 5, /* straight pieces between two points */
};

/* Points in hundredths of the digit's height, x to the right, y down. Strokes name the points by
 * letter, a being the first, and are separated by spaces; one that ends where it began is closed.
 */
typedef struct digit_form {
    const char *strokes;
    signed char points[MOST_POINTS][2];
} digit_form;

static const digit_form forms[DIGITS][MOST_FORMS] = {
    {
        {"abcdefgha",
         {{50, 0}, {70, 12}, {78, 48}, {70, 88}, {48, 100}, {29, 87}, {22, 50}, {30, 13}}},
        {"abcdefgha",
         {{48, 0}, {72, 18}, {74, 52}, {62, 92}, {42, 100}, {24, 82}, {22, 45}, {30, 10}}},
    },
    {
        {"ab", {{50, 0}, {50, 100}}},
        {"ab bc", {{33, 20}, {53, 0}, {53, 100}}},
        {"ab bc de", {{32, 20}, {51, 0}, {51, 100}, {30, 100}, {72, 100}}},
    },
    {
        {"abcdef fg", {{24, 24}, {34, 5}, {56, 0}, {76, 22}, {60, 56}, {20, 100}, {82, 98}}},
        {"abcdefghi",
         {{22, 18}, {48, 0}, {74, 22}, {58, 60}, {34, 94}, {19, 93}, {25, 80}, {48, 88}, {84, 98}}},
    },
    {
        {"abcde efghi",
         {{24, 12},
          {46, 0},
          {72, 14},
          {66, 38},
          {42, 47},
          {68, 55},
          {78, 76},
          {52, 100},
          {20, 90}}},
        {"ab bc cdefg", {{24, 2}, {76, 0}, {46, 40}, {70, 50}, {77, 74}, {54, 99}, {20, 92}}},
    },
    {
        {"ab bc de", {{32, 0}, {20, 58}, {84, 56}, {70, 4}, {62, 100}}},
        {"ab bc ad", {{64, 0}, {16, 66}, {88, 66}, {62, 100}}},
    },
    {
        {"ab bc cdefg", {{78, 0}, {34, 2}, {28, 44}, {58, 39}, {79, 64}, {58, 98}, {20, 92}}},
    },
    {
        {"abcdefgh",
         {{70, 0}, {42, 22}, {26, 58}, {30, 90}, {52, 100}, {74, 82}, {66, 58}, {27, 74}}},
        {"abcdefgh",
         {{54, 0}, {32, 30}, {24, 66}, {34, 94}, {56, 99}, {74, 78}, {58, 58}, {26, 76}}},
    },
    {
        {"ab bcd", {{20, 3}, {80, 0}, {58, 46}, {44, 100}}},
        {"ab bc", {{22, 2}, {78, 2}, {40, 100}}},
        {"ab bcd ef", {{20, 3}, {80, 0}, {58, 46}, {46, 100}, {36, 52}, {76, 48}}},
    },
    {
        {"abcdefcga", {{50, 0}, {27, 20}, {50, 47}, {75, 76}, {50, 100}, {25, 76}, {73, 20}}},
        {"abcdefcga", {{58, 0}, {32, 16}, {50, 44}, {68, 74}, {44, 100}, {24, 80}, {78, 16}}},
    },
    {
        {"abcdea afg", {{76, 16}, {52, 0}, {27, 18}, {33, 46}, {58, 46}, {74, 56}, {64, 100}}},
        {"abcdea afgh",
         {{74, 20}, {50, 0}, {25, 24}, {40, 50}, {64, 40}, {74, 60}, {60, 96}, {28, 96}}},
    },
};

/* Where the random words of one image are, so that each use has its own. */
enum {
    WORD_LABEL,
    WORD_FORM,
    WORD_SHEAR,
    WORD_TURN,
    WORD_WIDTH,
    WORD_HEIGHT,
    WORD_X,
    WORD_Y,
    WORD_PEN,
    WORD_POINTS, /* two for every point */
    WORDS = (WORD_POINTS + 2 * MOST_POINTS + 3) / 4 * 4
};

typedef struct point {
    float x, y;
} point;

static float between(float low, float high, uint32_t word) {
    return low + (high - low) * ((float)(word >> 8) * 0x1p-24f);
}

static const digit_form *choose_form(int digit, uint32_t word) {
    uint32_t count = 0;
    while (count < MOST_FORMS && forms[digit][count].strokes != NULL)
        count++;
    return &forms[digit][((uint64_t)word * count) >> 32];
}

/* Places a form's points in the image, in pixels: moved each a little, bent, and centred but for a
 * small shift, in a box that leaves room for the pen. */
static void place_points(point points[MOST_POINTS], const digit_form *form,
                         const uint32_t words[WORDS]) {
    const float jitter = 0.04f, most_extent = 19, middle = (float)GT_DIGIT_SIDE / 2;
    float shear = between(-0.12f, 0.38f, words[WORD_SHEAR]);
    float turn = between(-0.14f, 0.14f, words[WORD_TURN]);
    float width = between(15.0f, 24.0f, words[WORD_WIDTH]);
    float height = between(15.5f, 19.0f, words[WORD_HEIGHT]);
    float left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int i = 0; i < MOST_POINTS; i++) {
        const uint32_t *move = words + WORD_POINTS + 2 * i;
        float x = (float)form->points[i][0] * 0.01f - 0.5f + between(-jitter, jitter, move[0]);
        float y = (float)form->points[i][1] * 0.01f - 0.5f + between(-jitter, jitter, move[1]);
        x = width * x - shear * height * y;
        y = height * y;
        points[i] = (point){x * cosf(turn) - y * sinf(turn), x * sinf(turn) + y * cosf(turn)};
        if (strchr(form->strokes, 'a' + i) == NULL)
            continue;
        left = fminf(left, points[i].x);
        right = fmaxf(right, points[i].x);
        top = fminf(top, points[i].y);
        bottom = fmaxf(bottom, points[i].y);
    }
    float fit = fminf(1, most_extent / fmaxf(right - left, bottom - top));
    float x = middle - fit * (left + right) / 2 + between(-1.2f, 1.2f, words[WORD_X]);
    float y = middle - fit * (top + bottom) / 2 + between(-1.2f, 1.2f, words[WORD_Y]);
    for (int i = 0; i < MOST_POINTS; i++)
        points[i] = (point){fit * points[i].x + x, fit * points[i].y + y};
}

/* Lowers each pixel's squared distance to the ink's middle line by the segment from a to b, as far
 * out as the pen can reach. Pixel (row, column) has its centre at (column + 1/2, row + 1/2). */
static void approach_segment(float distances[GT_DIGIT_PIXELS], point a, point b, float reach) {
    float dx = b.x - a.x, dy = b.y - a.y;
    float length_squared = fmaxf(dx * dx + dy * dy, 1e-12f);
    int left = (int)fmaxf(fminf(a.x, b.x) - reach, 0);
    int right = (int)fminf(fmaxf(a.x, b.x) + reach, GT_DIGIT_SIDE - 1);
    int top = (int)fmaxf(fminf(a.y, b.y) - reach, 0);
    int bottom = (int)fminf(fmaxf(a.y, b.y) + reach, GT_DIGIT_SIDE - 1);
    for (int row = top; row <= bottom; row++)
        for (int column = left; column <= right; column++) {
            float x = (float)column + 0.5f - a.x, y = (float)row + 0.5f - a.y;
            float along = (x * dx + y * dy) / length_squared;
            along = fminf(fmaxf(along, 0), 1);
            x -= along * dx;
            y -= along * dy;
            float *distance = &distances[row * GT_DIGIT_SIDE + column];
            *distance = fminf(*distance, x * x + y * y);
        }
}

/* Catmull and Rom's spline between b and c, at t in [0, 1]. */
static float spline(float a, float b, float c, float d, float t) {
    float slope = c - a, bend = 2 * a - 5 * b + 4 * c - d, twist = 3 * (b - c) + d - a;
    return b + 0.5f * t * (slope + t * (bend + t * twist));
}

/* Draws the stroke through points[letters[0] - 'a'], ... */
static void draw_stroke(float distances[GT_DIGIT_PIXELS], const point *points, const char *letters,
                        int length, float reach) {
    bool closed = length > 2 && letters[0] == letters[length - 1];
    for (int i = 0; i + 1 < length; i++) {
        int before = i > 0 ? i - 1 : closed ? length - 2 : 0;
        int after = i + 2 < length ? i + 2 : closed ? 1 : length - 1;
        point a = points[letters[before] - 'a'], b = points[letters[i] - 'a'];
        point c = points[letters[i + 1] - 'a'], d = points[letters[after] - 'a'];
        point from = b;
        int steps = length > 2 ? SPLINE_STEPS : 1;
        for (int step = 1; step <= steps; step++) {
            float t = (float)step / (float)steps;
            point to = {spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t)};
            approach_segment(distances, from, to, reach);
            from = to;
        }
    }
}

static void draw_digit(uint8_t *image, uint16_t *label, gt_address address) {
    uint32_t words[WORDS];
    for (uint32_t block = 0; block < WORDS / 4; block++)
        gt_random_bits(words + 4 * block, address, block);
    *label = (uint16_t)(((uint64_t)words[WORD_LABEL] * DIGITS) >> 32);
    const digit_form *form = choose_form(*label, words[WORD_FORM]);
    point points[MOST_POINTS];
    place_points(points, form, words);

    /* Ink fades out over one pixel, from half a pixel inside the pen's edge to half outside. */
    float radius = between(0.85f, 1.75f, words[WORD_PEN]);
    float distances[GT_DIGIT_PIXELS];
    for (int i = 0; i < GT_DIGIT_PIXELS; i++)
        distances[i] = 1e6f;
    for (const char *stroke = form->strokes; *stroke != '\0';) {
        int length = (int)strcspn(stroke, " ");
        draw_stroke(distances, points, stroke, length, radius + 1);
        stroke += length;
        stroke += strspn(stroke, " ");
    }
    for (int i = 0; i < GT_DIGIT_PIXELS; i++) {
        float ink = radius + 0.5f - sqrtf(distances[i]);
        image[i] = (uint8_t)(fminf(fmaxf(ink, 0), 1) * 255 + 0.5f);
    }
}

/* The arguments of a loop over a part of the series. */
struct drawing {
    uint8_t *images;
    uint16_t *labels;
    uint64_t seed;
    uint32_t first;
};

static void draw_digits(void *context, long first, long last) {
    const struct drawing *drawing = context;
    for (long i = first; i < last; i++) {
        gt_address address = {.seed = drawing->seed,
                              .purpose = GT_PURPOSE_DIGITS,
                              .example = drawing->first + (uint32_t)i};
        draw_digit(drawing->images + i * GT_DIGIT_PIXELS, drawing->labels + i, address);
    }
}

void gt_digits_draw(uint8_t *images, uint16_t *labels, gt_team *team, uint64_t seed, uint32_t first,
                    uint32_t count) {
    struct drawing drawing = {images, labels, seed, first};
    gt_team_run(team, draw_digits, &drawing, count, 1, true);
}
