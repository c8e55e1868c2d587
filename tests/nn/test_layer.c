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
};

static void every_bad_list_is_refused_with_a_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *refusal = &refusals[i];
        gt_error error = {0};
        assert_int_equal(
            gt_layers_parse(layers, &layer_count, refusal->text, gt_shape_of_vector(4), &error),
            GT_USAGE);
        assert_int_equal(error.status, GT_USAGE);
        assert_null(strchr(error.message, '\n'));
        for (int k = 0; k < 4 && refusal->words[k] != NULL; k++)
            if (strstr(error.message, refusal->words[k]) == NULL)
                fail_msg("'%s': '%s' does not say '%s'", refusal->text, error.message,
                         refusal->words[k]);
        assert_int_equal(
            gt_layers_parse(layers, &layer_count, refusal->text, gt_shape_of_vector(4), NULL),
            GT_USAGE);
    }
}

static void an_unknown_layer_is_answered_with_all_that_are_known(void **state) {
    (void)state;
    gt_error error = {0};
    assert_int_equal(gt_layers_parse(layers, &layer_count, "conv 3", gt_shape_of_vector(4), &error),
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
    const char *const entries[] = {"dense 1", "dense 784",      "dense 65536",       "relu",
                                   "tanh",    "leaky_relu 0.2", "leaky_relu 0.0125", "sigmoid"};
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
            assert_true(isnan(argument->fallback) || (argument->fallback >= argument->lowest &&
                                                      argument->fallback <= argument->highest));
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
        cmocka_unit_test(an_unknown_layer_is_answered_with_all_that_are_known),
        cmocka_unit_test(sixty_four_layers_fit_and_no_more),
        cmocka_unit_test(an_entry_of_any_length_is_read_or_refused),
        cmocka_unit_test(a_layer_is_written_as_it_is_read),
        cmocka_unit_test(every_row_of_the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
