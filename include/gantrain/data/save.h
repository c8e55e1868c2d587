/* A data set becomes a file that gt_dataset_open reads again, with the same images and labels. */
#ifndef GANTRAIN_DATA_SAVE_H
#define GANTRAIN_DATA_SAVE_H

#include "gantrain/base/stop.h"
#include "gantrain/data/dataset.h"
#include "gantrain/files/file.h"

/* Sets labels to the path that gt_dataset_save gives the labels of the images at path:
 *
 *   .npz            path itself: it has the arrays `images` and `labels`
 *   .idx, -ubyte    a file beside it: `images` in its name becomes `labels`, and `idx3` `idx1`, as
 *                   MNIST's files are called; another name gets `-labels` before its ending
 *   .npy            "": there is no place for labels
 *
 * Fails with GT_USAGE if path ends otherwise, or if a path is too long. */
gt_status gt_dataset_labels_path(char labels[GT_PATH_CAPACITY], const char *path, gt_error *error);

/* Writes images, as (count, height, width) or (count, height, width, 3), and labels, if there are
 * any and there is a place for them; names of classes are left out. Replaces what is there. All or
 * nothing, but for the two files of IDX, which are put in place one after the other.
 *
 *   stop   asks for an end; it is held while there are temporary files
 *
 * Fails with GT_USAGE for a set of points; GT_FAILED if a file cannot be written, there is no
 * memory, or labels exceed the 255 of an IDX file; GT_STOPPED; and as gt_dataset_labels_path does.
 * Memory: borrows dataset; takes a byte an image. */
gt_status gt_dataset_save(const gt_dataset *dataset, const char *path, gt_stop *stop,
                          gt_error *error);

#endif
