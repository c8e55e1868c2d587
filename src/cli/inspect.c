/* gantrain inspect: what a checkpoint holds, and whether it can be used. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/data/class_table.h"
#include "gantrain/model/model.h"
#include "gantrain/store/checkpoint.h"

static void print_tensors(const gt_safetensors *tensors) {
    uint64_t total = 0;
    printf("%-44s %-6s %-16s %12s\n", "tensor", "dtype", "shape", "numbers");
    for (int i = 0; i < tensors->count; i++) {
        const gt_safetensors_entry *entry = &tensors->entries[i];
        char shape[128] = "";
        size_t used = 0;
        uint64_t numbers = 1;
        for (int k = 0; k < entry->rank && used < sizeof shape; k++) {
            used = gt_text_append(shape, sizeof shape, used, "%s%" PRIu64, k ? " x " : "",
                                  entry->shape[k]);
            numbers *= entry->shape[k];
        }
        char name[GT_TENSOR_NAME]; /* of any program's file: without what moves the cursor */
        gt_text_copy(name, sizeof name, entry->name);
        for (char *c = name; *c != '\0'; c++)
            if (iscntrl((unsigned char)*c))
                *c = '?';
        printf("%-44s %-6s %-16s %12" PRIu64 "\n", name, entry->dtype, shape, numbers);
        total += numbers;
    }
    printf("%d tensors, %" PRIu64 " numbers\n", tensors->count, total);
}

/* Prints a text of any program's file: without what moves the cursor. */
static void print_text(const char *text) {
    for (; *text != '\0'; text++)
        putchar(iscntrl((unsigned char)*text) && *text != '\n' && *text != '\t' ? '?' : *text);
}

static void print_metadata(const gt_safetensors *tensors) {
    const char *key;
    for (int i = 0; (key = gt_checkpoint_metadata_key(i)) != NULL; i++) {
        const char *text = gt_safetensors_metadata(tensors, key);
        if (text == NULL)
            continue;
        printf("%-18s ", key);
        print_text(text);
        putchar('\n');
    }
    const char *config = gt_safetensors_metadata(tensors, "config");
    if (config != NULL) {
        putchar('\n');
        print_text(config);
    }
}

static void print_network(const gt_trained *trained) {
    const gt_network *network = trained->network;
    printf("\n%s: %zu parameters, %.3g MFLOP an image\n", trained->name, network->parameter_count,
           gt_network_flop(network) / 1e6);
    for (int i = 0; i < network->layer_count; i++) {
        char text[GT_LAYER_DESCRIPTION];
        gt_layer_describe(text, sizeof text, &network->layers[i]);
        printf("  %2d  %s\n", i, text);
    }
}

/* The networks that the config describes, without memory. */
static gt_status print_networks(const gt_checkpoint_info *info, const char *path, gt_error *error) {
    gt_model_settings settings = gt_config_model_settings(&info->config);
    gt_class_table classes = {0};
    gt_error detail = {0};
    gt_model model;
    gt_status status = GT_OK;
    settings.flat_images = info->flat_images;
    if (info->config.train.conditional)
        status =
            gt_class_table_from_text(&classes, info->classes != NULL ? info->classes : "", &detail);
    const gt_image_spec spec = {
        .shape = info->shape, .classes = classes.count, .class_images = classes.images};
    if (status == GT_OK)
        status = gt_model_open(&model, &settings, &spec, NULL, GT_MODEL_JUDGE, &detail);
    if (status == GT_OK) {
        for (int i = 0; i < model.trained_count; i++)
            print_network(&model.trained[i]);
        gt_model_close(&model);
    }
    gt_class_table_free(&classes);
    return status == GT_OK
               ? GT_OK
               : gt_error_set(error, GT_FAILED, "%s: damaged: %.2000s", path, detail.message);
}

static gt_status run_inspect(const gt_arguments *arguments, gt_error *error) {
    const char *path = arguments->operands[0];
    gt_safetensors tensors;
    gt_checkpoint checkpoint;
    /* What can be read is shown, also of a file that then proves to be damaged or not ours. */
    gt_status status = gt_safetensors_open(&tensors, path, error);
    if (status != GT_OK)
        return status;
    print_tensors(&tensors);
    printf("%-18s %s\n\n", "checksum",
           !tensors.has_checksum      ? "none"
           : tensors.checksum_matches ? "matches"
                                      : "DOES NOT MATCH: the file is damaged");
    print_metadata(&tensors);
    gt_safetensors_close(&tensors);
    status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    status = print_networks(&checkpoint.info, path, error);
    gt_checkpoint_close(&checkpoint);
    return status;
}

const gt_command gt_command_inspect = {
    .name = "inspect",
    .operands = "CHECKPOINT",
    .help = "show a checkpoint: tensors, shapes, step, config, checksum, networks",
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_inspect,
};
