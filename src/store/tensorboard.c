/* Event files: messages by protobuf-c, records around them. */
#include "gantrain/store/tensorboard.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tensorboard.pb-c.h>
#include <unistd.h>

#include "gantrain/files/crc32c.h"
#include "gantrain/files/file.h"
#include "gantrain/metrics/scores.h"

/* Bytes around the data of a record, before it and after it, and the most that it may have. */
enum { HEAD = 12, TAIL = 4, RECORD_MOST = 1 << 29 };

enum { TAG = 96, COLOURSPACE_GREY = 1, COLOURSPACE_RGB = 3 };

#define FORMAT_VERSION "brain.Event:2"

bool gt_tensorboard_is_built(void) {
    return true;
}

/* --- Records --- */

/* A checksum as it is stored, so that one of data that holds checksums is no trivial one. */
static uint32_t masked_crc(const void *bytes, size_t size) {
    const uint32_t crc = gt_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static void store_number(uint8_t *to, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t load_number(const uint8_t *from, int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)from[i] << 8 * i;
    return number;
}

/* A buffer that grows. */
static bool reserve(uint8_t **bytes, size_t *capacity, size_t size) {
    if (size <= *capacity)
        return true;
    size_t larger = size > 2 * *capacity ? size : 2 * *capacity;
    uint8_t *moved = realloc(*bytes, larger);
    if (moved == NULL)
        return false;
    *bytes = moved;
    *capacity = larger;
    return true;
}

/* --- Reading --- */

/* A file that is being read. */
struct reader {
    FILE *stream;
    uint64_t left; /* bytes */
    uint8_t *data; /* owned: of the record read last */
    size_t size, capacity;
    bool out_of_memory;
};

/* Reads the next record; false if none is there that is whole. */
static bool read_record(struct reader *reader) {
    uint8_t head[HEAD];
    if (reader->left < HEAD + TAIL || fread(head, 1, HEAD, reader->stream) != HEAD ||
        load_number(head + 8, 4) != masked_crc(head, 8))
        return false;
    const uint64_t size = load_number(head, 8);
    if (size > RECORD_MOST || size > reader->left - HEAD - TAIL)
        return false;
    reader->size = (size_t)size;
    reader->out_of_memory = !reserve(&reader->data, &reader->capacity, reader->size + TAIL);
    if (reader->out_of_memory ||
        fread(reader->data, 1, reader->size + TAIL, reader->stream) != reader->size + TAIL)
        return false;
    reader->left -= HEAD + size + TAIL;
    return load_number(reader->data + reader->size, 4) == masked_crc(reader->data, reader->size);
}

/* Reads the next event's step; false if there is none that is whole. */
static bool read_step(uint64_t *step, struct reader *reader) {
    Tensorboard__Event *event =
        read_record(reader) ? tensorboard__event__unpack(NULL, reader->size, reader->data) : NULL;
    if (event == NULL)
        return false;
    *step = (uint64_t)event->step; /* one below 0 is past every step */
    tensorboard__event__free_unpacked(event, NULL);
    return true;
}

/* Sets file to what stays of an open file of that size. */
static gt_status measure(gt_tensorboard *file, FILE *stream, const char *path, uint64_t size,
                         uint64_t last_step, gt_error *error) {
    struct reader reader = {.stream = stream, .left = size};
    uint64_t step;
    while (read_step(&step, &reader) && step >= file->step && step <= last_step) {
        file->events++;
        file->step = step;
        file->size = size - reader.left;
    }
    free(reader.data);
    if (reader.out_of_memory)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", path);
    if (ferror(stream))
        return gt_error_set(error, GT_FAILED, "%s: cannot be read: %s", path, strerror(errno));
    return GT_OK;
}

static gt_status cut(const gt_tensorboard *file, int descriptor, const char *path,
                     gt_error *error) {
    if (ftruncate(descriptor, (off_t)file->size) == 0 &&
        (fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP))
        return GT_OK;
    return gt_error_set(error, GT_FAILED, "%s: cannot be cut: %s: move it away", path,
                        strerror(errno));
}

gt_status gt_tensorboard_open(gt_tensorboard *file, const char *path, uint64_t last_step,
                              gt_error *error) {
    struct stat found;
    gt_tensorboard_free(file);
    /* Neither through a link nor waiting for a pipe. In its place: a reader that has the file open
     * sees the events that follow. */
    int descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return GT_OK;
    FILE *stream = descriptor >= 0 ? fdopen(descriptor, "rb") : NULL;
    if (stream == NULL || fstat(descriptor, &found) != 0) {
        gt_error_set(error, GT_FAILED, "%s: cannot be read: %s: move it away", path,
                     strerror(errno));
        if (stream != NULL)
            fclose(stream);
        else if (descriptor >= 0)
            close(descriptor);
        return GT_FAILED;
    }
    gt_status status =
        S_ISREG(found.st_mode)
            ? measure(file, stream, path, (uint64_t)found.st_size, last_step, error)
            : gt_error_set(error, GT_FAILED, "%s: is not a regular file: move it away", path);
    if (status == GT_OK && file->size != (uint64_t)found.st_size)
        status = cut(file, descriptor, path, error);
    fclose(stream);
    return status;
}

bool gt_tensorboard_is_unchanged(const gt_tensorboard *file, const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? (uint64_t)found.st_size == file->size : file->size == 0;
}

/* --- Writing --- */

static gt_status add_record(gt_tensorboard *file, const Tensorboard__Event *event,
                            gt_error *error) {
    const size_t size = tensorboard__event__get_packed_size(event);
    const size_t longer = file->pending_size + HEAD + size + TAIL;
    if (size > RECORD_MOST || !reserve(&file->pending, &file->pending_capacity, longer))
        return gt_error_set(error, GT_FAILED, GT_TENSORBOARD_FILE ": no memory for %zu bytes",
                            size);
    uint8_t *head = file->pending + file->pending_size, *data = head + HEAD;
    store_number(head, size, 8);
    store_number(head + 8, masked_crc(head, 8), 4);
    tensorboard__event__pack(event, data);
    store_number(data + size, masked_crc(data, size), 4);
    file->pending_size = longer;
    file->pending_events++;
    file->pending_step = (uint64_t)event->step;
    return GT_OK;
}

static gt_status add_version(gt_tensorboard *file, double time, gt_error *error) {
    Tensorboard__Event event = TENSORBOARD__EVENT__INIT;
    event.wall_time = time;
    event.what_case = TENSORBOARD__EVENT__WHAT_FILE_VERSION;
    event.file_version = (char *)FORMAT_VERSION; /* only read */
    return add_record(file, &event, error);
}

/* The values of an event, and the memory that they point to. */
struct values {
    Tensorboard__Summary message;
    Tensorboard__Summary__Value values[GT_HISTORY_COLUMNS + 1], *list[GT_HISTORY_COLUMNS + 1];
    char tags[GT_HISTORY_COLUMNS + 1][TAG];
    Tensorboard__Summary__Image image;
};

static Tensorboard__Summary__Value *add_value(struct values *values, const char *group,
                                              const char *name) {
    const size_t number = values->message.n_value++;
    Tensorboard__Summary__Value *value = values->list[number] = &values->values[number];
    tensorboard__summary__value__init(value);
    snprintf(values->tags[number], TAG, "%s%s", group, name);
    value->tag = values->tags[number];
    return value;
}

static void add_scalars(struct values *values, const gt_tensorboard_event *event) {
    for (int i = 0; event->row != NULL && i < event->columns->count; i++) {
        const char *name = event->columns->names[i];
        const bool is_score = gt_score_find_column(name) != NULL;
        if (isnan(event->row->values[i]))
            continue;
        Tensorboard__Summary__Value *value =
            add_value(values, is_score ? "scores/" : "stats/", name);
        value->value_case = TENSORBOARD__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
        value->simple_value = (float)event->row->values[i];
    }
}

/* Big-endian, as PNG has its numbers. */
static uint32_t png_number(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* A PNG begins with its signature and the chunk IHDR: width, height, bits of a channel, kind of
 * colours (ISO/IEC 15948, 11.2.2). */
static void add_picture(struct values *values, const gt_tensorboard_event *event) {
    static const uint8_t beginning[16] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    enum { WIDTH = 16, HEIGHT = 20, BITS = 24, COLOURS = 25, LEAST = 33, GREY = 0, RGB = 2 };
    const uint8_t *png = event->png;
    if (png == NULL || event->png_size < LEAST || memcmp(png, beginning, sizeof beginning) != 0 ||
        png[BITS] != 8 || (png[COLOURS] != GREY && png[COLOURS] != RGB))
        return;
    Tensorboard__Summary__Image *image = &values->image;
    tensorboard__summary__image__init(image);
    image->width = (int32_t)png_number(png + WIDTH);
    image->height = (int32_t)png_number(png + HEIGHT);
    image->colorspace = png[COLOURS] == RGB ? COLOURSPACE_RGB : COLOURSPACE_GREY;
    image->encoded_image_string = (ProtobufCBinaryData){event->png_size, (uint8_t *)png};
    Tensorboard__Summary__Value *value = add_value(values, "", "samples");
    value->value_case = TENSORBOARD__SUMMARY__VALUE__VALUE_IMAGE;
    value->image = image;
}

gt_status gt_tensorboard_add(gt_tensorboard *file, const gt_tensorboard_event *event,
                             gt_error *error) {
    Tensorboard__Event message = TENSORBOARD__EVENT__INIT;
    struct values *values = calloc(1, sizeof *values);
    if (values == NULL)
        return gt_error_set(error, GT_FAILED, GT_TENSORBOARD_FILE ": no memory for an event");
    tensorboard__summary__init(&values->message);
    values->message.value = values->list;
    add_scalars(values, event);
    add_picture(values, event);
    message.wall_time = event->time;
    message.step = (int64_t)event->step;
    message.what_case = TENSORBOARD__EVENT__WHAT_SUMMARY;
    message.summary = &values->message;
    gt_status status = GT_OK;
    if (file->events + file->pending_events == 0)
        status = add_version(file, event->time, error);
    if (status == GT_OK && values->message.n_value > 0)
        status = add_record(file, &message, error);
    free(values);
    return status;
}

static void forget(gt_tensorboard *file) {
    free(file->pending);
    file->pending = NULL;
    file->pending_size = file->pending_capacity = 0;
    file->pending_events = 0;
}

gt_status gt_tensorboard_write(gt_tensorboard *file, const char *path, gt_error *error) {
    if (file->pending_events == 0)
        return GT_OK;
    gt_status status = gt_file_append(path, file->pending, file->pending_size, error);
    if (status == GT_OK) {
        file->events += file->pending_events;
        file->step = file->pending_step;
        file->size += file->pending_size;
    }
    forget(file);
    return status;
}

void gt_tensorboard_free(gt_tensorboard *file) {
    forget(file);
    *file = (gt_tensorboard){0};
}
