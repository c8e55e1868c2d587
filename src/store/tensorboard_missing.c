/* In place of tensorboard.c where protobuf-c is not there. */
#include "gantrain/store/tensorboard.h"

bool gt_tensorboard_is_built(void) {
    return false;
}

static gt_status fail(gt_error *error) {
    return gt_error_set(error, GT_FAILED, "this gantrain was built without protobuf-c");
}

gt_status gt_tensorboard_open(gt_tensorboard *file, const char *path, uint64_t last_step,
                              gt_error *error) {
    (void)path, (void)last_step;
    *file = (gt_tensorboard){0};
    return fail(error);
}

bool gt_tensorboard_is_unchanged(const gt_tensorboard *file, const char *path) {
    (void)file, (void)path;
    return true;
}

gt_status gt_tensorboard_add(gt_tensorboard *file, const gt_tensorboard_event *event,
                             gt_error *error) {
    (void)file, (void)event;
    return fail(error);
}

gt_status gt_tensorboard_write(gt_tensorboard *file, const char *path, gt_error *error) {
    (void)file, (void)path;
    return fail(error);
}

void gt_tensorboard_free(gt_tensorboard *file) {
    (void)file;
}
