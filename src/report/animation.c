/* Frames: read from the pictures of a run, or drawn. */
#include "gantrain/report/animation.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/sample/pictures.h"
#include "report/album.h"

static gt_gif_options with_scale(const gt_gif_options *options, int width, int height) {
    enum { SIDE = 512 };
    gt_gif_options scaled = *options;
    const int longer = width > height ? width : height;
    if (scaled.scale == 0)
        scaled.scale = longer < SIDE ? SIDE / longer : 1;
    return scaled;
}

/* --- The epochs of a run --- */

/* The first frame says how large all are. */
static gt_status add_bitmap(gt_gif *gif, const char *path, const gt_bitmap *bitmap,
                            const char *picture, const gt_gif_options *options, gt_error *error) {
    gt_status status = GT_OK;
    if (gif->width == 0) {
        const gt_gif_options scaled = with_scale(options, bitmap->width, bitmap->height);
        status = gt_gif_begin(gif, path, bitmap->width, bitmap->height, bitmap->channels, &scaled,
                              error);
    } else if (bitmap->width != gif->width || bitmap->height != gif->height ||
               bitmap->channels != gif->channels) {
        status = gt_error_set(error, GT_FAILED,
                              "%s: has %d x %d pixels and %d channels, the pictures before it "
                              "%d x %d and %d: move it to another directory",
                              picture, bitmap->width, bitmap->height, bitmap->channels, gif->width,
                              gif->height, gif->channels);
    }
    return status == GT_OK ? gt_gif_add(gif, bitmap->pixels, error) : status;
}

static gt_status add_picture(gt_gif *gif, const char *path, const char *directory,
                             struct picture picture, const gt_gif_options *options,
                             gt_error *error) {
    char name[PICTURE_NAME], file[GT_PATH_CAPACITY];
    gt_bitmap bitmap;
    if (!gt_path_join(file, directory, picture_name(name, picture)))
        return gt_error_set(error, GT_FAILED, "%.64s...: the path is over-long", directory);
    gt_status status = album_load(&bitmap, file, error);
    if (status != GT_OK)
        return status;
    if (bitmap.channels == 1 || bitmap.channels == 3)
        status = add_bitmap(gif, path, &bitmap, file, options, error);
    else
        status = gt_error_set(error, GT_FAILED, "%s: is no sample grid: it is transparent", file);
    gt_bitmap_free(&bitmap);
    return status;
}

static gt_status write_album(int *frames, const char *path, const char *directory,
                             const struct album *album, const gt_gif_options *options,
                             const gt_stop *stop, gt_error *error) {
    gt_gif gif = {0};
    gt_status status = GT_OK;
    *frames = 0;
    for (int i = 0; status == GT_OK && i < album->count && !album->list[i].is_step; i++) {
        status = gt_stop_check(stop, error);
        if (status == GT_OK)
            status = add_picture(&gif, path, directory, album->list[i], options, error);
        ++*frames;
    }
    if (status == GT_OK && *frames == 0)
        status = gt_error_set(error, GT_FAILED,
                              "%s: holds no pictures of epochs, such as epoch-0001.png", directory);
    if (status == GT_OK)
        status = gt_gif_commit(&gif, error);
    gt_gif_abort(&gif);
    return status;
}

gt_status gt_animation_of_run(int *frames, const char *path, const char *run,
                              const gt_gif_options *options, gt_stop *stop, gt_error *error) {
    char directory[GT_PATH_CAPACITY];
    struct album album = {0};
    if (!gt_path_join(directory, run, "samples"))
        return gt_error_set(error, GT_FAILED, "%.64s...: the path is over-long", run);
    gt_status status = album_read(&album, directory, error);
    gt_stop_hold(stop);
    if (status == GT_OK)
        status = write_album(frames, path, directory, &album, options, stop, error);
    gt_stop_release(stop);
    album_free(&album);
    return status;
}

/* --- A walk --- */

struct walk {
    const gt_sampler *sampler;
    uint64_t seed;
    uint32_t stops, steps;
    gt_real *end; /* (latent_dim) */
};

/* z and condition of frame number `index`. */
static void walk_to(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct walk *walk = context;
    const gt_model *model = &walk->sampler->model;
    const uint32_t from = index / walk->steps, to = (from + 1) % walk->stops;
    gt_sampler_latent(z, walk->sampler, walk->seed, from);
    gt_sampler_latent(walk->end, walk->sampler, walk->seed, to);
    const double part = (double)(index % walk->steps) / walk->steps;
    gt_path_of_prior(model->prior)->go(z, z, walk->end, part, model->latent_dim);
    gt_sampler_mix(condition, walk->sampler, gt_sampler_class(walk->sampler, walk->seed, from),
                   gt_sampler_class(walk->sampler, walk->seed, to), part);
}

static gt_status write_walk(gt_gif *gif, gt_sampler *sampler, struct walk *walk, uint8_t *images,
                            gt_error *error) {
    const uint32_t count = walk->stops * walk->steps;
    gt_status status = GT_OK;
    for (uint32_t first = 0; status == GT_OK && first < count; first += GT_SAMPLER_BATCH) {
        uint32_t drawn = count - first < GT_SAMPLER_BATCH ? count - first : GT_SAMPLER_BATCH;
        gt_sampler_draw_from(images, sampler, walk_to, walk, first, drawn);
        for (uint32_t i = 0; status == GT_OK && i < drawn; i++)
            status = gt_gif_add(gif, images + (size_t)i * (size_t)sampler->pixels, error);
        if (status == GT_OK)
            status = gt_stop_check(sampler->compute.stop, error);
    }
    return status == GT_OK ? gt_gif_commit(gif, error) : status;
}

gt_status gt_animation_of_walk(const char *path, gt_sampler *sampler, uint64_t seed, int stops,
                               int steps, const gt_gif_options *options, gt_error *error) {
    const gt_shape shape = sampler->shape;
    const gt_gif_options scaled = with_scale(options, shape.width, shape.height);
    gt_stop *stop = sampler->compute.stop;
    struct walk walk = {sampler, seed, (uint32_t)stops, (uint32_t)steps, NULL};
    gt_gif gif = {0};
    assert(stops >= 2 && steps >= 1);
    if (gt_sampler_check_latent(sampler, error) != GT_OK)
        return error->status;
    uint8_t *images = malloc((size_t)GT_SAMPLER_BATCH * (size_t)sampler->pixels);
    walk.end = malloc((size_t)sampler->model.latent_dim * sizeof *walk.end);
    gt_stop_hold(stop);
    gt_status status = images != NULL && walk.end != NULL
                           ? gt_stop_check(stop, error)
                           : gt_error_set(error, GT_FAILED, "%s: no memory for its frames", path);
    if (status == GT_OK)
        status =
            gt_gif_begin(&gif, path, shape.width, shape.height, shape.channels, &scaled, error);
    if (status == GT_OK)
        status = write_walk(&gif, sampler, &walk, images, error);
    gt_gif_abort(&gif);
    gt_stop_release(stop);
    free(walk.end);
    free(images);
    return status;
}
