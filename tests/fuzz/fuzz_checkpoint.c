/* Checkpoints, and what sampling and resuming make of them. The input is the JSON header on one line, then the
 * tensors: a corpus of text. The length before the header is added here, and the checksum is set to
 * what it must be, or no made-up input would come past it. */
#include "fuzz/fuzz.h"

#include <zlib.h>

#include "files/safetensors_header.h"
#include "gantrain/sample/sampler.h"
#include "gantrain/store/checkpoint.h"

enum { LENGTH = 8, DIGITS = 8 };

/* Makes the file. */
static void put_checkpoint(const uint8_t *bytes, size_t size) {
    const uint8_t *end = size > 0 ? memchr(bytes, '\n', size) : NULL;
    size_t header = end != NULL ? (size_t)(end - bytes) : size;
    size_t data = end != NULL ? size - header - 1 : 0;
    char *file = fuzz_text(NULL, 0);
    file = realloc(file, LENGTH + header + data + 1);
    fuzz_require(file != NULL, "no memory for the input");
    for (int i = 0; i < LENGTH; i++)
        file[i] = (char)((uint64_t)header >> (8 * i));
    memcpy(file + LENGTH, bytes, header);
    memcpy(file + LENGTH + header, bytes + size - data, data);
    size_t place = find_checksum(file + LENGTH, header);
    if (place != 0) {
        memset(file + LENGTH + place, '0', DIGITS);
        uLong checksum = crc32_z(0, (const Bytef *)file, LENGTH + header + data);
        write_checksum(file + LENGTH + place, (uint32_t)checksum);
    }
    fuzz_put(file, LENGTH + header + data);
    free(file);
}

/* Compares a checkpoint to the model that its config asks for, as a run that resumes does before it
 * has any memory for it. */
static void resume(const gt_compute *compute) {
    static gt_checkpoint checkpoint;
    static gt_model model;
    gt_error error = {0};
    gt_status status = gt_checkpoint_open(&checkpoint, fuzz_path(), &error);
    fuzz_check_message(status, &error);
    if (status != GT_OK)
        return;
    const gt_image_spec spec = {.shape = checkpoint.info.shape};
    gt_model_settings settings = gt_config_model_settings(&checkpoint.info.config);
    status = gt_model_open(&model, &settings, &spec, compute, GT_MODEL_TRAIN, &error);
    if (status == GT_OK) {
        status = gt_checkpoint_restore(&model, &checkpoint, false, fuzz_path(), &error);
        gt_model_close(&model);
    }
    fuzz_check_message(status, &error);
    gt_checkpoint_close(&checkpoint);
}

static bool sample(const gt_compute *compute) {
    static gt_sampler sampler;
    gt_error error = {0};
    gt_status status =
        gt_sampler_open(&sampler, compute, fuzz_path(), GT_MODEL_GENERATE, false, &error);
    fuzz_check_message(status, &error);
    if (status != GT_OK)
        return false;
    uint8_t *images = malloc((size_t)sampler.pixels * GT_SAMPLER_BATCH);
    fuzz_require(images != NULL, "no memory for the images");
    gt_sampler_draw(images, &sampler, 0, 0, GT_SAMPLER_BATCH);
    free(images);
    gt_sampler_close(&sampler);
    return true;
}

bool fuzz_reader(const uint8_t *bytes, size_t size) {
    static gt_compute compute;
    gt_error error = {0};
    if (compute.engine_count == 0 &&
        gt_compute_open(&compute, 1, "openblas", "fp32", &error) != GT_OK)
        fuzz_require(false, error.message);
    put_checkpoint(bytes, size);
    resume(&compute);
    return sample(&compute);
}
