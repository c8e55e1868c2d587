/* NPZ archives are written by libzip, whose file is ours: it goes through gt_file_writer, so that
 * an archive is whole or not there. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "data/save.h"
#include "gantrain/data/npy.h"

enum {
    MOST_ARRAYS = 4,
    FIRST_DAY = 0x21 /* 1980-01-01, as NumPy has it: the same bytes each time */
};

/* The file as libzip sees it. */
struct target {
    gt_file_writer *writer;
    const gt_stop *stop;
    uint64_t at, size;
    gt_status status; /* why it failed, with error */
    gt_error *error;
    zip_error_t reason;
};

static zip_int64_t take_bytes(struct target *target, const void *bytes, uint64_t size) {
    target->status = save_bytes(target->writer, bytes, (size_t)size, target->stop, target->error);
    if (target->status != GT_OK) {
        zip_error_set(&target->reason, ZIP_ER_WRITE, 0);
        return -1;
    }
    target->at += size;
    target->size = target->at > target->size ? target->at : target->size;
    return (zip_int64_t)size;
}

static zip_int64_t go_to(struct target *target, void *arguments, uint64_t length) {
    zip_int64_t offset = zip_source_seek_compute_offset(target->at, target->size, arguments, length,
                                                        &target->reason);
    if (offset < 0)
        return -1;
    target->status = gt_file_seek(target->writer, (uint64_t)offset, target->error);
    if (target->status != GT_OK) {
        zip_error_set(&target->reason, ZIP_ER_SEEK, 0);
        return -1;
    }
    target->at = (uint64_t)offset;
    return 0;
}

/* What libzip asks of a file that is there and empty, and that only grows. */
static zip_int64_t serve(void *context, void *data, zip_uint64_t length, zip_source_cmd_t command) {
    struct target *target = context;
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_BEGIN_WRITE,
            ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_COMMIT_WRITE,
            ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_REMOVE, ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_STAT:
        zip_stat_init(data);
        ((zip_stat_t *)data)->size = 0;
        ((zip_stat_t *)data)->valid |= ZIP_STAT_SIZE;
        return sizeof(zip_stat_t);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&target->reason, data, length);
    case ZIP_SOURCE_WRITE:
        return take_bytes(target, data, length);
    case ZIP_SOURCE_SEEK_WRITE:
        return go_to(target, data, length);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)target->at;
    default:
        return 0;
    }
}

/* Adds NAME.npy, whose header and elements must stay where they are until the archive is closed. */
static bool add_array(zip_t *archive, char header[GT_NPY_HEADER], const struct save_array *array) {
    char name[64];
    size_t size = gt_npy_make_header(header, array->type, array->rank, array->sizes);
    const zip_buffer_fragment_t fragments[] = {
        {(zip_uint8_t *)header, size},
        {(zip_uint8_t *)array->elements, array->size},
    };
    zip_source_t *source = zip_source_buffer_fragment(archive, fragments, 2, 0);
    snprintf(name, sizeof name, "%s.npy", array->name);
    zip_int64_t entry =
        source != NULL ? zip_file_add(archive, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8)
                       : -1;
    if (entry < 0 && source != NULL)
        zip_source_free(source);
    return entry >= 0 && zip_file_set_dostime(archive, (zip_uint64_t)entry, 0, FIRST_DAY, 0) == 0 &&
           zip_set_file_compression(archive, (zip_uint64_t)entry, ZIP_CM_DEFLATE, 0) == 0;
}

/* Writes the archive to the target. False: target->status or *reason tells why. */
static bool write_archive(struct target *target, zip_error_t *reason,
                          const struct save_array *arrays, int count) {
    char headers[MOST_ARRAYS][GT_NPY_HEADER];
    zip_source_t *source = zip_source_function_create(serve, target, reason);
    if (source == NULL)
        return false;
    zip_t *archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, reason);
    if (archive == NULL) {
        zip_source_free(source);
        return false;
    }
    bool written = true;
    for (int i = 0; written && i < count; i++)
        written = add_array(archive, headers[i], &arrays[i]);
    written = written && zip_close(archive) == 0;
    if (!written) {
        zip_error_set(reason, zip_error_code_zip(zip_get_error(archive)), 0);
        zip_discard(archive);
    }
    return written;
}

gt_status save_npz(const char *path, const struct save_array *arrays, int count,
                   const gt_stop *stop, gt_error *error) {
    assert(count <= MOST_ARRAYS);
    gt_file_writer writer = {0};
    struct target target = {.writer = &writer, .stop = stop, .error = error};
    zip_error_t reason;
    zip_error_init(&reason);
    zip_error_init(&target.reason);
    gt_status status = gt_file_begin(&writer, path, error);
    if (status == GT_OK && !write_archive(&target, &reason, arrays, count))
        status = target.status != GT_OK
                     ? target.status
                     : gt_error_set(error, GT_FAILED, "%s: cannot be written: %s", path,
                                    zip_error_strerror(&reason));
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    zip_error_fini(&reason);
    zip_error_fini(&target.reason);
    return status;
}
