/* Layers: one table with a row per kind.
 *
 * The config's layer list, the help, the checkpoint and the summary all walk this table. A new kind
 * is a file src/nn/layer_NAME.c with its row and its forward and backward side by side, and one
 * line in the table of src/nn/layer.c. */
#ifndef GANTRAIN_NN_LAYER_H
#define GANTRAIN_NN_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#include "gantrain/base/error.h"
#include "gantrain/base/processes.h"
#include "gantrain/base/real.h"
#include "gantrain/base/rng.h"
#include "gantrain/base/shape.h"
#include "gantrain/nn/gemm.h"

enum {
    GT_LAYER_ARGUMENTS = 5,
    GT_LAYER_TENSORS = 4,
    GT_TENSOR_RANK = 4,        /* most dimensions of a tensor */
    GT_LAYERS = 64,            /* in one network */
    GT_LAYER_UNITS = 1 << 16,  /* most features a layer may have */
    GT_LAYER_CLASSES = 1000,   /* most classes that a layer may be told */
    GT_LAYER_NUMBERS = 1 << 24 /* most numbers of an example between two layers */
};

/* What one forward pass is for. */
typedef struct gt_pass {
    bool training; /* false: layers behave as they do when sampling */
    gt_address
        address; /* of the noise that layers may draw: row r is example address.example + r */
    /* Of a pass over the rows that one process has of several minibatches: rows of each of them,
     * and the examples between them that other processes have, which are passed over. 0, 0: none
     * are. */
    int group;
    uint32_t skip;
    /* (batch, classes): of each example 1 at its class and 0 elsewhere, or a mixture of classes;
     * read by kinds that take a class. NULL: there are none. */
    const gt_real *condition;
} gt_pass;

/* Sets out (rows, columns) to random numbers in (low, high], each row at its own address of the
 * pass. */
void gt_pass_uniform(gt_real *out, gt_team *team, const gt_pass *pass, gt_real low, gt_real high,
                     int rows, int columns);

enum { GT_LAYER_WORDS = 3 };

/* One argument of a layer as it stands in a layer list: `leaky_relu SLOPE`, or, with a keyword,
 * `conv CHANNELS SIZE stride S`. Arguments with a keyword come last, in any order. */
typedef struct gt_layer_argument {
    const char *name;    /* NULL: no such argument */
    const char *keyword; /* "stride"; NULL: the argument is known by its place */
    double lowest, highest;
    double
        fallback; /* when it is not given; NAN: it must be given; below lowest: the layer chooses */
    bool whole;   /* a whole number */
    bool flag;    /* the keyword stands alone: 1 if it is there, else 0 */
    /* One of these words in place of a number: the value is its index. */
    const char *words[GT_LAYER_WORDS];
    const char *help; /* of an argument that the kind's help leaves out; else NULL */
} gt_layer_argument;

/* A tensor that a layer keeps: a parameter, or (not trained) state such as running means. */
typedef struct gt_layer_tensor {
    const char *name; /* "weight": the checkpoint's name is NETWORK.LAYER.weight */
    int rank;         /* 1: a vector; more: weights of products, sizes[0] rows of them */
    int sizes[GT_TENSOR_RANK];
    bool trained;
    gt_real value;  /* what it starts as, unless the network's initialisation draws it */
    bool drawn;     /* a matrix that the initialisation draws (nn/init.h) */
    bool is_offset; /* of rank 2, but, as one of rank 1, added to y whatever x is (nn/penalty.h) */
    size_t offset;  /* of its numbers within the network's block of parameters, or of state */
} gt_layer_tensor;

/* A layer of a network: its shape, without memory. */
typedef struct gt_layer {
    const struct gt_layer_kind *kind;
    double arguments[GT_LAYER_ARGUMENTS];
    gt_shape in, out; /* of an example */
    int tensor_count;
    gt_layer_tensor tensors[GT_LAYER_TENSORS];
    size_t workspace; /* bytes per example that forward leaves for backward */
    bool in_place;    /* y is x: set by the network for element-wise kinds where that is safe */

    /* Of a layer that makes products, else 0: */
    double multiply_adds; /* of one product, for one example */
    double fan_in;        /* numbers of x that a number of y is made of */
    double fan_out;       /* numbers of y that a number of x goes into */
    /* With spectral_norm, else 0: the matrix of weights, and into how many parts, which lie apart
     * in memory, its columns are cut. */
    int norm_rows, norm_columns, norm_groups;
    int matrix_rows; /* columns of dy, where x and dy go into products as they lie in memory, so
                             that bf16 rounds each as a whole; 0: they do not */
    /* Bytes that a pass works in, whose content nobody else reads: for all threads together, and
     * for each of them. */
    size_t scratch, thread_scratch;
    size_t sums; /* numbers that a pass sums over processes, where it couples examples */
} gt_layer;

/* The memory a layer works on, all borrowed. */
typedef struct gt_layer_memory {
    gt_real *values[GT_LAYER_TENSORS];
    gt_real *gradients[GT_LAYER_TENSORS]; /* NULL: this pass leaves the parameters alone */
    const gt_compute *compute;
    /* Where products round their factors to bf16, else NULL: */
    const gt_bf16 *rounded_values[GT_LAYER_TENSORS]; /* the values, rounded */
    gt_bf16 *rounded_x;      /* (batch, in): set by forward from its x, read by backward */
    gt_bf16 *rounded_dy;     /* (batch, rows of the matrix): room for backward's dy */
    void *scratch;           /* (layer->scratch) bytes, shared by the layers of a network */
    void *thread_scratch;    /* (threads of the team, thread_stride) bytes */
    gt_processes *processes; /* that have the other rows of the minibatch; NULL: there are none */
    double *sums;            /* (layer->sums), where there are processes */
    size_t thread_stride;
    gt_real keep;     /* 1: gradients are added to; 0: they are set, whatever was there */
    void *workspace;  /* (max_batch, layer->workspace) bytes; NULL if that is 0 */
    int max_batch;    /* rows that there is room for, the same in every pass */
    gt_epilogue then; /* applied to y, if forward ends in a product */
} gt_layer_memory;

/* The arguments of a loop over an element-wise layer. */
typedef struct gt_sweep {
    gt_real *to; /* may be from */
    const gt_real *from;
    const gt_real *y, *ty; /* of the forward pass, where backward or a tangent needs them */
    gt_real slope;         /* the layer's first argument */
} gt_sweep;

/* A row of the table. */
typedef struct gt_layer_kind {
    const char *name;
    const char *help; /* a line: formula and meaning */
    gt_layer_argument arguments[GT_LAYER_ARGUMENTS];
    bool joined; /* arguments known by their place are written 128x7x7 */
    /* Element-wise: out = in, and forward and backward allow y = x and dx = dy. */
    bool element_wise;
    /* forward ends in the product that computes y, and passes memory->then to it. */
    bool ends_in_product;
    /* backward reads the y of forward, so a later layer must not overwrite it. */
    bool backward_reads_y;
    /* It is told the class of each example, which is one of as many as its first argument says. */
    bool takes_class;
    /* What comes out for an example depends on the others of the minibatch while training. */
    bool couples_examples;

    /* Sets out, tensors (without offsets) and workspace from in and arguments. Fails with GT_USAGE
     * if the layer cannot follow on `in`: the message says what would fit, and the caller puts the
     * entry in front. NULL: out = in, no tensors. */
    gt_status (*shape)(gt_layer *layer, gt_error *error);

    /* For an activation: the factor by which weights before it are scaled so that the variance of a
     * signal is kept (He et al. 2015); NULL: 1 and Glorot's rule applies. See nn/init.h. */
    double (*gain)(const gt_layer *layer);

    /* Sets y (batch, out) from x (batch, in). */
    void (*forward)(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory, const gt_pass *pass);

    /* Carries dy (batch, out), the loss gradient at y, back through a forward for training with the
     * same x, y and workspace: sets dx (batch, in) unless it is NULL, and adds to (keep = 1) or
     * sets (keep = 0) each parameter's gradient unless it is NULL. Unless the kind couples examples
     * these may be the first rows of a forward that had more. It may be called again after the same
     * forward, so it must not change what it reads. */
    void (*backward)(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y, int batch,
                     const gt_layer *layer, const gt_layer_memory *memory);

    /* Forward as a loop body over a gt_sweep, if y[i] depends on x[i] alone; can then be fused onto
     * a product. NULL: cannot. */
    gt_loop_body sweep_forward;

    /* Two more for the penalty on gradients (nn/penalty.h). Neither is called for a kind that
     * couples examples. */

    /* Sets ty (batch, out), how y of the last forward moves when x moves by tx (batch, in). NULL
     * for element-wise kinds: their derivative is a diagonal, so backward serves. */
    void (*tangent)(gt_real *ty, const gt_real *tx, int batch, const gt_layer *layer,
                    const gt_layer_memory *memory);

    /* For element-wise kinds y = f(x) that are curved: adds f''(x) tx dy to dx (batch, in), where
     * y = f(x) and ty = f'(x) tx. NULL: f'' = 0. */
    void (*curvature)(gt_real *dx, const gt_real *dy, const gt_real *y, const gt_real *ty,
                      int batch, const gt_layer *layer, const gt_layer_memory *memory);
} gt_layer_kind;

extern const gt_layer_kind gt_layer_dense, gt_layer_conv, gt_layer_deconv, gt_layer_maxout,
    gt_layer_channel_max, gt_layer_relu, gt_layer_leaky_relu, gt_layer_sigmoid, gt_layer_tanh,
    gt_layer_dropout, gt_layer_batchnorm, gt_layer_image, gt_layer_flatten, gt_layer_upsample,
    gt_layer_pool, gt_layer_global_pool, gt_layer_minibatch_stddev, gt_layer_one_hot,
    gt_layer_embedding, gt_layer_projection;

/* The table: row `index`, or NULL past its end. */
const gt_layer_kind *gt_layer_kind_at(int index);

/* Reads a layer list such as "dense 256, leaky_relu 0.2, dense 1" and shapes each layer for the
 * output of the one before.
 *
 *   layers  (GT_LAYERS)  set; no memory is owned
 *   count                set to how many
 *   in                   shape of the network's input
 *
 * Fails with GT_USAGE; the message names the entry, says what is wrong and what is allowed. */
gt_status gt_layers_parse(gt_layer *layers, int *count, const char *text, gt_shape in,
                          gt_error *error);

/* Reads a layer list without shaping it, since its input is not known yet: errors in names and
 * arguments as in gt_layers_parse. */
gt_status gt_layers_check(const char *text, gt_error *error);

/* Writes a layer as it stands in a list: "leaky_relu 0.2". */
void gt_layer_format(char *text, size_t capacity, const gt_layer *layer);

enum { GT_LAYER_DESCRIPTION = 160 };

/* Writes a line about a layer that has been shaped: as it stands in a list, its shapes, how many
 * parameters it has and, where it makes products, their floating-point operations for an
 * example. */
void gt_layer_describe(char *text, size_t capacity, const gt_layer *layer);

/* The padding of a layer of kind conv or deconv, whether its entry gives it or not. */
int gt_layer_pad(const gt_layer *layer);

/* How many numbers a tensor has, and how many there are to each of its sizes[0] rows. */
size_t gt_layer_tensor_size(const gt_layer_tensor *tensor);
int gt_layer_tensor_columns(const gt_layer_tensor *tensor);

#endif
