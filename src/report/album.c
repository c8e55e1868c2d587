/* The pictures of a directory: a list that grows, then is sorted. */
#include "report/album.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/data/picture.h"
#include "gantrain/files/file.h"

const char *picture_name(char name[PICTURE_NAME], struct picture picture) {
    if (picture.is_step)
        snprintf(name, PICTURE_NAME, "step-%07" PRIu64 ".png", picture.number);
    else
        snprintf(name, PICTURE_NAME, "epoch-%04" PRIu64 ".png", picture.number);
    return name;
}

/* Reads a name back; false if it is not that of a sample grid. */
static bool parse_name(struct picture *picture, const char *name) {
    char again[PICTURE_NAME];
    picture->is_step = strncmp(name, "step-", 5) == 0;
    if (sscanf(name, picture->is_step ? "step-%" SCNu64 : "epoch-%" SCNu64, &picture->number) != 1)
        return false;
    return strcmp(picture_name(again, *picture), name) == 0;
}

static gt_status add_picture(void *context, const char *name, gt_error *error) {
    struct album *album = context;
    struct picture picture;
    album->has_real |= strcmp(name, "real.png") == 0;
    album->has_nearest |= strcmp(name, "nearest.png") == 0;
    album->has_plane |= strcmp(name, "plane.png") == 0;
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

gt_status album_read(struct album *album, const char *directory, gt_error *error) {
    gt_status status = gt_directory_visit(directory, add_picture, album, error);
    if (album->count > 0)
        qsort(album->list, (size_t)album->count, sizeof *album->list, compare_pictures);
    return status;
}

/* Colours are decoded with alpha, of which a grid that is opaque needs none. Leaves a transparent
 * one as it is. */
static void drop_alpha(gt_bitmap *bitmap) {
    const size_t count = (size_t)bitmap->width * (size_t)bitmap->height;
    uint8_t *pixels = bitmap->pixels;
    for (size_t i = 0; i < count; i++)
        if (bitmap->channels != 4 || pixels[4 * i + 3] != 255)
            return;
    for (size_t i = 0; i < count; i++)
        memmove(pixels + 3 * i, pixels + 4 * i, 3);
    bitmap->channels = 3;
}

gt_status album_load(gt_bitmap *bitmap, const char *path, gt_error *error) {
    char *bytes;
    size_t size;
    gt_error detail = {0};
    gt_status status = gt_file_check_regular(path, error);
    if (status == GT_OK)
        status = gt_file_load(&bytes, &size, path, PICTURE_BYTES, error);
    if (status != GT_OK)
        return status;
    status = gt_picture_decode(bitmap, bytes, size, 0, 0, &detail);
    free(bytes);
    if (status != GT_OK)
        return gt_error_set(error, status, "%s: %s", path, detail.message);
    drop_alpha(bitmap);
    return GT_OK;
}

void album_free(struct album *album) {
    free(album->list);
    *album = (struct album){0};
}
