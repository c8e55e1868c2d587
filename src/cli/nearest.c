/* gantrain nearest: samples next to the training images that are nearest to them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"
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
