/* gantrain reconstruct: test images above what a model gives back of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/settings.h"
#include "gantrain/base/text.h"
#include "gantrain/sample/named_images.h"
#include "gantrain/sample/reconstructions.h"

/* The images: the checkpoint's own test images, or what --config and --images say; `most` of the
 * built-in digits, which have no end. */
static gt_status open_data(gt_dataset *dataset, gt_team *team, const gt_sampler *sampler,
                           uint64_t most, const gt_arguments *arguments, gt_error *error) {
    const char *images = gt_arguments_value(arguments, "images");
    const char *file = gt_arguments_value(arguments, "config");
    const char *checkpoint = images == NULL && file == NULL ? arguments->operands[0] : NULL;
    gt_config config = sampler->config;
    char cache[GT_PATH_CAPACITY];
    gt_status status = GT_OK;
    if (file != NULL)
        status = settings_read(&config, file, arguments, error);
    if (status != GT_OK)
        return status;
    gt_data_options options = settings_test_options(
        cache, &config, images != NULL ? images : config.data.test_images, most, arguments);
    if (images == NULL && sampler->classes.count > 0)
        options.labels = config.data.test_labels;
    if (options.images[0] == '\0')
        return gt_error_set(error, GT_USAGE,
                            "%s: names no test images: name some by --images FILE, or by "
                            "--config FILE",
                            file != NULL ? file : arguments->operands[0]);
    return gt_named_images_open(dataset, team, &options, checkpoint,
                                "images can be named by --images FILE or --config FILE", error);
}

static gt_status draw(const gt_picture *picture, const gt_arguments *arguments, gt_error *error) {
    const gt_sampler *sampler = picture->sampler;
    gt_dataset dataset = {0};
    uint32_t count;
    double squared_error;
    gt_status status = gt_reconstructions_check(sampler->model.kind, arguments->operands[0], error);
    if (status == GT_OK)
        status = open_data(&dataset, sampler->compute.team, sampler,
                           (uint64_t)picture->rows * (uint64_t)picture->columns, arguments, error);
    if (status == GT_OK && sampler->classes.count > 0)
        status = gt_class_table_check(&sampler->classes, &dataset, error);
    if (status == GT_OK)
        status = gt_reconstructions_write(&count, &squared_error, picture, &dataset, error);
    if (status == GT_OK) {
        printf("%-50s %10.4f\n", "squared error of an image (less is better)", squared_error);
        printf("%-50s %10" PRIu32 "\n", "images", count);
        settings_say_drawn(picture->path, 2 * (uint64_t)count, picture->seed, sampler);
    }
    gt_dataset_free(&dataset);
    return status;
}

static gt_status run_reconstruct(const gt_arguments *arguments, gt_error *error) {
    enum { MOST = 1000 };
    const char *output = gt_arguments_value(arguments, "output");
    gt_compute compute;
    gt_sampler sampler;
    gt_picture picture = {.path = output != NULL ? output : "reconstruct.png", .sampler = &sampler};
    uint64_t rows, columns;
    gt_status status = settings_number(&rows, arguments, "rows", 4, 1, MOST, error);
    if (status == GT_OK)
        status = settings_number(&columns, arguments, "columns", 10, 1, MOST, error);
    if (status == GT_OK)
        status = settings_number(&picture.seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK && !settings_has_suffix(picture.path, ".png"))
        status =
            gt_error_set(error, GT_USAGE, "--output %s: the name must end in .png", picture.path);
    if (status == GT_OK)
        status =
            settings_open_sampler_for(&sampler, &compute, GT_MODEL_RECONSTRUCT, arguments, error);
    if (status != GT_OK)
        return status;
    picture.rows = (int)rows;
    picture.columns = (int)columns;
    status = gt_sampler_check_images(&sampler, arguments->operands[0], error);
    if (status == GT_OK)
        status = draw(&picture, arguments, error);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_reconstruct = {
    .name = "reconstruct",
    .operands = "CHECKPOINT",
    .help = "draw test images above their reconstructions, by a model that has codes for images",
    .options =
        {
            {"rows", 'n', "ROWS", "rows of images, each above its reconstructions (4)"},
            {"columns", 'c', "COLUMNS", "images to a row (10)"},
            {"output", 'o', "FILE", "FILE.png (reconstruct.png)"},
            {"seed", 's', "SEED", "of pixels, where data.binarize = sample (0)"},
            SETTINGS_RAW_OPTION,
            SETTINGS_THREADS_OPTION,
            {"images", 'i', "FILE", "other images than the test images of the checkpoint's config"},
            {"config", 0, "FILE", "a config that names test images"},
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_reconstruct,
};
