/* In place of gif.c where giflib is not there. */
#include "gantrain/files/gif.h"

gt_status gt_gif_begin(gt_gif *gif, const char *path, int width, int height, int channels,
                       const gt_gif_options *options, gt_error *error) {
    (void)width, (void)height, (void)channels, (void)options;
    *gif = (gt_gif){0};
    return gt_error_set(error, GT_FAILED,
                        "%s: this gantrain was built without giflib: install the package "
                        "libgif-dev and build it again",
                        path);
}

gt_status gt_gif_add(gt_gif *gif, const uint8_t *pixels, gt_error *error) {
    (void)gif, (void)pixels;
    return gt_error_set(error, GT_FAILED, "no GIF was begun");
}

gt_status gt_gif_commit(gt_gif *gif, gt_error *error) {
    return gt_gif_add(gif, NULL, error);
}

void gt_gif_abort(gt_gif *gif) {
    (void)gif;
}
