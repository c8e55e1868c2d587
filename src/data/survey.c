/* What each file of an album is, by its first bytes and not by its name: people rename pictures,
 * and folders hold other things. A file named as a picture that is none is a bad one; what neither
 * is a picture nor is named as one is left alone, and counted. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/album.h"
#include "gantrain/base/text.h"

enum {
    HEAD_BYTES = 64 << 10, /* holds the head of nearly every picture */
    BLOCK = 2048,
    SHOWN_FILES = 20,
    NAME_CAPACITY = 256,
    KINDS = 6, /* of other files that are named */
    KIND_CAPACITY = 24
};

/* --- Every file by itself --- */

struct survey {
    struct album *album;
    const struct album_kind *kind;
    uint32_t first;
};

static const char *suffix_of(const char *name) {
    const char *slash = strrchr(name, '/');
    const char *last = slash != NULL ? slash + 1 : name;
    const char *dot = strrchr(last, '.');
    return dot != NULL && dot != last ? dot : last;
}

static bool is_named_picture(const char *name) {
    static const char *const suffixes[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(suffix_of(name), suffixes[i]) == 0)
            return true;
    return false;
}

static void look_at(struct album *album, const struct album_kind *kind, struct album_file *file,
                    size_t most) {
    unsigned char *bytes;
    size_t size;
    gt_error error = {0};
    gt_status status = kind->load(&bytes, &size, album, file, most, &error);
    bool is_picture = status == GT_OK && gt_picture_is(bytes, size);
    if (status == GT_OK && !is_picture && !is_named_picture(file->name))
        file->state = FILE_OTHER;
    else if (status == GT_OK)
        status = gt_picture_read_head(&file->head, bytes, size, &error);
    free(bytes);
    if (status != GT_OK && is_picture && size == most && file->size > most)
        look_at(album, kind, file, MOST_PICTURE_BYTES); /* the head did not hold all it takes */
    else if (status != GT_OK)
        album_refuse(file, error.message);
    else if (file->state == FILE_UNKNOWN)
        file->state = FILE_PICTURE;
}

static void look_at_files(void *context, long first, long last) {
    const struct survey *survey = context;
    for (long i = first; i < last; i++) {
        struct album_file *file = &survey->album->files[survey->first + (uint32_t)i];
        if (file->state == FILE_UNKNOWN)
            look_at(survey->album, survey->kind, file, HEAD_BYTES);
    }
}

gt_status survey_files(struct album *album, const struct album_kind *kind, gt_error *error) {
    struct survey survey = {album, kind, 0};
    const gt_data_observer *observer = &album->options->observer;
    while (survey.first < album->count) {
        uint32_t left = album->count - survey.first, count = left < BLOCK ? left : BLOCK;
        gt_status status = gt_stop_check(observer->stop, error);
        if (status != GT_OK)
            return status;
        if (observer->progress != NULL)
            observer->progress(observer->context, "looking at files", survey.first, album->count);
        gt_team_run(album->team, look_at_files, &survey, count, 1, true);
        survey.first += count;
    }
    return GT_OK;
}

/* --- Counts --- */

static void count_states(struct album *album) {
    gt_data_report *report = &album->report;
    report->bad = report->other = 0;
    for (uint32_t i = 0; i < album->count; i++) {
        const struct album_file *file = &album->files[i];
        report->bad += file->state == FILE_BAD;
        report->other += file->state == FILE_OTHER;
    }
}

static void count_colours(struct album *album) {
    gt_data_report *report = &album->report;
    for (uint32_t i = 0; i < album->count; i++) {
        const struct album_file *file = &album->files[i];
        if (file->state != FILE_PICTURE)
            continue;
        report->pictures++;
        report->colour += file->head.is_colour;
        report->grey += !file->head.is_colour;
        report->transparent += file->head.has_alpha;
    }
}

/* A size, and how many pictures have it. */
struct size_count {
    int width, height;
    uint32_t count;
};

static int compare_sizes(const void *a, const void *b) {
    const struct size_count *one = a, *other = b;
    if (one->width != other->width)
        return one->width < other->width ? -1 : 1;
    return (one->height > other->height) - (one->height < other->height);
}

static int compare_counts(const void *a, const void *b) {
    const struct size_count *one = a, *other = b;
    if (one->count != other->count)
        return one->count > other->count ? -1 : 1;
    return compare_sizes(a, b);
}

static gt_status count_sizes(struct album *album, gt_error *error) {
    gt_data_report *report = &album->report;
    struct size_count *sizes = malloc(report->pictures * sizeof *sizes);
    uint32_t count = 0, distinct = 0;
    if (sizes == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory", album->path);
    for (uint32_t i = 0; i < album->count; i++)
        if (album->files[i].state == FILE_PICTURE)
            sizes[count++] =
                (struct size_count){album->files[i].head.width, album->files[i].head.height, 1};
    qsort(sizes, count, sizeof *sizes, compare_sizes);
    for (uint32_t i = 0; i < count; i++)
        if (distinct > 0 && compare_sizes(&sizes[distinct - 1], &sizes[i]) == 0)
            sizes[distinct - 1].count++;
        else
            sizes[distinct++] = sizes[i];
    qsort(sizes, distinct, sizeof *sizes, compare_counts);
    for (uint32_t i = 0; i < distinct; i++)
        if (report->size_count < GT_DATA_SIZES) {
            report->sizes[report->size_count].width = sizes[i].width;
            report->sizes[report->size_count].height = sizes[i].height;
            report->sizes[report->size_count++].count = sizes[i].count;
        } else {
            report->other_sizes += sizes[i].count;
        }
    free(sizes);
    return GT_OK;
}

/* A line for each of the first bad files. Returns how many were left over. */
static uint32_t list_bad(gt_error *error, const struct album *album) {
    uint32_t shown = 0;
    for (uint32_t i = 0; i < album->count; i++) {
        const struct album_file *file = &album->files[i];
        char name[NAME_CAPACITY], reason[REASON_CAPACITY];
        if (file->state != FILE_BAD || shown++ >= SHOWN_FILES)
            continue;
        album_printable(name, sizeof name, file->name);
        album_printable(reason, sizeof reason,
                        file->reason != NULL ? file->reason : "cannot be read");
        gt_error_add(error, GT_FAILED, "  %s: %s", name, reason);
    }
    return shown > SHOWN_FILES ? shown - SHOWN_FILES : 0;
}

static gt_status fail_sizes(const struct album *album, gt_error *error) {
    const gt_data_report *report = &album->report;
    char text[GT_DATA_TEXT];
    size_t used = 0;
    for (int i = 0; i < report->size_count; i++)
        used =
            gt_text_append(text, sizeof text, used, "%s%" PRIu32 " of %d x %d", i > 0 ? ", " : "",
                           report->sizes[i].count, report->sizes[i].width, report->sizes[i].height);
    if (report->other_sizes > 0)
        snprintf(text + used, sizeof text - used, ", %" PRIu32 " of other sizes",
                 report->other_sizes);
    gt_error_set(error, GT_FAILED,
                 "%s: its pictures differ in width x height (%s): say what to make of them all, "
                 "such as data.size = 64x64",
                 album->path, text);
    if (report->bad > 0) {
        gt_error_add(error, GT_FAILED, "%" PRIu32 " more cannot be read:", report->bad);
        const uint32_t more = list_bad(error, album);
        if (more > 0)
            gt_error_add(error, GT_FAILED, "  and %" PRIu32 " more", more);
    }
    return error->status;
}

static gt_status choose_shape(struct album *album, gt_error *error) {
    const gt_data_options *options = album->options;
    const gt_data_report *report = &album->report;
    int channels = options->channels != 0          ? options->channels
                   : report->colour > report->grey ? 3
                                                   : 1;
    bool is_given = options->width != 0 && options->height != 0;
    if (!is_given && (report->size_count > 1 || report->other_sizes > 0))
        return fail_sizes(album, error);
    album->fit = (gt_fit){
        .shape = {channels, is_given ? options->height : report->sizes[0].height,
                  is_given ? options->width : report->sizes[0].width},
        .mode = options->fit,
    };
    memcpy(album->fit.background, options->background, sizeof album->fit.background);
    return GT_OK;
}

/* --- Notes and messages --- */

/* "3 .txt, 1 .DS_Store and 2 more" */
static void print_others(char *text, size_t capacity, const struct album *album) {
    struct {
        char name[KIND_CAPACITY];
        uint32_t count;
    } kinds[KINDS] = {0};
    uint32_t more = 0;
    for (uint32_t i = 0; i < album->count; i++) {
        char name[KIND_CAPACITY];
        if (album->files[i].state != FILE_OTHER)
            continue;
        album_printable(name, sizeof name, suffix_of(album->files[i].name));
        int kind = 0;
        while (kind < KINDS && kinds[kind].count > 0 && strcmp(kinds[kind].name, name) != 0)
            kind++;
        if (kind == KINDS) {
            more++;
            continue;
        }
        memcpy(kinds[kind].name, name, sizeof name);
        kinds[kind].count++;
    }
    size_t used = 0;
    text[0] = '\0';
    for (int kind = 0; kind < KINDS && kinds[kind].count > 0; kind++)
        used = gt_text_append(text, capacity, used, "%s%" PRIu32 " %s", kind > 0 ? ", " : "",
                              kinds[kind].count, kinds[kind].name);
    if (more > 0)
        snprintf(text + used, capacity - used, " and %" PRIu32 " more", more);
}

static void note_others(const struct album *album) {
    char text[GT_DATA_TEXT];
    if (album->report.other == 0)
        return;
    print_others(text, sizeof text, album);
    source_note(album->options, "%s: left out %" PRIu32 " files that are no pictures (%s)",
                album->path, album->report.other, text);
}

static gt_status fail_empty(const struct album *album, const struct album_kind *kind,
                            gt_error *error) {
    char text[GT_DATA_TEXT];
    print_others(text, sizeof text, album);
    return gt_error_set(error, GT_FAILED, "%s: this %s holds no PNG or JPEG files%s%s%s",
                        album->path, kind->what, text[0] != '\0' ? ", but " : ": it is empty", text,
                        text[0] != '\0' ? ": check the path" : "");
}

gt_status survey_choose(struct album *album, const struct album_kind *kind, gt_error *error) {
    count_states(album);
    count_colours(album);
    if (album->report.pictures == 0 && album->report.bad > 0)
        return survey_complain(album, error);
    if (album->report.pictures == 0)
        return fail_empty(album, kind, error);
    note_others(album);
    gt_status status = count_sizes(album, error);
    if (status == GT_OK)
        status = choose_shape(album, error);
    if (status == GT_OK)
        status = classes_find(album, error);
    return status == GT_OK ? classes_set_order(album, error) : status;
}

gt_status survey_complain(struct album *album, gt_error *error) {
    count_states(album);
    uint32_t bad = album->report.bad, all = album->report.pictures;
    gt_error lines = {0};
    for (uint32_t i = 0; i < album->count; i++)
        all += album->files[i].state == FILE_BAD && album->files[i].head.width == 0;
    if (bad == 0)
        return GT_OK;
    uint32_t more = list_bad(&lines, album);
    char rest[48] = "";
    if (more > 0 || lines.dropped > 0)
        snprintf(rest, sizeof rest, "\n  and %" PRIu32 " more", more + (uint32_t)lines.dropped);
    if (!album->options->skip_bad || bad == all)
        return gt_error_set(error, GT_FAILED,
                            "%s: %" PRIu32 " of %" PRIu32 " pictures cannot be read%s:\n%s%s",
                            album->path, bad, all,
                            bad == all ? "" : "; mend or remove them, or set data.skip_bad = yes",
                            lines.message, rest);
    source_note(album->options,
                "%s: left out %" PRIu32 " of %" PRIu32 " pictures, which cannot be read:\n%s%s",
                album->path, bad, all, lines.message, rest);
    return GT_OK;
}
