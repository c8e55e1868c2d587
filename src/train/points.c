/* What a run on points shows of an epoch: a picture of samples, and next to it a frame for the
 * page, with what D says of every place and where G maps a lattice of latent vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/metrics/points.h"
#include "gantrain/sample/scatter.h"
#include "gantrain/store/frame.h"
#include "train/state.h"

/* Points that a page shows; latent vectors of the lattice along each component. */
enum { PAGE_POINTS = 200, LATTICE_OF_PLANE = 13, LATTICE_OF_LINE = 41 };

enum { LATTICE_MOST = LATTICE_OF_PLANE * LATTICE_OF_PLANE, BLOCK = 256 };

/* As many rows at a time as the model has room for. */
static int block_rows(const struct trainer *trainer, int left) {
    const int batch = trainer->setup.model.batch, most = batch < BLOCK ? batch : BLOCK;
    return left < most ? left : most;
}

/* Sets judged (cells) to D of the middle of each cell. */
static void judge_cells(double *judged, struct trainer *trainer, const gt_point_counts *counts) {
    struct setup *setup = &trainer->setup;
    const gt_distribution *distribution = setup->dataset.distribution;
    const double width = (distribution->high - distribution->low) / counts->side;
    gt_real logits[BLOCK];
    for (int first = 0, rows; first < counts->cells; first += rows) {
        rows = block_rows(trainer, counts->cells - first);
        for (int i = 0; i < rows; i++) {
            const int place[] = {(first + i) % counts->side, (first + i) / counts->side};
            for (int c = 0; c < distribution->components; c++)
                setup->images[i * distribution->components + c] =
                    (gt_real)(distribution->low + (place[c] + 0.5) * width);
        }
        setup->model.kind->judge(logits, &setup->model, setup->images, NULL, rows);
        for (int i = 0; i < rows; i++)
            judged[first + i] = 1 / (1 + exp(-(double)logits[i]));
    }
}

/* Sets points to where G maps a lattice of z, of a model with one or two latent components:
 * lines are as likely apart from each other, so that every cell of it holds as many samples.
 * Returns its side; 0: the model has no such latent space. */
static int carry_lattice(gt_real *points, struct trainer *trainer) {
    struct setup *setup = &trainer->setup;
    gt_model *model = &setup->model;
    const int dim = model->latent_dim, pixels = setup->dataset.pixels;
    const int side = dim == 1 ? LATTICE_OF_LINE : LATTICE_OF_PLANE;
    const int count = dim == 1 ? side : side * side;
    if (dim > 2 || model->kind->lacks_latent_vector)
        return 0;
    for (int first = 0, rows; first < count; first += rows) {
        rows = block_rows(trainer, count - first);
        for (int i = 0; i < rows; i++) {
            const int place[] = {(first + i) % side, (first + i) / side};
            for (int c = 0; c < dim; c++)
                setup->z[i * dim + c] = (gt_real)model->prior->quantile((place[c] + 0.5) / side);
        }
        model->kind->generate(setup->images, model, setup->z, NULL, rows);
        memcpy(points + first * pixels, setup->images, (size_t)(rows * pixels) * sizeof *points);
    }
    return side;
}

/* Writes a frame under the name of a picture, but for its end. */
static void write_frame(struct trainer *trainer, const char *picture, gt_frame *frame,
                        uint32_t count) {
    char name[64];
    gt_error error = {0};
    frame->point_count = count < PAGE_POINTS ? (int)count : PAGE_POINTS;
    char *text = gt_frame_to_text(frame);
    gt_text_copy(name, sizeof name, picture);
    memcpy(strrchr(name, '.'), ".json", sizeof ".json");
    if (text != NULL) {
        held_or_write_text(trainer, name, text);
    } else {
        trainer->output_failed = true;
        gt_error_set(&error, GT_FAILED, "%s: no memory for it", name);
        trainer_warn(trainer, &error, "training continues without this file");
    }
    free(text);
}

/* Writes the picture of points (count, components). */
static void write_scatter(struct trainer *trainer, const char *name, const gt_real *points,
                          uint32_t count) {
    gt_scatter_draw(trainer->pixels, trainer->setup.dataset.distribution, points,
                    count < TRAINER_POINTS_SHOWN ? count : TRAINER_POINTS_SHOWN);
    held_or_write_picture(trainer, name, trainer->pixels, 1);
}

static gt_frame begin_frame(const struct trainer *trainer, const gt_point_counts *counts,
                            const gt_real *points) {
    const gt_distribution *distribution = trainer->setup.dataset.distribution;
    return (gt_frame){.components = distribution->components,
                      .low = distribution->low,
                      .high = distribution->high,
                      .side = counts->side,
                      .points = points};
}

void points_draw_real(struct trainer *trainer, const char *name) {
    const gt_dataset *dataset = &trainer->setup.dataset;
    gt_point_counts counts;
    gt_points_count(&counts, dataset->distribution, dataset->points, dataset->count);
    gt_frame frame = begin_frame(trainer, &counts, dataset->points);
    frame.density = counts.masses;
    write_scatter(trainer, name, dataset->points, dataset->count);
    write_frame(trainer, name, &frame, dataset->count);
}

void points_draw_samples(struct trainer *trainer, const char *name) {
    gt_model *model = &trainer->setup.model;
    gt_point_counts counts;
    double judged[GT_POINT_CELLS];
    gt_real lattice[LATTICE_MOST * GT_POINT_COMPONENTS];
    gt_model_use_average(model, true);
    trainer_generate(trainer, TRAINER_POINTS);
    const int side = carry_lattice(lattice, trainer);
    gt_model_use_average(model, false);
    gt_points_count(&counts, trainer->setup.dataset.distribution, trainer->points, TRAINER_POINTS);
    gt_frame frame = begin_frame(trainer, &counts, trainer->points);
    frame.counts = counts.counts;
    frame.counted = counts.count;
    if (model->kind->judge != NULL && model->gives_odds) {
        judge_cells(judged, trainer, &counts);
        frame.judged = judged;
    }
    if (side > 0) {
        frame.lattice = lattice;
        frame.lattice_side = side;
        frame.latent_dim = model->latent_dim;
    }
    write_scatter(trainer, name, trainer->points, TRAINER_POINTS);
    write_frame(trainer, name, &frame, TRAINER_POINTS);
}

bool points_are_missing(const struct trainer *trainer, const char *picture) {
    char path[GT_PATH_CAPACITY];
    bool exists;
    gt_run_file(path, &trainer->run, picture);
    memcpy(strrchr(path, '.'), ".json", sizeof ".json");
    return trainer->points != NULL && gt_file_exists(&exists, path, NULL) == GT_OK && !exists;
}
