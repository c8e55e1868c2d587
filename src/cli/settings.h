/* What several commands read from their options. */
#ifndef GANTRAIN_CLI_SETTINGS_H
#define GANTRAIN_CLI_SETTINGS_H

#include <jansson.h>

#include "gantrain/cli/commands.h"
#include "gantrain/files/file.h"
#include "gantrain/config/config.h"
#include "gantrain/sample/pictures.h"

/* Sets *path to the config of a command that takes it as --config or as its operand; NULL: neither
 * was given. GT_USAGE for both. */
gt_status settings_find_config(const char **path, const gt_arguments *arguments, gt_error *error);

/* The config that the file `path`, if not NULL, and every --set ask for: the errors of all in one
 * go, GT_USAGE. */
gt_status settings_read(gt_config *config, const char *path, const gt_arguments *arguments,
                        gt_error *error);

/* Every --set, then --threads, over the values that config has. Errors are added to those that
 * error holds. */
gt_status settings_override(gt_config *config, const gt_arguments *arguments, gt_error *error);

/* Options by which images are drawn, and of threads, as rows of a command's table. */
#define SETTINGS_SEED_OPTION                                                                       \
    { "seed", 's', "SEED", "which images: the same seed gives the same ones (0)" }
#define SETTINGS_RAW_OPTION                                                                        \
    { "raw", 0, NULL, "with the last weights, not their moving average (generator.ema)" }
#define SETTINGS_CLASS_OPTION                                                                      \
    {                                                                                              \
        "class", 0, "CLASS",                                                                       \
            "which class, by number or name, of a conditional model (each image its own)"          \
    }
#define SETTINGS_THREADS_OPTION                                                                    \
    { "threads", 't', "N", "threads; 0 is one for each processor that may be used (0)" }
#define SETTINGS_PICTURE_OPTIONS(path)                                                             \
    {"output", 'o', "FILE", "FILE.png (" path ")"}, SETTINGS_SEED_OPTION, SETTINGS_RAW_OPTION,     \
        SETTINGS_THREADS_OPTION

/* The whole number given as option `name`, within bounds; fallback if it was not given. GT_USAGE
 * otherwise. */
gt_status settings_number(uint64_t *value, const gt_arguments *arguments, const char *name,
                          uint64_t fallback, uint64_t lowest, uint64_t highest, gt_error *error);

/* Where classifiers are kept, by the rules of the XDG base directories: `directory`, or NULL for
 * nowhere. */
const char *settings_cache(char directory[GT_PATH_CAPACITY]);

/* How images are opened that a model has not learned from: all that are in `images`, or `most` of
 * the built-in digits, which have no end; as they are, and without labels. cache: room that the
 * options borrow. */
gt_data_options settings_test_options(char cache[GT_PATH_CAPACITY], const gt_config *config,
                                      const char *images, uint64_t most,
                                      const gt_arguments *arguments);

/* Whether a file's name ends in suffix, and is more than that. */
bool settings_has_suffix(const char *path, const char *suffix);

/* Says on stderr that there will be fewer threads than asked for, if so. */
void settings_note_threads(int64_t asked);

/* Opens a compute with the stop of the command, in fp32, on `threads` threads (0: all), or on
 * fewer, with a note, if there are not as many processors. Errors: those of gt_compute_open. */
gt_status settings_open_compute(gt_compute *compute, int64_t threads, const char *backend,
                                const gt_arguments *arguments, gt_error *error);

/* Opens a compute for native products on --threads. Errors: those of gt_compute_open. */
gt_status settings_open_threads(gt_compute *compute, const gt_arguments *arguments,
                                gt_error *error);

/* Opens a compute on --threads, and the checkpoint that is the command's operand; see --raw.
 * settings_close_sampler closes both. Errors: those of gt_sampler_open. */
gt_status settings_open_sampler(gt_sampler *sampler, gt_compute *compute,
                                const gt_arguments *arguments, gt_error *error);

/* The same for another use than to generate. */
gt_status settings_open_sampler_for(gt_sampler *sampler, gt_compute *compute, gt_model_use use,
                                    const gt_arguments *arguments, gt_error *error);

/* Sets *chosen to the class that option `name` gives, and leaves it alone without one. `all` is
 * allowed too if `each`. GT_USAGE if it is not a class of the model, or the model is told none. */
gt_status settings_class(int *chosen, const gt_sampler *sampler, const gt_arguments *arguments,
                         const char *name, bool each, gt_error *error);

void settings_close_sampler(gt_sampler *sampler, gt_compute *compute);

/* Prints an object to stdout, and gives it up; its reals have so many digits. NULL: there was no
 * memory for it. Fails with GT_FAILED. */
gt_status settings_print_json(json_t *object, int digits, gt_error *error);

/* Says on stderr which images are in the file now. */
void settings_say_drawn(const char *path, uint64_t count, uint64_t seed, const gt_sampler *sampler);

/* Reads --output, --seed, --rows, --columns and --class of a command that draws a picture, and
 * opens its checkpoint as picture->sampler, which is `sampler`, as settings_open_sampler does.
 * columns are between fewest_columns and 10000. GT_USAGE for wrong ones. */
gt_status settings_open_picture(gt_picture *picture, gt_sampler *sampler, gt_compute *compute,
                                const gt_arguments *arguments, const char *fallback_path, int rows,
                                int columns, int fewest_columns, gt_error *error);

#endif
