/* Reading is careful as it is for the page: what is damaged or missing costs its part of the
 * view. */
#include "gantrain/report/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "report/album.h"
#include "report/run.h"

gt_status gt_view_open(gt_view *view, const char *path, bool is_training, gt_error *error) {
    *view = (gt_view){.is_training = is_training, .state = "unknown"};
    if (!gt_text_copy(view->path, sizeof view->path, path))
        return gt_error_set(error, GT_FAILED, "%.60s...: the path is over-long", path);
    return run_check_directory(path, error);
}

/* Keeps the first line of the first message. */
static void note(gt_view *view, const gt_error *error) {
    if (view->note[0] == '\0' && error->message[0] != '\0')
        snprintf(view->note, sizeof view->note, "%.*s", (int)strcspn(error->message, "\n"),
                 error->message);
}

static void read_history(gt_view *view, const gt_run_directory *run) {
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    gt_history_table_free(&view->table);
    if (gt_history_table_load(&view->table, gt_run_file(path, run, "metrics.csv"), &error) != GT_OK)
        note(view, &error);
    note(view, &view->table.problems);
}

static void read_events(gt_view *view, const gt_run_directory *run) {
    char path[GT_PATH_CAPACITY];
    gt_events events;
    gt_error error = {0};
    if (gt_events_load(&events, gt_run_file(path, run, "events.jsonl"), &error) != GT_OK)
        note(view, &error);
    view->state = run_find_state(view->path, view->is_training, &events);
    gt_events_free(&events);
}

/* The newest grid of an epoch; of a step, if there is none yet but that before training. */
static const struct picture *newest(const struct album *album) {
    const struct picture *found = NULL;
    for (int i = 0; i < album->count; i++)
        if (!album->list[i].is_step || found == NULL || (found->number == 0 && !found->is_step) ||
            found->is_step)
            found = &album->list[i];
    return found;
}

static void load_picture(gt_view *view, const gt_run_directory *run, const char *file) {
    char path[GT_PATH_CAPACITY];
    struct stat status;
    gt_error error = {0};
    gt_run_file(path, run, file);
    int64_t time[2] = {0, 0};
    if (stat(path, &status) == 0) {
        time[0] = (int64_t)status.st_mtim.tv_sec;
        time[1] = (int64_t)status.st_mtim.tv_nsec;
    }
    if (view->picture.pixels != NULL && strcmp(file, view->picture_file) == 0 &&
        memcmp(time, view->picture_time, sizeof time) == 0)
        return;
    gt_bitmap_free(&view->picture);
    snprintf(view->picture_file, sizeof view->picture_file, "%s", file);
    memcpy(view->picture_time, time, sizeof time);
    if (album_load(&view->picture, path, &error) != GT_OK)
        note(view, &error);
    else if (view->picture.channels == 4) /* transparent: no sample grid */
        gt_bitmap_free(&view->picture);
}

static void read_picture(gt_view *view, const gt_run_directory *run) {
    char path[GT_PATH_CAPACITY], name[PICTURE_NAME], file[PICTURE_NAME + 16];
    struct album album = {0};
    gt_error error = {0};
    if (album_read(&album, gt_run_file(path, run, "samples"), &error) != GT_OK)
        note(view, &error);
    const struct picture *picture = newest(&album);
    if (picture != NULL) {
        snprintf(file, sizeof file, "samples/%s", picture_name(name, *picture));
        load_picture(view, run, file);
    } else {
        gt_bitmap_free(&view->picture);
    }
    album_free(&album);
}

void gt_view_read(gt_view *view) {
    char path[GT_PATH_CAPACITY];
    gt_run_directory run = {.lock = -1};
    gt_error error = {0};
    memcpy(run.path, view->path, sizeof run.path);
    view->note[0] = '\0';
    gt_config_init(&view->config);
    gt_run_file(path, &run, "config.ini");
    if (gt_file_check_regular(path, &error) != GT_OK ||
        gt_config_read_file(&view->config, path, &error) != GT_OK)
        note(view, &error);
    read_history(view, &run);
    read_events(view, &run);
    read_picture(view, &run);
}

bool gt_view_is_running(const gt_view *view) {
    return strcmp(view->state, "running") == 0;
}

void gt_view_free(gt_view *view) {
    gt_history_table_free(&view->table);
    gt_bitmap_free(&view->picture);
}
