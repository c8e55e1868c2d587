/* What the tests of this room share: a folder that is there for the time of a test program, whole
 * files in one call, and a PNG reader that knows nothing of how the writer works. Include it after
 * cmocka.h. */
#ifndef TESTS_HELPERS_H
#define TESTS_HELPERS_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char test_folder[64];

static inline int make_folder(void **state) {
    (void)state;
    snprintf(test_folder, sizeof test_folder, "/tmp/gantrain-test-XXXXXX");
    return mkdtemp(test_folder) == NULL;
}

static inline void remove_tree(const char *path) {
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        char inside[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) >= (int)sizeof inside)
            continue;
        struct stat status;
        if (lstat(inside, &status) == 0 && S_ISDIR(status.st_mode))
            remove_tree(inside);
        else
            unlink(inside);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

static inline int remove_folder(void **state) {
    (void)state;
    remove_tree(test_folder);
    return 0;
}

/* The path of name in the folder; valid until eight calls later. */
static inline const char *in_folder(const char *name) {
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static inline void put_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The caller frees. */
static inline uint8_t *get_file(size_t *size, const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static inline void assert_contains(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("'%s' does not contain '%s'", text, part);
}

/* A message for the user is one line and begins with the path. */
static inline void assert_names_path(const char *message, const char *path) {
    if (strncmp(message, path, strlen(path)) != 0)
        fail_msg("'%s' does not begin with '%s'", message, path);
    assert_null(strchr(message, '\n'));
}

static inline uint32_t word_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Undoes a row's filter (PNG specification, section 9); above is the row before it, undone. */
static inline void unfilter_row(uint8_t *row, const uint8_t *above, int filter, int length,
                                int channels) {
    assert_in_range(filter, 0, 4);
    for (int i = 0; i < length; i++) {
        int left = i >= channels ? row[i - channels] : 0;
        int up = above != NULL ? above[i] : 0;
        int corner = above != NULL && i >= channels ? above[i - channels] : 0;
        int to_left = abs(up - corner), to_up = abs(left - corner);
        int to_corner = abs(left + up - 2 * corner);
        int nearest = to_left <= to_up && to_left <= to_corner ? left
                      : to_up <= to_corner                     ? up
                                                               : corner;
        int predictions[] = {0, left, up, (left + up) / 2, nearest};
        row[i] = (uint8_t)(row[i] + predictions[filter]);
    }
}

/* Reads an 8-bit grey or RGB PNG with one IDAT chunk, checking all there is to check. The caller
 * frees the pixels. */
static inline uint8_t *get_png(int *height, int *width, int *channels, const char *path) {
    size_t size;
    uint8_t *bytes = get_file(&size, path);
    assert_true(size > 8);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    const uint8_t *data = NULL;
    uint32_t data_size = 0;
    const char *expected[] = {"IHDR", "IDAT", "IEND"};
    size_t at = 8;
    for (int chunk = 0; chunk < 3; chunk++) {
        assert_true(at + 12 <= size);
        uint32_t length = word_at(bytes + at);
        assert_true(length <= size - at - 12);
        assert_memory_equal(bytes + at + 4, expected[chunk], 4);
        assert_int_equal(word_at(bytes + at + 8 + length), crc32(0, bytes + at + 4, length + 4));
        if (chunk == 1) {
            data = bytes + at + 8;
            data_size = length;
        }
        at += 12 + length;
    }
    assert_int_equal(at, size);

    const uint8_t *header = bytes + 16;
    assert_int_equal(word_at(bytes + 8), 13);
    *width = (int)word_at(header);
    *height = (int)word_at(header + 4);
    assert_int_equal(header[8], 8);
    assert_true(header[9] == 0 || header[9] == 2);
    *channels = header[9] == 0 ? 1 : 3;
    assert_memory_equal(header + 10, "\0\0\0", 3);

    int row = *width * *channels;
    uLong raw_size = (uLong)(row + 1) * (uLong)*height, got = raw_size;
    uint8_t *raw = malloc(raw_size), *pixels = malloc((size_t)row * (size_t)*height);
    assert_int_equal(uncompress(raw, &got, data, data_size), Z_OK);
    assert_int_equal(got, raw_size);
    for (int y = 0; y < *height; y++) {
        uint8_t *to = pixels + (long)y * row;
        memcpy(to, raw + (long)y * (row + 1) + 1, (size_t)row);
        unfilter_row(to, y > 0 ? to - row : NULL, raw[(long)y * (row + 1)], row, *channels);
    }
    free(raw);
    free(bytes);
    return pixels;
}

#endif
