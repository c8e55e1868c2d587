/* gantrain animate: the epochs of a run, or a walk through latent space, as a GIF. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/settings.h"
#include "gantrain/report/animation.h"

/* What the options ask for. */
struct order {
    const char *path;
    uint64_t walk, steps, seed; /* walk 0: the epochs of a run */
    gt_gif_options options;
};

static gt_status read_gif_options(gt_gif_options *options, const gt_arguments *arguments,
                                  uint64_t delay, gt_error *error) {
    uint64_t scale, plays;
    gt_status status = settings_number(&delay, arguments, "delay", delay, 10, GT_GIF_DELAY, error);
    if (status == GT_OK)
        status = settings_number(&scale, arguments, "scale", 0, 1, 100, error);
    if (status == GT_OK)
        status = settings_number(&plays, arguments, "loop", 0, 0, 65535, error);
    if (status == GT_OK)
        *options = (gt_gif_options){
            .scale = (int)scale, .delay_milliseconds = (int)delay, .plays = (int)plays};
    return status;
}

static gt_status read_order(struct order *order, const gt_arguments *arguments, gt_error *error) {
    const char *output = gt_arguments_value(arguments, "output");
    *order = (struct order){.path = output != NULL ? output : "animation.gif"};
    gt_status status = settings_number(&order->walk, arguments, "walk", 0, 2, 1000, error);
    if (status == GT_OK)
        status = settings_number(&order->steps, arguments, "steps", 16, 1, 1000, error);
    if (status == GT_OK)
        status = settings_number(&order->seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status = read_gif_options(&order->options, arguments, order->walk > 0 ? 60 : 200, error);
    if (status == GT_OK && !settings_has_suffix(order->path, ".gif"))
        status =
            gt_error_set(error, GT_USAGE, "--output %s: the name must end in .gif", order->path);
    return status;
}

static gt_status animate_run(const struct order *order, const gt_arguments *arguments,
                             gt_error *error) {
    static const char *const of_a_walk[] = {"steps", "seed", "raw"};
    const char *run = arguments->operands[0];
    struct stat status_of_file;
    int frames;
    for (size_t i = 0; i < sizeof of_a_walk / sizeof *of_a_walk; i++)
        if (gt_arguments_value(arguments, of_a_walk[i]) != NULL)
            return gt_error_set(
                error, GT_USAGE,
                "--%s: is for a walk of a checkpoint: add --walk N, or leave it out", of_a_walk[i]);
    if (stat(run, &status_of_file) == 0 && S_ISREG(status_of_file.st_mode))
        return gt_error_set(error, GT_USAGE,
                            "%s: is a file: name a run directory, or add --walk N for a walk of a "
                            "checkpoint",
                            run);
    gt_status status =
        gt_animation_of_run(&frames, order->path, run, &order->options, arguments->stop, error);
    if (status == GT_OK)
        fprintf(stderr, "%s: %d frames\n", order->path, frames);
    return status;
}

static gt_status animate_walk(const struct order *order, const gt_arguments *arguments,
                              gt_error *error) {
    gt_compute compute;
    gt_sampler sampler;
    gt_status status = settings_open_sampler(&sampler, &compute, arguments, error);
    if (status != GT_OK)
        return status;
    status = gt_sampler_check_images(&sampler, arguments->operands[0], error);
    if (status == GT_OK)
        status = gt_animation_of_walk(order->path, &sampler, order->seed, (int)order->walk,
                                      (int)order->steps, &order->options, error);
    if (status == GT_OK)
        settings_say_drawn(order->path, order->walk * order->steps, order->seed, &sampler);
    settings_close_sampler(&sampler, &compute);
    return status;
}

static gt_status run_animate(const gt_arguments *arguments, gt_error *error) {
    struct order order;
    gt_status status = read_order(&order, arguments, error);
    if (status != GT_OK)
        return status;
    return (order.walk > 0 ? animate_walk : animate_run)(&order, arguments, error);
}

const gt_command gt_command_animate = {
    .name = "animate",
    .operands = "RUN|CHECKPOINT",
    .help = "write the samples of all epochs, or a walk between samples, as an animated GIF",
    .options =
        {
            {"output", 'o', "FILE", "FILE.gif (animation.gif)"},
            {"walk", 'w', "N", "of a checkpoint: walk from sample to sample, N of them, and back"},
            {"steps", 'n', "STEPS", "frames from one sample to the next (16)"},
            {"delay", 'd', "MS", "milliseconds a frame (200; 60 for a walk)"},
            {"scale", 'x', "N", "enlarge N times (as much as stays within 512 pixels)"},
            {"loop", 'l', "N", "play it N times; 0 is for ever (0)"},
            SETTINGS_SEED_OPTION,
            SETTINGS_RAW_OPTION,
            SETTINGS_THREADS_OPTION,
        },
    .fewest_operands = 1,
    .most_operands = 1,
    .run = run_animate,
};
