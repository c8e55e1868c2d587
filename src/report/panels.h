/* Which stats share a panel of curves, on the page of a run and in the terminal. Stats that are in
 * none of these have panels of their own. */
#ifndef GANTRAIN_REPORT_PANELS_H
#define GANTRAIN_REPORT_PANELS_H

#include <stdbool.h>

enum { PANEL_CURVES = 2 };

struct panel {
    const char *title;                 /* NULL, for the page: the label of the first column */
    const char *columns[PANEL_CURVES]; /* of metrics.csv; NULL past the last */
    const char *words;                 /* for the page; NULL: none */
    const char *level_name;            /* of a level beside the curves; NULL: none */
    double level;
    int decimals; /* -1: as the first column */
};

/* The table: row `index`, or NULL past its end. */
const struct panel *panel_at(int index);

/* Whether a column has no panel of its own: it is an axis, or in one of the table. */
bool panel_shares(const char *column);

#endif
