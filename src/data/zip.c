/* A zip archive of a folder of pictures. libzip is not made for several threads on one archive, so
 * each thread takes an open one from a pool and puts it back. */
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "data/album.h"
#include "data/archive.h"

struct pool {
    pthread_mutex_t mutex;
    int idle;          /* archives that nobody uses */
    zip_t *archives[]; /* (size of the team) */
};

/* An archive for the caller alone; NULL, with the reason, if it cannot be opened. */
static zip_t *take_archive(struct album *album, gt_error *error) {
    struct pool *pool = album->state;
    zip_t *archive = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->idle > 0)
        archive = pool->archives[--pool->idle];
    pthread_mutex_unlock(&pool->mutex);
    if (archive == NULL)
        archive_open(&archive, album->path, error);
    return archive;
}

static void return_archive(struct album *album, zip_t *archive) {
    struct pool *pool = album->state;
    pthread_mutex_lock(&pool->mutex);
    assert(pool->idle < gt_team_size(album->team));
    pool->archives[pool->idle++] = archive;
    pthread_mutex_unlock(&pool->mutex);
}

static gt_status open_pool(struct album *album, gt_error *error) {
    size_t archives = (size_t)gt_team_size(album->team);
    struct pool *pool = calloc(1, sizeof *pool + archives * sizeof *pool->archives);
    if (pool == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory to read it", album->path);
    pthread_mutex_init(&pool->mutex, NULL);
    album->state = pool;
    return GT_OK;
}

static void close_zip(struct album *album) {
    struct pool *pool = album->state;
    if (pool == NULL)
        return;
    for (int i = 0; i < pool->idle; i++)
        zip_discard(pool->archives[i]);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
    album->state = NULL;
}

/* Whether a part of a path is one that systems leave everywhere. */
static bool is_hidden(const char *name) {
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (part[0] == '.' || strncmp(part, "__MACOSX/", 9) == 0)
            return true;
    }
    return false;
}

static gt_status add_entry(struct album *album, zip_t *archive, uint64_t number, gt_error *error) {
    zip_stat_t entry;
    bool is_known = zip_stat_index(archive, number, 0, &entry) == 0 &&
                    (entry.valid & ZIP_STAT_NAME) != 0 && (entry.valid & ZIP_STAT_SIZE) != 0;
    if (is_known && entry.name[0] != '\0' && entry.name[strlen(entry.name) - 1] == '/')
        return GT_OK; /* a folder */
    struct album_file *file = album_add(album, is_known ? entry.name : "(an entry without a name)");
    if (file == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the names in it", album->path);
    file->number = number;
    if (!is_known) {
        album_refuse(file, "is damaged in the archive");
        return GT_OK;
    }
    file->size = entry.size;
    file->seconds = (entry.valid & ZIP_STAT_MTIME) != 0 ? entry.mtime : 0;
    file->nanoseconds = (entry.valid & ZIP_STAT_CRC) != 0 ? entry.crc : 0; /* tells more */
    if (is_hidden(entry.name))
        file->state = FILE_OTHER;
    else if (entry.size > MOST_PICTURE_BYTES)
        album_refuse(file, "is larger than a picture can be");
    return GT_OK;
}

static gt_status list(struct album *album, gt_error *error) {
    gt_status status = open_pool(album, error);
    zip_t *archive = status == GT_OK ? take_archive(album, error) : NULL;
    if (archive == NULL)
        return GT_FAILED;
    zip_int64_t count = zip_get_num_entries(archive, 0);
    for (zip_int64_t i = 0; status == GT_OK && i < count; i++)
        status = add_entry(album, archive, (uint64_t)i, error);
    return_archive(album, archive);
    return status;
}

static gt_status load(unsigned char **bytes, size_t *size, struct album *album,
                      const struct album_file *file, size_t most, gt_error *error) {
    zip_t *archive = take_archive(album, error);
    *bytes = NULL;
    if (archive == NULL)
        return GT_FAILED;
    gt_status status = archive_load(bytes, size, archive, file->number, file->size, most, error);
    return_archive(album, archive);
    return status;
}

static gt_status open_zip(gt_dataset *dataset, const struct source_request *request,
                          gt_error *error) {
    static const struct album_kind kind = {"zip archive", list, load, close_zip};
    return album_open(dataset, &kind, request, error);
}

const struct source source_zip = {"a zip archive of pictures", true, archive_is, open_zip};
