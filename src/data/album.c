/* From a list of files to a data set. Every file is looked at before any is decoded, so that size
 * and colours are known, and a picture that claims to be huge is found before memory is taken for
 * it. Decoding goes in blocks: after each, the caller is told how far it is, what cannot be read is
 * left out, and a set that is larger than memory goes to disk. */
#include "data/album.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/arena.h"
#include "gantrain/base/text.h"

enum { BLOCK_BYTES = 32 << 20, BLOCK_MOST = 1024, BLOCK_LEAST = 64 };

struct album_file *album_add(struct album *album, const char *name) {
    if (album->count == album->capacity) {
        uint32_t capacity = album->capacity == 0 ? 1024 : album->capacity * 2;
        struct album_file *files =
            capacity > album->capacity ? realloc(album->files, capacity * sizeof *files) : NULL;
        if (files == NULL)
            return NULL;
        album->files = files;
        album->capacity = capacity;
    }
    struct album_file *file = &album->files[album->count];
    *file = (struct album_file){.name = strdup(name)};
    if (file->name == NULL)
        return NULL;
    album->count++;
    return file;
}

void album_refuse(struct album_file *file, const char *reason) {
    if (file->state != FILE_BAD)
        file->reason = strdup(reason); /* NULL without memory: then the name must do */
    file->state = FILE_BAD;
}

const char *album_printable(char *text, size_t capacity, const char *name) {
    gt_text_copy(text, capacity, name);
    gt_text_tame(text);
    return text;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(((const struct album_file *)a)->name, ((const struct album_file *)b)->name);
}

static void free_album(struct album *album) {
    for (uint32_t i = 0; i < album->count; i++) {
        free(album->files[i].name);
        free(album->files[i].reason);
    }
    for (int c = 0; c < album->class_count; c++)
        free(album->class_names[c]);
    free(album->class_names);
    free(album->files);
    free(album->order);
}

/* --- Decoding --- */

struct decoding {
    struct album *album;
    const struct album_kind *kind;
    uint8_t *images; /* of the block */
    uint32_t first;  /* of the block, in album->order */
    size_t pixels;
};

static void decode_file(uint8_t *image, const struct decoding *work, struct album_file *file) {
    const gt_fit *fit = &work->album->fit;
    unsigned char *bytes;
    size_t size;
    gt_bitmap bitmap = {0};
    gt_error error = {0};
    gt_status status =
        work->kind->load(&bytes, &size, work->album, file, MOST_PICTURE_BYTES, &error);
    if (status == GT_OK)
        status =
            gt_picture_decode(&bitmap, bytes, size, fit->shape.width, fit->shape.height, &error);
    if (status == GT_OK && !gt_fit_bitmap(image, &bitmap, fit))
        status = gt_error_set(&error, GT_FAILED, "no memory for its pixels");
    if (status != GT_OK)
        album_refuse(file, error.message);
    gt_bitmap_free(&bitmap);
    free(bytes);
}

static void decode_files(void *context, long first, long last) {
    const struct decoding *work = context;
    for (long i = first; i < last; i++) {
        uint32_t file = work->album->order[work->first + (uint32_t)i];
        decode_file(work->images + (size_t)i * work->pixels, work, &work->album->files[file]);
    }
}

/* Where decoded images go: memory for all of them, or a block at a time into the cache. */
struct sink {
    gt_dataset *dataset;
    uint8_t *block;                /* NULL: straight into dataset->image_memory */
    uint32_t block_count;          /* images */
    struct decoded_writer *writer; /* of a set that memory does not hold */
    uint16_t *labels;              /* of dataset, while it grows; or NULL */
};

/* Moves the images of a block together that could be read. Returns how many. */
static uint32_t keep_good(struct sink *sink, const struct decoding *work, uint32_t count) {
    gt_dataset *dataset = sink->dataset;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct album_file *file = &work->album->files[work->album->order[work->first + i]];
        if (file->state == FILE_BAD)
            continue;
        if (kept < i)
            memcpy(work->images + kept * work->pixels, work->images + i * work->pixels,
                   work->pixels);
        if (sink->labels != NULL)
            sink->labels[dataset->count + kept] = file->label;
        kept++;
    }
    dataset->count += kept;
    return kept;
}

static gt_status decode_blocks(struct sink *sink, struct decoding *work, gt_error *error) {
    struct album *album = work->album;
    const gt_data_observer *observer = &album->options->observer;
    while (work->first < album->kept) {
        uint32_t left = album->kept - work->first;
        uint32_t count = left < sink->block_count ? left : sink->block_count;
        gt_status status = gt_stop_check(observer->stop, error);
        if (status != GT_OK)
            return status;
        if (observer->progress != NULL)
            observer->progress(observer->context, "decoding pictures", work->first, album->kept);
        work->images = sink->block != NULL
                           ? sink->block
                           : sink->dataset->image_memory + sink->dataset->count * work->pixels;
        gt_team_run(album->team, decode_files, work, count, 1, true);
        uint32_t kept = keep_good(sink, work, count);
        if (sink->block != NULL && !decoded_write(sink->writer, sink->block, kept * work->pixels))
            return gt_error_set(error, GT_FAILED,
                                "%s: its images need more memory than there is, and %s could not "
                                "keep them: free some space there, or make data.size smaller",
                                album->path, album->options->cache);
        work->first += count;
    }
    return GT_OK;
}

static size_t memory_most(const struct album *album) {
    size_t most = album->options->memory_most;
    return most != 0 ? most : gt_memory_size() / 2;
}

static gt_status open_sink(struct sink *sink, struct album *album, size_t pixels, gt_error *error) {
    size_t total = album->kept * pixels, block = BLOCK_BYTES / pixels;
    bool fits = total <= memory_most(album);
    block = block < BLOCK_LEAST ? BLOCK_LEAST : block > BLOCK_MOST ? BLOCK_MOST : block;
    sink->block_count = (uint32_t)block;
    if (!fits)
        sink->writer = decoded_begin(album);
    if (!fits && sink->writer == NULL)
        return gt_error_set(error, GT_FAILED,
                            "%s: its %" PRIu32 " images need %zu MB of memory, more than there is, "
                            "and there is no cache to keep them in: set XDG_CACHE_HOME, or make "
                            "data.size smaller",
                            album->path, album->kept, total >> 20);
    if (fits)
        sink->dataset->image_memory = malloc(total);
    else
        sink->block = malloc(block * pixels);
    if (album->class_count > 0)
        sink->labels = sink->dataset->label_memory = malloc(album->kept * sizeof *sink->labels);
    if ((fits ? sink->dataset->image_memory : sink->block) == NULL ||
        (album->class_count > 0 && sink->labels == NULL))
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %" PRIu32 " images",
                            album->path, album->kept);
    return GT_OK;
}

/* Keeps a set that is in memory for the next time. */
static void keep_decoded(const struct album *album, const gt_dataset *dataset, uint64_t key) {
    struct decoded_writer *writer = decoded_begin(album);
    if (writer == NULL)
        return;
    if (decoded_write(writer, dataset->image_memory, dataset->count * (size_t)dataset->pixels))
        decoded_commit(writer, dataset, key);
    else
        decoded_abort(writer);
}

/* Puts what was decoded where it stays. */
static gt_status finish(gt_dataset *dataset, struct sink *sink, struct album *album, uint64_t key,
                        gt_error *error) {
    dataset->images = dataset->image_memory;
    dataset->labels = dataset->label_memory;
    if (sink->block == NULL) {
        keep_decoded(album, dataset, key);
        return GT_OK;
    }
    struct decoded_writer *writer = sink->writer;
    sink->writer = NULL;
    gt_dataset mapped = {0};
    if (!decoded_commit(writer, dataset, key) || !decoded_load(&mapped, album, key))
        return gt_error_set(error, GT_FAILED,
                            "%s: its images need more memory than there is, and could not be kept "
                            "in %s",
                            album->path, album->options->cache);
    gt_dataset_free(dataset);
    *dataset = mapped;
    return GT_OK;
}

static gt_status decode_album(gt_dataset *dataset, struct album *album,
                              const struct album_kind *kind, uint64_t key, gt_error *error) {
    struct sink sink = {.dataset = dataset};
    gt_status status = source_set_shape(dataset, (uint64_t)album->fit.shape.channels,
                                        (uint64_t)album->fit.shape.height,
                                        (uint64_t)album->fit.shape.width, album->path, error);
    struct decoding work = {.album = album, .kind = kind, .pixels = (size_t)dataset->pixels};
    if (status == GT_OK && album->class_count > 0 &&
        !source_set_names(dataset, (const char *const *)album->class_names, album->class_count))
        status = gt_error_set(error, GT_FAILED, "%s: no memory", album->path);
    if (status == GT_OK)
        status = open_sink(&sink, album, work.pixels, error);
    if (status == GT_OK)
        status = decode_blocks(&sink, &work, error);
    if (status == GT_OK)
        status = survey_complain(album, error);
    if (status == GT_OK)
        status = finish(dataset, &sink, album, key, error);
    decoded_abort(sink.writer);
    free(sink.block);
    return status;
}

/* --- */

/* What was told in detail when the set was decoded. */
static void note_left_out(const struct album *album) {
    if (album->report.bad > 0)
        source_note(album->options, "%s: left out %" PRIu32 " pictures that cannot be read",
                    album->path, album->report.bad);
    if (album->report.other > 0)
        source_note(album->options, "%s: left out %" PRIu32 " files that are no pictures",
                    album->path, album->report.other);
}

static gt_status open_listed(gt_dataset *dataset, struct album *album,
                             const struct album_kind *kind, gt_error *error) {
    if (album->count > 0)
        qsort(album->files, album->count, sizeof *album->files, compare_names);
    uint64_t key = decoded_key(album);
    if (decoded_load(dataset, album, key)) {
        note_left_out(album);
        return GT_OK;
    }
    gt_status status = survey_files(album, kind, error);
    if (status == GT_OK)
        status = survey_choose(album, kind, error);
    return status == GT_OK ? decode_album(dataset, album, kind, key, error) : status;
}

gt_status album_open(gt_dataset *dataset, const struct album_kind *kind,
                     const struct source_request *request, gt_error *error) {
    struct album album = {.path = request->path,
                          .request = request,
                          .team = request->team,
                          .options = request->options};
    gt_status status = kind->list(&album, error);
    if (status == GT_OK)
        status = open_listed(dataset, &album, kind, error);
    if (request->options->report != NULL) {
        const char *source = request->options->report->source;
        *request->options->report = album.report;
        request->options->report->source = source;
        request->options->report->is_album = true;
    }
    kind->close(&album);
    free_album(&album);
    return status;
}
