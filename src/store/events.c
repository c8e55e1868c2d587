/* Events are written by jansson and read by it, a line at a time. */
#include "gantrain/store/events.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gantrain/files/file.h"
#include "gantrain/files/json_text.h"
#include "gantrain/metrics/scores_json.h"

enum { BYTES_MOST = 1 << 28 };

static const char *const kind_names[] = {
#define KIND_NAME(value, name) [value] = (name),
    GT_EVENT_KINDS(KIND_NAME)
#undef KIND_NAME
};

const char *gt_event_kind_name(gt_event_kind kind) {
    return kind_names[kind];
}

double gt_event_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- Writing --- */

gt_status gt_events_append(const char *path, const gt_event *event, const gt_scores *scores,
                           gt_error *error) {
    json_t *object = json_pack("{s:f, s:s, s:I, s:I, s:o}", "time", event->time, "kind",
                               gt_event_kind_name(event->kind), "epoch", (json_int_t)event->epoch,
                               "step", (json_int_t)event->step, "text", gt_json_text(event->text));
    bool failed = object == NULL;
    if (!failed && scores != NULL)
        failed = json_object_set_new(object, "scores", gt_scores_to_json(scores)) != 0;
    char *line = failed ? NULL : json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(object);
    if (line == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for an event", path);
    size_t length = strlen(line);
    line[length] = '\n'; /* in the place of its zero byte */
    gt_status status = gt_file_append(path, line, length + 1, error);
    free(line);
    return status;
}

/* --- Reading --- */

/* Reads an object as an event that borrows from it. False: it is none. */
static bool read_event(gt_event *event, json_t *object) {
    const char *kind, *text;
    json_int_t epoch, step;
    double time;
    if (json_unpack(object, "{s:F, s:s, s:I, s:I, s:s}", "time", &time, "kind", &kind, "epoch",
                    &epoch, "step", &step, "text", &text) != 0 ||
        epoch < 0 || step < 0)
        return false;
    *event = (gt_event){.time = time, .epoch = (uint64_t)epoch, .step = (uint64_t)step};
    event->text = text;
    json_t *scores = json_object_get(object, "scores");
    event->scores = json_is_object(scores) ? scores : NULL;
    for (int i = 0; i < GT_EVENT_KIND_COUNT; i++)
        if (strcmp(kind, kind_names[i]) == 0) {
            event->kind = (gt_event_kind)i;
            return true;
        }
    return false;
}

/* Takes a line up, or counts it as damaged. False: there is no memory. */
static bool add_line(gt_events *events, const char *line, size_t length) {
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    gt_event event;
    if (object == NULL || !read_event(&event, object)) {
        json_decref(object);
        events->damaged++;
        return true;
    }
    gt_event *longer = realloc(events->list, (size_t)(events->count + 1) * sizeof *longer);
    if (longer != NULL)
        events->list = longer;
    if (json_array_append_new(events->json, object) != 0 || longer == NULL)
        return false;
    events->list[events->count++] = event;
    return true;
}

gt_status gt_events_load(gt_events *events, const char *path, gt_error *error) {
    char *text;
    size_t size;
    bool exists, enough = true;
    *events = (gt_events){0};
    gt_status status = gt_file_exists(&exists, path, error);
    if (status != GT_OK || !exists)
        return status;
    status = gt_file_check_regular(path, error);
    if (status == GT_OK)
        status = gt_file_load(&text, &size, path, BYTES_MOST, error);
    if (status != GT_OK)
        return status;
    events->json = json_array();
    for (const char *line = text; enough && line < text + size;) {
        const char *end = memchr(line, '\n', (size_t)(text + size - line));
        size_t length = (size_t)((end != NULL ? end : text + size) - line);
        enough = add_line(events, line, length);
        line += length + 1;
    }
    free(text);
    if (enough && events->json != NULL)
        return GT_OK;
    gt_events_free(events);
    return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
}

void gt_events_free(gt_events *events) {
    free(events->list);
    json_decref(events->json);
    *events = (gt_events){0};
}
