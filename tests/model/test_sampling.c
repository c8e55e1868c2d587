/* Images that a generator with batchnorm makes when sampling are as good as those it makes in
 * training: same grey, same contrast, as near to the images it learned from. A pair is trained on
 * the built-in digits, for a moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/data/batches.h"
#include "gantrain/model/gan.h"

enum { BATCH = 50, IMAGES = 10 * BATCH, ITERATIONS = 1000, PIXELS = 28 * 28 };

typedef struct fixture {
    gt_model model;
    gt_gan *gan; /* its state */
    gt_arena arena;
    gt_dataset dataset;
    gt_batches batches;
} fixture;

static fixture pair;

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    gt_batches_get(&pair.batches, minibatch->images, number);
}

static void carve(void) {
    gt_model_carve(&pair.model, &pair.arena, BATCH);
    gt_batches_init(&pair.batches, NULL, &pair.arena, &pair.dataset, BATCH, -1, 1, 1);
}

/* A pair after its training. */
static int open_trained(void **state) {
    (void)state;
    const gt_optimizer_settings rates = {.lr = 1e-3, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8};
    const gt_minibatch_source source = {.get = get_minibatch};
    gt_model_settings settings = {
        .kind = &gt_model_gan,
        .generator =
            {.latent_dim = 32,
             .prior = gt_prior_find("normal"),
             .layers = "dense 64, batchnorm, leaky_relu 0.2, dense 128, batchnorm, leaky_relu 0.2",
             .output = gt_output_find("tanh"),
             .optimizer = gt_optimizer_kind_find("adam"),
             .rates = rates},
        .discriminator = {.layers = "dense 64, leaky_relu 0.2",
                          .optimizer = gt_optimizer_kind_find("adam"),
                          .rates = rates},
        .objective = gt_objective_find("non_saturating"),
        .batch = BATCH,
        .d_steps = 1,
        .seed = 1,
    };
    gt_error error = {0};
    gt_gan_stats stats;
    settings.generator.rates.average_decay = 0.98;
    const gt_data_options digits = {
        .images = GT_BUILTIN_DIGITS, .range = {0, 20 * BATCH}, .seed = 1};
    if (gt_dataset_open(&pair.dataset, NULL, &digits, &error) != GT_OK)
        fail_msg("%s", error.message);
    const gt_image_spec spec = {.shape = pair.dataset.shape};
    if (gt_model_open(&pair.model, &settings, &spec, &test_compute, GT_MODEL_TRAIN, &error) !=
        GT_OK)
        fail_msg("%s", error.message);
    pair.gan = gt_gan_of(&pair.model);
    assert_int_equal(pair.dataset.pixels, PIXELS);
    carve();
    assert_int_equal(gt_arena_reserve(&pair.arena, NULL), GT_OK);
    carve();
    gt_model_init(&pair.model, NULL);
    for (uint64_t iteration = 0; iteration < ITERATIONS; iteration++)
        gt_gan_iterate(&stats, pair.gan, &source, iteration);
    return 0;
}

static int close_trained(void **state) {
    (void)state;
    gt_model_close(&pair.model);
    gt_arena_release(&pair.arena);
    gt_dataset_free(&pair.dataset);
    return 0;
}

/* What is measured of images: the mean of all pixels, their deviation, and how far, on average, an
 * image is from the nearest one of the data set (root mean square over pixels). */
typedef struct quality {
    double mean, deviation, distance;
} quality;

static double distance_to_data(const gt_real *image) {
    float nearest = INFINITY;
    for (uint32_t i = 0; i < pair.dataset.count; i++) {
        const uint8_t *real = pair.dataset.images + (size_t)i * PIXELS;
        float squares = 0;
        for (int k = 0; k < PIXELS; k++) {
            float difference = (float)image[k] - ((float)real[k] / 127.5f - 1);
            squares += difference * difference;
        }
        nearest = fminf(nearest, squares);
    }
    return sqrt((double)nearest / PIXELS);
}

static quality measure(bool training) {
    gt_network *g = &pair.gan->generator.network;
    quality result = {0};
    double square = 0;
    for (uint32_t first = 0; first < IMAGES; first += BATCH) {
        const gt_pass pass = {.training = training};
        gt_generator_draw_latent(pair.gan->z, &pair.gan->generator,
                                 (gt_address){1, GT_PURPOSE_LATENT_SAMPLE, 0, first}, BATCH);
        gt_network_forward(pair.gan->images, g, pair.gan->z, BATCH, &pass);
        for (int i = 0; i < BATCH * PIXELS; i++) {
            double pixel = (double)pair.gan->images[i];
            result.mean += pixel / (IMAGES * PIXELS);
            square += pixel * pixel / (IMAGES * PIXELS);
        }
        for (int i = 0; i < BATCH; i += 10)
            result.distance += distance_to_data(pair.gan->images + i * PIXELS) * 10 / IMAGES;
    }
    result.deviation = sqrt(square - result.mean * result.mean);
    return result;
}

/* How far apart two are, as a share of the first's deviation and distance. */
static double apart(const quality *a, const quality *b) {
    double largest = fabs(a->mean - b->mean) / a->deviation;
    largest = fmax(largest, fabs(b->deviation / a->deviation - 1));
    return fmax(largest, fabs(b->distance / a->distance - 1));
}

static quality told(const char *what, bool training) {
    quality result = measure(training);
    print_message("%s: mean %.3f, deviation %.3f, %.3f from the data\n", what, result.mean,
                  result.deviation, result.distance);
    return result;
}

static void sampling_is_as_good_as_training(void **state) {
    (void)state;
    /* Passes for training change what is remembered: so sampling first. */
    quality sampled = told("sampling", false);
    gt_model_use_average(&pair.model, true);
    quality averaged = told("sampling with the average", false);
    gt_model_use_average(&pair.model, false);
    quality trained = told("training", true);
    assert_true(trained.deviation > 0.3); /* there is something to see */
    assert_true(apart(&trained, &sampled) < 0.05);
    assert_true(apart(&trained, &averaged) < 0.15);
}

/* That the measure can tell: running statistics as they begin give other images. */
static void statistics_that_do_not_belong_are_seen(void **state) {
    (void)state;
    gt_network *g = &pair.gan->generator.network;
    quality trained = told("training", true);
    for (int i = 0; i < g->layer_count; i++)
        for (int k = 2; k < g->layers[i].tensor_count; k++)
            for (int n = 0; n < gt_shape_size(g->layers[i].out); n++)
                gt_network_tensor(g, &g->layers[i].tensors[k])[n] = (gt_real)(k - 2);
    quality fresh = told("with the statistics of the beginning", false);
    assert_true(apart(&trained, &fresh) > 0.2);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampling_is_as_good_as_training),
        cmocka_unit_test(statistics_that_do_not_belong_are_seen),
    };
    return cmocka_run_group_tests(tests, open_trained, close_trained);
}
