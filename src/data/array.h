/* Arrays of numbers, as NumPy saves them, as images and as labels. */
#ifndef DATA_ARRAY_H
#define DATA_ARRAY_H

#include "data/source.h"
#include "gantrain/data/npy.h"

/* Sets count, shape and images of dataset from an array. name is for messages. */
gt_status array_take_images(gt_dataset *dataset, const gt_npy *array, const char *name,
                            const gt_data_options *options, gt_error *error);

/* Sets the labels of dataset, whose count is set. images is the name of these, for messages. Fails
 * unless there are as many, whole numbers of 0 to GT_CLASSES_MOST - 1. */
gt_status array_take_labels(gt_dataset *dataset, const gt_npy *array, const char *name,
                            const char *images, gt_error *error);

/* Reads array `key` of an NPZ file. */
gt_status npz_read(gt_npy *array, const char *path, const char *key, gt_error *error);

#endif
