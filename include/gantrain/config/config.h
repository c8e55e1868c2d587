/* The config: every key in one table, from which files are read, help is printed and the effective
 * config is written back.
 *
 *   src/config/keys.c     the table of keys
 *   src/config/names.c    which key is meant by a name that is not quite its own
 *   src/config/types.c    the table of their types: how a value is read, written and bounded
 *   src/config/typed.c    values as people type them: paths, --set
 *   src/config/ini.c      INI files (by inih), with all their errors at once
 *   src/config/idle.c     the table of keys that do nothing because of others
 *   src/config/config.c   a config as a whole: defaults, text, comparison, the model it asks for */
#ifndef GANTRAIN_CONFIG_CONFIG_H
#define GANTRAIN_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "gantrain/base/error.h"
#include "gantrain/data/dataset.h"
#include "gantrain/model/model.h"

enum {
    GT_CONFIG_TEXT = 1024,                     /* room for a text value, its zero byte included */
    GT_CONFIG_QUOTED = 2 * GT_CONFIG_TEXT + 2, /* the same in quotes */
    GT_CONFIG_LIST = 64,                       /* most entries of a list of steps */
    GT_CONFIG_KEY_NAME = 64,                   /* room for "section.key" */
    GT_CONFIG_ADVICE = 512,                    /* room for the text of gt_config_advise */
    GT_CONFIG_FILE_LIMIT = 1 << 20
};

/* A grid of sample images: `8x8`. */
typedef struct gt_grid_size {
    int columns, rows;
} gt_grid_size;

/* The size of an image: `64x48`, or `64` for a square; {0} for none. */
typedef struct gt_image_size {
    int width, height;
} gt_image_size;

/* A colour: a name, or six hexadecimal digits. */
typedef struct gt_colour {
    uint8_t channels[3]; /* red, green, blue */
} gt_colour;

/* A number that need not be given. */
typedef struct gt_optional_real {
    bool is_set;
    double value;
} gt_optional_real;

/* Update counts in ascending order. */
typedef struct gt_step_list {
    int count;
    uint64_t steps[GT_CONFIG_LIST];
} gt_step_list;

/* The values of all keys. A plain value: copy it freely. The comment of a key is its row in
 * src/config/keys.c. */
typedef struct gt_config {
    struct {
        char images[GT_CONFIG_TEXT], labels[GT_CONFIG_TEXT];
        char test_images[GT_CONFIG_TEXT], test_labels[GT_CONFIG_TEXT];
        gt_range range;
        gt_image_size size;
        char channels[GT_CONFIG_TEXT], fit[GT_CONFIG_TEXT], binarize[GT_CONFIG_TEXT];
        gt_colour background;
        bool mirror, stack, skip_bad;
    } data;
    struct {
        int64_t latent_dim;
        char prior[GT_CONFIG_TEXT], layers[GT_CONFIG_TEXT], output[GT_CONFIG_TEXT];
        char output_bias[GT_CONFIG_TEXT], init[GT_CONFIG_TEXT], optimizer[GT_CONFIG_TEXT];
        char lr_schedule[GT_CONFIG_TEXT];
        gt_optimizer_settings rates;
    } generator;
    struct {
        char layers[GT_CONFIG_TEXT], init[GT_CONFIG_TEXT], optimizer[GT_CONFIG_TEXT];
        char lr_schedule[GT_CONFIG_TEXT];
        gt_optimizer_settings rates;
        double label_smoothing, r1_gamma, r2_gamma;
        unsigned augment; /* a set of model/augment.h */
        int64_t r1_every;
        gt_optional_real r1_final, r2_final;
    } discriminator;
    struct {
        char layers[GT_CONFIG_TEXT], init[GT_CONFIG_TEXT], optimizer[GT_CONFIG_TEXT];
        char lr_schedule[GT_CONFIG_TEXT];
        gt_optimizer_settings rates;
    } encoder;
    struct {
        int64_t components, factors;
        char covariance[GT_CONFIG_TEXT];
        double variance_floor;
    } mixture;
    struct {
        int64_t steps, sample_steps, buffer;
        double rate, noise, fresh;
    } ascent;
    struct {
        int64_t epochs, schedule_epochs, patience, batch_size, d_steps, threads;
        bool conditional;
        gt_condition_way condition;
        char model[GT_CONFIG_TEXT], updates[GT_CONFIG_TEXT], loss[GT_CONFIG_TEXT];
        char reconstruction[GT_CONFIG_TEXT], init_from[GT_CONFIG_TEXT], codes[GT_CONFIG_TEXT];
        double kl_weight, code_lr;
        char backend[GT_CONFIG_TEXT], precision[GT_CONFIG_TEXT];
        uint64_t seed;
    } train;
    struct {
        char dir[GT_CONFIG_TEXT];
        gt_grid_size grid;
        int64_t sample_every, checkpoint_every, keep;
        gt_step_list sample_steps;
        bool report, tensorboard;
    } output;
    struct {
        int64_t every, samples;
        char best[GT_CONFIG_TEXT];
    } metrics;
} gt_config;

struct gt_config_key;

typedef enum gt_path_kind {
    GT_PATH_NONE,  /* no path */
    GT_PATH_DATA,  /* of a file, or several with commas: in a config, relative to its directory */
    GT_PATH_OUTPUT /* relative to where the program runs */
} gt_path_kind;

/* How a value is written. A row of src/config/types.c. */
typedef struct gt_config_type {
    /* Sets value from text. Fails with GT_USAGE and leaves it alone: see gt_config_set. */
    gt_status (*parse)(void *value, const struct gt_config_key *key, const char *text,
                       gt_error *error);
    /* Writes value as it would stand in a file; "" if it is not set. */
    void (*format)(char text[GT_CONFIG_TEXT], const void *value);
    /* Writes the values that are allowed, for help: "1 to 65536". NULL: nothing to say. */
    void (*bound)(char *text, size_t capacity, const struct gt_config_key *key);
    gt_path_kind path; /* what kind of path it is: see gt_config_set_typed */
} gt_config_type;

/* A row of the table. */
typedef struct gt_config_key {
    const char *section, *name;
    const gt_config_type *type;
    size_t offset;                    /* of the value in gt_config */
    const char *fallback;             /* the default, as text; "" for no value */
    double lowest, highest;           /* of an integer or a real */
    const char *(*choice)(int index); /* of a choice: the names, NULL past the end */
    bool above_lowest;                /* real: lowest itself is out of range */
    bool may_change;                  /* a resumed run may have another value */
    const char *help;                 /* what it is, with its unit */
} gt_config_key;

/* The table: row `index`, or NULL past its end; the row named "section.key", or NULL. */
const gt_config_key *gt_config_key_at(int index);
const gt_config_key *gt_config_key_find(const char *name);

/* Sets all keys to their defaults. */
void gt_config_init(gt_config *config);

/* Sets one key from text. Fails with GT_USAGE and leaves the value alone: the message is "needs 1
 * to 65536" or the like, for the caller to put the place in front. */
gt_status gt_config_set(gt_config *config, const gt_config_key *key, const char *text,
                        gt_error *error);

/* The same from what somebody typed. In paths a leading ~ becomes the home directory, and $NAME or
 * ${NAME} the value of that environment variable if there is one; a path of data is relative to
 * directory and becomes absolute. directory NULL: paths are taken as they are. */
gt_status gt_config_set_typed(gt_config *config, const gt_config_key *key, const char *text,
                              const char *directory, gt_error *error);

/* Writes what to type to set a key that somebody gave without its section, or with - for _, or by
 * its name in another program: "use --set train.epochs=5", "use --set KEY=0.1, where KEY is
 * generator.lr or discriminator.lr", or "" if no key is like it. Returns text. */
const char *gt_config_advise(char *text, size_t capacity, const char *name, const char *value);

/* Writes a value as it would stand in a file, but for quotes. */
void gt_config_format(char text[GT_CONFIG_TEXT], const gt_config *config, const gt_config_key *key);

/* Whether a value would be worth writing: false for an optional key that is not set. */
bool gt_config_is_set(const gt_config *config, const gt_config_key *key);

/* Reads an INI file over the values config has. Comments begin with ; or #, also after a value and
 * a space; a value may stand in quotes, " or ', and then hold these, and the quote itself where it
 * is doubled; CRLF line ends and a UTF-8 byte order mark are accepted. Every line that is wrong
 * becomes one line of the message ("mnist.ini:14: [train] batch_size = 0: needs ..."). Fails with
 * GT_USAGE for those, and if there is no such file; with GT_FAILED if the disk fails. After a
 * failure config is half set. */
gt_status gt_config_read_file(gt_config *config, const char *path, gt_error *error);

/* The same from memory: name stands where the path would in messages, and relative paths stay as
 * they are. */
gt_status gt_config_read_text(gt_config *config, const char *text, const char *name,
                              gt_error *error);

/* Sets one key from "section.key=value", as --set has it. Fails with GT_USAGE; the message is
 * complete. */
gt_status gt_config_read_assignment(gt_config *config, const char *assignment, gt_error *error);

/* Checks the keys against each other: fails with GT_USAGE, a line each, for those that are not at
 * their default and that the model to be trained does not read. */
gt_status gt_config_check(const gt_config *config, gt_error *error);

/* Adds a line for each key that is set, that its model reads, and that does nothing because of the
 * values of others: "generator.lr_final = 0.1 does nothing while generator.lr_schedule = constant".
 * No error, since it changes nothing. section NULL: of all sections. */
void gt_config_find_idle(const gt_config *config, const char *section, gt_error *lines);

/* Writes the whole config as an INI file that reads back as the same values, without the defaults
 * of keys that its model does not read. *text is owned by the caller (free);
 * NULL if there is no memory for it. */
char *gt_config_to_text(const gt_config *config);

/* Writes that text into a file, all or nothing. Fails with GT_FAILED. */
gt_status gt_config_write_file(const char *path, const gt_config *config, gt_error *error);

/* Gives all processes the config of process 0. Fails with GT_FAILED, on all, if one of them has no
 * memory for it. */
gt_status gt_config_copy(gt_config *config, gt_processes *processes, gt_error *error);

/* Compares the config that a run was started with to the one it continues with. Fails with GT_USAGE
 * if a key differs that may not change and that one of their models reads: a line "section.key: was
 * -> is" for each. */
gt_status gt_config_compare(const gt_config *was, const gt_config *is, gt_error *error);

/* Which images a config trains on, and how they are read; without cache and observer. Borrows
 * config, which must outlive it. */
gt_data_options gt_config_data_options(const gt_config *config);

/* The settings of the model that a checked config asks for. Borrows config, which must outlive
 * them. */
gt_model_settings gt_config_model_settings(const gt_config *config);

#endif
