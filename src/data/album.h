/* Albums: files by name that may be pictures, in a folder or in a zip archive. How they are found
 * and read is the kind's; what becomes of them is the same for both:
 *
 *   album.c     from a list of files to a data set
 *   survey.c    what each file is, by its head; sizes, colours, complaints
 *   classes.c   classes by sub-folders, and the order of images
 *   decoded.c   the decoded set, kept in a cache */
#ifndef DATA_ALBUM_H
#define DATA_ALBUM_H

#include "gantrain/data/picture.h"
#include "data/source.h"

enum { MOST_PICTURE_BYTES = 1 << 28, REASON_CAPACITY = 160 };

enum file_state { FILE_UNKNOWN, FILE_PICTURE, FILE_BAD, FILE_OTHER };

struct album_file {
    char *name;                   /* within the album, with / between folders; owned */
    uint64_t size;                /* bytes */
    int64_t seconds, nanoseconds; /* of its last change */
    uint64_t number;              /* in an archive */
    /* Found by the survey and by decoding: */
    enum file_state state;
    char *reason; /* of a bad one; owned */
    gt_picture_head head;
    uint16_t label;
    uint32_t rank; /* within its class */
};

struct album {
    const char *path;
    const struct source_request *request;
    gt_team *team;
    const gt_data_options *options;
    struct album_file *files;
    uint32_t count, capacity;
    void *state; /* of the kind */

    /* Of the survey: */
    gt_data_report report;
    gt_fit fit;
    int class_count;
    char **class_names; /* owned, each */
    uint32_t *order;    /* owned; (kept): files that are pictures, in the order of the data set */
    uint32_t kept;
};

struct album_kind {
    const char *what; /* "folder" */
    /* Lists the files with album_add; those that cannot be opened as bad ones. Fails if the whole
     * cannot be read. */
    gt_status (*list)(struct album *album, gt_error *error);
    /* Reads the first `most` bytes of a file, or all. *bytes is owned by the caller (free), NULL
     * after a failure, whose message is a reason. Called by several threads at once. */
    gt_status (*load)(unsigned char **bytes, size_t *size, struct album *album,
                      const struct album_file *file, size_t most, gt_error *error);
    void (*close)(struct album *album);
};

/* Makes a data set of an album. */
gt_status album_open(gt_dataset *dataset, const struct album_kind *kind,
                     const struct source_request *request, gt_error *error);

/* Adds a file, or returns NULL without memory. Copies name. */
struct album_file *album_add(struct album *album, const char *name);

/* Marks a file as one that cannot be read. The first reason stays. */
void album_refuse(struct album_file *file, const char *reason);

/* Looks at the head of every file. GT_STOPPED if that is asked for. */
gt_status survey_files(struct album *album, const struct album_kind *kind, gt_error *error);

/* Finds classes, size and channels, and sets order. Fails if there are no pictures, or if pictures
 * differ and no size is given: the message says which sizes there are. */
gt_status survey_choose(struct album *album, const struct album_kind *kind, gt_error *error);

/* Finds class names and sets labels, if the pictures lie in sub-folders. */
gt_status classes_find(struct album *album, gt_error *error);

/* Sets order and kept. */
gt_status classes_set_order(struct album *album, gt_error *error);

/* Says which files are bad. Fails unless they are to be skipped; then it is a note. */
gt_status survey_complain(struct album *album, gt_error *error);

/* A name for a message: without bytes that a terminal would obey. Returns text. */
const char *album_printable(char *text, size_t capacity, const char *name);

/* Reads a decoded set with this key, if it is there and whole; sets what the report says of files
 * that were left out. */
bool decoded_load(gt_dataset *dataset, struct album *album, uint64_t key);

/* The key of what the album's files and the options will become. */
uint64_t decoded_key(const struct album *album);

/* A decoded set that is being written. */
struct decoded_writer;

/* Begins one. NULL: there is no cache, or it cannot be written (a note says why). */
struct decoded_writer *decoded_begin(const struct album *album);

/* Appends images. False: it cannot be written; the writer is then only good for decoded_abort. */
bool decoded_write(struct decoded_writer *writer, const uint8_t *images, size_t bytes);

/* Completes it with labels and class names of dataset. False, after a note, if it could not be
 * written. Ends the writer in any case. */
bool decoded_commit(struct decoded_writer *writer, const gt_dataset *dataset, uint64_t key);

/* writer may be NULL. */
void decoded_abort(struct decoded_writer *writer);

#endif
