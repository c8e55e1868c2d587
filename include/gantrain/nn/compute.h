/* What computes: a team of threads, and the backends that make matrix products on them.
 *
 * A compute is opened once, handed down to everything that computes, and closed. Two of them in one
 * process do not know each other and may work at the same time; one of them does one thing at a
 * time. */
#ifndef GANTRAIN_NN_COMPUTE_H
#define GANTRAIN_NN_COMPUTE_H

#include <stdbool.h>

#include "gantrain/base/stop.h"
#include "gantrain/base/team.h"

/* What the factors of products are rounded to; sums, results, weights and optimizer state are
 * gt_real. */
typedef enum gt_precision { GT_FP32, GT_BF16 } gt_precision;

/* A backend that is open. */
typedef struct gt_engine {
    const struct gt_gemm_backend *backend;
    const char *name; /* "native" */
    gt_precision precision;
    int threads;          /* that may make products at once */
    char description[48]; /* for people: "native (AVX2)" */
    void *cache;          /* what the backend keeps from product to product; may be NULL */
} gt_engine;

enum { GT_ENGINES = 3 }; /* there can be at once */

/* Initialise with {0}; gt_compute_open fills it. */
typedef struct gt_compute {
    gt_team *team; /* NULL: the caller alone */
    bool owns_team;
    gt_precision precision;
    bool is_auto;                  /* products may be shared out between backends */
    gt_engine engines[GT_ENGINES]; /* the first makes the products that no choice is for */
    int engine_count;
    struct gt_choice *choices; /* (choice_count), owned: see nn/choice.h */
    int choice_count;
    char description[192];          /* for people: "native (AVX2), fp32" */
    struct gt_processes *processes; /* borrowed; set it once the compute is open. Those that train
                                       together; NULL: this one is alone */
    struct gt_processes *helpers;   /* borrowed; set on process 0 alone, while the others wait in
                                     gt_sharing_help (metrics/sharing.h). NULL: nobody helps */
    gt_stop *stop; /* borrowed; set it once the compute is open. What computes for more than
                              a moment looks at it between products. NULL: nobody will ask */
} gt_compute;

/* Opens a team and a backend.
 *
 *   threads    of the team; 0: as many as are useful, see gt_processors_threads
 *   backend    "native", "onednn", "openblas"; "default": the first of them that has the precision;
 *              "auto": the same until gt_choice_make has measured them
 *   precision  "fp32", "bf16", or "auto": bf16 where the processor is fast at it and the backend
 *              can
 *
 * Fails with GT_USAGE for a backend or precision that is not available: the message lists those
 * that are. gt_compute_close ends it. */
gt_status gt_compute_open(gt_compute *compute, int threads, const char *backend,
                          const char *precision, gt_error *error);

/* Opens another backend or precision on the team of `other`, which must outlive it, with the same
 * stop and helpers. The two must not compute at the same time. Errors as in gt_compute_open. */
gt_status gt_compute_share(gt_compute *compute, const gt_compute *other, const char *backend,
                           const char *precision, gt_error *error);

/* Opens the other backends that have the compute's precision, too: they may then be chosen. */
gt_status gt_compute_open_others(gt_compute *compute, gt_error *error);

/* One that is {0} is left alone. */
void gt_compute_close(gt_compute *compute);

/* The names that gt_compute_open knows: name `index`, or NULL past the end. */
const char *gt_compute_backend_name(int index);
const char *gt_compute_precision_name(int index);

#endif
