/* Which backend makes which product. */
#include "nn/choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/profile.h"
#include "gantrain/base/text.h"

enum {
    RING = 1 << 22, /* weights, of which a run uses some that the one before did not */
    MOST_RUNS = 10,
    LEAST_WORK = 1 << 20, /* multiply-adds of a product that is measured */
    LINE = 80
};

static const double TIME_TO_CHOOSE = 0.15, WORTH_A_CHANGE = 0.95;

static const char *const kind_names[] = {[GT_GEMM_FORWARD] = "forward",
                                         [GT_GEMM_INPUT_GRADIENT] = "input_gradient",
                                         [GT_GEMM_WEIGHT_GRADIENT] = "weight_gradient"};

enum { KIND_COUNT = sizeof kind_names / sizeof *kind_names };

const gt_engine *choice_engine(const gt_compute *compute, gt_gemm_shape shape) {
    for (int i = 0; i < compute->choice_count; i++)
        if (gt_gemm_shape_equal(compute->choices[i].shape, shape))
            return &compute->engines[compute->choices[i].engine];
    return &compute->engines[0];
}

void choice_describe(gt_compute *compute) {
    size_t capacity = sizeof compute->description, used = 0;
    int products[GT_ENGINES] = {0};
    for (int i = 0; i < compute->choice_count; i++)
        products[compute->choices[i].engine]++;
    bool several = products[0] != compute->choice_count;
    for (int e = 0; e < compute->engine_count && used < capacity; e++) {
        const char *name = compute->engines[e].description;
        if (several && products[e] > 0)
            used = gt_text_append(compute->description, capacity, used, "%s for %d products, ",
                                  name, products[e]);
        else if (!several && e == 0)
            used = gt_text_append(compute->description, capacity, used, "%s, ", name);
    }
    if (used < capacity)
        gt_text_copy(compute->description + used, capacity - used,
                     gt_compute_precision_name(compute->precision));
}

/* --- Measuring --- */

/* Zeros to multiply, and room for what comes out, in either precision. */
struct trial {
    const gt_gemm_shape *shapes;
    int count;
    gt_real *x, *y, *w; /* the largest (batch, in) and (batch, out), and a ring of weights */
    long ring, next;    /* numbers of the ring, and where the next run begins */
};

static void carve(void *context, gt_arena *arena) {
    struct trial *trial = context;
    size_t x = 0, y = 0, w = RING;
    for (int i = 0; i < trial->count; i++) {
        const gt_gemm_shape *shape = &trial->shapes[i];
        size_t in = (size_t)shape->in, out = (size_t)shape->out, batch = (size_t)shape->batch;
        x = batch * in > x ? batch * in : x;
        y = batch * out > y ? batch * out : y;
        w = out * in > w ? out * in : w;
    }
    trial->x = gt_arena_take(arena, x, sizeof(gt_real));
    trial->y = gt_arena_take(arena, y, sizeof(gt_real));
    trial->w = gt_arena_take(arena, w, sizeof(gt_real));
    trial->ring = (long)w;
}

static void multiply(const gt_compute *compute, struct trial *trial, gt_gemm_shape shape) {
    long size = (long)shape.out * shape.in;
    if (trial->next + size > trial->ring)
        trial->next = 0;
    gt_real *w = trial->w + trial->next;
    trial->next += (size + GT_LOOP_UNIT - 1) / GT_LOOP_UNIT * GT_LOOP_UNIT;
    if (shape.kind == GT_GEMM_FORWARD)
        gt_gemm_forward(compute, trial->y, trial->x, w, NULL, (gt_epilogue){0}, shape.batch,
                        shape.out, shape.in);
    else if (shape.kind == GT_GEMM_INPUT_GRADIENT)
        gt_gemm_input_gradient(compute, trial->x, trial->y, w, shape.batch, shape.out, shape.in);
    else
        gt_gemm_weight_gradient(compute, w, trial->y, trial->x, 0, shape.batch, shape.out,
                                shape.in);
}

/* The engines take turns, so that what disturbs one disturbs the others. The first run of each does
 * not count: it may have something to prepare. */
static void measure_shape(double seconds[GT_ENGINES], gt_compute *compute, struct trial *trial,
                          gt_gemm_shape shape, double limit) {
    gt_choice choice = {.shape = shape};
    gt_compute only = *compute; /* with one choice */
    only.choices = &choice;
    only.choice_count = 1;
    double begin = gt_profile_now();
    for (int run = 0; run <= MOST_RUNS; run++) {
        for (choice.engine = 0; choice.engine < compute->engine_count; choice.engine++) {
            double start = gt_profile_now();
            multiply(&only, trial, shape);
            double taken = gt_profile_now() - start, *best = &seconds[choice.engine];
            if (run == 1 || (run > 1 && taken < *best))
                *best = taken;
        }
        if (run >= 1 && gt_profile_now() - begin > limit)
            return;
    }
}

gt_status gt_choice_measure(double (*seconds)[GT_ENGINES], gt_compute *compute,
                            const gt_gemm_shape *shapes, int count, double limit, gt_error *error) {
    struct trial trial = {.shapes = shapes, .count = count};
    gt_arena arena = {0};
    gt_status status = gt_arena_build(&arena, carve, &trial, error);
    double begin = gt_profile_now();
    memset(seconds, 0, (size_t)count * sizeof *seconds);
    for (int i = 0; i < count && status == GT_OK; i++) {
        double left = limit - (gt_profile_now() - begin);
        if (left > 0)
            measure_shape(seconds[i], compute, &trial, shapes[i], left / (count - i));
    }
    gt_arena_release(&arena);
    return status;
}

/* --- Choosing --- */

static int fastest(const double seconds[GT_ENGINES], int engines) {
    int best = 0;
    for (int e = 1; e < engines; e++)
        if (seconds[e] < WORTH_A_CHANGE * seconds[0] && seconds[e] < seconds[best])
            best = e;
    return best;
}

/* Leaves out small products, which take some microseconds at most. Returns how many are left. */
static int keep_large(gt_gemm_shape *large, const gt_gemm_shape *shapes, int count) {
    int kept = 0;
    for (int i = 0; i < count; i++)
        if ((double)shapes[i].batch * shapes[i].out * shapes[i].in >= LEAST_WORK)
            large[kept++] = shapes[i];
    return kept;
}

static void replace(gt_compute *compute, gt_choice *choices, int count) {
    free(compute->choices);
    compute->choices = choices;
    compute->choice_count = count;
    choice_describe(compute);
}

gt_status gt_choice_make(gt_compute *compute, const gt_gemm_shape *shapes, int count,
                         gt_error *error) {
    if (!compute->is_auto || count == 0)
        return GT_OK;
    gt_status status = gt_compute_open_others(compute, error);
    if (status != GT_OK || compute->engine_count == 1)
        return status;
    gt_gemm_shape *large = calloc((size_t)count, sizeof *large);
    double(*seconds)[GT_ENGINES] = calloc((size_t)count, sizeof *seconds);
    gt_choice *choices = calloc((size_t)count, sizeof *choices);
    if (large != NULL && seconds != NULL && choices != NULL) {
        count = keep_large(large, shapes, count);
        status = gt_choice_measure(seconds, compute, large, count, TIME_TO_CHOOSE, error);
    } else {
        status = gt_error_set(error, GT_FAILED, "no memory to choose backends for products");
    }
    for (int i = 0; i < count && status == GT_OK; i++)
        choices[i] = (gt_choice){large[i], fastest(seconds[i], compute->engine_count)};
    if (status == GT_OK)
        replace(compute, choices, count);
    else
        free(choices);
    free(large);
    free(seconds);
    return status;
}

/* --- Text --- */

char *gt_choice_to_text(const gt_compute *compute) {
    size_t capacity = (size_t)compute->choice_count * LINE + 1, used = 0;
    char *text = malloc(capacity);
    if (text == NULL)
        return NULL;
    text[0] = '\0';
    for (int i = 0; i < compute->choice_count; i++) {
        const gt_choice *choice = &compute->choices[i];
        const gt_gemm_shape *shape = &choice->shape;
        used = gt_text_append(text, capacity, used, "%s%s %d %d %d %s", i ? ";" : "",
                              kind_names[shape->kind], shape->batch, shape->out, shape->in,
                              compute->engines[choice->engine].name);
    }
    return text;
}

/* Reads what stands before the next semicolon. */
static bool read_choice(gt_choice *choice, const gt_compute *compute, const char *text) {
    char kind[LINE], engine[LINE];
    gt_gemm_shape *shape = &choice->shape;
    if (sscanf(text, "%79s %9d %9d %9d %79[^; ]", kind, &shape->batch, &shape->out, &shape->in,
               engine) != 5)
        return false;
    int k = 0, e = 0;
    while (k < KIND_COUNT && strcmp(kind_names[k], kind) != 0)
        k++;
    while (e < compute->engine_count && strcmp(compute->engines[e].name, engine) != 0)
        e++;
    shape->kind = (gt_gemm_kind)k;
    choice->engine = e;
    return k < KIND_COUNT && e < compute->engine_count;
}

gt_status gt_choice_from_text(gt_compute *compute, const char *text, gt_error *error) {
    if (!compute->is_auto)
        return GT_OK;
    gt_status status = gt_compute_open_others(compute, error);
    if (status != GT_OK)
        return status;
    int count = *text != '\0', read = 0;
    for (const char *c = text; *c != '\0'; c++)
        count += *c == ';';
    gt_choice *choices = calloc((size_t)count + 1, sizeof *choices);
    if (choices == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the choice of backends");
    for (const char *next = text; read < count; next = strchr(next, ';') + 1)
        if (!read_choice(&choices[read++], compute, next)) {
            status = gt_error_set(error, GT_USAGE,
                                  "'%.*s' cannot be had from this build on this machine",
                                  (int)strcspn(next, ";"), next);
            free(choices);
            return status;
        }
    replace(compute, choices, count);
    return GT_OK;
}
