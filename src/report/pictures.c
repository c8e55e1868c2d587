/* The pictures of a run: listed by their names, and read only for a page that holds them itself. */
#include "report/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

enum { BYTES_MOST = 1 << 26 };

/* A sample grid, of the end of an epoch or of a step within one. */
struct picture {
    bool is_step;
    uint64_t number;
};

/* The pictures of a directory: a list that grows. */
struct album {
    struct picture *list; /* owned */
    int count;
    bool has_real, has_nearest;
};

static const char *format_name(char name[64], struct picture picture) {
    if (picture.is_step)
        snprintf(name, 64, "step-%07" PRIu64 ".png", picture.number);
    else
        snprintf(name, 64, "epoch-%04" PRIu64 ".png", picture.number);
    return name;
}

/* Reads a name back; false if it is not that of a sample grid. */
static bool parse_name(struct picture *picture, const char *name) {
    char again[64];
    picture->is_step = strncmp(name, "step-", 5) == 0;
    if (sscanf(name, picture->is_step ? "step-%" SCNu64 : "epoch-%" SCNu64, &picture->number) != 1)
        return false;
    return strcmp(format_name(again, *picture), name) == 0;
}

static gt_status add_picture(void *context, const char *name, gt_error *error) {
    struct album *album = context;
    struct picture picture;
    album->has_real |= strcmp(name, "real.png") == 0;
    album->has_nearest |= strcmp(name, "nearest.png") == 0;
    if (!parse_name(&picture, name))
        return GT_OK;
    struct picture *longer = realloc(album->list, (size_t)(album->count + 1) * sizeof *longer);
    if (longer == NULL)
        return gt_error_set(error, GT_FAILED, "no memory to list the pictures");
    album->list = longer;
    album->list[album->count++] = picture;
    return GT_OK;
}

/* Epochs first, then steps. */
static int compare_pictures(const void *a, const void *b) {
    const struct picture *first = a, *second = b;
    if (first->is_step != second->is_step)
        return first->is_step ? 1 : -1;
    return (first->number > second->number) - (first->number < second->number);
}

/* The picture's file, and its bytes if the page is to hold them. NULL if they cannot be read, which
 * is noted. */
static json_t *picture_to_json(struct run *run, const char *name) {
    char file[96], path[GT_PATH_CAPACITY], *bytes;
    size_t size;
    gt_error error = {0};
    snprintf(file, sizeof file, "samples/%s", name);
    json_t *picture = json_object();
    json_put(run->builder, picture, "file", json_text(file));
    if (!run->options->is_self_contained)
        return picture;
    if (gt_file_load(&bytes, &size, gt_run_file(path, &run->directory, file), BYTES_MOST, &error) !=
        GT_OK) {
        run_note(run, error.message);
        json_decref(picture);
        return NULL;
    }
    json_put(run->builder, picture, "src", json_base64("data:image/png;base64,", bytes, size));
    free(bytes);
    return picture;
}

/* Whether picture `index` of `count` is one of `most` that are evenly spaced, the first and the last
 * among them. */
static bool is_chosen(int index, int count, int most) {
    if (count <= most)
        return true;
    if (most < 2)
        return index == count - 1;
    int64_t place = (int64_t)index * (most - 1);
    return place % (count - 1) < most - 1;
}

static void put_grids(struct run *run, json_t *object, const struct album *album) {
    json_t *list = json_array();
    const int most = run->options->is_self_contained ? run->options->pictures_most : album->count;
    int left_out = 0;
    for (int i = 0; i < album->count; i++) {
        char name[64];
        bool chosen = is_chosen(i, album->count, most);
        left_out += !chosen;
        json_t *picture = chosen ? picture_to_json(run, format_name(name, album->list[i])) : NULL;
        if (picture == NULL)
            continue;
        json_put(run->builder, picture, album->list[i].is_step ? "step" : "epoch",
                 json_integer((json_int_t)album->list[i].number));
        json_add(run->builder, list, picture);
    }
    json_put(run->builder, object, "pictures", list);
    json_put(run->builder, object, "pictures_left_out", json_integer(left_out));
}

static void put_single(struct run *run, json_t *object, const char *key, const char *name,
                       bool exists) {
    json_t *picture = exists ? picture_to_json(run, name) : NULL;
    if (picture != NULL)
        json_put(run->builder, object, key, picture);
}

void put_pictures(struct run *run, json_t *object) {
    char path[GT_PATH_CAPACITY];
    struct album album = {0};
    gt_error error = {0};
    gt_run_file(path, &run->directory, "samples");
    if (gt_directory_visit(path, add_picture, &album, &error) != GT_OK)
        run_note(run, error.message);
    if (album.count > 0)
        qsort(album.list, (size_t)album.count, sizeof *album.list, compare_pictures);
    put_grids(run, object, &album);
    put_single(run, object, "real", "real.png", album.has_real);
    put_single(run, object, "nearest", "nearest.png", album.has_nearest);
    free(album.list);
}
