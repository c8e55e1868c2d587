/* The charts of a page: one for each column of metrics.csv, or for those that share a panel, with
 * the curves of all runs. */
#ifndef GANTRAIN_REPORT_CHARTS_H
#define GANTRAIN_REPORT_CHARTS_H

#include "report/run.h"

/* Charts by their first columns, in the order in which they came up. All are owned objects. */
struct charts {
    struct json_builder *builder;
    json_t *own, *shared, *scores; /* of a column; of a panel; of a score and what is next to it */
    int run_count;
};

/* No charts yet. */
void charts_init(struct charts *charts, struct json_builder *builder);

/* Adds the curves of the next run: of each of its columns but the axes. A chart takes its words
 * from the first run that has it. */
void charts_add(struct charts *charts, const struct run *run);

/* Adds the lists "curves" and "scores" to a page's data, and frees the charts. A chart is
 *
 *   {"title": "Losses", "words": null, "decimals": 4, "levels": [["-log 4", -1.386]],
 *    "sparse": false, "series": [{"run": 0, "column": "d_loss", "label": "D loss", "values": []}]}
 *
 * where the value at i belongs to row i of the run; `sparse` if only some epochs have one. */
void charts_put(struct charts *charts, json_t *data);

#endif
