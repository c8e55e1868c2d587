/* The rows of the table of formats, and what they share. */
#ifndef GANTRAIN_EXPORT_FORMATS_H
#define GANTRAIN_EXPORT_FORMATS_H

#include "gantrain/export/export.h"

extern const gt_export_format export_c, export_onnx;

/* The network that is exported. */
const gt_network *export_network(const gt_export *what);

/* The map of z before a generator (see gt_sampler_code_map). */
struct export_map {
    gt_real *weight; /* (latent_dim, latent_dim); NULL: there is none */
    gt_real *bias;   /* (latent_dim) */
};

/* Sets the map; export_map_free frees it. GT_FAILED: no memory. */
gt_status export_map_open(struct export_map *map, const gt_export *what, gt_error *error);
void export_map_free(struct export_map *map);

#endif
