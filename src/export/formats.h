/* The rows of the table of formats, and what they share. */
#ifndef GANTRAIN_EXPORT_FORMATS_H
#define GANTRAIN_EXPORT_FORMATS_H

#include "gantrain/export/export.h"

extern const gt_export_format export_c, export_onnx;

/* The network that is exported. */
const gt_network *export_network(const gt_export *what);

/* The map of z before a generator (see gt_model_kind.latent_map): NULL both if there is none. */
void export_latent_map(const gt_real **mean, const gt_real **deviation, const gt_export *what);

#endif
