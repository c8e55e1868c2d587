/* gantrain eval: how good samples are, in scores. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/cli/commands.h"
#include "gantrain/files/file.h"
#include "gantrain/store/checkpoint.h"
#include "gantrain/eval/evaluation.h"
#include "gantrain/metrics/scores_json.h"

static void show_note(void *context, const char *text) {
    terminal_line(context, GT_LINE_NEWS, text);
}

/* --- Scores --- */

enum { NUMBER_TEXT = 64 };

static void print_list(const gt_class_list *list, const char *format) {
    for (int c = 0; c < list->count; c++) {
        printf(" ");
        printf(format, list->values[c]);
    }
    printf("\n");
}

/* Writes the number of a score, with its spread over several sets if there is one. */
static void format_number(char text[NUMBER_TEXT], const gt_scores *scores, const gt_scores *spreads,
                          const gt_score *score) {
    const double spread = gt_score_number(spreads, score);
    int used = snprintf(text, NUMBER_TEXT, score->format, gt_score_number(scores, score));
    if (spread > 0 && used > 0 && used < NUMBER_TEXT) {
        used += snprintf(text + used, (size_t)(NUMBER_TEXT - used), " +- ");
        snprintf(text + used, (size_t)(NUMBER_TEXT - used), score->format, spread);
    }
}

/* A score that has been measured, and the one it is compared with. Those without words of their own
 * are only compared with. */
static void print_row(const gt_scores *scores, const gt_scores *spreads, const gt_score *score) {
    const gt_score *beside = score->beside != NULL ? gt_score_find(score->beside) : NULL;
    const int width = isnan(scores->real_sets) ? 10 : 20;
    char value[NUMBER_TEXT], other[NUMBER_TEXT];
    if (score->is_list) {
        const gt_class_list *list = gt_score_list(scores, score);
        if (list->count == 0)
            return;
        if (beside == NULL) {
            printf("%s\n  ", score->help);
            print_list(list, score->format);
            return;
        }
        printf("%s\n  samples    ", score->help);
        print_list(list, score->format);
        printf("  %-11s", score->of);
        print_list(gt_score_list(scores, beside), beside->format);
        return;
    }
    if (isnan(gt_score_number(scores, score)))
        return;
    format_number(value, scores, spreads, score);
    printf("%-50s %*s", score->help, width, value);
    if (beside != NULL) {
        format_number(other, scores, spreads, beside);
        printf(" %*s  %s", width, other, score->of);
    }
    printf("\n");
}

static void print_text(const gt_scores *scores, const gt_scores *spreads) {
    const gt_score *score;
    for (int i = 0; (score = gt_score_at(i)) != NULL; i++)
        if (score->help != NULL)
            print_row(scores, spreads, score);
}

static gt_status print_json(const gt_scores *scores, const gt_scores *spreads, gt_error *error) {
    json_t *object = gt_scores_to_json(scores);
    if (!isnan(scores->real_sets)) /* jansson takes NULLs, and then dumps nothing */
        json_object_set_new(object, "spread", gt_scores_to_json(spreads));
    return settings_print_json(object, 9, error);
}

/* --- The command --- */

/* The config of a checkpoint, with the data of --config if that is given, and every --set. *named
 * is set to what the checkpoint itself says, if its data are taken. */
static gt_status read_config(gt_config *config, gt_config *named, gt_evaluation_request *request,
                             const gt_arguments *arguments, gt_error *error) {
    const char *checkpoint_path = request->checkpoint;
    gt_checkpoint checkpoint;
    gt_status status =
        settings_read(config, gt_arguments_value(arguments, "config"), arguments, error);
    if (status != GT_OK || checkpoint_path == NULL)
        return status;
    status = gt_checkpoint_open(&checkpoint, checkpoint_path, error);
    if (status != GT_OK)
        return status;
    gt_config given = *config;
    *config = checkpoint.info.config;
    gt_checkpoint_close(&checkpoint);
    if (gt_arguments_value(arguments, "config") != NULL) {
        config->data = given.data;
    } else {
        *named = *config;
        request->named = named;
    }
    return settings_override(config, arguments, error);
}

/* What is measured: samples of a checkpoint, or the images of a file. */
static gt_status read_subject(gt_evaluation_request *request, const gt_arguments *arguments,
                              gt_error *error) {
    const bool has_checkpoint = arguments->operand_count > 0;
    request->images = gt_arguments_value(arguments, "images");
    request->checkpoint = has_checkpoint ? arguments->operands[0] : NULL;
    if (has_checkpoint == (request->images != NULL))
        return gt_error_set(error, GT_USAGE, "eval: needs CHECKPOINT, or --images FILE%s",
                            has_checkpoint ? ", not both" : "");
    if (has_checkpoint && (settings_has_suffix(request->checkpoint, ".npy") ||
                           settings_has_suffix(request->checkpoint, ".idx")))
        return gt_error_set(error, GT_USAGE,
                            "%s: is no checkpoint: samples from elsewhere are measured by --images "
                            "FILE",
                            request->checkpoint);
    if (!has_checkpoint && gt_arguments_value(arguments, "config") == NULL)
        return gt_error_set(error, GT_USAGE,
                            "--images %.60s: needs --config FILE, which names the real images",
                            request->images);
    const char *drawn = gt_arguments_value(arguments, "raw") != NULL    ? "--raw"
                        : gt_arguments_value(arguments, "seed") != NULL ? "--seed"
                                                                        : NULL;
    if (!has_checkpoint && drawn != NULL)
        return gt_error_set(error, GT_USAGE,
                            "%s: says how samples are drawn from a checkpoint: leave it out with "
                            "--images",
                            drawn);
    return GT_OK;
}

static gt_status read_request(gt_evaluation_request *request, const gt_arguments *arguments,
                              gt_error *error) {
    const char *metrics = gt_arguments_value(arguments, "metrics");
    uint64_t samples, sets, draws;
    request->measures = (1u << GT_MEASURES) - 1;
    request->all_must = metrics != NULL;
    if (metrics != NULL && gt_measures_parse(&request->measures, metrics, error) != GT_OK)
        return error->status;
    gt_status status = read_subject(request, arguments, error);
    if (status == GT_OK)
        status = settings_number(&samples, arguments, "samples", GT_EVALUATION_HELD_OUT, 2,
                                 GT_SCORES_SAMPLES_MOST, error);
    if (status == GT_OK)
        status = settings_number(&sets, arguments, "sets", 1, 1, GT_EVALUATION_SETS, error);
    if (status == GT_OK)
        status = settings_number(&request->seed, arguments, "seed", 0, 0, UINT64_MAX, error);
    if (status == GT_OK)
        status =
            settings_number(&draws, arguments, "draws", GT_EVALUATION_DRAWS, 1, 1000000, error);
    if (status != GT_OK)
        return status;
    request->samples = (uint32_t)samples;
    request->sets = (int)sets;
    request->draws = (int)draws;
    request->raw = gt_arguments_value(arguments, "raw") != NULL;
    return status;
}

static gt_status run_eval(const gt_arguments *arguments, gt_error *error) {
    gt_scores scores, spreads;
    char cache[GT_PATH_CAPACITY];
    gt_config config, named;
    terminal screen;
    gt_compute compute;
    gt_evaluation_request request = {.compute = &compute, .config = &config};
    gt_status status = read_request(&request, arguments, error);
    if (status == GT_OK)
        status = read_config(&config, &named, &request, arguments, error);
    if (status == GT_OK)
        status = settings_open_compute(&compute, config.train.threads, config.train.backend,
                                       arguments, error);
    if (status != GT_OK)
        return status;
    terminal_init(&screen, stderr, gt_arguments_value(arguments, "quiet") != NULL);
    request.cache = settings_cache(cache);
    request.observer = (gt_evaluation_observer){terminal_stage, show_note, &screen};
    status = gt_evaluate_sets(&scores, &spreads, &request, error);
    terminal_end(&screen);
    gt_compute_close(&compute);
    if (status != GT_OK)
        return status;
    if (gt_arguments_value(arguments, "json") != NULL)
        return print_json(&scores, &spreads, error);
    print_text(&scores, &spreads);
    return GT_OK;
}

const gt_command gt_command_eval = {
    .name = "eval",
    .operands = "[CHECKPOINT]",
    .help = "measure how good samples are, next to real images",
    .options =
        {
            {"samples", 'n', "COUNT", "how many are drawn, or taken of --images at most (10000)"},
            {"sets", 'k', "COUNT", "measure so many sets of samples: mean and spread (1)"},
            {"metrics", 'm', "LIST", "which: parzen, frechet, ... (all that can be measured)"},
            {"draws", 'd', "COUNT", "of latent vectors an image, to estimate likelihood (5000)"},
            {"seed", 's', "SEED", "of the samples: those of gantrain sample (0)"},
            SETTINGS_RAW_OPTION,
            {"images", 'i', "FILE", "samples from elsewhere, NPY or IDX, in place of a checkpoint"},
            {"config", 'c', "FILE", "whose [data] names the real images (the checkpoint's)"},
            {"set", 0, "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            SETTINGS_THREADS_OPTION,
            {"json", 'j', NULL, "print JSON"},
            {"quiet", 'q', NULL, "print no progress and no notes"},
        },
    .most_operands = 1,
    .run = run_eval,
};
