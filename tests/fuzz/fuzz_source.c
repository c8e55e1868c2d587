/* A file of images, whichever source takes it (IDX, NPY, NPZ, zip, CSV, CIFAR-10, gzipped or not),
 * and the same file as labels. */
#include "fuzz/fuzz.h"
#include "gantrain/data/dataset.h"

static bool is_opened(const char *images, const char *labels) {
    gt_dataset dataset;
    gt_error error = {0};
    const gt_data_options options = {.images = images,
                                     .labels = labels,
                                     .width = 8,
                                     .height = 8,
                                     .skip_bad = true,
                                     .range = {0, labels != NULL ? 3 : 0}};
    gt_status status = gt_dataset_open(&dataset, NULL, &options, &error);
    fuzz_check_message(status, &error);
    if (status == GT_OK)
        fuzz_touch(dataset.images, (size_t)dataset.count * (size_t)gt_shape_size(dataset.shape));
    gt_dataset_free(&dataset);
    return status == GT_OK;
}

/* Three images for the labels. */
static void put_images(const char *path) {
    static const char images[] = "\0\0\x08\x03\0\0\0\3\0\0\0\2\0\0\0\2ABCDEFGHIJKL";
    FILE *file = fopen(path, "wb");
    fuzz_require(file != NULL && fwrite(images, 1, sizeof images - 1, file) == sizeof images - 1 &&
                     fclose(file) == 0,
                 "the file of images cannot be written: set TMPDIR");
}

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    char images[300];
    snprintf(images, sizeof images, "%s-images", fuzz_path());
    fuzz_put(bytes, size);
    put_images(images);
    bool is_source = is_opened(fuzz_path(), NULL);
    bool is_labels = is_opened(images, fuzz_path());
    unlink(images);
    return is_source || is_labels;
}
