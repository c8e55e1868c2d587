/* events.jsonl: what happened in a run, and when: a JSON object a line.
 *
 *   {"time": 1700000000.5, "kind": "resume", "epoch": 3, "step": 90, "text": "..."}
 *
 * log.txt holds lines for people, without times, and their wording may change; pages need to know
 * what a line is. Nothing in training depends on this file. */
#ifndef GANTRAIN_STORE_EVENTS_H
#define GANTRAIN_STORE_EVENTS_H

#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/metrics/scores.h"

/* The one list of kinds: value, name in the file. */
#define GT_EVENT_KINDS(row)                                                                        \
    row(GT_EVENT_START, "start") row(GT_EVENT_RESUME, "resume") row(GT_EVENT_WARNING, "warning")   \
        row(GT_EVENT_EVALUATION, "evaluation") row(GT_EVENT_STOPPED, "stopped")                    \
            row(GT_EVENT_DIVERGED, "diverged") row(GT_EVENT_FAILED, "failed")                      \
                row(GT_EVENT_FINISHED, "finished")

typedef enum gt_event_kind {
#define GT_EVENT_VALUE(value, name) value,
    GT_EVENT_KINDS(GT_EVENT_VALUE)
#undef GT_EVENT_VALUE
        GT_EVENT_KIND_COUNT
} gt_event_kind;

/* Something that happened. */
typedef struct gt_event {
    gt_event_kind kind;
    double time;          /* seconds since 1970 */
    uint64_t epoch, step; /* finished then */
    const char *text;     /* in words; of a start or a resume: the summary of the run */
    struct json_t
        *scores; /* of an evaluation, as in metrics/scores_json.h; NULL: none; not for append */
} gt_event;

/* The name of a kind. */
const char *gt_event_kind_name(gt_event_kind kind);

/* Seconds since 1970. */
double gt_event_now(void);

/* Appends an event, all of it or nothing, and syncs the file. scores may be NULL. */
gt_status gt_events_append(const char *path, const gt_event *event, const gt_scores *scores,
                           gt_error *error);

/* The events of a file, in its order. Texts and scores belong to it. */
typedef struct gt_events {
    gt_event *list; /* owned; (count) */
    int count;
    int damaged;         /* lines that are not events of this version: left out */
    struct json_t *json; /* owned */
} gt_events;

/* Reads a file; one that is not there holds no events. Fails with GT_FAILED if it cannot be read,
 * and there is nothing to free. */
gt_status gt_events_load(gt_events *events, const char *path, gt_error *error);

void gt_events_free(gt_events *events);

#endif
