/* minibatch_stddev: one more channel, which tells D how much the images of a minibatch differ
 * (Karras et al. 2018, "Progressive growing of GANs", arXiv 1710.10196, section 3). It is the same
 * number everywhere: the standard deviation over the minibatch, averaged over all channels and
 * pixels. D sees by it that a generator draws the same image again and again. */
#include <tgmath.h>

#include "gantrain/base/team.h"
#include "gantrain/nn/layer.h"

enum { COLUMNS = 64 }; /* numbers of an example worked on together */

static const gt_real epsilon = (gt_real)1e-8;

static gt_status shape_stddev(gt_layer *layer, gt_error *error) {
    (void)error;
    layer->out.channels = layer->in.channels + 1;
    layer->scratch = (size_t)gt_shape_size(layer->in) * sizeof(gt_real);
    layer->sums = 2 * (size_t)gt_shape_size(layer->in) + 2;
    return GT_OK;
}

/* The arguments of the loops. */
struct job {
    gt_real *y, *dx;
    const gt_real *x, *dy;
    gt_real *deviations; /* (numbers) */
    gt_real added;       /* the added channel's number; in backward, dm / (J n) */
    /* Of all processes: the sums (numbers) of each number, those of their squares, then examples,
     * then the sum of the added channel's gradient; NULL: this process has all examples. */
    double *sums;
    long batch, numbers, pixels;
    int channels;
};

static struct job make_job(const gt_real *x, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory) {
    return (struct job){.x = x,
                        .deviations = memory->scratch,
                        .batch = batch,
                        .numbers = gt_shape_size(layer->in),
                        .pixels = (long)layer->in.height * layer->in.width,
                        .channels = layer->in.channels};
}

/* Mean and variance over this process's examples of `columns` numbers from number `first` on. */
static void measure_own(gt_real mean[COLUMNS], gt_real variance[COLUMNS], const struct job *job,
                        long first, int columns) {
    const gt_real share = 1 / (gt_real)job->batch;
    for (int i = 0; i < columns; i++)
        mean[i] = variance[i] = 0;
    for (long row = 0; row < job->batch; row++)
        for (int i = 0; i < columns; i++)
            mean[i] += job->x[row * job->numbers + first + i] * share;
    for (long row = 0; row < job->batch; row++)
        for (int i = 0; i < columns; i++) {
            const gt_real difference = job->x[row * job->numbers + first + i] - mean[i];
            variance[i] += difference * difference * share;
        }
}

/* The same over the examples of all processes. */
static void take_moments(gt_real mean[COLUMNS], gt_real variance[COLUMNS], const struct job *job,
                         long first, int columns) {
    const double *sums = job->sums + first, *squares = sums + job->numbers;
    const double n = job->sums[2 * job->numbers];
    for (int i = 0; i < columns; i++) {
        mean[i] = (gt_real)(sums[i] / n);
        variance[i] = (gt_real)fmax(squares[i] / n - sums[i] / n * (sums[i] / n), 0.0);
    }
}

/* Mean and standard deviation over the minibatch. */
static void measure_block(gt_real mean[COLUMNS], gt_real deviation[COLUMNS], const struct job *job,
                          long first, int columns) {
    gt_real variance[COLUMNS];
    if (job->sums != NULL)
        take_moments(mean, variance, job, first, columns);
    else
        measure_own(mean, variance, job, first, columns);
    for (int i = 0; i < columns; i++)
        deviation[i] = sqrt(variance[i] + epsilon);
}

static void measure(void *context, long first, long last) {
    const struct job *job = context;
    gt_real mean[COLUMNS];
    for (; first < last; first += COLUMNS)
        measure_block(mean, job->deviations + first, job, first,
                      last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

/* Sets this process's sums, in double, in which those of all processes lose no digits of a variance
 * that matter. */
static void sum_block(const struct job *job, long first, int columns) {
    gt_real mean[COLUMNS], variance[COLUMNS];
    const double n = (double)job->batch;
    measure_own(mean, variance, job, first, columns);
    for (int i = 0; i < columns; i++) {
        const double a = (double)mean[i];
        job->sums[first + i] = n * a;
        job->sums[job->numbers + first + i] = n * ((double)variance[i] + a * a);
    }
}

static void sum_examples(void *context, long first, long last) {
    for (; first < last; first += COLUMNS)
        sum_block(context, first, last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

/* Of examples. */
static void copy_and_add(void *context, long first, long last) {
    const struct job *job = context;
    const int channels = job->channels;
    for (long pixel = first * job->pixels; pixel < last * job->pixels; pixel++) {
        const gt_real *from = job->x + pixel * channels;
        gt_real *to = job->y + pixel * (channels + 1);
        for (int i = 0; i < channels; i++)
            to[i] = from[i];
        to[channels] = job->added;
    }
}

/* With n rows of J numbers, s_j the deviations and dm the sum of the added channel's gradient:
 *
 *   dx_rj = dy_rj + dm / (J n s_j) (x_rj - mean_j) */
static void return_block(const struct job *job, long first, int columns) {
    gt_real mean[COLUMNS], deviation[COLUMNS];
    measure_block(mean, deviation, job, first, columns);
    for (long row = 0; row < job->batch; row++) {
        const gt_real *x = job->x + row * job->numbers;
        const gt_real *dy = job->dy + row * (job->numbers + job->pixels);
        gt_real *dx = job->dx + row * job->numbers;
        for (int i = 0; i < columns; i++) {
            const long j = first + i;
            dx[j] = dy[j + j / job->channels] + job->added / deviation[i] * (x[j] - mean[i]);
        }
    }
}

static void go_back(void *context, long first, long last) {
    for (; first < last; first += COLUMNS)
        return_block(context, first, last - first < COLUMNS ? (int)(last - first) : COLUMNS);
}

static void run(gt_loop_body body, struct job *job, long items, long unit,
                const gt_layer_memory *memory) {
    gt_team_run(memory->compute->team, body, job, items, unit,
                job->batch * job->numbers > GT_LOOP_WORTH);
}

/* Shares the sums with the other processes, if there are any. */
static void share(struct job *job, const gt_layer_memory *memory) {
    if (memory->processes == NULL)
        return;
    double *rest = memory->sums + 2 * job->numbers;
    job->sums = memory->sums;
    run(sum_examples, job, job->numbers, GT_LOOP_UNIT, memory);
    rest[0] = (double)job->batch;
    /* The gradient is of the mean loss of this process's own examples, and weighs as they do. */
    rest[1] = (double)job->batch * (double)job->added;
    gt_processes_sum(memory->processes, memory->sums, 2 * (size_t)job->numbers + 2);
    job->added = (gt_real)(rest[1] / (double)job->batch);
}

static long count_examples(const struct job *job) {
    return job->sums != NULL ? (long)job->sums[2 * job->numbers] : job->batch;
}

static void forward_stddev(gt_real *y, const gt_real *x, int batch, const gt_layer *layer,
                           const gt_layer_memory *memory, const gt_pass *pass) {
    struct job job = make_job(x, batch, layer, memory);
    job.y = y;
    if (pass->training)
        share(&job, memory);
    run(measure, &job, job.numbers, GT_LOOP_UNIT, memory);
    for (long i = 0; i < job.numbers; i++)
        job.added += job.deviations[i];
    job.added /= (gt_real)job.numbers;
    run(copy_and_add, &job, batch, 1, memory);
}

static void backward_stddev(gt_real *dx, const gt_real *dy, const gt_real *x, const gt_real *y,
                            int batch, const gt_layer *layer, const gt_layer_memory *memory) {
    struct job job = make_job(x, batch, layer, memory);
    (void)y;
    if (dx == NULL)
        return;
    job.dx = dx;
    job.dy = dy;
    for (long pixel = 0; pixel < batch * job.pixels; pixel++)
        job.added += dy[pixel * (job.channels + 1) + job.channels];
    share(&job, memory);
    job.added /= (gt_real)(job.numbers * count_examples(&job));
    run(go_back, &job, job.numbers, GT_LOOP_UNIT, memory);
}

const gt_layer_kind gt_layer_minibatch_stddev = {
    .name = "minibatch_stddev",
    .help = "adds a channel: how much the minibatch differs (deviation, averaged)",
    .couples_examples = true,
    .shape = shape_stddev,
    .forward = forward_stddev,
    .backward = backward_stddev,
};
