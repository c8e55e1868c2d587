/* The pictures of a run: listed by their names, and read only for a page that holds them itself. */
#include "report/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/store/frame.h"
#include "report/album.h"
#include "report/columns.h"

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

/* What the page says of a frame of an epoch: the numbers that its row has of scores, V and D, each
 * as its words, its value and its decimals. */
static json_t *numbers_to_json(const struct run *run, struct picture picture) {
    static const struct {
        const char *column, *words;
    } shown[] = {
        {"modes_found", "modes found"}, {"good_samples", "good samples"},
        {"jsd", "divergence"},          {"jsd_lower_bound", "(V + log 4) / 2 ="},
        {"value", "V(G,D) ="},          {"d_real", "D(x) ="},
        {"d_fake", "D(G(z)) ="},
    };
    const int row = picture.is_step ? -1 : run_row_of_epoch(&run->table, (double)picture.number);
    json_t *list = json_array();
    for (size_t i = 0; row >= 0 && i < sizeof shown / sizeof *shown; i++) {
        const struct column column = column_find(&run->config, shown[i].column);
        json_t *values = json_object_get(run->history, shown[i].column);
        json_t *value = json_array_get(values, (size_t)row);
        if (!json_is_number(value))
            continue;
        json_t *number = json_array();
        json_add(run->builder, number, json_text(shown[i].words));
        json_add(run->builder, number, json_incref(value));
        json_add(run->builder, number, json_integer(column.decimals));
        json_add(run->builder, list, number);
    }
    return list;
}

/* A picture, and where it stands among those of epochs. */
struct placed {
    struct picture picture;
    double at;
};

/* One within an epoch stands after the last that was finished, the nearer to its end the later. */
static double place_of(const struct run *run, struct picture picture) {
    if (!picture.is_step)
        return (double)picture.number;
    const int row = run_row_at_step(&run->table, (double)picture.number - 1);
    const int steps = gt_history_table_column(&run->table, "step");
    const double epoch =
        row >= 0 ? gt_history_table_at(&run->table, row, run->table.epoch_column) : 0;
    const double begin = row < 0     ? 0
                         : steps < 0 ? epoch
                                     : gt_history_table_at(&run->table, row, steps);
    const double since = (double)picture.number - begin;
    return epoch + since / (since + 1);
}

static int compare_places(const void *a, const void *b) {
    const double first = ((const struct placed *)a)->at, second = ((const struct placed *)b)->at;
    return (first > second) - (first < second);
}

/* The pictures of an album in the order of the run, owned; NULL if it has none, or without memory. */
static struct placed *place_all(struct run *run, const struct album *album) {
    struct placed *placed = calloc((size_t)album->count, sizeof *placed);
    if (placed == NULL) {
        run->builder->out_of_memory |= album->count > 0;
        return NULL;
    }
    for (int i = 0; i < album->count; i++)
        placed[i] = (struct placed){album->list[i], place_of(run, album->list[i])};
    qsort(placed, (size_t)album->count, sizeof *placed, compare_places);
    return placed;
}

/* Adds where a picture stands, and what it is called. */
static void put_place(struct run *run, json_t *object, struct placed placed) {
    const struct picture picture = placed.picture;
    const bool is_first = !picture.is_step && picture.number == 0;
    json_put(run->builder, object, "at", json_real(placed.at));
    json_put(run->builder, object, "name",
             is_first ? json_text("before training") : run_place(picture.is_step, picture.number));
}

static void put_grids(struct run *run, json_t *object, const struct album *album) {
    json_t *list = json_array();
    struct placed *placed = place_all(run, album);
    const int count = placed != NULL ? album->count : 0;
    const int most = run->options->is_self_contained ? run->options->pictures_most : count;
    int left_out = 0;
    for (int i = 0; i < count; i++) {
        char name[PICTURE_NAME];
        bool chosen = is_chosen(i, count, most);
        left_out += !chosen;
        picture_name(name, placed[i].picture);
        json_t *picture = chosen ? picture_to_json(run, name) : NULL;
        if (picture == NULL)
            continue;
        put_place(run, picture, placed[i]);
        if (has_frame(i, count))
            put_frame(run, picture, "frame", name);
        if (json_object_get(picture, "frame") != NULL)
            json_put(run->builder, picture, "numbers", numbers_to_json(run, placed[i].picture));
        json_add(run->builder, list, picture);
    }
    free(placed);
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
    if (album.count > 0 && !album.has_real)
        run_note(run, "samples: there is no real.png, the grid of real images");
    put_single(run, object, "real", "real.png", album.has_real);
    put_frame(run, object, "points", "real.png");
    put_single(run, object, "nearest", "nearest.png", album.has_nearest);
    put_single(run, object, "plane", "plane.png", album.has_plane);
    album_free(&album);
}
