/* What a run leaves behind: lines, pictures, checkpoints. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/files/grid.h"
#include "gantrain/metrics/diversity.h"
#include "gantrain/model/condition.h"
#include "gantrain/sample/pictures.h"
#include "gantrain/sample/scatter.h"
#include "train/state.h"

/* Images that the diversity of real and of generated ones is measured on. */
enum { REAL_DIVERSITY = 2000, DIVERSITY = 500 };

/* The picture of nearest training images needs room for no more than DIVERSITY images. */
enum { NEAREST_ROWS = 4, NEAREST_COLUMNS = 9 };

enum { PLANE_SIDE = 20, PLANE_CELLS = PLANE_SIDE * PLANE_SIDE };
_Static_assert((int)PLANE_CELLS <= (int)DIVERSITY, "there is room for the plane of latent space");

/* Classes that the grids of a conditional run show. */
enum { MOST_CLASS_COLUMNS = 40 };

static void hand_over(struct trainer *trainer, gt_line_kind kind, const char *text) {
    if (trainer->reporter->line != NULL)
        trainer->reporter->line(trainer->reporter->context, kind, text);
    if (trainer->log != NULL) {
        fprintf(trainer->log, "%s\n", text);
        fflush(trainer->log);
    }
    if (kind == GT_LINE_WARNING)
        trainer_record(trainer, GT_EVENT_WARNING, text, NULL);
}

/* Keeps a line for the page. Without room it is cut. */
static void keep_in_summary(struct trainer *trainer, const char *text) {
    size_t used = strlen(trainer->summary);
    snprintf(trainer->summary + used, sizeof trainer->summary - used, "%s%s", used ? "\n" : "",
             text);
}

void trainer_say(struct trainer *trainer, const char *format, ...) {
    char text[GT_PATH_CAPACITY + 1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (trainer->in_summary)
        keep_in_summary(trainer, text);
    hand_over(trainer, GT_LINE_NEWS, text);
}

void trainer_warn(struct trainer *trainer, const gt_error *error, const char *consequence) {
    char text[GT_ERROR_CAPACITY + 256];
    snprintf(text, sizeof text, "warning: %s; %s", error->message, consequence);
    hand_over(trainer, GT_LINE_WARNING, text);
}

void trainer_caution(struct trainer *trainer, const char *line) {
    char text[GT_ERROR_CAPACITY + 16];
    snprintf(text, sizeof text, "warning: %s", line);
    hand_over(trainer, GT_LINE_WARNING, text);
}

void trainer_caution_lines(struct trainer *trainer, gt_error *lines) {
    char *line = lines->message;
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0';
        line[length] = '\0';
        trainer_caution(trainer, line);
        line += length + !last;
    }
}

int trainer_grid_columns(const struct trainer *trainer) {
    const int classes = trainer->setup.model.classes;
    if (classes > 0)
        return classes < MOST_CLASS_COLUMNS ? classes : MOST_CLASS_COLUMNS;
    return trainer->config->output.grid.columns;
}

static uint32_t grid_count(const struct trainer *trainer) {
    return (uint32_t)(trainer_grid_columns(trainer) * trainer->config->output.grid.rows);
}

/* Sets trainer->pixels to a grid with the first images of each class in its column, and black where
 * there are not enough. */
static void place_real_by_class(struct trainer *trainer) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    const size_t pixels = (size_t)dataset->pixels;
    const int columns = trainer_grid_columns(trainer), rows = trainer->config->output.grid.rows;
    int placed[MOST_CLASS_COLUMNS] = {0};
    memset(trainer->pixels, 0, grid_count(trainer) * pixels);
    for (uint32_t i = 0; i < dataset->count; i++) {
        int label = dataset->labels[i];
        if (label >= columns || placed[label] == rows)
            continue;
        memcpy(trainer->pixels + (size_t)(placed[label]++ * columns + label) * pixels,
               dataset->images + i * pixels, pixels);
    }
}

void trainer_draw_real(struct trainer *trainer) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    uint32_t count = grid_count(trainer);
    if (dataset->points != NULL) {
        points_draw_real(trainer, "samples/real.png");
        return;
    }
    if (trainer->setup.model.classes > 0) {
        place_real_by_class(trainer);
        held_or_write_picture(trainer, "samples/real.png", trainer->pixels, count);
        return;
    }
    if (count > dataset->count)
        count = dataset->count;
    held_or_write_picture(trainer, "samples/real.png", dataset->images, count);
}

gt_status trainer_open_pixels(struct trainer *trainer, gt_error *error) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    size_t count = grid_count(trainer) > DIVERSITY ? grid_count(trainer) : DIVERSITY;
    if (dataset->points != NULL) {
        trainer->pixels = malloc(GT_SCATTER_BYTES);
        trainer->points =
            malloc((size_t)TRAINER_POINTS * (size_t)dataset->pixels * sizeof *trainer->points);
        return trainer->pixels != NULL && trainer->points != NULL
                   ? GT_OK
                   : gt_error_set(error, GT_FAILED, "no memory for %d points", TRAINER_POINTS);
    }
    trainer->pixels = malloc(count * (size_t)dataset->pixels);
    return trainer->pixels != NULL
               ? GT_OK
               : gt_error_set(error, GT_FAILED, "no memory for %zu images", count);
}

/* Sets setup->z and condition to those of images `first` and so on of the grid's series. */
static void draw_series(struct setup *setup, uint32_t first, int rows) {
    const gt_model *model = &setup->model;
    gt_address noise = {model->seed, GT_PURPOSE_LATENT_GRID, 0, first};
    model->prior->draw(setup->z, setup->compute.team, noise, rows, model->latent_dim);
    noise.purpose = GT_PURPOSE_CLASS_GRID;
    if (model->classes > 0)
        gt_model_draw_condition(setup->condition, model, noise, rows);
}

/* The same for the cells of a grid of a conditional model: a row has one z, a column one class. */
static void draw_by_class(struct setup *setup, uint32_t first, int rows, uint32_t columns) {
    const gt_model *model = &setup->model;
    for (uint32_t i = 0; i < (uint32_t)rows; i++) {
        const uint32_t cell = first + i;
        const gt_address noise = {model->seed, GT_PURPOSE_LATENT_GRID, 0, cell / columns};
        const uint16_t label = (uint16_t)(cell % columns);
        model->prior->draw(setup->z + (long)i * model->latent_dim, NULL, noise, 1,
                           model->latent_dim);
        gt_condition_set(setup->condition + (long)i * model->classes, &label, 1, model->classes);
    }
}

/* The same for the cells of the plane of latent space, in a conditional model of class 0. */
static void draw_on_plane(struct setup *setup, uint32_t first, int rows) {
    const gt_model *model = &setup->model;
    const uint16_t label = 0;
    for (int i = 0; i < rows; i++) {
        gt_plane_latent(setup->z + (long)i * model->latent_dim, model->prior, first + (uint32_t)i,
                        PLANE_SIDE, PLANE_SIDE);
        if (model->classes > 0)
            gt_condition_set(setup->condition + (long)i * model->classes, &label, 1,
                             model->classes);
    }
}

/* Which images: those of the grid's series, or cells of a grid with a column for each class, or of
 * the plane of latent space. */
enum choice { SERIES, BY_CLASS, ON_PLANE };

/* Sets trainer->pixels to the first `count` images of a choice, in blocks of a minibatch; of a run
 * on points, trainer->points. False, and a note of it, if a stop cut that short. */
static bool generate(struct trainer *trainer, uint32_t count, enum choice choice) {
    struct setup *setup = &trainer->setup;
    gt_model *model = &setup->model;
    const size_t pixels = (size_t)setup->dataset.pixels;
    uint32_t batch = (uint32_t)model->batch;
    for (uint32_t first = 0; first < count; first += batch) {
        int rows = (int)(count - first < batch ? count - first : batch);
        if (choice == BY_CLASS)
            draw_by_class(setup, first, rows, (uint32_t)trainer_grid_columns(trainer));
        else if (choice == ON_PLANE)
            draw_on_plane(setup, first, rows);
        else
            draw_series(setup, first, rows);
        model->kind->generate(setup->images, model, setup->z,
                              gt_condition_row(setup->condition, model->classes, 0), rows);
        if (trainer->points != NULL)
            memcpy(trainer->points + first * pixels, setup->images,
                   (size_t)rows * pixels * sizeof *trainer->points);
        else
            gt_pixels_from_reals(trainer->pixels + first * pixels, setup->images, model->low,
                                 model->high, (long)rows * (long)pixels);
    }
    bool is_cut = model->kind->leaves_off && gt_stop_asked(setup->compute.stop) != 0;
    trainer->is_cut = trainer->is_cut || is_cut;
    return !is_cut;
}

/* The same with the averages of weights. */
static bool generate_best(struct trainer *trainer, uint32_t count, enum choice choice) {
    gt_model_use_average(&trainer->setup.model, true);
    bool is_whole = generate(trainer, count, choice);
    gt_model_use_average(&trainer->setup.model, false);
    return is_whole;
}

void trainer_generate(struct trainer *trainer, uint32_t count) {
    generate(trainer, count, SERIES);
}

void trainer_draw_samples(struct trainer *trainer, const char *name) {
    uint32_t count = grid_count(trainer);
    if (trainer->points != NULL)
        points_draw_samples(trainer, name);
    else if (generate_best(trainer, count, trainer->setup.model.classes > 0 ? BY_CLASS : SERIES))
        held_or_write_picture(trainer, name, trainer->pixels, count);
}

bool trainer_samples_are_due(const struct trainer *trainer, uint64_t epoch) {
    uint64_t every = (uint64_t)trainer->config->output.sample_every;
    bool is_last = epoch == trainer->epoch && trainer_is_done(trainer);
    return every > 0 && (is_last || epoch % every == 0);
}

bool trainer_nearest_is_due(const struct trainer *trainer) {
    return trainer->config->output.report && trainer->points == NULL &&
           (trainer_is_done(trainer) || trainer_evaluation_is_due(trainer, trainer->epoch));
}

/* Says that a picture of the page is missing. */
static void miss_picture(struct trainer *trainer, const gt_error *error) {
    trainer->output_failed = true;
    trainer_warn(trainer, error, "training continues without this picture");
}

typedef gt_status (*grid_writer)(const char *path, const uint8_t *images, uint32_t count,
                                 int columns, gt_shape shape, gt_stop *stop, gt_error *error);

/* Writes a picture of the page from trainer->pixels, a second time after a failure. */
static void write_for_page(struct trainer *trainer, const char *name, grid_writer write, int rows,
                           int columns) {
    char path[GT_PATH_CAPACITY];
    gt_error error;
    gt_run_file(path, &trainer->run, name);
    for (int tries = 0; tries < 2; tries++) {
        error = (gt_error){0};
        if (write(path, trainer->pixels, (uint32_t)(rows * columns), columns,
                  trainer->setup.dataset.shape, NULL, &error) == GT_OK)
            return;
    }
    miss_picture(trainer, &error);
}

void trainer_draw_nearest(struct trainer *trainer) {
    gt_neighbour neighbours[NEAREST_ROWS];
    gt_compute compute;
    gt_error error = {0};
    if (!generate_best(trainer, NEAREST_ROWS * (NEAREST_COLUMNS - 1), SERIES))
        return;
    gt_status status =
        gt_compute_share(&compute, &trainer->setup.compute, "default", "fp32", &error);
    if (status == GT_OK) {
        compute.stop = NULL; /* a picture is not worth giving up */
        status =
            gt_picture_place_nearest(neighbours, trainer->pixels, NEAREST_ROWS, NEAREST_COLUMNS,
                                     &compute, &trainer->setup.dataset, &error);
        gt_compute_close(&compute);
    }
    if (status == GT_OK)
        write_for_page(trainer, TRAINER_NEAREST, gt_grid_write_marked, NEAREST_ROWS,
                       NEAREST_COLUMNS);
    else
        miss_picture(trainer, &error);
}

bool trainer_plane_is_due(const struct trainer *trainer) {
    return gt_plane_exists(&trainer->setup.model) && trainer_nearest_is_due(trainer) &&
           gt_grid_check(TRAINER_PLANE, PLANE_CELLS, PLANE_SIDE, trainer->setup.dataset.shape,
                         NULL) == GT_OK; /* images may be too long to stand side by side */
}

void trainer_draw_plane(struct trainer *trainer) {
    if (generate_best(trainer, PLANE_CELLS, ON_PLANE))
        write_for_page(trainer, TRAINER_PLANE, gt_grid_write, PLANE_SIDE, PLANE_SIDE);
}

/* Of images, or of points; the other is NULL. */
static double diversity_of(const uint8_t *images, const gt_real *points, uint32_t count,
                           int pixels) {
    return gt_diversity(
        &(gt_vectors){.reals = points, .bytes = images, .count = count, .width = pixels});
}

double trainer_measure_diversity(struct trainer *trainer) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    if (trainer->real_diversity == 0) {
        uint32_t count = dataset->count < REAL_DIVERSITY ? dataset->count : REAL_DIVERSITY;
        trainer->real_diversity =
            diversity_of(dataset->images, dataset->points, count, dataset->pixels);
    }
    generate(trainer, DIVERSITY, SERIES);
    double generated = diversity_of(trainer->pixels, trainer->points, DIVERSITY, dataset->pixels);
    return trainer->real_diversity > 0 ? generated / trainer->real_diversity : NAN;
}

static void warn_of_epoch(struct trainer *trainer, uint64_t epoch, const char *what) {
    char text[640];
    snprintf(text, sizeof text, "warning: epoch %" PRIu64 ": %s", epoch, what);
    hand_over(trainer, GT_LINE_WARNING, text);
}

void trainer_watch(struct trainer *trainer, const struct epoch *epoch) {
    const gt_model_kind *kind = trainer->setup.model.kind;
    gt_collapse collapse =
        kind->against_collapse != NULL ? gt_collapse_find(epoch->diversity) : GT_COLLAPSE_NONE;
    char text[512] = "";
    if (collapse != GT_COLLAPSE_NONE && collapse != trainer->collapse) {
        gt_collapse_describe(text, sizeof text, collapse, epoch->diversity, kind->against_collapse);
        warn_of_epoch(trainer, epoch->number, text);
    }
    trainer->collapse = collapse;
    text[0] = '\0';
    if (collapse == GT_COLLAPSE_NONE && kind->warn != NULL)
        kind->warn(text, sizeof text, &trainer->setup.model, epoch->stats);
    if (text[0] != '\0' && !trainer->model_warned)
        warn_of_epoch(trainer, epoch->number, text);
    trainer->model_warned = text[0] != '\0';
}

gt_status trainer_write_checkpoint(struct trainer *trainer, const char *path, gt_error *error) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    gt_checkpoint_info info = {
        .config = *trainer->config,
        .epoch = trainer->epoch,
        .step = trainer->step,
        .shape = dataset->shape,
        .data_checksum = dataset->checksum,
        .sums = trainer->sums,
        .held_rows = trainer->held.rows,
        .classes = trainer->setup.class_text,
    };
    gt_error detail = {0};
    gt_status status = gt_checkpoint_save(path, &trainer->setup.model, &info, &detail);
    if (status == GT_FAILED) /* many a failure is over in a moment */
        status = gt_checkpoint_save(path, &trainer->setup.model, &info, &detail);
    if (status == GT_DIVERGED)
        return gt_error_set(error, GT_DIVERGED, "%s at step %" PRIu64 " (epoch %" PRIu64 ")",
                            detail.message, trainer->step, trainer->epoch);
    if (status != GT_OK && error != NULL)
        *error = detail;
    return status;
}

void trainer_keep(struct trainer *trainer, const gt_run_checkpoint *newest) {
    gt_error detail = {0};
    trainer->keep_failed =
        gt_run_keep(&trainer->run, newest, (int)trainer->config->output.keep, &detail) != GT_OK;
    if (trainer->keep_failed)
        trainer_warn(trainer, &detail, "the checkpoints themselves are whole");
}

gt_status trainer_save(struct trainer *trainer, gt_error *error) {
    bool within_epoch = trainer->sums.steps > 0;
    gt_run_checkpoint checkpoint;
    gt_run_checkpoint_name(&checkpoint, trainer->epoch, within_epoch ? trainer->step : 0);
    char path[GT_PATH_CAPACITY];
    gt_run_checkpoint_path(path, &trainer->run, &checkpoint);

    gt_error detail = {0};
    held_write_rows(trainer, NULL); /* else they travel in the checkpoint */
    gt_status status = trainer_write_checkpoint(trainer, path, &detail);
    if (status == GT_DIVERGED) {
        *error = detail;
        return status;
    }
    trainer->checkpoint_failed = status != GT_OK;
    if (status != GT_OK) {
        trainer_warn(trainer, &detail,
                     trainer_is_done(trainer)
                         ? "this was the last checkpoint"
                         : "training continues; the next checkpoint is tried again");
        return GT_OK;
    }
    trainer->saved_step = trainer->step;
    memcpy(trainer->last_checkpoint, path, sizeof path);
    trainer_keep(trainer, &checkpoint);
    return GT_OK;
}
