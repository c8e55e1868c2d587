/* The pictures of a run: listed by their names, and read only for a page that holds them itself. */
#include "report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/store/frame.h"
#include "report/album.h"

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
    gt_run_file(path, &run->directory, file);
    if (gt_file_check_regular(path, &error) != GT_OK ||
        gt_file_load(&bytes, &size, path, PICTURE_BYTES, &error) != GT_OK) {
        run_note(run, error.message);
        json_decref(picture);
        return NULL;
    }
    json_put(run->builder, picture, "src", json_base64("data:image/png;base64,", bytes, size));
    free(bytes);
    return picture;
}

/* Whether picture `index` of `count` is one of `most` that are evenly spaced, the first and the
 * last among them. */
static bool is_chosen(int index, int count, int most) {
    if (count <= most)
        return true;
    if (most < 2)
        return index == count - 1;
    int64_t place = (int64_t)index * (most - 1);
    return place % (count - 1) < most - 1;
}

enum { FRAMES_MOST = 200 };

/* Whether a picture is shown with its frame: every one of them, or every second, fourth and so on,
 * so that one more picture changes nothing about the others, and the last. */
static bool has_frame(int index, int count) {
    int stride = 1;
    while ((count - 1) / stride >= FRAMES_MOST)
        stride *= 2;
    return index % stride == 0 || index == count - 1;
}

/* A frame as text; NULL if it cannot be read, which is noted. */
static json_t *load_frame(struct run *run, const char *path) {
    gt_error error = {0};
    json_t *frame;
    if (gt_frame_load(&frame, path, &error) != GT_OK) {
        run_note(run, error.message);
        return NULL;
    }
    char *text = json_dumps(frame, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_t *string = json_text(text);
    run->builder->out_of_memory |= text == NULL || string == NULL;
    free(text);
    json_decref(frame);
    return string;
}

/* Adds the frame that lies next to a picture, if one does. To read and to write the numbers of
 * hundreds of frames takes longer than all else, so texts are kept, by file, time and size. */
static void put_frame(struct run *run, json_t *object, const char *key, const char *picture) {
    char file[96], path[GT_PATH_CAPACITY], version[160];
    struct stat status;
    snprintf(file, sizeof file, "samples/%.*s.json", (int)strcspn(picture, "."), picture);
    if (stat(gt_run_file(path, &run->directory, file), &status) != 0)
        return;
    snprintf(version, sizeof version, "%s %lld.%09ld %lld", file, (long long)status.st_mtim.tv_sec,
             status.st_mtim.tv_nsec, (long long)status.st_size);
    json_t *text = json_incref(json_object_get(run->options->frames, version));
    if (text == NULL && (text = load_frame(run, path)) == NULL)
        return;
    if (json_object_size(run->options->frames) >= 2 * FRAMES_MOST)
        json_object_clear(run->options->frames);
    if (run->options->frames != NULL)
        json_object_set(run->options->frames, version, text); /* without memory it is read again */
    json_put(run->builder, object, key, text);
}

/* Notes the epochs that should have a picture and have none. */
static void note_missing(struct run *run, const struct album *album) {
    char text[256] = "";
    size_t used = 0;
    int count = 0, k = 0;
    for (int row = 0; row < run->table.row_count; row++) {
        const double epoch = gt_history_table_at(&run->table, row, run->table.epoch_column);
        while (k < album->count && !album->list[k].is_step && (double)album->list[k].number < epoch)
            k++;
        const bool is_there =
            k < album->count && !album->list[k].is_step && (double)album->list[k].number == epoch;
        if (is_there || fmod(epoch, (double)run->config.output.sample_every) != 0)
            continue;
        if (count++ < 10)
            used = gt_text_append(text, sizeof text, used, "%s%.0f", count > 1 ? ", " : "", epoch);
    }
    char line[sizeof text + 64];
    snprintf(line, sizeof line, "samples: there is no picture of epoch %s%s", text,
             count > 10 ? ", ..." : "");
    if (count > 0)
        run_note(run, line);
}

static void put_grids(struct run *run, json_t *object, const struct album *album) {
    json_t *list = json_array();
    const int most = run->options->is_self_contained ? run->options->pictures_most : album->count;
    int left_out = 0;
    for (int i = 0; i < album->count; i++) {
        char name[PICTURE_NAME];
        bool chosen = is_chosen(i, album->count, most);
        left_out += !chosen;
        json_t *picture = chosen ? picture_to_json(run, picture_name(name, album->list[i])) : NULL;
        if (picture == NULL)
            continue;
        json_put(run->builder, picture, album->list[i].is_step ? "step" : "epoch",
                 json_integer((json_int_t)album->list[i].number));
        if (has_frame(i, album->count))
            put_frame(run, picture, "frame", picture_name(name, album->list[i]));
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
    if (album_read(&album, path, &error) != GT_OK)
        run_note(run, error.message);
    put_grids(run, object, &album);
    note_missing(run, &album);
    put_single(run, object, "real", "real.png", album.has_real);
    put_frame(run, object, "points", "real.png");
    put_single(run, object, "nearest", "nearest.png", album.has_nearest);
    put_single(run, object, "plane", "plane.png", album.has_plane);
    album_free(&album);
}
