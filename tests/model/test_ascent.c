/* The ascent: it raises D and keeps pixels in their range; what the buffer holds; that an image
 * depends on its own latent vector alone; and that a step can be repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/any_ascent.h"

enum { ROOM = 7 }; /* of the buffer */

static const size_t image_bytes = PIXELS * sizeof(gt_real);

static double mean_logit(fixture *opened, const gt_real *images) {
    gt_real logits[BATCH];
    double sum = 0;
    gt_model_ascent.judge(logits, &opened->model, images, NULL, BATCH);
    for (int row = 0; row < BATCH; row++)
        sum += (double)logits[row] / BATCH;
    return sum;
}

static void ascent_raises_d(void **state) {
    (void)state;
    gt_model_settings settings = settings_of("dense 8, tanh", 0);
    settings.ascent.noise = 0;
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_real images[BATCH * PIXELS];
    for (int i = 0; i < BATCH * PIXELS; i++)
        images[i] = (gt_real)(0.5 * cos(3.0 * i));
    double last = mean_logit(opened, images);
    for (int step = 0; step < 20; step++) {
        gt_ascent_climb(images, opened->ascent, 1, BATCH, NULL);
        double now = mean_logit(opened, images);
        assert_true(now > last);
        last = now;
    }
    /* However far it goes, it stays among images. */
    gt_ascent_climb(images, opened->ascent, 2000, BATCH, NULL);
    int at_an_end = 0;
    for (int i = 0; i < BATCH * PIXELS; i++) {
        assert_true(images[i] >= -1 && images[i] <= 1);
        at_an_end += images[i] == -1 || images[i] == 1;
    }
    assert_true(at_an_end > 0);
    close_ascent(opened);
}

/* Without a gradient, steps are a walk of normal steps: its variance is steps x noise^2. */
static void noise_has_its_deviation(void **state) {
    (void)state;
    enum { TRIES = 2000, STEPS = 5 };
    const gt_model_settings settings = settings_of("dense 8, tanh", 0);
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_ascent *ascent = opened->ascent;
    double square = 0;
    ascent->rate = 0;
    for (uint64_t try = 0; try < TRIES; try++) {
        gt_real images[BATCH * PIXELS] = {0};
        for (uint32_t row = 0; row < BATCH; row++)
            ascent->addresses[row] = (gt_address){1, GT_PURPOSE_ASCENT_NOISE, try * STEPS, row};
        gt_ascent_climb(images, ascent, STEPS, BATCH, NULL);
        for (int i = 0; i < BATCH * PIXELS; i++)
            square += (double)images[i] * (double)images[i] / (TRIES * BATCH * PIXELS);
    }
    double expected = STEPS * 0.01 * 0.01;
    assert_true(fabs(square / expected - 1) < 0.03); /* four standard errors */
    close_ascent(opened);
}

/* A start is one of the buffer's images or noise, and what is found takes its place there. */
static void the_buffer_holds_what_was_found(void **state) {
    (void)state;
    gt_model_settings settings = settings_of("dense 8, tanh", 0.1);
    settings.ascent.buffer = ROOM;
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_ascent *ascent = opened->ascent;
    gt_real before[ROOM * PIXELS];
    unsigned used = 0;
    for (int i = 0; i < ROOM * PIXELS; i++)
        assert_true(ascent->buffer[i] >= -1 && ascent->buffer[i] <= 1);
    for (uint64_t step = 0; step < 20; step++) {
        unsigned now = 0;
        memcpy(before, ascent->buffer, sizeof before);
        gt_ascent_find(&opened->model, step);
        for (int row = 0; row < BATCH; row++)
            now |= 1u << ascent->places[row];
        for (uint32_t place = 0; place < ROOM; place++) {
            const gt_real *held = ascent->buffer + place * PIXELS;
            bool is_new = memcmp(held, before + place * PIXELS, image_bytes) != 0;
            bool is_found = false;
            for (int row = 0; row < BATCH; row++)
                is_found =
                    is_found || (ascent->places[row] == place &&
                                 memcmp(held, ascent->images + row * PIXELS, image_bytes) == 0);
            assert_int_equal(is_new, now >> place & 1);
            assert_int_equal(is_new, is_found);
        }
        used |= now;
    }
    assert_int_equal(used, (1u << ROOM) - 1);
    close_ascent(opened);
}

/* With nothing to climb, what is found is where an ascent started: the share of noise is `fresh`. */
static void a_share_of_ascents_starts_as_noise(void **state) {
    (void)state;
    enum { STEPS = 1000 };
    gt_model_settings settings = settings_of("dense 8, tanh", 0);
    settings.ascent.buffer = ROOM;
    settings.ascent.fresh = 0.25;
    settings.ascent.noise = 0;
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_ascent *ascent = opened->ascent;
    int fresh = 0;
    ascent->rate = 0;
    for (uint64_t step = 0; step < STEPS; step++) {
        for (int i = 0; i < ROOM * PIXELS; i++)
            ascent->buffer[i] = (gt_real)0.25;
        gt_ascent_find(&opened->model, step);
        for (int row = 0; row < BATCH; row++)
            fresh += ascent->images[row * PIXELS] != (gt_real)0.25;
    }
    assert_true(fabs(fresh / (double)(STEPS * BATCH) - 0.25) < 0.03); /* four standard errors */
    close_ascent(opened);
}

/* Once a stop is asked for: no buffer, no weights. Then the step is the one that it would have
 * been. */
static void a_step_that_is_given_up_changes_nothing(void **state) {
    (void)state;
    gt_model_settings settings = settings_of("dense 8, tanh", 0.1);
    settings.ascent.buffer = ROOM;
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_ascent *ascent = opened->ascent;
    gt_network *network = opened->model.trained[0].network;
    gt_real buffer[ROOM * PIXELS], found[BATCH * PIXELS];
    gt_stop stop = {0};
    memcpy(buffer, ascent->buffer, sizeof buffer);
    assert_true(gt_ascent_find(&opened->model, 7));
    memcpy(found, ascent->images, sizeof found);
    memcpy(ascent->buffer, buffer, sizeof buffer);
    const gt_real weight = network->parameters[0];
    atomic_store(&stop.signal, 15);
    test_compute.stop = &stop;
    double stats[GT_MODEL_STATS];
    const gt_minibatch_source source = {get_minibatch, NULL};
    assert_false(gt_model_step(stats, &opened->model, &source, 7));
    assert_memory_equal(ascent->buffer, buffer, sizeof buffer);
    assert_true(network->parameters[0] == weight);
    test_compute.stop = NULL;
    assert_true(gt_ascent_find(&opened->model, 7));
    assert_memory_equal(ascent->images, found, sizeof found);
    close_ascent(opened);
}

static void an_image_depends_on_its_own_latent_vector(void **state) {
    (void)state;
    const gt_model_settings settings = settings_of("dense 8, tanh", 0);
    fixture *opened = open_ascent(&settings, GT_MODEL_GENERATE);
    gt_real z[BATCH * PIXELS], whole[BATCH * PIXELS], part[2 * PIXELS];
    opened->model.prior->draw(z, NULL, (gt_address){1, GT_PURPOSE_LATENT_SAMPLE, 0, 0}, BATCH,
                              PIXELS);
    gt_model_ascent.generate(whole, &opened->model, z, NULL, BATCH);
    gt_model_ascent.generate(part, &opened->model, z + 2 * PIXELS, NULL, 2);
    for (int i = 0; i < 2 * PIXELS; i++)
        assert_true(fabs((double)(whole[2 * PIXELS + i] - part[i])) < 1e-6);
    assert_true(memcmp(whole, whole + PIXELS, image_bytes) != 0);
    close_ascent(opened);
}

static void a_step_can_be_repeated(void **state) {
    (void)state;
    gt_model_settings settings = settings_of("dense 8, tanh", 0);
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    double stats[3][GT_MODEL_STATS];
    make_step(stats[0], opened, 4);
    make_step(stats[1], opened, 5);
    make_step(stats[2], opened, 4);
    assert_memory_equal(stats[0], stats[2], 4 * sizeof(double));
    assert_true(stats[0][0] != stats[1][0]);
    close_ascent(opened);
}

static void refuse(const char *layers, const char *part) {
    const gt_model_settings settings = settings_of(layers, 0.1);
    const gt_image_spec spec = {.shape = gt_shape_of_vector(PIXELS), .count = 40};
    gt_model model;
    gt_error error = {0};
    assert_int_equal(gt_model_open(&model, &settings, &spec, &test_compute, GT_MODEL_TRAIN, &error),
                     GT_USAGE);
    if (strstr(error.message, part) == NULL)
        fail_msg("'%s' has no '%s'", error.message, part);
}

static void layers_that_are_no_function_are_refused(void **state) {
    (void)state;
    refuse("dense 8, dropout 0.5", "[discriminator] layers: the model ascent takes no dropout");
    refuse("dense 8, batchnorm, tanh", "takes no batchnorm");
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascent_raises_d),
        cmocka_unit_test(noise_has_its_deviation),
        cmocka_unit_test(the_buffer_holds_what_was_found),
        cmocka_unit_test(a_share_of_ascents_starts_as_noise),
        cmocka_unit_test(a_step_that_is_given_up_changes_nothing),
        cmocka_unit_test(an_image_depends_on_its_own_latent_vector),
        cmocka_unit_test(a_step_can_be_repeated),
        cmocka_unit_test(layers_that_are_no_function_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
