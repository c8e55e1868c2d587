/* Scores as JSON: what `gantrain eval --json` prints and events.jsonl holds. */
#ifndef GANTRAIN_METRICS_SCORES_JSON_H
#define GANTRAIN_METRICS_SCORES_JSON_H

#include "gantrain/metrics/scores.h"

/* An object with each score that was measured, under its name: a number, or a list of them. JSON
 * has no infinity, which becomes null. Returns NULL if there is no memory; the caller owns it
 * (json_decref). */
struct json_t *gt_scores_to_json(const gt_scores *scores);

#endif
