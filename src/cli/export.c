/* gantrain export: a network of a checkpoint as a file for other programs. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/settings.h"
#include "gantrain/cli/commands.h"
#include "gantrain/export/export.h"

/* Which network is asked for. */
static gt_status choose_network(const char **network, const gt_arguments *arguments,
                                gt_error *error) {
    const char *const others[] = {"discriminator", "encoder"};
    *network = NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (gt_arguments_value(arguments, others[i]) == NULL)
            continue;
        if (*network != NULL)
            return gt_error_set(error, GT_USAGE, "--%s and --%s: a file has one network", *network,
                                others[i]);
        *network = others[i];
    }
    if (*network == NULL)
        *network = "generator";
    return GT_OK;
}

static gt_status open_checkpoint(gt_sampler *sampler, gt_compute *compute,
                                 const gt_arguments *arguments, gt_error *error) {
    gt_status status = settings_open_compute(compute, 1, "native", arguments, error);
    if (status != GT_OK)
        return status;
    status = gt_sampler_open(sampler, compute, arguments->operands[0], GT_MODEL_JUDGE,
                             gt_arguments_value(arguments, "raw") != NULL, error);
    if (status != GT_OK)
        gt_compute_close(compute);
    return status;
}

static gt_status run_export(const gt_arguments *arguments, gt_error *error) {
    const char *path = gt_arguments_value(arguments, "output");
    gt_compute compute;
    gt_sampler sampler;
    gt_export what = {
        .sampler = &sampler,
        .int8 = gt_arguments_value(arguments, "int8") != NULL,
        .floats = gt_arguments_value(arguments, "floats") != NULL,
        .rgb = gt_arguments_value(arguments, "rgb") != NULL,
    };
    if (path == NULL)
        return gt_error_set(error, GT_USAGE, "export: needs --output FILE");
    gt_status status = choose_network(&what.network, arguments, error);
    if (status == GT_OK)
        status = open_checkpoint(&sampler, &compute, arguments, error);
    if (status != GT_OK)
        return status;
    status = gt_sampler_check_images(&sampler, arguments->operands[0], error);
    if (status == GT_OK)
        status = gt_export_write(path, &what, error);
    if (status == GT_OK)
        fprintf(stderr, "%s: %s, epoch %" PRIu64 ", step %" PRIu64 "\n", path, what.network,
                sampler.epoch, sampler.step);
    settings_close_sampler(&sampler, &compute);
    return status;
}

const gt_command gt_command_export = {
    .name = "export",
    .operands = "CHECKPOINT",
    .help = "write a network for other programs: C source or ONNX",
    .options =
        {
            {"output", 'o', "FILE", "FILE.c, and FILE.h with it; or FILE.onnx"},
            {"discriminator", 0, NULL, "the discriminator instead of the generator (.onnx)"},
            {"encoder", 0, NULL, "the encoder instead of the generator (.onnx)"},
            {"floats", 0, NULL, "pixels are floats from 0 to 1, not bytes (.onnx)"},
            {"rgb", 0, NULL, "grey images get three equal channels (.onnx)"},
            {"int8", 0, NULL, "weights are bytes, with a scale for each row (.c)"},
            SETTINGS_RAW_OPTION,
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_export,
};
