/* A frame that is written reads back as its numbers, and what is no frame is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include <math.h>

#include "gantrain/files/file.h"
#include "gantrain/store/frame.h"

static const char *put_text(const char *text) {
    const char *path = in_folder("frame.json");
    gt_error error = {0};
    assert_int_equal(gt_file_save(path, text, strlen(text), &error), GT_OK);
    return path;
}

static double number(const json_t *frame, const char *name, size_t index) {
    return json_number_value(json_array_get(json_object_get(frame, name), index));
}

static void reads_back(void **state) {
    const gt_real points[] = {(gt_real)0.123, -2, (gt_real)1e30, NAN, INFINITY, 0};
    const gt_real lattice[] = {1, 2, 3, 4};
    const double density[] = {0.25, 0.5, 1e-9, 0}, judged[] = {0.5034, 0, 1, NAN};
    const uint32_t counts[] = {1, 0, 7, 4000000000u};
    const gt_frame frame = {.components = 2,
                            .low = -3,
                            .high = 3,
                            .side = 2,
                            .points = points,
                            .point_count = 3,
                            .density = density,
                            .counts = counts,
                            .counted = 10000,
                            .judged = judged,
                            .lattice = lattice,
                            .lattice_side = 2,
                            .latent_dim = 1};
    gt_error error = {0};
    json_t *read;
    (void)state;
    char *text = gt_frame_to_text(&frame);
    assert_int_equal(gt_frame_load(&read, put_text(text), &error), GT_OK);
    assert_true(number(read, "points", 0) == 0.12);
    assert_true(fabs(number(read, "points", 2) / 1e30 - 1) < 1e-2);
    assert_true(json_is_null(json_array_get(json_object_get(read, "points"), 3)));
    assert_true(number(read, "density", 1) == 0.5);
    assert_true(number(read, "counts", 3) == 4000000000.0);
    assert_true(number(read, "d_thousandths", 0) == 503);
    assert_true(number(read, "lattice", 3) == 4);
    json_decref(read);
    free(text);
}

#define HEAD "{\"components\":1,\"low\":-4,\"high\":4,\"side\":2"

static void others_are_refused(void **state) {
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        HEAD "}",
        "{\"components\":3,\"low\":-4,\"high\":4,\"side\":2,\"points\":[]}",
        "{\"components\":1,\"low\":4,\"high\":4,\"side\":2,\"points\":[]}",
        "{\"components\":2,\"low\":-4,\"high\":4,\"side\":200,\"points\":[]}",
        "{\"components\":2,\"low\":-4,\"high\":4,\"side\":2,\"points\":[1]}",
        HEAD ",\"points\":[\"1\"]}",
        HEAD ",\"points\":[1],\"density\":[1]}",
        HEAD ",\"points\":[1],\"density\":[1,[]]}",
        HEAD ",\"points\":[1],\"counts\":[1,2]}",
        HEAD ",\"points\":[1],\"counts\":[1,2],\"counted\":0}",
        HEAD ",\"points\":[1],\"d_thousandths\":{}}",
        HEAD ",\"points\":[1],\"lattice\":[1,2]}",
        HEAD ",\"points\":[1],\"lattice\":[1,2],\"lattice_side\":3,\"latent_dim\":1}",
        HEAD ",\"points\":[1]}x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gt_error error = {0};
        json_t *read;
        const char *path = put_text(texts[i]);
        assert_int_equal(gt_frame_load(&read, path, &error), GT_FAILED);
        assert_null(read);
        assert_names_path(error.message, path);
    }
    gt_error error = {0};
    json_t *read;
    assert_int_equal(gt_frame_load(&read, put_text(HEAD ",\"points\":[1,null]}"), &error), GT_OK);
    json_decref(read);
}

/* It does not wait for somebody who writes. */
static void a_pipe_is_refused(void **state) {
    (void)state;
    gt_error error = {0};
    json_t *read;
    const char *path = in_folder("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(gt_frame_load(&read, path, &error), GT_FAILED);
    assert_null(read);
    assert_names_path(error.message, path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back),
        cmocka_unit_test(others_are_refused),
        cmocka_unit_test(a_pipe_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
