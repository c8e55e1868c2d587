/* gantrain compare: several checkpoints under the same scores, on the same images, and a row of
 * samples of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/comparison.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/files/grid.h"
#include "gantrain/store/checkpoint.h"

enum { MOST = 64 };

/* --- What is compared --- */

static gt_status read_entry(struct comparison *comparison, int index, const char *path,
                            gt_error *error) {
    struct entry *entry = &comparison->entries[index];
    const gt_shape shape = comparison->entries[0].shape;
    char is[GT_SHAPE_TEXT], was[GT_SHAPE_TEXT];
    gt_checkpoint checkpoint;
    gt_status status = gt_checkpoint_open(&checkpoint, path, error);
    if (status != GT_OK)
        return status;
    entry->path = path;
    entry->kind = gt_model_kind_find(checkpoint.info.config.train.model);
    entry->shape = checkpoint.info.shape;
    gt_scores_clear(&entry->scores);
    if (index == 0)
        comparison->first = checkpoint.info.config;
    gt_checkpoint_close(&checkpoint);
    if (index == 0 || gt_shape_equal(entry->shape, shape))
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "%.500s: its images are %s, those of %.500s %s: compare models of the same "
                        "images",
                        path, gt_shape_format_image(is, entry->shape), comparison->entries[0].path,
                        gt_shape_format_image(was, shape));
}

static gt_status read_entries(struct comparison *comparison, const gt_arguments *arguments,
                              gt_error *error) {
    comparison->count = arguments->operand_count;
    comparison->entries = calloc((size_t)comparison->count, sizeof *comparison->entries);
    if (comparison->entries == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for %d checkpoints", comparison->count);
    gt_status status = GT_OK;
    for (int i = 0; i < comparison->count && status == GT_OK; i++)
        status = read_entry(comparison, i, arguments->operands[i], error);
    return status;
}

/* --- The picture --- */

static gt_status draw_rows(uint8_t *images, const struct comparison *comparison,
                           const gt_compute *compute, const gt_evaluation_request *request,
                           gt_error *error) {
    gt_status status = GT_OK;
    for (int i = 0; i < comparison->count && status == GT_OK; i++) {
        gt_sampler sampler;
        status = gt_sampler_open(&sampler, compute, comparison->entries[i].path, GT_MODEL_GENERATE,
                                 request->raw, error);
        if (status != GT_OK)
            return status;
        status = gt_sampler_check_images(&sampler, comparison->entries[i].path, error);
        if (status != GT_OK) {
            gt_sampler_close(&sampler);
            return status;
        }
        gt_sampler_draw(images + (size_t)i * (size_t)comparison->columns * (size_t)sampler.pixels,
                        &sampler, request->seed, 0, (uint32_t)comparison->columns);
        gt_sampler_close(&sampler);
        status = gt_stop_check(compute->stop, error);
    }
    return status;
}

static gt_status write_picture(const char *path, const struct comparison *comparison,
                               const gt_compute *compute, const gt_evaluation_request *request,
                               gt_error *error) {
    const gt_shape shape = comparison->entries[0].shape;
    const uint32_t count = (uint32_t)(comparison->count * comparison->columns);
    gt_status status = gt_grid_check(path, count, comparison->columns, shape, error);
    if (status != GT_OK)
        return status;
    uint8_t *images = malloc((size_t)count * (size_t)gt_shape_size(shape));
    if (images == NULL)
        return gt_error_set(error, GT_FAILED, "%s: no memory for the picture", path);
    status = draw_rows(images, comparison, compute, request, error);
    if (status == GT_OK)
        status =
            gt_grid_write(path, images, count, comparison->columns, shape, compute->stop, error);
    free(images);
    return status;
}

/* --- Scores --- */

/* Keeps the bits of the measures that give a model of that kind a score which can be ranked: of all
 * images, not within classes, which only some models are told. */
static unsigned rankable(unsigned measures, const gt_model_kind *kind) {
    const gt_score *score;
    unsigned bits = 0;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->better != 0 && gt_score_suits(score, kind, false))
            bits |= 1u << score->measure;
    return measures & bits;
}

static void show_note(void *context, const char *text) {
    terminal_line(context, GT_LINE_NEWS, text);
}

static gt_status evaluate_all(struct comparison *comparison, const gt_evaluation_request *asked,
                              bool quiet, gt_error *error) {
    terminal screen;
    gt_status status = GT_OK;
    terminal_init(&screen, stderr, quiet);
    for (int i = 0; i < comparison->count && status == GT_OK; i++) {
        struct entry *entry = &comparison->entries[i];
        gt_evaluation_request request = *asked;
        request.measures = rankable(asked->measures, entry->kind);
        request.checkpoint = entry->path;
        request.observer = (gt_evaluation_observer){terminal_stage, show_note, &screen};
        terminal_line(&screen, GT_LINE_NEWS, entry->path);
        if (request.measures != 0)
            status = gt_evaluate(&entry->scores, &request, error);
    }
    terminal_end(&screen);
    return status;
}

/* --- The command --- */

static gt_status read_request(gt_evaluation_request *request, struct comparison *comparison,
                              const gt_arguments *arguments, gt_error *error) {
    const char *metrics = gt_arguments_value(arguments, "metrics");
    uint64_t samples, draws, columns;
    unsigned ranked = 0;
    request->measures = (1u << GT_MEASURES) - 1;
    request->all_must = metrics != NULL;
    request->raw = gt_arguments_value(arguments, "raw") != NULL;
    if (metrics != NULL && gt_measures_parse(&request->measures, metrics, error) != GT_OK)
        return error->status;
    gt_status status = settings_number(&samples, arguments, "samples", GT_EVALUATION_HELD_OUT, 2,
                                       GT_SCORES_SAMPLES_MOST, error);
    if (status == GT_OK)
        status = settings_number(&request->seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status =
            settings_number(&draws, arguments, "draws", GT_EVALUATION_DRAWS, 1, 1000000, error);
    if (status == GT_OK)
        status = settings_number(&columns, arguments, "columns", 10, 1, 1000, error);
    if (status == GT_OK)
        status = read_entries(comparison, arguments, error);
    if (status != GT_OK)
        return status;
    request->samples = (uint32_t)samples;
    request->draws = (int)draws;
    comparison->columns = (int)columns;
    for (int i = 0; i < comparison->count; i++)
        ranked |= rankable(request->measures, comparison->entries[i].kind);
    if (ranked == 0)
        return gt_error_set(error, GT_USAGE,
                            "--metrics %s: none of the checkpoints has a score of it that can be "
                            "ranked",
                            metrics);
    return GT_OK;
}

/* All checkpoints are measured on the data of --config, or else on those of the first one. */
static gt_status read_config(gt_config *config, gt_evaluation_request *request,
                             const struct comparison *comparison, const gt_arguments *arguments,
                             gt_error *error) {
    const char *path = gt_arguments_value(arguments, "config");
    gt_status status = settings_read(config, path, arguments, error);
    if (status != GT_OK)
        return status;
    gt_config given = *config;
    *config = comparison->first;
    if (path != NULL)
        config->data = given.data;
    else
        request->named = &comparison->first;
    return settings_override(config, arguments, error);
}

static gt_status run(struct comparison *comparison, const char *path, const gt_arguments *arguments,
                     gt_error *error) {
    const bool quiet = gt_arguments_value(arguments, "quiet") != NULL;
    char cache[GT_PATH_CAPACITY];
    gt_config config;
    gt_compute compute;
    gt_evaluation_request request = {
        .compute = &compute, .config = &config, .cache = settings_cache(cache)};
    gt_status status = read_request(&request, comparison, arguments, error);
    if (status == GT_OK)
        status = read_config(&config, &request, comparison, arguments, error);
    if (status == GT_OK)
        status = settings_open_compute(&compute, config.train.threads, config.train.backend,
                                       arguments, error);
    if (status != GT_OK)
        return status;
    status = write_picture(path, comparison, &compute, &request, error);
    if (status == GT_OK && !quiet)
        fprintf(stderr, "%s: a row of %d samples for each checkpoint, seed %" PRIu64 "\n", path,
                comparison->columns, request.seed);
    if (status == GT_OK)
        status = evaluate_all(comparison, &request, quiet, error);
    gt_compute_close(&compute);
    if (status != GT_OK)
        return status;
    if (gt_arguments_value(arguments, "json") != NULL)
        return comparison_print_json(comparison, error);
    comparison_print_table(comparison);
    return GT_OK;
}

static gt_status run_compare(const gt_arguments *arguments, gt_error *error) {
    const char *output = gt_arguments_value(arguments, "output");
    const char *path = output != NULL ? output : "compare.png";
    struct comparison comparison = {0};
    if (!settings_has_suffix(path, ".png"))
        return gt_error_set(error, GT_USAGE, "--output %s: the name must end in .png", path);
    gt_status status = run(&comparison, path, arguments, error);
    free(comparison.entries);
    return status;
}

const gt_command gt_command_compare = {
    .name = "compare",
    .operands = "CHECKPOINT CHECKPOINT...",
    .help = "print the scores of several models as one table, and draw a row of samples of each",
    .options =
        {
            {"samples", 'n', "COUNT", "how many are drawn of each for the scores (10000)"},
            {"metrics", 'm', "LIST", "which: parzen, frechet, ... (all that can be ranked)"},
            {"draws", 'd', "COUNT", "of latent vectors an image, to estimate likelihood (5000)"},
            {"output", 'o', "FILE", "FILE.png (compare.png)"},
            {"columns", 0, "COLUMNS", "samples to a row of the picture (10)"},
            SETTINGS_SEED_OPTION,
            SETTINGS_RAW_OPTION,
            {"config", 'c', "FILE", "whose [data] names the real images (the first checkpoint's)"},
            {"set", 0, "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            SETTINGS_THREADS_OPTION,
            {"json", 'j', NULL, "print JSON"},
            {"quiet", 'q', NULL, "print no progress and no notes"},
        },
    .fewest_operands = 2,
    .most_operands = MOST,
    .run = run_compare,
};
