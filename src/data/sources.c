/* The table of sources, and how a text in a config leads to one of them: a path, several paths, or
 * an array in an NPZ file. */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/source.h"
#include "data/stream.h"
#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

/* The surest first: CIFAR-10 has no magic number. */
static const struct source *const sources[] = {
    &source_folder, &source_npz, &source_zip, &source_idx, &source_npy, &source_csv, &source_cifar,
};

enum { SOURCES = sizeof sources / sizeof *sources, NOTE_CAPACITY = 4096 };

void source_note(const gt_data_options *options, const char *format, ...) {
    char text[NOTE_CAPACITY];
    va_list arguments;
    if (options->observer.note == NULL)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    options->observer.note(options->observer.context, text);
}

gt_status source_set_shape(gt_dataset *dataset, uint64_t channels, uint64_t height, uint64_t width,
                           const char *path, gt_error *error) {
    uint64_t pixels = channels * height * width; /* at most 2^40: every reader sees to that */
    if (pixels > MOST_IMAGE_BYTES)
        return gt_error_set(error, GT_FAILED,
                            "%s: its images have %" PRIu64 " bytes each (%" PRIu64 " x %" PRIu64
                            " pixels%s); at most %d can be used: make them smaller, pictures by "
                            "data.size = 64x64",
                            path, pixels, width, height, channels == 3 ? " in 3 colours" : "",
                            MOST_IMAGE_BYTES);
    dataset->shape = (gt_shape){(int)channels, (int)height, (int)width};
    dataset->pixels = (int)pixels;
    return GT_OK;
}

bool source_set_names(gt_dataset *dataset, const char *const *names, int count) {
    size_t size = (size_t)count * sizeof(char *);
    for (int i = 0; i < count; i++)
        size += strlen(names[i]) + 1;
    char **memory = malloc(size);
    if (memory == NULL)
        return false;
    char *text = (char *)(memory + count);
    for (int i = 0; i < count; i++) {
        memory[i] = text;
        text = stpcpy(text, names[i]) + 1;
    }
    dataset->class_names = dataset->name_memory = memory;
    dataset->class_count = count;
    return true;
}

bool source_is_builtin(const char *text) {
    static const char builtin[] = "builtin:"; /* what no path begins with */
    return strncmp(text, builtin, strlen(builtin)) == 0;
}

gt_status source_check_joined(const char *list, gt_error *error) {
    for (const char *at = list; *at != '\0'; at += strcspn(at, ",")) {
        at += strspn(at, " ,");
        if (source_is_builtin(at))
            return gt_error_set(error, GT_USAGE,
                                "[data] %.*s: stands alone, and cannot be joined to files or to "
                                "others that are built in: name it alone, or files only",
                                (int)strcspn(at, ","), at);
    }
    return GT_OK;
}

/* --- One path --- */

gt_status source_probe(struct probe *probe, const char *path, gt_error *error) {
    struct stat status;
    struct stream *stream;
    *probe = (struct probe){.path = path};
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        probe->is_directory = true;
        return GT_OK;
    }
    gt_status result = stream_open(&stream, &probe->size, path, error);
    if (result != GT_OK)
        return result;
    probe->is_gzip = stream_is_gzip(stream);
    result = stream_read(stream, probe->start, PROBE_CAPACITY, &probe->length, error);
    stream_close(stream);
    return result;
}

bool source_split_key(char *path, size_t capacity, const char **key, const char *text) {
    struct stat status;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || stat(text, &status) == 0 ||
        !gt_text_copy(path, capacity, text))
        return false;
    path[colon - text] = '\0';
    *key = colon + 1;
    return stat(path, &status) == 0;
}

static const struct source *find_source(const struct probe *probe) {
    for (int i = 0; i < SOURCES; i++)
        if (sources[i]->is(probe))
            return sources[i];
    return NULL;
}

static gt_status refuse(const struct probe *probe, gt_error *error) {
    const unsigned char *start = probe->start;
    const char *what = source_explain(probe);
    if (what != NULL)
        return gt_error_set(error, GT_FAILED, "%s: %s", probe->path, what);
    return gt_error_set(error, GT_FAILED,
                        "%s: is not an IDX, NPY, NPZ, CSV, CIFAR-10 or zip file, nor a folder of "
                        "pictures: it begins with %02x %02x %02x %02x: check the path",
                        probe->path, start[0], start[1], start[2], start[3]);
}

/* Opens a path, or an array of an NPZ file. */
static gt_status open_one(gt_dataset *dataset, bool *is_album, gt_team *team, const char *text,
                          const gt_data_options *options, gt_error *error) {
    char path[GT_PATH_CAPACITY];
    struct probe probe;
    struct source_request request = {.path = text, .team = team, .options = options};
    if (source_split_key(path, sizeof path, &request.key, text))
        request.path = path;
    gt_status status = source_probe(&probe, request.path, error);
    if (status != GT_OK)
        return status;
    const struct source *source = find_source(&probe);
    if (source == NULL)
        return refuse(&probe, error);
    if (request.key != NULL && source != &source_npz)
        return gt_error_set(error, GT_FAILED,
                            "%s: is %s, which has no arrays by name: leave out "
                            "':%s'",
                            request.path, source->name, request.key);
    if (options->report != NULL)
        options->report->source = source->name;
    *is_album = source->is_album;
    return source->open(dataset, &request, error);
}

/* --- Several paths --- */

/* Moves the images of `more` to the end of dataset. */
static gt_status join(gt_dataset *dataset, gt_dataset *more, const char *path, gt_error *error) {
    if (!gt_shape_equal(dataset->shape, more->shape)) {
        char one[GT_SHAPE_TEXT], other[GT_SHAPE_TEXT];
        return gt_error_set(error, GT_FAILED,
                            "%s: its images are %s, those of the files before it %s: give files "
                            "that belong together",
                            path, gt_shape_format_image(one, more->shape),
                            gt_shape_format_image(other, dataset->shape));
    }
    if ((dataset->labels == NULL) != (more->labels == NULL))
        return gt_error_set(error, GT_FAILED,
                            "%s: has %s labels, unlike the files before it: give files that belong "
                            "together",
                            path, more->labels != NULL ? "" : "no");
    size_t pixels = (size_t)dataset->pixels, count = dataset->count, added = more->count;
    if (count + added > UINT32_MAX)
        return gt_error_set(error, GT_FAILED, "%s: makes more images than can be counted", path);
    uint8_t *images = realloc(dataset->image_memory, (count + added) * pixels);
    if (images != NULL)
        dataset->images = dataset->image_memory = images;
    uint16_t *labels = dataset->labels != NULL && images != NULL
                           ? realloc(dataset->label_memory, (count + added) * sizeof *labels)
                           : NULL;
    if (labels != NULL)
        dataset->labels = dataset->label_memory = labels;
    if (images == NULL || (dataset->labels != NULL && labels == NULL))
        return gt_error_set(error, GT_FAILED, "%s: no memory for %zu images", path, count + added);
    memcpy(images + count * pixels, more->images, added * pixels);
    if (labels != NULL)
        memcpy(labels + count, more->labels, added * sizeof *labels);
    dataset->count = (uint32_t)(count + added);
    return GT_OK;
}

static gt_status open_next(gt_dataset *dataset, gt_team *team, const char *path,
                           const gt_data_options *options, gt_error *error) {
    gt_dataset more = {0};
    bool is_album = false, is_first = dataset->image_memory == NULL;
    gt_status status = open_one(is_first ? dataset : &more, &is_album, team, path, options, error);
    if (status == GT_OK && is_album)
        status = gt_error_set(error, GT_FAILED,
                              "%s: folders and zip archives cannot be joined: put one into the "
                              "other",
                              path);
    if (status == GT_OK && !is_first)
        status = join(dataset, &more, path, error);
    gt_dataset_free(&more);
    return status;
}

static gt_status open_pattern(gt_dataset *dataset, gt_team *team, const char *pattern,
                              const gt_data_options *options, gt_error *error) {
    glob_t found;
    int result = glob(pattern, GLOB_ERR, NULL, &found);
    if (result == GLOB_NOMATCH)
        return gt_error_set(error, GT_FAILED, "%s: no file has such a name: check the pattern",
                            pattern);
    if (result != 0)
        return gt_error_set(error, GT_FAILED, "%s: cannot be listed: %s", pattern,
                            strerror(result == GLOB_NOSPACE ? ENOMEM : errno));
    gt_status status = GT_OK;
    for (size_t i = 0; status == GT_OK && i < found.gl_pathc; i++) {
        char *path = found.gl_pathv[i];
        if (gt_text_tame(path))
            status = gt_error_set(error, GT_FAILED,
                                  "%s: its name holds a line break or another control character: "
                                  "give the file another name",
                                  path);
        else
            status = open_next(dataset, team, path, options, error);
    }
    globfree(&found);
    return status;
}

static gt_status open_list(gt_dataset *dataset, gt_team *team, const char *list,
                           const gt_data_options *options, gt_error *error) {
    char *copy = strdup(list), *rest = NULL;
    gt_status status =
        copy != NULL ? GT_OK : gt_error_set(error, GT_FAILED, "%s: no memory to read it", list);
    for (char *path = copy != NULL ? strtok_r(copy, ",", &rest) : NULL;
         status == GT_OK && path != NULL; path = strtok_r(NULL, ",", &rest)) {
        path += strspn(path, " ");
        bool is_pattern = strpbrk(path, "*?") != NULL;
        status = (is_pattern ? open_pattern : open_next)(dataset, team, path, options, error);
    }
    free(copy);
    return status;
}

/* --- */

gt_status sources_open(gt_dataset *dataset, gt_team *team, const gt_data_options *options,
                       gt_error *error) {
    struct stat status;
    bool is_album;
    const char *images = options->images;
    if (stat(images, &status) != 0 && strpbrk(images, ",*?") != NULL)
        return source_check_joined(images, error) == GT_OK
                   ? open_list(dataset, team, images, options, error)
                   : GT_USAGE;
    return open_one(dataset, &is_album, team, images, options, error);
}
