/* Choices of backends: each product is made by the backend that is named for it, what is measured is
 * chosen, and a text keeps the choices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "gantrain/nn/choice.h"
#include "gantrain/nn/network.h"
#include "nn/choice.h"

enum { BATCH = 40, OUT = 200, IN = 160 };

static gt_compute compute;

static int open_auto(void **state) {
    (void)state;
    return gt_compute_open(&compute, 2, "auto", "fp32", NULL) == GT_OK ? 0 : -1;
}

static int close_auto(void **state) {
    (void)state;
    gt_compute_close(&compute);
    return 0;
}

/* y (BATCH, OUT). */
static void multiply(gt_real *y, const gt_compute *on) {
    static gt_real x[BATCH * IN], w[OUT * IN];
    for (int i = 0; i < BATCH * IN; i++)
        x[i] = (gt_real)(1.0 / (i % 71 + 3));
    for (int i = 0; i < OUT * IN; i++)
        w[i] = (gt_real)(1.0 / (i % 89 + 3));
    gt_gemm_forward(on, y, x, w, NULL, (gt_epilogue){0}, BATCH, OUT, IN);
}

static const char *maker(void) {
    return choice_engine(&compute, (gt_gemm_shape){GT_GEMM_FORWARD, BATCH, OUT, IN})->name;
}

/* On some processors backends round alike, so that bytes alone do not tell them apart. */
static void the_backend_that_is_named_makes_the_product(void **state) {
    (void)state;
    static gt_real named[BATCH * OUT], other[BATCH * OUT], chosen[BATCH * OUT];
    gt_compute openblas;
    gt_compute_open(&openblas, 2, "openblas", "fp32", NULL);
    multiply(named, &openblas);
    gt_compute_close(&openblas);
    multiply(other, &compute);
    assert_string_equal(maker(), "native");

    assert_int_equal(gt_choice_from_text(&compute, "forward 40 200 160 openblas", NULL), GT_OK);
    multiply(chosen, &compute);
    assert_string_equal(maker(), "openblas");
    assert_memory_equal(chosen, named, sizeof named);
    assert_non_null(strstr(compute.description, "OpenBLAS"));
    static const char *const of_others[] = {
        "forward 41 200 160 openblas", "forward 40 201 160 openblas", "forward 40 200 161 openblas",
        "input_gradient 40 200 160 openblas", ""};
    for (size_t i = 0; i < sizeof of_others / sizeof *of_others; i++) {
        assert_int_equal(gt_choice_from_text(&compute, of_others[i], NULL), GT_OK);
        multiply(chosen, &compute);
        assert_string_equal(maker(), "native");
        assert_memory_equal(chosen, other, sizeof other);
    }
}

static void a_text_keeps_choices(void **state) {
    (void)state;
    static const char text[] =
        "forward 64 512 784 openblas;input_gradient 64 512 784 native;weight_gradient 1 2 3 native";
    assert_int_equal(gt_choice_from_text(&compute, text, NULL), GT_OK);
    assert_int_equal(compute.choice_count, 3);
    char *again = gt_choice_to_text(&compute);
    assert_string_equal(again, text);
    free(again);
    assert_int_equal(gt_choice_from_text(&compute, "", NULL), GT_OK);
    again = gt_choice_to_text(&compute);
    assert_string_equal(again, "");
    free(again);
}

static void a_text_that_cannot_be_followed_changes_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"forward 64 512 784 cublas",
                                        "forward 64 512 784 native;forward 1 1 1 mkl",
                                        "sideways 64 512 784 native",
                                        "forward 64 512 native",
                                        "forward 64 512 784 native;",
                                        ";",
                                        " "};
    static const char good[] = "forward 64 512 784 openblas";
    assert_int_equal(gt_choice_from_text(&compute, good, NULL), GT_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_error error = {0};
        assert_int_equal(gt_choice_from_text(&compute, texts[i], &error), GT_USAGE);
        assert_non_null(strstr(error.message, "cannot be had"));
        char *text = gt_choice_to_text(&compute);
        assert_string_equal(text, good);
        free(text);
    }
}

static void large_products_are_measured_and_chosen(void **state) {
    (void)state;
    gt_network network;
    gt_gemm_shape shapes[2 * GT_NETWORK_PRODUCTS];
    int count = 0;
    gt_network_parse(&network, "dense 300, relu, maxout 50 4, dense 1", gt_shape_of_vector(200),
                     NULL);
    gt_network_add_products(shapes, &count, &network, 64);
    assert_int_equal(count, 9);
    gt_network_add_products(shapes, &count, &network, 64);
    assert_int_equal(count, 9);
    assert_int_equal(gt_choice_make(&compute, shapes, count, NULL), GT_OK);
    assert_int_equal(compute.choice_count, 6);
    for (int i = 0; i < 6; i++) {
        assert_true(gt_gemm_shape_equal(compute.choices[i].shape, shapes[i]));
        assert_in_range(compute.choices[i].engine, 0, compute.engine_count - 1);
    }
    double seconds[9][GT_ENGINES];
    assert_int_equal(gt_choice_measure(seconds, &compute, shapes, 9, 60, NULL), GT_OK);
    for (int i = 0; i < 9; i++)
        for (int e = 0; e < GT_ENGINES; e++)
            assert_true(e < compute.engine_count ? seconds[i][e] > 0 : seconds[i][e] == 0);
}

static void a_backend_that_was_asked_for_makes_everything(void **state) {
    (void)state;
    gt_compute forced;
    const gt_gemm_shape shape = {GT_GEMM_FORWARD, 64, 512, 784};
    gt_compute_open(&forced, 1, "openblas", "fp32", NULL);
    assert_int_equal(gt_choice_make(&forced, &shape, 1, NULL), GT_OK);
    assert_int_equal(gt_choice_from_text(&forced, "forward 64 512 784 native", NULL), GT_OK);
    assert_int_equal(forced.choice_count, 0);
    gt_compute_close(&forced);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_backend_that_is_named_makes_the_product, open_auto,
                                        close_auto),
        cmocka_unit_test_setup_teardown(a_text_keeps_choices, open_auto, close_auto),
        cmocka_unit_test_setup_teardown(a_text_that_cannot_be_followed_changes_nothing, open_auto,
                                        close_auto),
        cmocka_unit_test_setup_teardown(large_products_are_measured_and_chosen, open_auto,
                                        close_auto),
        cmocka_unit_test(a_backend_that_was_asked_for_makes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
