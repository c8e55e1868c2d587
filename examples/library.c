/* The library in two minutes: trains two steps on the built-in digits, then draws samples from a
 * checkpoint, if one is named.
 *
 *   cc library.c $(pkg-config --cflags --libs --static gantrain) -o library
 *   ./library                                               two steps of training
 *   ./library runs/digits/checkpoints/latest.safetensors    and a grid of samples, samples.png */
#include <stdio.h>
#include <stdlib.h>

#include <gantrain/data/batches.h>
#include <gantrain/files/grid.h>
#include <gantrain/model/model.h>
#include <gantrain/nn/compute.h>
#include <gantrain/sample/sampler.h>

/* All that training needs: what computes, data, a model, and the one block of memory they share. */
struct training {
    const gt_compute *compute;
    gt_dataset dataset;
    gt_batches batches;
    gt_model model;
    gt_arena arena;
};

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    gt_batches_get(context, minibatch->images, number);
}

/* Lays out the memory: called once to measure, once more to carve. */
static void carve(void *context, gt_arena *arena) {
    struct training *training = context;
    gt_model *model = &training->model;
    gt_model_carve(model, arena, model->batch);
    gt_batches_init(&training->batches, training->compute->team, arena, &training->dataset,
                    model->batch, model->low, model->high, model->seed);
}

static gt_status build(struct training *training, gt_error *error) {
    const gt_optimizer_settings adam = {.lr = 2e-4, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8};
    const gt_model_settings settings = {
        .kind = gt_model_kind_find("gan"),
        .generator = {.latent_dim = 64,
                      .prior = gt_prior_find("normal"),
                      .layers = "dense 256, leaky_relu 0.2",
                      .output = gt_output_find("tanh"), /* pixels in [-1, 1] */
                      .optimizer = gt_optimizer_kind_find("adam"),
                      .rates = adam},
        .discriminator = {.layers = "dense 256, leaky_relu 0.2",
                          .optimizer = gt_optimizer_kind_find("adam"),
                          .rates = adam},
        .objective = gt_objective_find("non_saturating"),
        .batch = 64,
        .d_steps = 1,
    };
    const gt_data_options digits = {.images = GT_BUILTIN_DIGITS, .range = {0, 1000}};
    gt_status status = gt_dataset_open(&training->dataset, training->compute->team, &digits, error);
    const gt_image_spec spec = {.shape = training->dataset.shape,
                                .count = gt_dataset_shown(&training->dataset)};
    if (status == GT_OK)
        status = gt_model_open(&training->model, &settings, &spec, training->compute,
                               GT_MODEL_TRAIN, error);
    if (status == GT_OK)
        status = gt_arena_build(&training->arena, carve, training, error);
    if (status == GT_OK)
        gt_model_init(&training->model, NULL);
    return status;
}

static gt_status train_two_steps(const gt_compute *compute, gt_error *error) {
    struct training *training = calloc(1, sizeof *training);
    if (training == NULL)
        return gt_error_set(error, GT_FAILED, "no memory");
    training->compute = compute;
    gt_status status = build(training, error);
    const gt_minibatch_source source = {get_minibatch, &training->batches};
    for (uint64_t step = 0; status == GT_OK && step < 2; step++) {
        const gt_model_kind *kind = training->model.kind;
        double stats[GT_MODEL_STATS];
        kind->step(stats, &training->model, &source, step);
        printf("step %d", (int)step + 1);
        for (int i = 0; i < gt_model_stat_count(kind); i++)
            printf("  %s %.4f", kind->stats[i].label, stats[i]);
        printf("\n");
    }
    gt_model_close(&training->model);
    gt_arena_release(&training->arena);
    gt_dataset_free(&training->dataset);
    free(training);
    return status;
}

static gt_status draw_samples(const gt_compute *compute, const char *checkpoint, gt_error *error) {
    enum { COUNT = 64, COLUMNS = 8 };
    gt_sampler sampler;
    gt_status status =
        gt_sampler_open(&sampler, compute, checkpoint, GT_MODEL_GENERATE, false, error);
    if (status != GT_OK)
        return status;
    uint8_t *images = malloc((size_t)COUNT * (size_t)sampler.pixels);
    if (images == NULL) {
        status = gt_error_set(error, GT_FAILED, "no memory");
    } else {
        gt_sampler_draw(images, &sampler, 0, 0, COUNT);
        status = gt_grid_write("samples.png", images, COUNT, COLUMNS, sampler.shape, NULL, error);
    }
    free(images);
    gt_sampler_close(&sampler);
    return status;
}

int main(int argc, char **argv) {
    gt_error error = {0};
    gt_compute compute;
    gt_status status = gt_compute_open(&compute, 0, "auto", "fp32", &error); /* 0: all processors */
    if (status == GT_OK)
        status = train_two_steps(&compute, &error);
    if (status == GT_OK && argc > 1)
        status = draw_samples(&compute, argv[1], &error);
    gt_compute_close(&compute);
    if (status != GT_OK)
        fprintf(stderr, "%s\n", error.message);
    return (int)status;
}
