/* The table of layers and the reader of layer lists: what it takes, what it refuses, and that every
 * refusal names the entry, what is wrong with it and what would be right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gantrain/nn/layer.h"

static gt_layer layers[GT_LAYERS];
static int layer_count;

static void parse(const char *text, int in) {
    gt_error error = {0};
    if (gt_layers_parse(layers, &layer_count, text, gt_shape_of_vector(in), &error) != GT_OK)
        fail_msg("'%s': %s", text, error.message);
    assert_string_equal(error.message, "");
}

static void assert_layer(int index, const char *kind, int in, int out) {
    assert_string_equal(layers[index].kind->name, kind);
    assert_int_equal(gt_shape_size(layers[index].in), in);
    assert_int_equal(gt_shape_size(layers[index].out), out);
}

static void a_list_becomes_layers_of_fitting_shapes(void **state) {
    (void)state;
    parse("dense 256, leaky_relu 0.1, dense 3, relu, sigmoid, tanh, dense 65536", 100);
    assert_int_equal(layer_count, 7);
    assert_layer(0, "dense", 100, 256);
    assert_layer(1, "leaky_relu", 256, 256);
    assert_true(layers[1].arguments[0] == 0.1);
    assert_layer(2, "dense", 256, 3);
    assert_layer(3, "relu", 3, 3);
    assert_layer(4, "sigmoid", 3, 3);
    assert_layer(5, "tanh", 3, 3);
    assert_layer(6, "dense", 3, 65536);
}

static void space_does_not_matter(void **state) {
    (void)state;
    const char *const texts[] = {"dense 5,leaky_relu 0.5,dense 1",
                                 "  dense   5 ,\tleaky_relu\t0.5 , dense 1  "};
    for (int i = 0; i < 2; i++) {
        parse(texts[i], 2);
        assert_int_equal(layer_count, 3);
        assert_layer(0, "dense", 2, 5);
        assert_layer(1, "leaky_relu", 5, 5);
        assert_true(layers[1].arguments[0] == 0.5);
        assert_layer(2, "dense", 5, 1);
    }
}

static void an_argument_left_out_takes_its_fallback(void **state) {
    (void)state;
    parse("leaky_relu, dense 1", 2);
    assert_true(layers[0].arguments[0] == 0.2);
    parse("leaky_relu 0, leaky_relu 1", 2);
    assert_true(layers[0].arguments[0] == 0);
    assert_true(layers[1].arguments[0] == 1);
}

static void dense_keeps_a_weight_and_a_bias(void **state) {
    (void)state;
    parse("dense 7, relu", 5);
    assert_int_equal(layers[0].tensor_count, 2);
    const gt_layer_tensor *weight = &layers[0].tensors[0], *bias = &layers[0].tensors[1];
    assert_string_equal(weight->name, "weight");
    assert_int_equal(weight->sizes[0], 7);
    assert_int_equal(weight->sizes[1], 5);
    assert_true(weight->trained && weight->drawn);
    assert_int_equal(gt_layer_tensor_size(weight), 35);
    assert_string_equal(bias->name, "bias");
    assert_int_equal(bias->sizes[0], 7);
    assert_int_equal(bias->rank, 1);
    assert_true(bias->trained && !bias->drawn && bias->value == 0);
    assert_int_equal(gt_layer_tensor_size(bias), 7);
    assert_int_equal(layers[1].tensor_count, 0);
}

/* The number of numbers does not overflow an int. */
static void the_largest_layers_are_counted_right(void **state) {
    (void)state;
    parse("dense 65536, dense 65536", 1);
    assert_true(gt_layer_tensor_size(&layers[1].tensors[0]) == (size_t)65536 * 65536);
}

/* A list that is refused, and words that the message must have. */
static const struct refusal {
    const char *text;
    const char *words[4];
} refusals[] = {
    {"", {"layer 1", "empty", "comma too many"}},
    {"   ", {"layer 1", "empty"}},
    {",", {"layer 1", "empty"}},
    {"dense 3,", {"layer 2", "empty", "comma too many"}},
    {"dense 3,, relu", {"layer 2", "empty"}},
    {"relu, dance 3", {"layer 2", "'dance'", "did you mean 'dense'?"}},
    {"relu, relu, Tanh", {"layer 3", "'Tanh'", "did you mean 'tanh'?"}},
    {"leaky-relu", {"layer 1", "'leaky-relu'", "did you mean 'leaky_relu'?"}},
    {"softmax", {"layer 1", "'softmax'", "not known"}},
    {"3", {"layer 1", "'3'", "not known"}},
    {"dense", {"layer 1", "'dense' needs UNITS", "1 to 65536"}},
    {"relu, dense", {"layer 2", "'dense' needs UNITS"}},
    {"dense 0", {"layer 1", "UNITS of 'dense' is '0'", "whole number 1 to 65536"}},
    {"dense -3", {"layer 1", "'-3'", "1 to 65536"}},
    {"dense 65537", {"layer 1", "'65537'", "1 to 65536"}},
    {"dense 2.5", {"layer 1", "'2.5'", "whole number"}},
    {"dense many", {"layer 1", "'many'", "whole number"}},
    {"dense 99999999999999999999", {"layer 1", "1 to 65536"}},
    {"dense nan", {"layer 1", "'nan'"}},
    {"dense 1e999", {"layer 1", "'1e999'"}},
    {"leaky_relu 1.01", {"layer 1", "SLOPE of 'leaky_relu' is '1.01'", "a number 0 to 1"}},
    {"leaky_relu -0.1", {"layer 1", "'-0.1'", "0 to 1"}},
    {"dense 3 relu", {"layer 1", "'dense' takes no 'relu'", "comma missing"}},
    {"dense 3, relu dense 1", {"layer 2", "'relu' takes no 'dense'", "comma missing"}},
    {"leaky_relu 0.2 dense 1", {"layer 1", "takes no 'dense'", "comma missing"}},
    {"dense 3 4", {"layer 1", "takes no '4'"}},
    {"dense 3; relu", {"layer 1", "'3;'"}},
    {"conv 8", {"layer 1", "'conv' needs SIZE", "1 to 64"}},
    {"conv 8 3 pad 0",
     {"layer 1", "3x3 is larger than its input 4 with pad 0", "at most 1", "image CxHxW"}},
    {"image 4x1", {"layer 1", "'image' needs WIDTH"}},
    {"image 4x1x1x1", {"layer 1", "'image' takes no '1'"}},
    {"image 2x3x1", {"layer 1", "2x3x1 has 6 numbers", "its input 4 has 4", "'dense 6'"}},
    {"image 2x0x2", {"layer 1", "HEIGHT of 'image' is '0'", "whole number 1 to 4096"}},
};

/* The same for images of 3 x 4 x 6. */
static const struct refusal image_refusals[] = {
    {"conv 8 5 pad 0",
     {"layer 1: 'conv'", "5x5 is larger than its input 3x4x6 with pad 0",
      "SIZE at most 4, or pad at least 1"}},
    {"relu, conv 8 3 stride", {"layer 2", "S of 'conv' is ''", "whole number 1 to 64"}},
    {"conv 8 3 stride 0", {"layer 1", "S of 'conv' is '0'", "1 to 64"}},
    {"conv 8 3 stride 2 stride 2", {"layer 1", "takes no second 'stride'"}},
    {"conv 8 3 step 2", {"layer 1", "takes no 'step'"}},
    {"conv 8 3 pad 3", {"layer 1", "pad 3 with SIZE 3", "at most 2"}},
    {"conv 8 3 pad -1", {"layer 1", "P of 'conv' is '-1'", "0 to 63"}},
    {"deconv 8 3 stride 1 pad 2, deconv 8 3 pad 2", {"layer 2", "pad 2 leaves nothing", "8x2x4"}},
    {"pool 5", {"layer 1", "5x5 leave nothing of its input 3x4x6", "at most 4"}},
    {"pool 2 mean", {"layer 1", "'mean'", "needs average or max"}},
    {"upsample 2 linear", {"layer 1", "'linear'", "needs nearest"}},
    {"upsample 15, upsample 15, upsample 15",
     {"layer 3", "gives 3x13500x20250", "16777216 numbers"}},
    {"flatten, conv 8 2 pad 0", {"layer 2", "its input 72", "image CxHxW"}},
    {"dropout 0.5 by", {"layer 1", "'dropout' takes no 'by'"}},
};

static void check_refusal(const struct refusal *refusal, gt_shape in) {
    gt_error error = {0};
    if (gt_layers_parse(layers, &layer_count, refusal->text, in, &error) != GT_USAGE)
        fail_msg("'%s' is not refused", refusal->text);
    assert_int_equal(error.status, GT_USAGE);
    assert_null(strchr(error.message, '\n'));
    for (int k = 0; k < 4 && refusal->words[k] != NULL; k++)
        if (strstr(error.message, refusal->words[k]) == NULL)
            fail_msg("'%s': '%s' does not say '%s'", refusal->text, error.message,
                     refusal->words[k]);
    assert_int_equal(gt_layers_parse(layers, &layer_count, refusal->text, in, NULL), GT_USAGE);
}

static void every_bad_list_is_refused_with_a_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        check_refusal(&refusals[i], gt_shape_of_vector(4));
    for (size_t i = 0; i < sizeof image_refusals / sizeof *image_refusals; i++)
        check_refusal(&image_refusals[i], (gt_shape){3, 4, 6});
}

/* Layers on images of 3 x 28 x 20, and the shapes they give. */
static const struct shaped {
    const char *text;
    gt_shape out;
    int rank, sizes[GT_TENSOR_RANK]; /* of the first tensor; rank 0: it has none */
} shaped[] = {
    {"conv 8 4 stride 2", {8, 14, 10}, 4, {8, 3, 4, 4}},
    {"conv 8 5 stride 2", {8, 14, 10}, 4, {8, 3, 5, 5}},
    {"conv 8 3 stride 2", {8, 14, 10}, 4, {8, 3, 3, 3}},
    {"conv 8 3", {8, 28, 20}, 4, {8, 3, 3, 3}},
    {"conv 8 4", {8, 27, 19}, 4, {8, 3, 4, 4}},
    {"conv 8 1 stride 2", {8, 14, 10}, 4, {8, 3, 1, 1}},
    {"conv 8 5 pad 0", {8, 24, 16}, 4, {8, 3, 5, 5}},
    {"conv 8 20 pad 0", {8, 9, 1}, 4, {8, 3, 20, 20}},
    {"conv 8 3 pad 2 stride 3", {8, 10, 8}, 4, {8, 3, 3, 3}},
    {"deconv 8 4 stride 2", {8, 56, 40}, 4, {3, 8, 4, 4}},
    {"deconv 8 5 stride 2", {8, 56, 40}, 4, {3, 8, 5, 5}},
    {"deconv 8 2 stride 3", {8, 84, 60}, 4, {3, 8, 2, 2}},
    {"deconv 8 3", {8, 28, 20}, 4, {3, 8, 3, 3}},
    {"deconv 8 5 stride 2 pad 2", {8, 55, 39}, 4, {3, 8, 5, 5}},
    {"deconv 8 4 pad 0", {8, 31, 23}, 4, {3, 8, 4, 4}},
    {"batchnorm", {3, 28, 20}, 1, {3}},
    {"pool 2", {3, 14, 10}, 0, {0}},
    {"pool 3 max", {3, 9, 6}, 0, {0}},
    {"upsample 3", {3, 84, 60}, 0, {0}},
    {"global_pool", {3, 1, 1}, 0, {0}},
    {"flatten", {1680, 1, 1}, 0, {0}},
    {"image 2x30x28", {2, 30, 28}, 0, {0}},
    {"dense 7", {7, 1, 1}, 2, {7, 1680}},
};

static void images_are_shaped_as_pytorch_does(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof shaped / sizeof *shaped; i++) {
        const struct shaped *row = &shaped[i];
        gt_error error = {0};
        if (gt_layers_parse(layers, &layer_count, row->text, (gt_shape){3, 28, 20}, &error) !=
            GT_OK)
            fail_msg("%s: %s", row->text, error.message);
        char got[GT_SHAPE_TEXT];
        if (!gt_shape_equal(layers[0].out, row->out))
            fail_msg("%s gives %s", row->text, gt_shape_format(got, layers[0].out));
        assert_int_equal(layers[0].tensor_count > 0, row->rank > 0);
        if (row->rank == 0)
            continue;
        assert_int_equal(layers[0].tensors[0].rank, row->rank);
        for (int k = 0; k < row->rank; k++)
            assert_int_equal(layers[0].tensors[0].sizes[k], row->sizes[k]);
    }
}

static void an_unknown_layer_is_answered_with_all_that_are_known(void **state) {
    (void)state;
    gt_error error = {0};
    assert_int_equal(gt_layers_parse(layers, &layer_count, "conf 3", gt_shape_of_vector(4), &error),
                     GT_USAGE);
    for (int i = 0; gt_layer_kind_at(i) != NULL; i++)
        if (strstr(error.message, gt_layer_kind_at(i)->name) == NULL)
            fail_msg("'%s' does not name %s", error.message, gt_layer_kind_at(i)->name);
}

static void sixty_four_layers_fit_and_no_more(void **state) {
    (void)state;
    char text[GT_LAYERS * 6 + 16] = "relu";
    for (int i = 1; i < GT_LAYERS; i++)
        strcat(text, ", relu");
    parse(text, 3);
    assert_int_equal(layer_count, GT_LAYERS);
    strcat(text, ", relu");
    gt_error error = {0};
    assert_int_equal(gt_layers_parse(layers, &layer_count, text, gt_shape_of_vector(3), &error),
                     GT_USAGE);
    assert_non_null(strstr(error.message, "64 layers"));
}

static void an_entry_of_any_length_is_read_or_refused(void **state) {
    (void)state;
    static char text[5000];
    for (size_t length = 100; length < 160; length++) {
        snprintf(text, sizeof text, "relu, dense%*d, relu", (int)length - 5, 7);
        gt_error error = {0};
        gt_status status =
            gt_layers_parse(layers, &layer_count, text, gt_shape_of_vector(3), &error);
        if (status == GT_OK)
            assert_layer(1, "dense", 3, 7);
        else
            assert_non_null(strstr(error.message, "layer 2 is over-long"));
        assert_true(status == GT_OK || length > 120);
    }
    memset(text, 'x', sizeof text - 1);
    gt_error error = {0};
    assert_int_equal(gt_layers_parse(layers, &layer_count, text, gt_shape_of_vector(3), &error),
                     GT_USAGE);
    assert_non_null(strstr(error.message, "layer 1 is over-long"));
    assert_true(strlen(error.message) < 200);
}

static void a_layer_is_written_as_it_is_read(void **state) {
    (void)state;
    const char *const entries[] = {"dense 1",
                                   "dense 784",
                                   "dense 65536",
                                   "relu",
                                   "tanh",
                                   "leaky_relu 0.2",
                                   "leaky_relu 0.0125",
                                   "sigmoid",
                                   "image 3x1x1",
                                   "conv 4 1 stride 2 pad 0",
                                   "deconv 4 3 stride 2",
                                   "dropout 0.5",
                                   "dropout 0.5 by_channel",
                                   "upsample 2 nearest"};
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        char text[64];
        parse(entries[i], 3);
        gt_layer_format(text, sizeof text, &layers[0]);
        assert_string_equal(text, entries[i]);
        gt_layer_format(text, 4, &layers[0]);
        assert_true(strlen(text) < 4);
    }
}

static void every_row_of_the_table_is_whole(void **state) {
    (void)state;
    int count = 0;
    for (const gt_layer_kind *kind; (kind = gt_layer_kind_at(count)) != NULL; count++) {
        assert_true(strlen(kind->name) > 0);
        for (const char *c = kind->name; *c != '\0'; c++)
            assert_true(islower((unsigned char)*c) || *c == '_');
        assert_true(kind->help != NULL && strlen(kind->help) > 0);
        assert_null(strchr(kind->help, '\n'));
        assert_true(kind->forward != NULL && kind->backward != NULL);
        for (int other = 0; other < count; other++)
            assert_string_not_equal(gt_layer_kind_at(other)->name, kind->name);
        bool ended = false;
        for (int k = 0; k < GT_LAYER_ARGUMENTS; k++) {
            const gt_layer_argument *argument = &kind->arguments[k];
            ended = ended || argument->name == NULL;
            if (ended) {
                assert_null(argument->name);
                continue;
            }
            assert_true(argument->lowest <= argument->highest);
            bool chosen = argument->keyword != NULL && argument->fallback < argument->lowest;
            assert_true(chosen || isnan(argument->fallback) ||
                        (argument->fallback >= argument->lowest &&
                         argument->fallback <= argument->highest));
            if (argument->flag)
                assert_true(argument->keyword != NULL && argument->fallback == 0);
        }
        if (kind->element_wise) {
            gt_layer layer = {.kind = kind, .in = {7, 1, 1}, .out = {7, 1, 1}};
            if (kind->shape != NULL)
                assert_int_equal(kind->shape(&layer, NULL), GT_OK);
            assert_int_equal(gt_shape_size(layer.out), 7);
            assert_null(kind->tangent);
        } else {
            assert_null(kind->curvature);
            assert_int_equal(kind->tangent == NULL, kind->couples_examples);
        }
    }
    assert_true(count >= 8);
    assert_null(gt_layer_kind_at(count + 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_becomes_layers_of_fitting_shapes),
        cmocka_unit_test(space_does_not_matter),
        cmocka_unit_test(an_argument_left_out_takes_its_fallback),
        cmocka_unit_test(dense_keeps_a_weight_and_a_bias),
        cmocka_unit_test(the_largest_layers_are_counted_right),
        cmocka_unit_test(every_bad_list_is_refused_with_a_reason),
        cmocka_unit_test(images_are_shaped_as_pytorch_does),
        cmocka_unit_test(an_unknown_layer_is_answered_with_all_that_are_known),
        cmocka_unit_test(sixty_four_layers_fit_and_no_more),
        cmocka_unit_test(an_entry_of_any_length_is_read_or_refused),
        cmocka_unit_test(a_layer_is_written_as_it_is_read),
        cmocka_unit_test(every_row_of_the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
