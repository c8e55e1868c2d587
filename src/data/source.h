/* Sources of images: a table in sources.c, a row from each file. */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include <stdbool.h>

#include "gantrain/data/dataset.h"

enum { PROBE_CAPACITY = 512, MOST_IMAGE_BYTES = 1 << 16 };

/* What a path leads to, as far as it takes to recognise it. */
struct probe {
    const char *path;
    bool is_directory;
    bool is_gzip;
    uint64_t size;                           /* of the file as it lies on disk */
    size_t length;                           /* of start */
    unsigned char start[PROBE_CAPACITY + 1]; /* the first bytes, gunzipped; a zero byte follows */
};

/* What is asked of a source. */
struct source_request {
    const char *path;
    const char *key; /* of an array in an NPZ file; NULL: none was named */
    gt_team *team;
    const gt_data_options *options;
};

struct source {
    const char *name; /* "an IDX file" */
    bool is_album;    /* pictures of any size, which the source brings into shape by itself */
    bool (*is)(const struct probe *probe);
    /* Sets count, shape, pixels, images, and labels and class names where there are any, with the
     * memory of each. What it has set when it fails is freed by the caller. */
    gt_status (*open)(gt_dataset *dataset, const struct source_request *request, gt_error *error);
};

extern const struct source source_idx, source_npy, source_npz, source_cifar, source_csv,
    source_folder, source_zip;

enum { MOST_DRAWN = 1 << 20 }; /* images or points that the program draws itself */

/* Sets range to which images, or points, of an endless series options ask for: the first
 * `by_default` without a range. Fails for a range that is empty or too large. */
gt_status source_drawn_range(gt_range *range, const gt_data_options *options, uint64_t by_default,
                             const char *what, gt_error *error);

/* Draws the points of a distribution: sets all of dataset but mean and checksum. Fails with
 * GT_USAGE for options that ask something of pixels. */
gt_status points_open(gt_dataset *dataset, gt_team *team, const gt_distribution *distribution,
                      const gt_data_options *options, gt_error *error);

/* Opens the source that options name, without labels of a file, range or checksum. */
gt_status sources_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                       gt_error *error);

/* Whether a text is meant as the name of what the program draws, not as a path. */
bool source_is_builtin(const char *text);

/* Refuses such a name among several, with commas between them: there is no file to join. */
gt_status source_check_joined(const char *list, gt_error *error);

/* Looks at a path. Fails if it leads to nothing that can be opened. */
gt_status source_probe(struct probe *probe, const char *path, gt_error *error);

/* What a file is that is no source, with what to do; NULL if it is not known. */
const char *source_explain(const struct probe *probe);

/* Whether a text names an array in an NPZ file, FILE.npz:KEY: puts the two apart. */
bool source_split_key(char *path, size_t capacity, const char **key, const char *text);

/* Tells the observer of options a note, made as printf does. */
void source_note(const gt_data_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Replaces the images of a grey set by as many stacks of them (data/stack.h), without labels or
 * classes. Fails for images in colour, for stacks of too many pixels, and if there is no memory;
 * then the set is as it was. */
gt_status source_stack(gt_dataset *dataset, const gt_data_options *options, gt_error *error);

/* Sets shape and pixels. Fails if an image has no pixels or too many. */
gt_status source_set_shape(gt_dataset *dataset, uint64_t channels, uint64_t height, uint64_t width,
                           const char *path, gt_error *error);

/* Gives dataset a copy of `count` names. False: no memory. */
bool source_set_names(gt_dataset *dataset, const char *const *names, int count);

/* Reads options->labels into dataset, in place of labels that it has. */
gt_status labels_read(gt_dataset *dataset, const gt_data_options *options, gt_error *error);

#endif
