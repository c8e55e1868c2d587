/* The pictures of a run and the images that a sampler draws from its last checkpoint are made by
 * the same weights: those of the moving average where there is one. A run of two epochs is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helpers.h"

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/files/grid.h"
#include "gantrain/sample/sampler.h"
#include "gantrain/train/trainer.h"

enum { SIDE = 28, CELL = SIDE + 1, COLUMNS = 4, ROWS = 3, IMAGES = COLUMNS * ROWS };

static void train(const char *name, const char *generator_layers, const char *average) {
    char out[300];
    snprintf(out, sizeof out, "output.dir=%s", in_folder(name));
    char layers[300], ema[64];
    snprintf(layers, sizeof layers, "generator.layers=%s", generator_layers);
    snprintf(ema, sizeof ema, "generator.ema=%s", average);
    const char *const assignments[] = {out,
                                       layers,
                                       ema,
                                       "data.range=0:600",
                                       "generator.latent_dim=8",
                                       "generator.lr=0.005",
                                       "discriminator.layers=dense 32, leaky_relu",
                                       "train.epochs=2",
                                       "train.batch_size=20",
                                       "train.threads=1",
                                       "output.grid=4x3"};
    gt_config config;
    gt_error error = {0};
    gt_config_init(&config);
    for (size_t i = 0; i < sizeof assignments / sizeof *assignments; i++)
        if (gt_config_read_assignment(&config, assignments[i], &error) != GT_OK)
            fail_msg("%s", error.message);
    const gt_train_options options = {0};
    const gt_reporter silent = {0};
    if (gt_train(&config, &options, &silent, &error) != GT_OK)
        fail_msg("%s", error.message);
}

/* The largest difference of a pixel of the run's last grid from what a sampler with the noise of
 * the grid makes of its last checkpoint. */
static int distance_to_grid(const char *name, bool raw) {
    char path[300];
    gt_sampler sampler;
    gt_error error = {0};
    int height, width, channels, largest = 0;
    snprintf(path, sizeof path, "%s/checkpoints/latest.safetensors", in_folder(name));
    if (gt_sampler_open(&sampler, &test_compute, path, GT_MODEL_GENERATE, raw, &error) != GT_OK)
        fail_msg("%s", error.message);
    snprintf(path, sizeof path, "%s/samples/epoch-0002.png", in_folder(name));
    uint8_t *grid = get_png(&height, &width, &channels, path), image[IMAGES * SIDE * SIDE];
    assert_true(height == ROWS * CELL - 1 && width == COLUMNS * CELL - 1 && channels == 1);

    const gt_address noise = {0, GT_PURPOSE_LATENT_GRID, 0, 0};
    gt_model *model = &sampler.model;
    model->prior->draw(sampler.z, NULL, noise, IMAGES, model->latent_dim);
    model->kind->generate(sampler.images, model, sampler.z, NULL, IMAGES);
    gt_pixels_from_reals(image, sampler.images, -1, 1, IMAGES * SIDE * SIDE);
    for (int i = 0; i < IMAGES; i++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                long at = (long)(i / COLUMNS * CELL + y) * width + i % COLUMNS * CELL + x;
                int difference = abs(grid[at] - image[(i * SIDE + y) * SIDE + x]);
                largest = difference > largest ? difference : largest;
            }
    free(grid);
    gt_sampler_close(&sampler);
    return largest;
}

static void the_last_grid_is_what_the_last_checkpoint_draws(void **state) {
    (void)state;
    const char *const layers[] = {"dense 32, leaky_relu 0.2",
                                  "dense 32, batchnorm, relu, dropout 0.2, maxout 24 2"};
    for (int i = 0; i < 2; i++) {
        const char *const plain[] = {"plain-1", "plain-2"};
        const char *const averaged[] = {"averaged-1", "averaged-2"};
        train(plain[i], layers[i], "0");
        train(averaged[i], layers[i], "0.98");
        /* Another matrix product may round a pixel the other way. */
        assert_in_range(distance_to_grid(plain[i], false), 0, 1);
        assert_in_range(distance_to_grid(plain[i], true), 0, 1);
        assert_in_range(distance_to_grid(averaged[i], false), 0, 1);
        assert_in_range(distance_to_grid(averaged[i], true), 10, 255);
    }
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_grid_is_what_the_last_checkpoint_draws),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
