/* What the rest of nn asks of choices. */
#ifndef GANTRAIN_SRC_NN_CHOICE_H
#define GANTRAIN_SRC_NN_CHOICE_H

#include "gantrain/nn/choice.h"

/* The engine for a product. */
const gt_engine *choice_engine(const gt_compute *compute, gt_gemm_shape shape);

/* Sets compute->description: the engines, and how many products each of them makes. */
void choice_describe(gt_compute *compute);

#endif
