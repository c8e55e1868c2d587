/* Frames are written as text, to few digits: a run has one for each epoch. They are read by
 * jansson, and every length is checked, since a page is made of them as they are. */
#include "gantrain/store/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

enum { BYTES_MOST = 1 << 20, NUMBER_MOST = 16 };

static int power(int base, int exponent) {
    return exponent == 1 ? base : base * base;
}

/* --- Writing --- */

struct text {
    char *bytes;
    size_t capacity, used;
};

/* Appends a number to a list; far beyond any window, digits do not matter. */
static void put_number(struct text *text, const char *joint, int digits, double number) {
    char word[NUMBER_MOST + 1];
    if (!isfinite(number))
        snprintf(word, sizeof word, "null");
    else
        snprintf(word, sizeof word, fabs(number) < 1e6 ? "%.*f" : "%.*e", digits, number);
    text->used = gt_text_append(text->bytes, text->capacity, text->used, "%s%s", joint, word);
}

static void put_reals(struct text *text, const char *name, const gt_real *numbers, int count) {
    text->used = gt_text_append(text->bytes, text->capacity, text->used, ",\"%s\":[", name);
    for (int i = 0; i < count; i++)
        put_number(text, i > 0 ? "," : "", 2, (double)numbers[i]);
    text->used = gt_text_append(text->bytes, text->capacity, text->used, "]");
}

static void put_doubles(struct text *text, const char *name, const double *numbers, double scale,
                        int digits, int count) {
    text->used = gt_text_append(text->bytes, text->capacity, text->used, ",\"%s\":[", name);
    for (int i = 0; i < count; i++)
        put_number(text, i > 0 ? "," : "", digits, scale * numbers[i]);
    text->used = gt_text_append(text->bytes, text->capacity, text->used, "]");
}

static void put_counts(struct text *text, const uint32_t *counts, uint32_t counted, int cells) {
    text->used = gt_text_append(text->bytes, text->capacity, text->used,
                                ",\"counted\":%u,\"counts\":[", (unsigned)counted);
    for (int i = 0; i < cells; i++)
        text->used = gt_text_append(text->bytes, text->capacity, text->used, "%s%u",
                                    i > 0 ? "," : "", (unsigned)counts[i]);
    text->used = gt_text_append(text->bytes, text->capacity, text->used, "]");
}

char *gt_frame_to_text(const gt_frame *frame) {
    const int components = frame->components, cells = power(frame->side, components);
    const int lattice =
        frame->lattice != NULL ? power(frame->lattice_side, frame->latent_dim) * components : 0;
    const size_t numbers = (size_t)(frame->point_count * components + 3 * cells + lattice);
    struct text text = {.capacity = 512 + numbers * (NUMBER_MOST + 1)};
    text.bytes = malloc(text.capacity);
    if (text.bytes == NULL)
        return NULL;
    text.used = gt_text_append(text.bytes, text.capacity, 0,
                               "{\"components\":%d,\"low\":%g,\"high\":%g,\"side\":%d", components,
                               frame->low, frame->high, frame->side);
    put_reals(&text, "points", frame->points, frame->point_count * components);
    if (frame->density != NULL)
        put_doubles(&text, "density", frame->density, 1, 7, cells);
    if (frame->counts != NULL)
        put_counts(&text, frame->counts, frame->counted, cells);
    if (frame->judged != NULL)
        put_doubles(&text, "d_thousandths", frame->judged, 1000, 0, cells);
    if (lattice > 0) {
        text.used = gt_text_append(text.bytes, text.capacity, text.used,
                                   ",\"lattice_side\":%d,\"latent_dim\":%d", frame->lattice_side,
                                   frame->latent_dim);
        put_reals(&text, "lattice", frame->lattice, lattice);
    }
    gt_text_append(text.bytes, text.capacity, text.used, "}\n");
    return text.bytes;
}

/* --- Reading --- */

/* Whether an object has a whole number within bounds under a name; sets it. */
static bool read_integer(int *number, const json_t *object, const char *name, int lowest,
                         int highest) {
    const json_t *value = json_object_get(object, name);
    const json_int_t integer = json_integer_value(value);
    *number = (int)integer;
    return json_is_integer(value) && integer >= lowest && integer <= highest;
}

/* Whether a list, if it is there, has numbers or null alone, and as many as it should. */
static bool is_list(const json_t *object, const char *name, int count) {
    const json_t *list = json_object_get(object, name);
    if (list == NULL)
        return true;
    if (!json_is_array(list) || json_array_size(list) != (size_t)count)
        return false;
    for (size_t i = 0; i < (size_t)count; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number) && !json_is_null(number))
            return false;
    }
    return true;
}

static bool is_frame(const json_t *object) {
    int components, side, counted, lattice_side, latent_dim;
    const double low = json_number_value(json_object_get(object, "low"));
    const double high = json_number_value(json_object_get(object, "high"));
    const json_t *points = json_object_get(object, "points");
    if (!read_integer(&components, object, "components", 1, 2) ||
        !read_integer(&side, object, "side", 1, GT_FRAME_SIDE) || !(low < high) ||
        !json_is_array(points) || json_array_size(points) > GT_FRAME_POINTS * 2 ||
        json_array_size(points) % (size_t)components != 0 ||
        !is_list(object, "points", (int)json_array_size(points)))
        return false;
    const int cells = power(side, components);
    if (json_object_get(object, "counts") != NULL &&
        !read_integer(&counted, object, "counted", 1, INT32_MAX))
        return false;
    if (json_object_get(object, "lattice") != NULL &&
        (!read_integer(&lattice_side, object, "lattice_side", 2, GT_FRAME_SIDE) ||
         !read_integer(&latent_dim, object, "latent_dim", 1, 2) ||
         !is_list(object, "lattice", power(lattice_side, latent_dim) * components)))
        return false;
    return is_list(object, "density", cells) && is_list(object, "counts", cells) &&
           is_list(object, "d_thousandths", cells);
}

gt_status gt_frame_load(json_t **frame, const char *path, gt_error *error) {
    char *text;
    size_t size;
    *frame = NULL;
    gt_status status = gt_file_check_regular(path, error);
    if (status == GT_OK)
        status = gt_file_load(&text, &size, path, BYTES_MOST, error);
    if (status != GT_OK)
        return status;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    if (json_is_object(object) && is_frame(object)) {
        *frame = object;
        return GT_OK;
    }
    json_decref(object);
    return gt_error_set(error, GT_FAILED,
                        "%s: is damaged, or not what a run on points writes there", path);
}
