/* A generator on its own: checkpoint in, bytes out. */
#include "gantrain/sample/sampler.h"

#include <assert.h>
#include <stdlib.h>

#include "gantrain/files/grid.h"
#include "gantrain/store/checkpoint.h"

static void carve(gt_sampler *sampler) {
    gt_generator_carve(&sampler->generator, &sampler->arena, GT_SAMPLER_BATCH, false);
    sampler->z = gt_arena_take(&sampler->arena,
                               (size_t)GT_SAMPLER_BATCH * (size_t)sampler->generator.network.in,
                               sizeof(gt_real));
    sampler->images = gt_arena_take(
        &sampler->arena, (size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels, sizeof(gt_real));
}

static gt_status build(gt_sampler *sampler, const gt_checkpoint *checkpoint, bool raw,
                       const char *path, gt_error *error) {
    const gt_checkpoint_info *info = &checkpoint->info;
    gt_gan_settings settings = gt_config_gan_settings(&info->config);
    sampler->shape = info->shape;
    sampler->pixels = gt_shape_size(info->shape);
    sampler->epoch = info->epoch;
    sampler->step = info->step;
    sampler->config = info->config;
    sampler->data_checksum = info->data_checksum;
    gt_status status =
        gt_generator_parse(&sampler->generator, &settings.generator, sampler->shape, error);
    if (status != GT_OK)
        return status;
    sampler->generator.network.compute = &sampler->compute;
    /* Before anything is reserved for what the config asks, the file must be seen to hold it. */
    status = gt_checkpoint_restore_generator(&sampler->generator, checkpoint, raw, path, error);
    if (status != GT_OK)
        return status;
    carve(sampler);
    status = gt_arena_reserve(&sampler->arena, error);
    if (status != GT_OK)
        return status;
    carve(sampler);
    return gt_checkpoint_restore_generator(&sampler->generator, checkpoint, raw, path, error);
}

gt_status gt_sampler_open(gt_sampler *sampler, const gt_compute *compute, const char *path,
                          bool raw, gt_error *error) {
    gt_checkpoint checkpoint;
    *sampler = (gt_sampler){0};
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    status = gt_compute_share(&sampler->compute, compute, "openblas", "fp32", error);
    if (status == GT_OK)
        status = build(sampler, &checkpoint, raw, path, error);
    gt_checkpoint_close(&checkpoint);
    if (status != GT_OK)
        gt_sampler_close(sampler);
    return status;
}

void gt_sampler_close(gt_sampler *sampler) {
    gt_compute_close(&sampler->compute);
    gt_arena_release(&sampler->arena);
    *sampler = (gt_sampler){0};
}

void gt_sampler_draw_from(uint8_t *images, gt_sampler *sampler, gt_latent_source source,
                          void *context, uint32_t first, uint32_t count) {
    const gt_output *output = sampler->generator.output;
    const gt_pass pass = {.training = false};
    size_t latent_dim = (size_t)sampler->generator.network.in;
    assert(first % GT_SAMPLER_BATCH == 0);
    for (uint32_t done = 0; done < count; done += GT_SAMPLER_BATCH) {
        uint32_t wanted = count - done < GT_SAMPLER_BATCH ? count - done : GT_SAMPLER_BATCH;
        for (uint32_t i = 0; i < wanted; i++)
            source(context, sampler->z + i * latent_dim, first + done + i);
        /* Rows beyond those wanted keep what they had: the batch is whole, and no row looks at
         * another. */
        gt_network_forward(sampler->images, &sampler->generator.network, sampler->z,
                           GT_SAMPLER_BATCH, &pass);
        gt_pixels_from_reals(images + (size_t)done * (size_t)sampler->pixels, sampler->images,
                             output->low, output->high, (long)wanted * sampler->pixels);
    }
}

void gt_sampler_latent(gt_real *z, const gt_sampler *sampler, uint64_t seed, uint32_t index) {
    const gt_address noise = {seed, GT_PURPOSE_LATENT_SAMPLE, 0, index};
    gt_generator_draw_latent(z, &sampler->generator, noise, 1);
}

/* The series of a seed. */
struct series {
    const gt_sampler *sampler;
    uint64_t seed;
};

static void draw_of_series(void *context, gt_real *z, uint32_t index) {
    const struct series *series = context;
    gt_sampler_latent(z, series->sampler, series->seed, index);
}

void gt_sampler_draw(uint8_t *images, gt_sampler *sampler, uint64_t seed, uint32_t first,
                     uint32_t count) {
    struct series series = {sampler, seed};
    gt_sampler_draw_from(images, sampler, draw_of_series, &series, first, count);
}
