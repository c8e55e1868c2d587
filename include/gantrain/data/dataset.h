/* The images a network is trained on, with their labels if there are any; or points in their place.
 *
 * Pixels stay bytes in memory (60,000 MNIST images are 47 MB) and become numbers a minibatch at a
 * time. */
#ifndef GANTRAIN_DATA_DATASET_H
#define GANTRAIN_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/base/processes.h"
#include "gantrain/base/shape.h"
#include "gantrain/base/stop.h"
#include "gantrain/base/team.h"
#include "gantrain/data/distribution.h"
#include "gantrain/data/fit.h"

#define GT_BUILTIN_DIGITS "builtin:digits"

/* The first of the built-in digits that are for tests: far from any that are trained on. */
#define GT_TEST_DIGITS_FIRST ((uint64_t)1 << 31)

enum { GT_CLASSES_MOST = 1000, GT_DATA_SIZES = 8, GT_DATA_TEXT = 512 };

/* Which part of a data source: images first to last - 1; last = 0 means to the end. */
typedef struct gt_range {
    uint64_t first, last;
} gt_range;

/* How pixels become black or white. */
typedef enum gt_binarize {
    GT_BINARIZE_NONE,      /* they stay grey */
    GT_BINARIZE_THRESHOLD, /* white from 128 of 255 on */
    GT_BINARIZE_SAMPLE     /* white with the probability that the grey value is, at every draw */
} gt_binarize;

/* The name of a way: row `index`, or NULL past the last; the way of that name, which must be
 * one. */
const char *gt_binarize_name(int index);
gt_binarize gt_binarize_find(const char *name);

typedef struct gt_dataset {
    uint32_t count;        /* images, at least 1 */
    gt_shape shape;        /* of an image: 1 channel, grey, or 3, red-green-blue */
    int pixels;            /* gt_shape_size(shape): bytes per image, at most 2^16 */
    const uint8_t *images; /* (count, pixels), rows of pixels from the top, channels fastest */
    /* Of a set of points, which has no images: (count, pixels), where pixels are a point's
     * components and its shape is a vector; and where they come from. NULL: it has images. */
    const gt_real *points;
    const gt_distribution *distribution;
    const uint16_t *labels; /* (count), below GT_CLASSES_MOST; or NULL */
    int class_count;        /* how many names there are; 0: classes have none */
    char **class_names;     /* (class_count) */
    bool mirror;            /* minibatches also show every image reflected, left to right */
    bool stacked;           /* images are stacks of grey ones (data/stack.h) */
    gt_binarize binarize;   /* minibatches show pixels so */
    double mean;            /* of all pixels, 0 to 255; of all components of points */
    uint32_t checksum; /* CRC-32 of the images or points, by which a resumed run knows its data */
    /* Owned: what images, labels and class_names point into. */
    uint8_t *image_memory;
    gt_real *point_memory;
    size_t mapped; /* bytes, if image_memory is a mapped file; 0: it is from malloc */
    uint16_t *label_memory;
    char **name_memory; /* the array and its texts are one block */
} gt_dataset;

/* What is told while images are read. Any may be NULL. Called by the thread that opens the set. */
typedef struct gt_data_observer {
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t count);
    void (*note)(void *context, const char *text); /* what was left out or taken for granted */
    void *context;
    gt_stop *stop; /* held while a file of the cache is written; NULL: nobody will ask */
} gt_data_observer;

/* What was found in a source: all that `gantrain data` shows. Initialise with {0}. */
typedef struct gt_data_report {
    const char *source;                           /* "a folder of pictures" */
    bool is_album;                                /* a folder or a zip: what follows is known */
    uint32_t pictures, grey, colour, transparent; /* that can be read; some are transparent too */
    uint32_t bad;                                 /* pictures that cannot be read */
    uint32_t other;                               /* files that are no pictures */
    int size_count;
    struct {
        int width, height;
        uint32_t count;
    } sizes[GT_DATA_SIZES]; /* the most frequent first */
    uint32_t other_sizes;   /* pictures of further sizes */
} gt_data_report;

/* What to read, and how. Initialise with {0} and set at least `images`. All texts are borrowed. */
typedef struct gt_data_options {
    const char *images; /* a source: see gt_dataset_open */
    const char *labels; /* a file of labels; NULL or "" for none, or for the source's own */
    gt_range range;
    uint64_t seed;         /* of the built-in digits and points */
    int width, height;     /* of every image; 0: as the source has them, if all are alike */
    int channels;          /* 1 grey, 3 colour; 0: as most images are */
    gt_fit_mode fit;       /* how pictures of other proportions become width x height */
    uint8_t background[3]; /* red, green, blue: shows through what is transparent */
    bool mirror;           /* see gt_dataset */
    bool stack;            /* see gt_dataset: as many stacks as images */
    gt_binarize binarize;  /* see gt_dataset */
    bool skip_bad;         /* leave out pictures that cannot be read, instead of failing */
    const char *cache;     /* directory that keeps decoded folders, made if need be; NULL: none */
    size_t memory_most;    /* a decoded folder of more bytes is mapped from the cache and not
                               loaded; 0: half of the machine's memory */
    gt_data_observer observer;
    gt_data_report *report; /* set, also by a failure, as far as it came; or NULL */
} gt_data_options;

/* Opens a source of images. options->images is one of these, told apart by content:
 *
 *   IDX file          bytes (n, height, width) or (n, height, width, 1 or 3)
 *   NPY file          the same; also (n, 3, height, width), (n, pixels), (height, width, n) where
 *                     that is clear; integers 0 to 255, or floats 0 to 1 or -1 to 1
 *   NPZ file          its array x_train, images, x, X or data, or the only one that fits, with its
 *                     labels y_train, labels or y; FILE.npz:KEY names another, without labels
 *   CIFAR-10 file     records of a label and 3 x 32 x 32 bytes
 *   CSV file          a label and pixels a row, as Kaggle's MNIST; or pixels alone
 *   folder            PNG and JPEG files at any depth; where all lie in sub-folders, these are the
 *                     classes, in the order of their names
 *   zip file          of such a folder
 *   "builtin:digits"  draws the images `range` asks for (60,000 without one, at most 2^20), with
 *                     labels
 *   "builtin:ring"    points of a distribution, as rows of numbers (data/distribution.h): as many
 *                     as `range` asks for (20,000 without one, at most 2^20), without labels
 *
 * IDX, NPY, CIFAR-10 and CSV files may be gzipped. Several files are joined: "A,B" or a pattern
 * with * or ?. Images of a folder or zip with classes are ordered so that every range holds the
 * classes in about the same proportions; without, by name.
 *
 * options->labels is an IDX or NPY file of (n) or FILE.npz:KEY, which must have as many as the
 * source has images before the range is taken.
 *
 *   team   decodes pictures and draws digits; NULL: the caller alone
 *
 * Fails with a message that begins with the path: one line, or, for pictures that cannot be read,
 * one for each of the first 20; GT_STOPPED if the observer's stop asks for it. Memory: *dataset
 * owns all it points to, gt_dataset_free. After a failure *dataset is {0}. */
gt_status gt_dataset_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                          gt_error *error);

/* Gives all processes the set that process 0 has opened; *dataset of the others must be {0}. Fails
 * with GT_FAILED, on all, if one of them has no memory for it. */
gt_status gt_dataset_copy(gt_dataset *dataset, gt_processes *processes, gt_error *error);

/* How many images minibatches show in a pass: twice the count if the set is mirrored. */
static inline uint32_t gt_dataset_shown(const gt_dataset *dataset) {
    return dataset->mirror ? 2 * dataset->count : dataset->count;
}

/* Makes part the images of a range of whole, which must outlive it: part owns nothing. Mean and
 * checksum are those of the part. Fails for a range that is empty or reaches past the end (the
 * count is named); name is for messages. After a failure *part is {0}. */
gt_status gt_dataset_part(gt_dataset *part, const gt_dataset *whole, gt_range range,
                          const char *name, gt_error *error);

/* Narrows a set to as many of its first images as have that checksum: those that it held before it
 * grew. False, and nothing changes, if no number of them has. */
bool gt_dataset_narrow(gt_dataset *dataset, uint32_t checksum);

/* Sets marginals (pixels) to the mean of every pixel over the images, reflected ones included if
 * the set is mirrored: 0 for black to 1 for white. Of points, to the mean of every component. */
void gt_dataset_marginals(double *marginals, const gt_dataset *dataset);

void gt_dataset_free(gt_dataset *dataset);

#endif
