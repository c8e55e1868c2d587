/* Rows and pictures that could not be written: they are held, and written with the next that can
 * be. Rows also travel in the checkpoints written meanwhile, so that not even a kill loses them. */
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/files/grid.h"
#include "gantrain/sample/scatter.h"
#include "train/state.h"

/* So many pictures are held at most: a disk may be full for days. */
enum { HELD_PICTURES = 64 };

struct held_picture {
    struct held_picture *next;
    uint32_t count; /* images; 0: it is a text */
    size_t size;
    char name[64];
    uint8_t pixels[];
};

gt_status held_add_rows(struct trainer *trainer, const char *rows) {
    size_t held = trainer->held.rows != NULL ? strlen(trainer->held.rows) : 0;
    char *longer = realloc(trainer->held.rows, held + strlen(rows) + 1);
    if (longer == NULL)
        return GT_FAILED;
    memcpy(longer + held, rows, strlen(rows) + 1);
    trainer->held.rows = longer;
    return GT_OK;
}

gt_status held_write_rows(struct trainer *trainer, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    if (trainer->held.rows == NULL)
        return GT_OK;
    gt_status status = gt_history_append(gt_run_file(path, &trainer->run, "metrics.csv"),
                                         &trainer->columns, trainer->held.rows, error);
    if (status == GT_OK) {
        free(trainer->held.rows);
        trainer->held.rows = NULL;
    }
    return status;
}

/* The shape of a cell of a picture: an image, or a picture of points, which is the only one. */
static gt_shape cell_shape(const struct trainer *trainer) {
    return trainer->points != NULL ? gt_scatter_shape() : trainer->setup.dataset.shape;
}

static gt_status write_picture(const struct trainer *trainer, const char *name,
                               const uint8_t *pixels, size_t size, uint32_t count,
                               gt_error *error) {
    char path[GT_PATH_CAPACITY];
    gt_run_file(path, &trainer->run, name);
    if (count == 0)
        return gt_file_save(path, pixels, size, error);
    return gt_grid_write(path, pixels, count,
                         trainer->points != NULL ? 1 : trainer_grid_columns(trainer),
                         cell_shape(trainer), NULL, error);
}

gt_status held_write_pictures(struct trainer *trainer, gt_error *error) {
    struct held_picture *picture;
    while ((picture = trainer->held.pictures) != NULL) {
        gt_status status = write_picture(trainer, picture->name, picture->pixels, picture->size,
                                         picture->count, error);
        if (status != GT_OK)
            return status;
        trainer->held.pictures = picture->next;
        free(picture);
    }
    return GT_OK;
}

/* Holds a picture as the last one; false if there is no room. */
static bool hold_picture(struct trainer *trainer, const char *name, const uint8_t *pixels,
                         size_t size, uint32_t count) {
    struct held_picture **end = &trainer->held.pictures;
    int held = 0;
    for (; *end != NULL; end = &(*end)->next)
        held++;
    struct held_picture *picture = held < HELD_PICTURES ? malloc(sizeof *picture + size) : NULL;
    if (picture == NULL)
        return false;
    *picture = (struct held_picture){.count = count, .size = size};
    snprintf(picture->name, sizeof picture->name, "%s", name);
    memcpy(picture->pixels, pixels, size);
    *end = picture;
    return true;
}

static void hold_or_write(struct trainer *trainer, const char *name, const uint8_t *pixels,
                          size_t size, uint32_t count) {
    gt_error error = {0};
    if (write_picture(trainer, name, pixels, size, count, &error) == GT_OK) {
        held_write_pictures(trainer, NULL); /* if they cannot be, the end of the run says so */
        return;
    }
    bool is_held = hold_picture(trainer, name, pixels, size, count);
    trainer->output_failed = trainer->output_failed || !is_held;
    trainer_warn(trainer, &error,
                 is_held ? "training continues; the picture is tried again"
                         : "training continues without this picture");
}

void held_or_write_picture(struct trainer *trainer, const char *name, const uint8_t *pixels,
                           uint32_t count) {
    hold_or_write(trainer, name, pixels, (size_t)count * (size_t)gt_shape_size(cell_shape(trainer)),
                  count);
}

void held_or_write_text(struct trainer *trainer, const char *name, const char *text) {
    hold_or_write(trainer, name, (const uint8_t *)text, strlen(text), 0);
}

void held_describe(char *text, size_t capacity, const struct trainer *trainer) {
    int pictures = 0;
    for (const struct held_picture *p = trainer->held.pictures; p != NULL; p = p->next)
        pictures++;
    size_t used = (size_t)snprintf(text, capacity, "%s",
                                   trainer->held.rows != NULL ? ": rows of metrics.csv" : "");
    if (pictures > 0 && used < capacity)
        used = gt_text_append(text, capacity, used, "%s %d picture%s, the first is %s",
                              used > 0 ? "," : ":", pictures, pictures == 1 ? "" : "s",
                              trainer->held.pictures->name);
    if (trainer->keep_failed && used < capacity)
        snprintf(text + used, capacity - used, "%s the link to the newest checkpoint",
                 used > 0 ? "," : ":");
}

void held_free(struct trainer *trainer) {
    struct held_picture *picture;
    while ((picture = trainer->held.pictures) != NULL) {
        trainer->held.pictures = picture->next;
        free(picture);
    }
    free(trainer->held.rows);
}
