/* Animations are decoded again and compared with the pictures of a run, and with images drawn one by
 * one along a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/pair.h"

#include "gif.h"

#include "gantrain/files/png.h"
#include "gantrain/report/animation.h"
#include "gantrain/sample/pictures.h"

enum { SIDE = 200 };

static const char *put_picture(const char *name, int side) {
    static uint8_t pixels[SIDE * SIDE];
    static char file[64];
    gt_error error = {0};
    snprintf(file, sizeof file, "samples/%s.png", name);
    for (int i = 0; i < side * side; i++)
        pixels[i] = (uint8_t)((uint32_t)i * (uint32_t)name[strlen(name) - 1]);
    assert_int_equal(gt_png_write(in_folder(file), pixels, side, side, 1, NULL, &error), GT_OK);
    return in_folder(file);
}

static gt_status animate(int *frames, int scale, gt_error *error) {
    const gt_gif_options options = {.scale = scale, .delay_milliseconds = 200};
    *error = (gt_error){0};
    return gt_animation_of_run(frames, in_folder("run.gif"), test_folder, &options, NULL, error);
}

static void frames_are_the_pictures_in_order(void **state) {
    (void)state;
    static const char *const names[] = {"epoch-0000", "epoch-0002", "epoch-9999", "epoch-10001"};
    gt_error error;
    int frames;
    assert_int_equal(mkdir(in_folder("samples"), 0777), 0);
    assert_int_equal(animate(&frames, 0, &error), GT_FAILED);
    assert_contains(error.message, "holds no pictures of epochs");
    for (int i = 3; i >= 0; i--)
        put_picture(names[i], SIDE);
    put_picture("step-0000007", SIDE); /* not at the end of an epoch */
    put_picture("real", SIDE);
    assert_int_equal(animate(&frames, 0, &error), GT_OK);
    assert_int_equal(frames, 4);
    GifFileType *gif = get_gif(in_folder("run.gif"));
    assert_int_equal(gif->ImageCount, 4);
    for (int i = 0; i < 4; i++) {
        int height, width, channels;
        uint8_t *pixels = get_png(&height, &width, &channels, put_picture(names[i], SIDE));
        assert_frame(gif, i, pixels, width, height, 2); /* 400 of 512 pixels */
        assert_int_equal(delay_of(gif, i), 20);
        free(pixels);
    }
    assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
}

static void a_picture_that_does_not_fit_is_named(void **state) {
    (void)state;
    gt_error error;
    int frames;
    unlink(in_folder("run.gif"));
    const char *path = put_picture("epoch-0002", SIDE - 1);
    assert_int_equal(animate(&frames, 1, &error), GT_FAILED);
    assert_names_path(error.message, path);
    assert_contains(error.message, "has 199 x 199 pixels");
    put_file(path, "nonsense", 8);
    assert_int_equal(animate(&frames, 1, &error), GT_FAILED);
    assert_names_path(error.message, path);
    assert_int_not_equal(access(in_folder("run.gif"), F_OK), 0);
    assert_int_not_equal(access(in_folder("run.gif.tmp"), F_OK), 0);
}

/* z of a frame, found in another way: by the path between the stops. */
struct stop {
    const gt_sampler *sampler;
    uint32_t from, to;
    double part;
};

static void stand_at(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct stop *stop = context;
    gt_real end[2];
    (void)condition, (void)index;
    gt_sampler_latent(z, stop->sampler, 3, stop->from);
    gt_sampler_latent(end, stop->sampler, 3, stop->to);
    gt_path_find("circle")->go(z, z, end, stop->part, 2);
}

static void a_walk_goes_from_stop_to_stop_and_back(void **state) {
    (void)state;
    enum { STOPS = 3, STEPS = 30 };
    const gt_gif_options options = {.scale = 1, .delay_milliseconds = 60};
    struct pair pair;
    gt_sampler sampler;
    gt_error error = {0};
    make_pair(&pair, "adam", "dense 5, tanh");
    fill_pair(&pair);
    gt_model_init(&pair.model, NULL);
    save_pair(&pair, in_folder("pair.safetensors"));
    close_pair(&pair);
    assert_int_equal(gt_sampler_open(&sampler, &test_compute, in_folder("pair.safetensors"),
                                     GT_MODEL_GENERATE, false, &error),
                     GT_OK);
    assert_int_equal(sampler.model.latent_dim, 2);
    assert_int_equal(
        gt_animation_of_walk(in_folder("walk.gif"), &sampler, 3, STOPS, STEPS, &options, &error),
        GT_OK);
    GifFileType *gif = get_gif(in_folder("walk.gif"));
    assert_int_equal(gif->ImageCount, STOPS * STEPS);
    for (uint32_t i = 0; i < STOPS * STEPS; i++) {
        uint8_t image[PIXELS];
        const uint32_t from = i / STEPS;
        struct stop stop = {&sampler, from, (from + 1) % STOPS, i % STEPS / (double)STEPS};
        gt_sampler_draw_from(image, &sampler, stand_at, &stop, 0, 1);
        assert_frame(gif, (int)i, image, WIDTH, HEIGHT, 1);
    }
    assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
    gt_sampler_close(&sampler);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_pictures_in_order),
        cmocka_unit_test(a_picture_that_does_not_fit_is_named),
        cmocka_unit_test(a_walk_goes_from_stop_to_stop_and_back),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
