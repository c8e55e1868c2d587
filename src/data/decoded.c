/* A decoded set in a file of the cache, so that a second start need not decode 60,000 pictures.
 *
 * The file is images (count, height, width, channels), labels (count) if there are any, names of
 * classes, each with its zero byte, and the trailer. Images come first and the trailer last, so
 * that a set larger than memory can be written as it is decoded, and mapped from the page the file
 * begins with. The file's name is that of the album and of what is to become of its pictures; the
 * key tells names, sizes and times of the files, so a set that has changed takes the place of the
 * old one. A file that is damaged, of another key or of another machine is not believed. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "data/album.h"
#include "gantrain/base/arena.h"
#include "gantrain/files/file.h"

/* To be raised whenever the same pictures become other bytes. */
enum { RECIPE = 1, NAMES_MOST = 1 << 22 };

static const uint64_t magic = 0x67746465636f6431; /* also of the machine's byte order */

struct trailer {
    uint64_t magic, key;
    uint32_t count, names_size;
    int32_t channels, height, width, class_count;
    uint32_t has_labels, bad, other;
    uint32_t checksum; /* CRC-32 of the file up to here */
};

struct decoded_writer {
    const struct album *album;
    gt_file_writer file;
    uLong checksum;
};

/* --- Keys --- */

/* FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923). */
static void mix(uint64_t *hash, const void *bytes, size_t size) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ byte[i]) * 0x100000001b3;
}

static void mix_number(uint64_t *hash, uint64_t number) {
    mix(hash, &number, sizeof number);
}

static const uint64_t hash_begin = 0xcbf29ce484222325;

/* Which album, and what is to become of its pictures. */
static uint64_t hash_request(const struct album *album) {
    const gt_data_options *options = album->options;
    uint64_t hash = hash_begin;
    char *real = realpath(album->path, NULL);
    const char *path = real != NULL ? real : album->path;
    mix(&hash, path, strlen(path) + 1);
    free(real);
    mix_number(&hash, RECIPE);
    mix_number(&hash, (uint64_t)options->width);
    mix_number(&hash, (uint64_t)options->height);
    mix_number(&hash, (uint64_t)options->channels);
    mix_number(&hash, (uint64_t)options->fit);
    mix_number(&hash, options->skip_bad);
    mix(&hash, options->background, sizeof options->background);
    return hash;
}

uint64_t decoded_key(const struct album *album) {
    uint64_t hash = hash_request(album);
    for (uint32_t i = 0; i < album->count; i++) {
        const struct album_file *file = &album->files[i];
        mix(&hash, file->name, strlen(file->name) + 1);
        mix_number(&hash, file->size);
        mix_number(&hash, (uint64_t)file->seconds);
        mix_number(&hash, (uint64_t)file->nanoseconds);
        mix_number(&hash, file->state);
    }
    return hash;
}

/* False: there is no cache. */
static bool file_path(char path[GT_PATH_CAPACITY], const struct album *album) {
    char name[64];
    const char *directory = album->options->cache;
    snprintf(name, sizeof name, "decoded-%016" PRIx64 ".bin", hash_request(album));
    return directory != NULL && gt_path_join(path, directory, name);
}

/* --- Writing --- */

static bool give_up(struct decoded_writer *writer, const gt_error *error) {
    source_note(writer->album->options,
                "%s: the decoded pictures could not be kept, and are decoded every time: %s",
                writer->album->path, error->message);
    return false;
}

struct decoded_writer *decoded_begin(const struct album *album) {
    char path[GT_PATH_CAPACITY];
    gt_error error = {0};
    if (!file_path(path, album))
        return NULL;
    struct decoded_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->album = album;
    writer->checksum = crc32_z(0, NULL, 0);
    gt_stop_hold(album->options->observer.stop); /* a temporary file must not stay */
    bool made = gt_directory_make(album->options->cache, &error) == GT_OK;
    if (made) /* what killed processes left of other albums */
        gt_directory_sweep(album->options->cache, ".bin", NULL);
    if (!made || gt_file_begin(&writer->file, path, &error) != GT_OK) {
        gt_stop_release(album->options->observer.stop);
        give_up(writer, &error);
        free(writer);
        return NULL;
    }
    return writer;
}

static bool append(struct decoded_writer *writer, const void *bytes, size_t size) {
    gt_error error = {0};
    writer->checksum = crc32_z(writer->checksum, bytes, size);
    return gt_file_write(&writer->file, bytes, size, &error) == GT_OK || give_up(writer, &error);
}

bool decoded_write(struct decoded_writer *writer, const uint8_t *images, size_t bytes) {
    return append(writer, images, bytes);
}

bool decoded_commit(struct decoded_writer *writer, const gt_dataset *dataset, uint64_t key) {
    struct trailer trailer = {
        .magic = magic,
        .key = key,
        .count = dataset->count,
        .channels = dataset->shape.channels,
        .height = dataset->shape.height,
        .width = dataset->shape.width,
        .class_count = dataset->class_count,
        .has_labels = dataset->labels != NULL,
        .bad = writer->album->report.bad,
        .other = writer->album->report.other,
    };
    gt_error error = {0};
    bool written = dataset->labels == NULL ||
                   append(writer, dataset->labels, dataset->count * sizeof *dataset->labels);
    for (int c = 0; written && c < dataset->class_count; c++) {
        size_t size = strlen(dataset->class_names[c]) + 1;
        trailer.names_size += (uint32_t)size;
        written = append(writer, dataset->class_names[c], size);
    }
    if (written)
        written = append(writer, &trailer, offsetof(struct trailer, checksum));
    trailer.checksum = (uint32_t)writer->checksum;
    if (written)
        written = append(writer, &trailer.checksum, sizeof trailer.checksum);
    if (written && gt_file_commit(&writer->file, &error) != GT_OK)
        written = give_up(writer, &error);
    decoded_abort(writer);
    return written;
}

void decoded_abort(struct decoded_writer *writer) {
    if (writer == NULL)
        return;
    gt_file_abort(&writer->file);
    gt_stop_release(writer->album->options->observer.stop);
    free(writer);
}

/* --- Reading --- */

/* Reads `size` bytes from `at` on. */
static bool read_at(void *bytes, int descriptor, size_t size, size_t at) {
    unsigned char *to = bytes;
    while (size > 0) {
        ssize_t got = pread(descriptor, to, size, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += (size_t)got;
        size -= (size_t)got;
    }
    return true;
}

/* What a file holds, by its trailer. */
struct layout {
    size_t images, labels, names, size; /* bytes; of the whole file */
};

/* Checks the trailer against the size of the file: nothing in it is believed before. */
static bool lay_out(struct layout *layout, const struct trailer *trailer, uint64_t key,
                    size_t size) {
    if (trailer->magic != magic || trailer->key != key || trailer->count == 0 ||
        (trailer->channels != 1 && trailer->channels != 3) || trailer->height < 1 ||
        trailer->width < 1 || trailer->height > MOST_IMAGE_BYTES ||
        trailer->width > MOST_IMAGE_BYTES || trailer->names_size > NAMES_MOST ||
        trailer->class_count < 0 || trailer->class_count > GT_CLASSES_MOST)
        return false;
    uint64_t pixels =
        (uint64_t)trailer->channels * (uint64_t)trailer->height * (uint64_t)trailer->width;
    if (pixels > MOST_IMAGE_BYTES)
        return false;
    layout->images = trailer->count * pixels;
    layout->labels = trailer->has_labels ? trailer->count * sizeof(uint16_t) : 0;
    layout->names = trailer->names_size;
    layout->size = size;
    return layout->images + layout->labels + layout->names + sizeof *trailer == size;
}

static bool take_names(gt_dataset *dataset, const char *text, size_t size, int count) {
    const char *names[GT_CLASSES_MOST];
    const char *end = text + size;
    for (int c = 0; c < count; c++) {
        const char *zero = text < end ? memchr(text, 0, (size_t)(end - text)) : NULL;
        if (zero == NULL)
            return false;
        names[c] = text;
        text = zero + 1;
    }
    return text == end && (count == 0 || source_set_names(dataset, names, count));
}

static bool labels_are_right(const gt_dataset *dataset) {
    for (uint32_t i = 0; dataset->labels != NULL && i < dataset->count; i++)
        if (dataset->labels[i] >= GT_CLASSES_MOST)
            return false;
    return true;
}

/* Puts the images into memory, or maps the file if they are too many. */
static bool take_images(gt_dataset *dataset, int descriptor, const struct layout *layout,
                        size_t memory_most) {
    if (layout->images > memory_most) {
        void *mapping = mmap(NULL, layout->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (mapping == MAP_FAILED)
            return false;
        dataset->image_memory = mapping;
        dataset->mapped = layout->size;
    } else {
        dataset->image_memory = malloc(layout->images);
        if (dataset->image_memory == NULL ||
            !read_at(dataset->image_memory, descriptor, layout->images, 0))
            return false;
    }
    dataset->images = dataset->image_memory;
    return true;
}

static bool take_rest(gt_dataset *dataset, int descriptor, const struct layout *layout,
                      const struct trailer *trailer) {
    size_t size = layout->labels + layout->names;
    char *rest = malloc(size + 1);
    bool right = rest != NULL && read_at(rest, descriptor, size, layout->images);
    if (right) {
        uLong sum = crc32_z(0, dataset->images, layout->images);
        sum = crc32_z(sum, (const unsigned char *)rest, size);
        sum = crc32_z(sum, (const unsigned char *)trailer, offsetof(struct trailer, checksum));
        right = sum == trailer->checksum;
    }
    if (right && layout->labels > 0) {
        dataset->label_memory = malloc(layout->labels);
        right = dataset->label_memory != NULL;
        if (right)
            memcpy(dataset->label_memory, rest, layout->labels);
        dataset->labels = dataset->label_memory;
    }
    right = right && labels_are_right(dataset) &&
            take_names(dataset, rest + layout->labels, layout->names, trailer->class_count);
    free(rest);
    return right;
}

static bool load_file(gt_dataset *dataset, struct trailer *trailer, int descriptor, uint64_t key,
                      size_t memory_most) {
    struct stat status;
    struct layout layout;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
        (uint64_t)status.st_size < sizeof *trailer)
        return false;
    size_t size = (size_t)status.st_size;
    if (!read_at(trailer, descriptor, sizeof *trailer, size - sizeof *trailer) ||
        !lay_out(&layout, trailer, key, size))
        return false;
    dataset->count = trailer->count;
    dataset->shape = (gt_shape){trailer->channels, trailer->height, trailer->width};
    dataset->pixels = gt_shape_size(dataset->shape);
    return take_images(dataset, descriptor, &layout, memory_most) &&
           take_rest(dataset, descriptor, &layout, trailer);
}

bool decoded_load(gt_dataset *dataset, struct album *album, uint64_t key) {
    char path[GT_PATH_CAPACITY];
    struct trailer trailer;
    size_t most = album->options->memory_most;
    if (!file_path(path, album))
        return false;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    bool loaded =
        load_file(dataset, &trailer, descriptor, key, most != 0 ? most : gt_memory_size() / 2);
    close(descriptor);
    if (!loaded) {
        gt_dataset_free(dataset);
        return false;
    }
    album->report.bad = trailer.bad;
    album->report.other = trailer.other;
    return true;
}
