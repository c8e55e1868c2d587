/* No more bytes of an entry are unpacked than the archive's directory promises, whatever its data
 * go on to. */
#include "data/archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

gt_status archive_open(zip_t **archive, const char *path, gt_error *error) {
    int code = 0;
    zip_error_t reason;
    *archive = zip_open(path, ZIP_RDONLY, &code);
    if (*archive != NULL)
        return GT_OK;
    zip_error_init_with_code(&reason, code);
    gt_error_set(error, GT_FAILED, "%s: is a damaged zip archive (%s): get the file again", path,
                 zip_error_strerror(&reason));
    zip_error_fini(&reason);
    return GT_FAILED;
}

static gt_status read_entry(unsigned char *bytes, size_t *got, zip_file_t *file, size_t wanted,
                            bool is_whole, gt_error *error) {
    zip_int64_t count = 1;
    *got = 0;
    while (*got < wanted && count > 0) {
        count = zip_fread(file, bytes + *got, wanted - *got);
        if (count > 0)
            *got += (size_t)count;
    }
    if (count < 0)
        return gt_error_set(error, GT_FAILED, "cannot be unpacked (%s)", zip_file_strerror(file));
    if (*got < wanted)
        return gt_error_set(error, GT_FAILED, "is cut short in the archive");
    /* Only a read at the end verifies the checksum. */
    unsigned char excess;
    if (is_whole && zip_fread(file, &excess, 1) != 0)
        return gt_error_set(error, GT_FAILED, "is damaged in the archive (%s)",
                            zip_file_strerror(file));
    return GT_OK;
}

gt_status archive_load(unsigned char **bytes, size_t *got, zip_t *archive, uint64_t number,
                       uint64_t size, size_t most, gt_error *error) {
    size_t wanted = size < most ? (size_t)size : most;
    *bytes = NULL;
    *got = 0;
    zip_file_t *file = zip_fopen_index(archive, number, 0);
    if (file == NULL)
        return gt_error_set(error, GT_FAILED, "cannot be unpacked (%s)", zip_strerror(archive));
    *bytes = malloc(wanted + 1);
    gt_status status = *bytes != NULL
                           ? read_entry(*bytes, got, file, wanted, wanted == size, error)
                           : gt_error_set(error, GT_FAILED, "no memory for its %zu bytes", wanted);
    zip_fclose(file);
    if (status != GT_OK) {
        free(*bytes);
        *bytes = NULL;
        return status;
    }
    (*bytes)[*got] = 0;
    return GT_OK;
}

bool archive_is(const struct probe *probe) {
    bool has_entries = probe->length >= 4 && memcmp(probe->start, "PK\3\4", 4) == 0;
    bool is_empty = probe->length >= 4 && memcmp(probe->start, "PK\5\6", 4) == 0;
    return !probe->is_directory && !probe->is_gzip && (has_entries || is_empty);
}
