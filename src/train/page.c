/* What happened, for people who look at the run later: events.jsonl, and the page that is made of
 * it and of all else in the run directory. */
#include <math.h>
#include <string.h>

#include "gantrain/report/report.h"
#include "train/state.h"

void trainer_record(struct trainer *trainer, gt_event_kind kind, const char *text,
                    const gt_scores *scores) {
    char path[GT_PATH_CAPACITY];
    gt_error detail = {0};
    const gt_event event = {.kind = kind,
                            .time = gt_event_now(),
                            .epoch = trainer->epoch,
                            .step = trainer->step,
                            .text = text};
    if (trainer->run.lock < 0 || gt_events_append(gt_run_file(path, &trainer->run, "events.jsonl"),
                                                  &event, scores, &detail) == GT_OK)
        return;
    bool said = trainer->events_failed;
    trainer->events_failed = trainer->output_failed = true; /* the warning is an event, too */
    if (!said)
        trainer_warn(trainer, &detail, "training continues without this event");
}

void trainer_write_page(struct trainer *trainer) {
    const char *run = trainer->run.path;
    char path[GT_PATH_CAPACITY];
    gt_error detail = {0};
    if (!trainer->config->output.report)
        return;
    if (trainer->frames == NULL)
        trainer->frames = json_object();
    const gt_report_options options = {
        .is_training = true,
        .frames = trainer->frames,
        .best_epoch = isnan(trainer->best.number) ? 0 : trainer->best_epoch,
    };
    bool failed = gt_report_write(gt_run_file(path, &trainer->run, "report.html"), &run, 1,
                                  &options, &detail) != GT_OK;
    if (failed && !trainer->page_failed)
        trainer_warn(trainer, &detail, "training continues without this page");
    trainer->page_failed = failed;
}

void trainer_record_begin(struct trainer *trainer, bool resumed) {
    trainer->has_begun = !trainer_is_done(trainer);
    if (!trainer->has_begun)
        return;
    trainer_record(trainer, resumed ? GT_EVENT_RESUME : GT_EVENT_START, trainer->summary, NULL);
    trainer_write_page(trainer);
}

void trainer_end(struct trainer *trainer, gt_status status, const char *message) {
    const gt_event_kind kind = status == GT_OK         ? GT_EVENT_FINISHED
                               : status == GT_STOPPED  ? GT_EVENT_STOPPED
                               : status == GT_DIVERGED ? GT_EVENT_DIVERGED
                                                       : GT_EVENT_FAILED;
    if (!trainer->has_begun)
        return;
    trainer_record(trainer, kind, status == GT_OK ? "" : message, NULL);
    trainer_write_page(trainer);
}
