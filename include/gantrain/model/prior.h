/* Distributions of the latent vector z: one table, a row per distribution. */
#ifndef GANTRAIN_MODEL_PRIOR_H
#define GANTRAIN_MODEL_PRIOR_H

#include <stdbool.h>

#include "gantrain/base/rng.h"

/* A distribution with mean 0 and variance 1 in every component. */
typedef struct gt_prior {
    const char *name;
    const char *help;
    gt_real reach; /* nearly all components are within +-reach */
    bool is_round; /* likelihood depends on the length alone, not on the direction */
    /* Sets z (rows, columns); row r is example address.example + r. */
    void (*draw)(gt_real *z, gt_team *team, gt_address address, int rows, int columns);
    /* The number below which a component is with probability p, above 0 and below 1. */
    double (*quantile)(double p);
} gt_prior;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_prior *gt_prior_at(int index);
const gt_prior *gt_prior_find(const char *name);

#endif
