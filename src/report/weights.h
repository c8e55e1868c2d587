/* Networks and their numbers as data of a page. */
#ifndef GANTRAIN_REPORT_WEIGHTS_H
#define GANTRAIN_REPORT_WEIGHTS_H

#include "gantrain/nn/network.h"
#include "report/json.h"

/* Bits of the nearest half (IEEE 754 binary16) of a number in [-1, 1], ties to even. */
uint16_t half_bits(double value);

/* {"f32": floats in base64, little-endian}. NULL for want of memory. */
json_t *reals_to_json(const gt_real *values, size_t count);

/* [channels, height, width] */
json_t *shape_to_json(gt_shape shape);

/* The layers of a network: their kinds, arguments, shapes and tensors. Tensors of more than one
 * dimension are {"f16": halves in base64, little-endian, "scale": by which they are multiplied}. */
json_t *network_to_json(struct json_builder *builder, const gt_network *network);

#endif
