/* gantrain data: the images of a source, as training would see them; and as a file. */
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/base/text.h"
#include "gantrain/data/save.h"
#include "gantrain/files/grid.h"
#include "gantrain/sample/scatter.h"

enum { PREVIEW_ROWS = 8, PREVIEW_POINTS = 2000, MOST_COLUMNS = 1000, PREVIEW_BLANK = 128 };

/* Options that are keys of a config by a shorter name. */
static const char *const keys[] = {"size", "channels", "fit", "range"};

static void show_note(void *context, const char *text) {
    terminal_line(context, GT_LINE_NEWS, text);
}

/* --- What is printed --- */

static void print_album(const gt_data_report *report) {
    if (report->pictures > 0)
        printf("pictures    %" PRIu32 " grey, %" PRIu32 " in colour; %" PRIu32 " transparent\n",
               report->grey, report->colour, report->transparent);
    for (int i = 0; i < report->size_count; i++)
        printf("%-11s %" PRIu32 " of %d x %d\n", i == 0 ? "sizes" : "", report->sizes[i].count,
               report->sizes[i].width, report->sizes[i].height);
    if (report->other_sizes > 0)
        printf("%-11s %" PRIu32 " of other sizes\n", "", report->other_sizes);
    printf("bad         %" PRIu32 " pictures that cannot be read\n", report->bad);
    printf("other       %" PRIu32 " files that are no pictures\n", report->other);
}

/* Sets counts to the images of each class. Returns the number of classes; 0: there are no
 * labels. */
static int count_classes(uint32_t counts[GT_CLASSES_MOST], const gt_dataset *dataset) {
    int classes = dataset->class_count;
    memset(counts, 0, GT_CLASSES_MOST * sizeof *counts);
    for (uint32_t i = 0; dataset->labels != NULL && i < dataset->count; i++) {
        counts[dataset->labels[i]]++;
        if (dataset->labels[i] >= classes)
            classes = dataset->labels[i] + 1;
    }
    return dataset->labels != NULL ? classes : 0;
}

static void print_classes(const uint32_t *counts, int classes, const gt_dataset *dataset) {
    if (classes == 0)
        printf("classes     none: there are no labels\n");
    else
        printf("classes     %d\n", classes);
    for (int c = 0; c < classes; c++) {
        char name[GT_EXCERPT];
        if (c < dataset->class_count)
            gt_text_excerpt(name, dataset->class_names[c]);
        else
            snprintf(name, sizeof name, "%d", c);
        printf("%8" PRIu32 "    %s\n", counts[c], name);
    }
}

static void print_points(const gt_dataset *dataset) {
    const gt_distribution *distribution = dataset->distribution;
    printf("points      %" PRIu32 " of %d number%s\n", dataset->count, dataset->pixels,
           dataset->pixels == 1 ? "" : "s");
    printf("mean        %.4f\n", dataset->mean);
    printf("checksum    %08" PRIx32 "\n", dataset->checksum);
    printf("modes       %d: weight, deviation, mean\n", distribution->modes);
    for (int k = 0; k < distribution->modes; k++) {
        const gt_mode mode = distribution->mode(k);
        printf("%8.4f  %8.4f", mode.weight, mode.deviation);
        for (int c = 0; c < distribution->components; c++)
            printf("  %8.4f", mode.mean[c]);
        printf("\n");
    }
}

static void print_dataset(const gt_dataset *dataset) {
    char shape[GT_SHAPE_TEXT];
    if (dataset->points != NULL) {
        print_points(dataset);
        return;
    }
    printf("images      %" PRIu32 " of %s\n", dataset->count,
           gt_shape_format_image(shape, dataset->shape));
    printf("mean        %.2f of 255\n", dataset->mean);
    printf("checksum    %08" PRIx32 "\n", dataset->checksum);
}

/* --- The preview --- */

/* Sets images (classes, columns, pixels) to the first `columns` images of each class. */
static void gather_first(uint8_t *images, const gt_dataset *dataset, uint32_t columns) {
    uint32_t taken[GT_CLASSES_MOST] = {0};
    size_t pixels = (size_t)dataset->pixels;
    for (uint32_t i = 0; i < dataset->count; i++) {
        uint16_t label = dataset->labels[i];
        if (taken[label] < columns)
            memcpy(images + ((size_t)label * columns + taken[label]++) * pixels,
                   dataset->images + i * pixels, pixels);
    }
}

/* A row for each class; the first images where there are no classes. */
static gt_status write_preview(const char *path, const gt_dataset *dataset, int classes,
                               uint32_t columns, gt_stop *stop, gt_error *error) {
    uint32_t most = PREVIEW_ROWS * columns, count = dataset->count < most ? dataset->count : most;
    if (dataset->points != NULL)
        return gt_scatter_write(path, dataset->distribution, dataset->points,
                                dataset->count < PREVIEW_POINTS ? dataset->count : PREVIEW_POINTS,
                                error);
    if (classes == 0)
        return gt_grid_write(path, dataset->images, count, (int)(columns < count ? columns : count),
                             dataset->shape, stop, error);
    count = (uint32_t)classes * columns;
    gt_status status = gt_grid_check(path, count, (int)columns, dataset->shape, error);
    if (status != GT_OK)
        return status;
    size_t size = (size_t)count * (size_t)dataset->pixels;
    uint8_t *images = malloc(size);
    if (images == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for %" PRIu32 " images", path, count);
    memset(images, PREVIEW_BLANK, size);
    gather_first(images, dataset, columns);
    status = gt_grid_write(path, images, count, (int)columns, dataset->shape, stop, error);
    free(images);
    return status;
}

/* Whether a file would lie in a folder, at any depth. */
static bool lies_within(const char *path, const char *folder) {
    char directory[GT_PATH_CAPACITY] = ".";
    const char *slash = strrchr(path, '/');
    if (slash != NULL)
        snprintf(directory, sizeof directory, "%.*s", (int)(slash - path + 1), path);
    char *of_path = realpath(directory, NULL), *of_folder = realpath(folder, NULL);
    size_t length = of_folder != NULL ? strlen(of_folder) : 0;
    bool within = of_path != NULL && of_folder != NULL &&
                  strncmp(of_path, of_folder, length) == 0 &&
                  (of_path[length] == '/' || of_path[length] == '\0');
    free(of_path);
    free(of_folder);
    return within;
}

/* The next look at the folder would find one picture more, and so would training. */
static gt_status check_preview(const char *preview, const gt_config *config, gt_error *error) {
    if (!settings_has_suffix(preview, ".png"))
        return gt_error_set(error, GT_USAGE, "--preview %s: the name must end in .png", preview);
    if (lies_within(preview, config->data.images))
        return gt_error_set(error, GT_USAGE,
                            "--preview %s: would be one of the pictures of %s: name a file outside "
                            "of that folder",
                            preview, config->data.images);
    return GT_OK;
}

/* --- Conversion --- */

static gt_status refuse_existing(const char *path, gt_error *error) {
    bool exists;
    gt_status status = gt_file_exists(&exists, path, error);
    return status == GT_OK && exists
               ? gt_error_set(error, GT_FAILED,
                              "%s: is there already: name another, or add --force", path)
               : status;
}

/* What can be refused before images are read. */
static gt_status check_output(const char *output, const gt_arguments *arguments, gt_error *error) {
    char labels[GT_PATH_CAPACITY];
    gt_status status = gt_dataset_labels_path(labels, output, error);
    if (status != GT_OK || gt_arguments_value(arguments, "force") != NULL)
        return status;
    status = refuse_existing(output, error);
    return status == GT_OK && labels[0] != '\0' ? refuse_existing(labels, error) : status;
}

/* Whether two paths lead to one file. A link that is written to is replaced itself. */
static bool is_one_file(const char *written, const char *read) {
    struct stat one, other;
    return lstat(written, &one) == 0 && stat(read, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Whether the file at path is among those that a text as data.images names: one, an array of one,
 * or several. */
static bool reads(const char *text, const char *path) {
    char one[GT_PATH_CAPACITY];
    bool found = is_one_file(path, text);
    while (!found && *text != '\0') {
        glob_t files;
        text += strspn(text, " ,");
        size_t length = strcspn(text, ",");
        snprintf(one, sizeof one, "%.*s", (int)length, text);
        text += length;
        found = is_one_file(path, one);
        if (!found && glob(one, 0, NULL, &files) == 0) {
            for (size_t i = 0; i < files.gl_pathc; i++)
                found = found || is_one_file(path, files.gl_pathv[i]);
            globfree(&files);
        }
        char *key = strrchr(one, ':');
        if (key != NULL)
            *key = '\0';
        found = found || is_one_file(path, one);
    }
    return found;
}

/* What is read is not written over, not even by force: what a range or a size leaves out would be
 * lost. */
static gt_status keep_source(const char *output, const gt_config *config, gt_error *error) {
    char labels[GT_PATH_CAPACITY];
    gt_status status = gt_dataset_labels_path(labels, output, error);
    const char *const paths[] = {output, labels};
    for (int i = 0; i < 2 && status == GT_OK; i++)
        if (reads(config->data.images, paths[i]) || reads(config->data.labels, paths[i]))
            status = gt_error_set(error, GT_USAGE,
                                  "%s: is what is read: name another file to write to", paths[i]);
    return status;
}

static gt_status write_output(const char *output, const gt_dataset *dataset,
                              const gt_arguments *arguments, gt_error *error) {
    char labels[GT_PATH_CAPACITY];
    gt_status status = gt_dataset_save(dataset, output, arguments->stop, error);
    if (status == GT_OK)
        status = gt_dataset_labels_path(labels, output, error);
    if (status != GT_OK || gt_arguments_value(arguments, "quiet") != NULL)
        return status;
    fprintf(stderr, "%s: %" PRIu32 " images", output, dataset->count);
    if (dataset->labels != NULL && labels[0] == '\0')
        fprintf(stderr, "; NPY holds no labels: for these, write an NPZ or IDX file");
    else if (dataset->labels != NULL && strcmp(labels, output) != 0)
        fprintf(stderr, "; their labels: %s", labels);
    fprintf(stderr, "\n");
    return GT_OK;
}

/* --- The command --- */

/* The [data] of --config and --set, with SOURCE and the options over them. */
static gt_status read_source(gt_config *config, const gt_arguments *arguments, gt_error *error) {
    const char *source = arguments->operand_count > 0 ? arguments->operands[0] : NULL;
    if (source == NULL && gt_arguments_value(arguments, "config") == NULL)
        return gt_error_set(error, GT_USAGE, "data: needs SOURCE, or --config FILE");
    gt_status status =
        settings_read(config, gt_arguments_value(arguments, "config"), arguments, error);
    for (size_t i = 0; status == GT_OK && i < sizeof keys / sizeof *keys; i++) {
        const char *value = gt_arguments_value(arguments, keys[i]);
        char text[GT_PATH_CAPACITY];
        if (value == NULL)
            continue;
        snprintf(text, sizeof text, "data.%s=%s", keys[i], value);
        status = gt_config_read_assignment(config, text, error);
    }
    const char *labels = gt_arguments_value(arguments, "labels");
    if (labels == NULL && source != NULL)
        labels = ""; /* those of the config belong to its own images */
    bool fits =
        source == NULL || gt_text_copy(config->data.images, sizeof config->data.images, source);
    if (labels != NULL)
        fits &= gt_text_copy(config->data.labels, sizeof config->data.labels, labels);
    if (status == GT_OK && !fits)
        status = gt_error_set(error, GT_USAGE, "data: a path is too long");
    return status;
}

/* Opens the source and prints what was found, also where it cannot be opened. It does not use the
 * cache, which keeps images and not what they were made from. */
static gt_status open_source(gt_dataset *dataset, const gt_config *config,
                             const gt_arguments *arguments, gt_error *error) {
    gt_compute compute;
    terminal screen;
    gt_data_report report = {0};
    gt_error idle = {0};
    gt_status status =
        settings_open_compute(&compute, config->train.threads, "openblas", arguments, error);
    if (status != GT_OK)
        return status;
    terminal_init(&screen, stderr, gt_arguments_value(arguments, "quiet") != NULL);
    gt_config_find_idle(config, "data", &idle);
    if (idle.status != GT_OK)
        show_note(&screen, idle.message);
    gt_data_options options = gt_config_data_options(config);
    options.report = &report;
    options.observer = (gt_data_observer){terminal_reading, show_note, &screen, arguments->stop};
    status = gt_dataset_open(dataset, compute.team, &options, error);
    terminal_end(&screen);
    gt_compute_close(&compute);
    if (report.source != NULL && status != GT_STOPPED)
        printf("source      %s\n", report.source);
    if (status == GT_OK)
        print_dataset(dataset);
    if (report.is_album && status != GT_STOPPED)
        print_album(&report);
    return status;
}

static gt_status run_data(const gt_arguments *arguments, gt_error *error) {
    const char *preview = gt_arguments_value(arguments, "preview");
    const char *output = gt_arguments_value(arguments, "output");
    gt_config config = {0};
    gt_dataset dataset;
    uint64_t columns;
    uint32_t counts[GT_CLASSES_MOST];
    gt_status status = settings_number(&columns, arguments, "columns", 8, 1, MOST_COLUMNS, error);
    if (status == GT_OK && output != NULL)
        status = check_output(output, arguments, error);
    if (status == GT_OK)
        status = read_source(&config, arguments, error);
    if (status == GT_OK && preview != NULL)
        status = check_preview(preview, &config, error);
    if (status == GT_OK && output != NULL)
        status = keep_source(output, &config, error);
    if (status == GT_OK)
        status = open_source(&dataset, &config, arguments, error);
    if (status != GT_OK)
        return status;
    int classes = count_classes(counts, &dataset);
    if (dataset.points == NULL)
        print_classes(counts, classes, &dataset);
    if (preview != NULL)
        status =
            write_preview(preview, &dataset, classes, (uint32_t)columns, arguments->stop, error);
    if (status == GT_OK && output != NULL)
        status = write_output(output, &dataset, arguments, error);
    gt_dataset_free(&dataset);
    return status;
}

const gt_command gt_command_data = {
    .name = "data",
    .operands = "[SOURCE]",
    .help =
        "show the images of a folder or file: count, sizes, classes, what cannot be read; convert "
        "them",
    .options =
        {
            {"preview", 'p', "FILE", "FILE.png: a row of the first images of each class"},
            {"columns", 'c', "COLUMNS", "images to a row of the preview (8)"},
            {"output", 'o', "FILE",
             "write them to FILE.npz, with labels; FILE.idx, with labels beside it; or FILE.npy"},
            {"force", 0, NULL, "write over a FILE that is there already"},
            {"size", 0, "WIDTHxHEIGHT", "of every image: data.size"},
            {"channels", 0, "NAME", "grey, rgb or auto: data.channels"},
            {"fit", 0, "NAME", "crop, pad or stretch: data.fit"},
            {"range", 0, "FIRST:LAST", "a part of the images: data.range"},
            {"labels", 'l', "FILE", "their labels, if they are in another file"},
            {"config", 0, "FILE", "a config; its [data] is used where nothing else is given"},
            {"set", 0, "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            SETTINGS_THREADS_OPTION,
            {"quiet", 'q', NULL, "print no progress and no notes"},
        },
    .most_operands = 1,
    .run = run_data,
};
