/* GIFs are decoded again: grey frames pixel by pixel, colours within a few levels, delays and how
 * often they are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gif.h"

#include "gantrain/files/gif.h"

enum { WIDTH = 23, HEIGHT = 17, PIXELS = WIDTH * HEIGHT, FRAMES = 3 };

static uint8_t frames[FRAMES][3 * PIXELS];

static void make_frames(void) {
    for (int i = 0; i < FRAMES * 3 * PIXELS; i++)
        frames[i / (3 * PIXELS)][i % (3 * PIXELS)] = (uint8_t)((uint32_t)i * 2654435761u >> 24);
}

static void write_frames(const char *path, int channels, const gt_gif_options *options) {
    gt_gif gif = {0};
    gt_error error = {0};
    make_frames();
    if (gt_gif_begin(&gif, path, WIDTH, HEIGHT, channels, options, &error) != GT_OK)
        fail_msg("%s", error.message);
    for (int i = 0; i < FRAMES; i++)
        assert_int_equal(gt_gif_add(&gif, frames[i], &error), GT_OK);
    assert_int_equal(gt_gif_commit(&gif, &error), GT_OK);
    gt_gif_abort(&gif); /* does nothing now */
}

static void grey_frames_are_exact(void **state) {
    (void)state;
    for (int scale = 1; scale <= 3; scale++) {
        const gt_gif_options options = {.scale = scale, .delay_milliseconds = 120};
        write_frames(in_folder("grey.gif"), 1, &options);
        GifFileType *gif = get_gif(in_folder("grey.gif"));
        assert_int_equal(gif->ImageCount, FRAMES);
        assert_int_equal(gif->SWidth, WIDTH * scale);
        assert_int_equal(gif->SHeight, HEIGHT * scale);
        for (int i = 0; i < FRAMES; i++) {
            assert_frame(gif, i, frames[i], WIDTH, HEIGHT, scale);
            assert_int_equal(delay_of(gif, i), 12);
        }
        assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
    }
}

static void it_is_played_as_often_as_asked_for(void **state) {
    (void)state;
    static const struct { int plays, repeats; } cases[] = {{0, 0}, {1, -1}, {2, 1}, {1000, 999}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gt_gif_options options = {
            .scale = 1, .delay_milliseconds = 10, .plays = cases[i].plays};
        write_frames(in_folder("loop.gif"), 1, &options);
        GifFileType *gif = get_gif(in_folder("loop.gif"));
        assert_int_equal(repeats_of(gif), cases[i].repeats);
        assert_int_equal(DGifCloseFile(gif, NULL), GIF_OK);
    }
}

/* Few colours get a palette of their own in each frame. */
static void colours_are_near(void **state) {
    (void)state;
    const gt_gif_options options = {.scale = 2, .delay_milliseconds = 10};
    gt_gif gif = {0};
    gt_error error = {0};
    assert_int_equal(
        gt_gif_begin(&gif, in_folder("colour.gif"), WIDTH, HEIGHT, 3, &options, &error), GT_OK);
    for (int frame = 0; frame < FRAMES; frame++) {
        for (int i = 0; i < 3 * PIXELS; i++)
            frames[frame][i] = (uint8_t)(40 * (i / 3 % 5) + 30 * (i % 3) + 20 * frame);
        assert_int_equal(gt_gif_add(&gif, frames[frame], &error), GT_OK);
    }
    assert_int_equal(gt_gif_commit(&gif, &error), GT_OK);
    GifFileType *read = get_gif(in_folder("colour.gif"));
    for (int frame = 0; frame < FRAMES; frame++)
        for (int i = 0; i < PIXELS; i++) {
            const GifColorType colour = colour_at(read, frame, 2 * (i % WIDTH), 2 * (i / WIDTH));
            const uint8_t *pixel = frames[frame] + 3 * i;
            assert_true(abs(colour.Red - pixel[0]) <= 8);
            assert_true(abs(colour.Green - pixel[1]) <= 8);
            assert_true(abs(colour.Blue - pixel[2]) <= 8);
        }
    assert_int_equal(DGifCloseFile(read, NULL), GIF_OK);
}

static void what_cannot_be_written_is_refused(void **state) {
    (void)state;
    const gt_gif_options options = {.scale = 1000, .delay_milliseconds = 10};
    gt_gif gif = {0};
    gt_error error = {0};
    assert_int_equal(gt_gif_begin(&gif, in_folder("large.gif"), 70, 1, 1, &options, &error),
                     GT_FAILED);
    assert_contains(error.message, "at most 65535 a side");
    assert_int_equal(gt_gif_begin(&gif, in_folder("no/x.gif"), 7, 1, 1, &options, &error),
                     GT_FAILED);
    assert_names_path(error.message, in_folder("no/x.gif"));
    /* One that is given up leaves nothing. */
    assert_int_equal(gt_gif_begin(&gif, in_folder("given-up.gif"), 7, 1, 1, &options, &error),
                     GT_OK);
    gt_gif_abort(&gif);
    assert_int_not_equal(access(in_folder("given-up.gif"), F_OK), 0);
    assert_int_not_equal(access(in_folder("given-up.gif.tmp"), F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grey_frames_are_exact),
        cmocka_unit_test(it_is_played_as_often_as_asked_for),
        cmocka_unit_test(colours_are_near),
        cmocka_unit_test(what_cannot_be_written_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
