/* Conditions: how often classes are drawn, which class each row of a step is told, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/pair.h"

#include "gantrain/model/condition.h"

enum { CLASSES = 3 };

static const uint32_t images_of[CLASSES] = {5, 0, 15};
static const uint16_t labels[BATCH] = {2, 0, 2, 2};

static const gt_image_spec spec = {
    .shape = {PIXELS, 1, 1}, .classes = CLASSES, .class_images = images_of, .count = 20};

static gt_status open_with(gt_model *model, const gt_model_settings *settings,
                           const gt_image_spec *images, gt_error *error) {
    *error = (gt_error){0};
    return gt_model_open(model, settings, images, &test_compute, GT_MODEL_TRAIN, error);
}

static fixture *open_conditional(int d_steps) {
    gt_model_settings settings = default_settings(d_steps);
    fixture *pair = calloc(1, sizeof *pair);
    gt_error error;
    settings.conditional = true;
    if (open_with(&pair->model, &settings, &spec, &error) != GT_OK)
        fail_msg("%s", error.message);
    pair->gan = gt_gan_of(&pair->model);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    gt_model_init(&pair->model, NULL);
    return pair;
}

static void classes_are_drawn_as_often_as_images_have_them(void **state) {
    (void)state;
    enum { DRAWS = 4000 };
    fixture *pair = open_conditional(1);
    int drawn[CLASSES] = {0};
    for (uint32_t i = 0; i < DRAWS; i++)
        drawn[gt_model_draw_class(&pair->model, (gt_address){1, GT_PURPOSE_CLASS_D, 7, i})]++;
    assert_int_equal(drawn[1], 0);
    assert_true(abs(drawn[0] - DRAWS / 4) < 130); /* 4.7 standard deviations */
    pair->model.spec.class_images = NULL;
    for (uint32_t i = 0; i < DRAWS; i++)
        drawn[gt_model_draw_class(&pair->model, (gt_address){1, GT_PURPOSE_CLASS_D, 7, i})]++;
    assert_true(abs(drawn[1] - DRAWS / 3) < 140);
    close_gan(pair);
}

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    (void)context;
    fill_minibatch(minibatch->images, number);
    minibatch->labels = labels;
}

static const gt_minibatch_source source = {get_minibatch, NULL};

/* Rows are 1 at one class: real ones at their labels, fake ones at the class with their address. */
static void each_row_of_a_step_is_told_its_class(void **state) {
    (void)state;
    fixture *pair = open_conditional(2);
    gt_gan_stats stats;
    gt_real expected[3 * BATCH * CLASSES];
    for (uint64_t step = 0; step < 3; step++) {
        gt_gan_iterate(&stats, pair->gan, &source, step);
        for (uint32_t row = 0; row < BATCH; row++) {
            const gt_address for_g = {SEED, GT_PURPOSE_CLASS_G, step, row};
            const gt_address for_d = {SEED, GT_PURPOSE_CLASS_D, 2 * step + 1, row};
            uint16_t g = gt_model_draw_class(&pair->model, for_g);
            uint16_t d = gt_model_draw_class(&pair->model, for_d);
            gt_condition_set(expected + row * CLASSES, &g, 1, CLASSES);
            gt_condition_set(expected + (BATCH + row) * CLASSES, &d, 1, CLASSES);
        }
        gt_condition_set(expected + 2 * BATCH * CLASSES, labels, BATCH, CLASSES);
        assert_memory_equal(pair->gan->condition, expected, sizeof expected);
    }
    close_gan(pair);
}

/* The same z with another class is another image, and the same image another logit. */
static void the_class_reaches_both_networks(void **state) {
    (void)state;
    fixture *pair = open_conditional(1);
    const gt_model_kind *kind = pair->model.kind;
    gt_real z[2 * LATENT] = {1, 2, 3, 1, 2, 3}, images[2 * PIXELS], logits[2];
    const gt_real condition[2 * CLASSES] = {1, 0, 0, 0, 0, 1};
    kind->generate(images, &pair->model, z, condition, 2);
    assert_memory_not_equal(images, images + PIXELS, PIXELS * sizeof *images);
    memcpy(images + PIXELS, images, PIXELS * sizeof *images);
    kind->judge(logits, &pair->model, images, condition, 2);
    assert_true(logits[0] != logits[1]);
    close_gan(pair);
}

static void refuse(const gt_model_settings *settings, const gt_image_spec *images,
                   const char *message) {
    gt_model model;
    gt_error error;
    assert_int_equal(open_with(&model, settings, images, &error), GT_USAGE);
    if (strstr(error.message, message) == NULL)
        fail_msg("'%s' has no '%s'", error.message, message);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    const gt_image_spec unlabelled = {.shape = {PIXELS, 1, 1}};
    gt_model_settings settings = default_settings(1);
    settings.discriminator.layers = "dense 4, one_hot 3, tanh";
    refuse(&settings, &spec, "[discriminator] layers: 'one_hot 3' takes classes: set train.cond");
    settings.conditional = true;
    refuse(&settings, &unlabelled, "[train] conditional = yes: takes labels of two classes");
    settings.discriminator.layers = "dense 4, one_hot 5, tanh";
    refuse(&settings, &spec, "'one_hot 5': the data have 3 classes: write 'one_hot 3'");
    settings.discriminator.layers = "dense 4, embedding 5 7, tanh";
    refuse(&settings, &spec, "'embedding 5 7': the data have 3 classes: write 'embedding 3 7'");
    settings.discriminator.layers = "dense 4, tanh";
    settings.conditional = false;
    settings.condition.embedding = 6;
    refuse(&settings, &spec, "[train] condition = embedding 6: takes train.conditional = yes");
    settings.conditional = true;
    settings.condition.projects = true;
    settings.kind = &gt_model_vae;
    refuse(
        &settings, &spec,
        "[train] condition = embedding 6 projection: projection is of a discriminator, which the "
        "model vae has not");
}

/* A discriminator that projects is told in its last layer alone. */
static void a_way_shapes_both_networks(void **state) {
    (void)state;
    gt_model_settings settings = default_settings(1);
    gt_model model;
    gt_error error = {0};
    settings.conditional = true;
    settings.condition = (gt_condition_way){.embedding = 7, .projects = true};
    assert_int_equal(open_with(&model, &settings, &spec, &error), GT_OK);
    const gt_network *g = model.trained[GT_GAN_GENERATOR].network;
    const gt_network *d = model.trained[GT_GAN_DISCRIMINATOR].network;
    assert_ptr_equal(g->layers[0].kind, &gt_layer_embedding);
    assert_int_equal(g->layers[0].out.channels, g->in + 7);
    for (int i = 0; i < d->layer_count; i++)
        assert_int_equal(d->layers[i].kind == &gt_layer_projection, i == d->layer_count - 1);
    assert_int_equal(d->layers[d->layer_count - 1].arguments[0], 3);
    assert_false(d->layers[0].kind->takes_class);
    gt_model_close(&model);
}

static void ways_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int embedding;
        bool projects;
    } ways[] = {{"one_hot", 0, false},
                {"embedding 12", 12, false},
                {"projection", 0, true},
                {"embedding 65536 projection", 65536, true}};
    static const char *const wrong[] = {"",
                                        "onehot",
                                        "embedding",
                                        "embedding 0",
                                        "embedding 65537",
                                        "embedding 5x",
                                        "embedding 5 one_hot",
                                        "embedding 5 embedding 6",
                                        "projection embedding 5",
                                        "projection projection",
                                        "one_hot one_hot"};
    char text[GT_CONDITION_TEXT];
    gt_error error = {0};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        gt_condition_way way = {0};
        assert_int_equal(gt_condition_parse(&way, ways[i].text, &error), GT_OK);
        assert_int_equal(way.embedding, ways[i].embedding);
        assert_int_equal(way.projects, ways[i].projects);
        assert_string_equal(gt_condition_format(text, &way), ways[i].text);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        gt_condition_way way = {.embedding = 99};
        if (gt_condition_parse(&way, wrong[i], &error) != GT_USAGE)
            fail_msg("'%s' is not refused", wrong[i]);
        assert_int_equal(way.embedding, 99);
    }
}

static void the_layer_is_added_unless_it_is_there(void **state) {
    (void)state;
    static const struct {
        const char *layers;
        gt_shape in;
        int classes;
        const char *told;
        int embedding;
    } lists[] = {
        {"dense 4, tanh", {6, 1, 1}, 3, "one_hot 3, dense 4, tanh", 0},
        {"dense 4, one_hot 3", {6, 1, 1}, 3, "dense 4, one_hot 3", 0},
        {"", {6, 1, 1}, 2, "one_hot 2", 0},
        {"", {1, 4, 4}, 2, "flatten, one_hot 2", 0},
        {NULL, {6, 1, 1}, 0, "", 0},
        {"dense 4", {6, 1, 1}, 0, "dense 4", 0},
        {"dense 4", {1, 4, 4}, 3, "flatten, one_hot 3, dense 4", 0},
        {"conv 4 3, dense 4", {1, 4, 4}, 3, "one_hot 3, conv 4 3, dense 4", 0},
        {"dropout 0.2,tanh, maxout 4 2",
         {1, 4, 4},
         3,
         "dropout 0.2,tanh, flatten, one_hot 3, maxout 4 2",
         0},
        {"tanh", {2, 1, 1}, 3, "tanh, one_hot 3", 0},
        {"tanh, dropout 0.1", {2, 2, 2}, 3, "tanh, dropout 0.1, flatten, one_hot 3", 0},
        {"dense 4", {1, 4, 4}, 3, "flatten, embedding 3 8, dense 4", 8},
        {"conv 4 3", {1, 4, 4}, 3, "embedding 3 65536, conv 4 3", 65536},
        {"dense 4, embedding 3 2", {6, 1, 1}, 3, "dense 4, embedding 3 2", 8},
        {"dense 4, projection 3", {6, 1, 1}, 3, "dense 4, projection 3", 0},
    };
    char text[GT_LAYERS_TEXT], many[GT_LAYERS_TEXT];
    gt_error error = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        assert_int_equal(gt_condition_layers(text, lists[i].layers, lists[i].in, lists[i].classes,
                                             lists[i].embedding, &error),
                         GT_OK);
        assert_string_equal(text, lists[i].told);
    }
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_int_equal(gt_condition_layers(text, many, spec.shape, 3, 0, &error), GT_USAGE);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_drawn_as_often_as_images_have_them),
        cmocka_unit_test(each_row_of_a_step_is_told_its_class),
        cmocka_unit_test(the_class_reaches_both_networks),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_way_shapes_both_networks),
        cmocka_unit_test(ways_are_read_and_written),
        cmocka_unit_test(the_layer_is_added_unless_it_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
