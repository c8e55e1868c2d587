/* gantrain nearest: samples next to the training images that are nearest to them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"
#include "gantrain/metrics/nearest.h"
#include "gantrain/sample/named_images.h"

/* The data: the checkpoint's own, or what --config and --images say. */
static gt_status open_data(gt_dataset *dataset, gt_team *team, gt_config *config,
                           const gt_arguments *arguments, gt_error *error) {
    const char *images = gt_arguments_value(arguments, "images");
    const char *file = gt_arguments_value(arguments, "config");
    const char *checkpoint = images == NULL && file == NULL ? arguments->operands[0] : NULL;
    gt_status status = GT_OK;
    if (file != NULL)
        status = settings_read(config, file, arguments, error);
    if (status != GT_OK)
        return status;
    if (images != NULL && !gt_text_copy(config->data.images, sizeof config->data.images, images))
        return gt_error_set(error, GT_USAGE, "--images: the path is over-long");
    char cache[GT_PATH_CAPACITY];
    gt_data_options options = gt_config_data_options(config);
    options.labels = NULL;
    options.cache = settings_cache(cache);
    options.observer.stop = arguments->stop;
    return gt_named_images_open(dataset, team, &options, checkpoint,
                                "the training images can be named by --images FILE or --config "
                                "FILE",
                                error);
}

static void print_neighbours(const gt_neighbour *neighbours, int rows, uint64_t first_image) {
    printf("%6s %8s %8s %10s\n", "row", "sample", "image", "distance");
    for (int row = 0; row < rows; row++)
        printf("%6d %8" PRIu32 " %8" PRIu64 " %10.4f\n", row, neighbours[row].sample,
               first_image + neighbours[row].image, neighbours[row].distance);
}

/* The test images of a config, of which a few hundred will do. */
static gt_status open_test(gt_dataset *dataset, gt_team *team, const gt_config *config,
                           const gt_arguments *arguments, gt_error *error) {
    enum { MOST = 500 };
    const bool is_named = gt_arguments_value(arguments, "config") == NULL;
    char cache[GT_PATH_CAPACITY];
    const gt_data_options options =
        settings_test_options(cache, config, config->data.test_images, MOST, arguments);
    gt_status status =
        gt_named_images_open(dataset, team, &options, is_named ? arguments->operands[0] : NULL,
                             "a config can name others", error);
    if (status == GT_OK && dataset->count > MOST)
        dataset->count = MOST;
    return status;
}

/* How near all samples of the picture are, and test images, which are no copies: the medians. */
static gt_status print_yardstick(const gt_picture *picture, const gt_compute *compute,
                                 const gt_dataset *training, const gt_dataset *test,
                                 gt_error *error) {
    const uint32_t count = (uint32_t)picture->rows * (uint32_t)(picture->columns - 1);
    uint8_t *samples = malloc((size_t)count * (size_t)training->pixels);
    double of_samples, of_test;
    if (samples == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %" PRIu32 " samples", count);
    gt_sampler_draw(samples, picture->sampler, picture->seed, 0, count);
    const gt_vectors references = {
        .bytes = training->images, .count = training->count, .width = training->pixels};
    gt_vectors queries = {.bytes = samples, .count = count, .width = training->pixels};
    gt_status status = gt_nearest_median(&of_samples, compute, &queries, &references, error);
    queries.bytes = test->images;
    queries.count = test->count;
    if (status == GT_OK)
        status = gt_nearest_median(&of_test, compute, &queries, &references, error);
    if (status == GT_OK)
        printf("median: %.4f of %" PRIu32 " samples, %.4f of %" PRIu32
               " test images; far nearer samples are copies\n",
               of_samples, count, of_test, test->count);
    free(samples);
    return status;
}

/* Test images that cannot be had are a pity, and no failure: the picture is there. */
static gt_status compare_with_test(const gt_picture *picture, const gt_compute *compute,
                                   const gt_config *config, const gt_dataset *training,
                                   const gt_arguments *arguments, gt_error *error) {
    gt_dataset test = {0};
    gt_error detail = {0};
    if (config->data.test_images[0] == '\0')
        return GT_OK;
    gt_status status = open_test(&test, compute->team, config, arguments, &detail);
    if (status == GT_STOPPED)
        return gt_error_set(error, status, "%s", detail.message);
    if (status == GT_OK && gt_shape_equal(test.shape, training->shape))
        status = print_yardstick(picture, compute, training, &test, error);
    else
        fprintf(stderr, "note: there are no test images to compare with: %s\n",
                status != GT_OK ? detail.message : "they have another shape");
    gt_dataset_free(&test);
    return detail.message[0] != '\0' ? GT_OK : status;
}

static gt_status draw(const gt_picture *picture, const gt_compute *compute,
                      const gt_arguments *arguments, gt_error *error) {
    gt_config config = picture->sampler->config;
    gt_dataset dataset = {0};
    gt_compute fastest = {0};
    gt_neighbour *neighbours = malloc((size_t)picture->rows * sizeof *neighbours);
    gt_status status = neighbours == NULL
                           ? gt_error_set(error, GT_FAILED, "no memory")
                           : open_data(&dataset, compute->team, &config, arguments, error);
    if (status == GT_OK)
        status = gt_compute_share(&fastest, compute, "default", "fp32", error);
    if (status == GT_OK)
        status = gt_picture_nearest(neighbours, picture, &fastest, &dataset, error);
    if (status == GT_OK) {
        print_neighbours(neighbours, picture->rows, config.data.range.first);
        status = compare_with_test(picture, &fastest, &config, &dataset, arguments, error);
        if (dataset.checksum != picture->sampler->data_checksum)
            fprintf(stderr, "note: %s holds other images than those of the training\n",
                    config.data.images);
    }
    gt_compute_close(&fastest);
    gt_dataset_free(&dataset);
    free(neighbours);
    return status;
}

static gt_status run_nearest(const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture;
    gt_status status = settings_open_picture(&picture, &sampler, &compute, arguments, "nearest.png",
                                             8, 8, 1, error);
    if (status != GT_OK)
        return status;
    picture.columns++; /* the option counts samples */
    status = draw(&picture, &compute, arguments, error);
    if (status == GT_OK)
        settings_say_drawn(picture.path, (uint64_t)picture.rows * (uint64_t)(picture.columns - 1),
                           picture.seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_nearest = {
    .name = "nearest",
    .operands = "CHECKPOINT",
    .help = "draw samples, and at the end of each row the training image nearest to its last one",
    .options =
        {
            {"rows", 'n', "ROWS", "rows of the picture (8)"},
            {"columns", 'c', "COLUMNS", "samples to a row (8)"},
            SETTINGS_PICTURE_OPTIONS("nearest.png"),
            SETTINGS_CLASS_OPTION,
            {"images", 'i', "FILE", "the training images, if they are no longer where they were"},
            {"config", 0, "FILE", "a config that names them"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_nearest,
};
