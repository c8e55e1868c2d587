/* Values of config keys: read, checked, written and compared by their type. */
#include "gantrain/config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

static void *value_of(gt_config *config, const gt_config_key *key) {
    return (char *)config + key->offset;
}

static const void *value_in(const gt_config *config, const gt_config_key *key) {
    return (const char *)config + key->offset;
}

void gt_config_init(gt_config *config) {
    *config = (gt_config){0};
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++)
        if (key->fallback[0] != '\0')
            gt_config_set(config, key, key->fallback, NULL);
}

/* Text must survive being written to an INI file and read again. */
static gt_status set_text(char *value, const char *text, gt_error *error) {
    size_t length = strlen(text);
    if (length > 0 && (text[0] == ' ' || text[length - 1] == ' '))
        return gt_error_set(error, GT_USAGE, "cannot begin or end with a space");
    for (const char *c = text; *c != '\0'; c++) {
        bool comment = (*c == ';' || *c == '#') && (c == text || c[-1] == ' ' || c[-1] == '\t');
        if ((unsigned char)*c < ' ' || comment)
            return gt_error_set(error, GT_USAGE,
                                "cannot hold a control character, nor ; or # behind a space");
    }
    if (length >= GT_CONFIG_TEXT)
        return gt_error_set(error, GT_USAGE, "is over-long: at most %d bytes", GT_CONFIG_TEXT - 1);
    gt_text_copy(value, GT_CONFIG_TEXT, text);
    return GT_OK;
}

static gt_status set_layers(char *value, const char *text, gt_error *error) {
    gt_status status = gt_layers_check(text, error);
    return status == GT_OK ? set_text(value, text, error) : status;
}

static gt_status set_init(char *value, const char *text, gt_error *error) {
    gt_init init;
    gt_status status = gt_init_parse(&init, text, error);
    return status == GT_OK ? set_text(value, text, error) : status;
}

static gt_status set_choice(char *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    char known[256] = "";
    gt_guess guess = {.word = text};
    const char *name;
    for (int i = 0; (name = key->choice(i)) != NULL; i++) {
        if (strcmp(name, text) == 0)
            return set_text(value, text, error);
        gt_guess_consider(&guess, name);
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", name);
    }
    return gt_error_set(error, GT_USAGE, "needs one of: %s%s", known, gt_guess_phrase(&guess));
}

static gt_status set_real(double *value, const gt_config_key *key, const char *text,
                          gt_error *error) {
    double number;
    bool valid = gt_text_to_real(&number, text) && number >= key->lowest &&
                 number <= key->highest && !(key->above_lowest && number == key->lowest);
    if (!valid)
        return gt_error_set(error, GT_USAGE, "needs a number %s%g %s %g",
                            key->above_lowest ? "above " : "", key->lowest,
                            key->above_lowest ? "and up to" : "to", key->highest);
    *value = number;
    return GT_OK;
}

static gt_status set_range(gt_range *value, const char *text, gt_error *error) {
    if (text[0] == '\0') {
        *value = (gt_range){0};
        return GT_OK;
    }
    char first_text[32];
    gt_range range;
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof first_text;
    if (length < sizeof first_text) {
        memcpy(first_text, text, length);
        first_text[length] = '\0';
        if (gt_text_to_unsigned(&range.first, first_text) &&
            gt_text_to_unsigned(&range.last, colon + 1) && range.first < range.last) {
            *value = range;
            return GT_OK;
        }
    }
    return gt_error_set(error, GT_USAGE, "needs FIRST:LAST with FIRST < LAST, such as 0:50000");
}

static gt_status set_grid(gt_grid_size *value, const char *text, gt_error *error) {
    int columns, rows, length = 0;
    if (sscanf(text, "%4dx%4d%n", &columns, &rows, &length) != 2 || text[length] != '\0' ||
        columns < 1 || columns > 100 || rows < 1 || rows > 100)
        return gt_error_set(error, GT_USAGE, "needs COLUMNSxROWS, 1x1 to 100x100");
    *value = (gt_grid_size){columns, rows};
    return GT_OK;
}

static void format_steps(char text[GT_CONFIG_TEXT], const gt_step_list *list) {
    size_t used = 0;
    for (int i = 0; i < list->count && used < GT_CONFIG_TEXT; i++)
        used += (size_t)snprintf(text + used, GT_CONFIG_TEXT - used, "%s%" PRIu64, i ? ", " : "",
                                 list->steps[i]);
}

static gt_status set_steps(gt_step_list *value, const char *text, gt_error *error) {
    gt_step_list list = {0};
    char copy[GT_CONFIG_TEXT], *rest;
    if (!gt_text_copy(copy, sizeof copy, text))
        return gt_error_set(error, GT_USAGE, "is over-long");
    for (char *word = strtok_r(copy, ", \t", &rest); word != NULL;
         word = strtok_r(NULL, ", \t", &rest)) {
        uint64_t step;
        bool ascends = gt_text_to_unsigned(&step, word) && step > 0 &&
                       (list.count == 0 || step > list.steps[list.count - 1]);
        if (!ascends || list.count == GT_CONFIG_LIST)
            return gt_error_set(error, GT_USAGE,
                                "needs up to %d whole numbers in ascending order, such as 100, 500",
                                GT_CONFIG_LIST);
        list.steps[list.count++] = step;
    }
    format_steps(copy, &list);
    if (strlen(copy) + 1 == sizeof copy) /* filled to the brim: it was cut */
        return gt_error_set(error, GT_USAGE, "is over-long");
    *value = list;
    return GT_OK;
}

gt_status gt_config_set(gt_config *config, const gt_config_key *key, const char *text,
                        gt_error *error) {
    void *value = value_of(config, key);
    switch (key->type) {
    case GT_CONFIG_TEXT_VALUE:
    case GT_CONFIG_PATH:
        return set_text(value, text, error);
    case GT_CONFIG_LAYERS:
        return set_layers(value, text, error);
    case GT_CONFIG_INIT:
        return set_init(value, text, error);
    case GT_CONFIG_CHOICE:
        return set_choice(value, key, text, error);
    case GT_CONFIG_INTEGER: {
        int64_t number;
        if (!gt_text_to_integer(&number, text) || (double)number < key->lowest ||
            (double)number > key->highest)
            return gt_error_set(error, GT_USAGE, "needs %.0f to %.0f", key->lowest, key->highest);
        memcpy(value, &number, sizeof number);
        return GT_OK;
    }
    case GT_CONFIG_SEED:
        if (!gt_text_to_unsigned(value, text))
            return gt_error_set(error, GT_USAGE, "needs 0 to %" PRIu64, UINT64_MAX);
        return GT_OK;
    case GT_CONFIG_REAL:
        return set_real(value, key, text, error);
    case GT_CONFIG_RANGE:
        return set_range(value, text, error);
    case GT_CONFIG_GRID:
        return set_grid(value, text, error);
    case GT_CONFIG_STEPS:
        return set_steps(value, text, error);
    }
    return gt_error_set(error, GT_FAILED, "the key's type is not known");
}

void gt_config_format(char text[GT_CONFIG_TEXT], const gt_config *config,
                      const gt_config_key *key) {
    const void *value = value_in(config, key);
    const gt_range *range = value;
    const gt_grid_size *grid = value;
    text[0] = '\0';
    switch (key->type) {
    case GT_CONFIG_TEXT_VALUE:
    case GT_CONFIG_LAYERS:
    case GT_CONFIG_INIT:
    case GT_CONFIG_PATH:
    case GT_CONFIG_CHOICE:
        gt_text_copy(text, GT_CONFIG_TEXT, value);
        break;
    case GT_CONFIG_INTEGER:
        snprintf(text, GT_CONFIG_TEXT, "%" PRId64, *(const int64_t *)value);
        break;
    case GT_CONFIG_SEED:
        snprintf(text, GT_CONFIG_TEXT, "%" PRIu64, *(const uint64_t *)value);
        break;
    case GT_CONFIG_REAL:
        gt_text_from_real(text, GT_CONFIG_TEXT, *(const double *)value);
        break;
    case GT_CONFIG_RANGE:
        if (range->last > 0)
            snprintf(text, GT_CONFIG_TEXT, "%" PRIu64 ":%" PRIu64, range->first, range->last);
        break;
    case GT_CONFIG_GRID:
        snprintf(text, GT_CONFIG_TEXT, "%dx%d", grid->columns, grid->rows);
        break;
    case GT_CONFIG_STEPS:
        format_steps(text, value);
        break;
    }
}

bool gt_config_is_set(const gt_config *config, const gt_config_key *key) {
    char text[GT_CONFIG_TEXT];
    gt_config_format(text, config, key);
    return text[0] != '\0';
}

char *gt_config_to_text(const gt_config *config) {
    size_t capacity = 0;
    const gt_config_key *key;
    for (int i = 0; gt_config_key_at(i) != NULL; i++)
        capacity += GT_CONFIG_TEXT + 2 * GT_CONFIG_KEY_NAME;
    char *text = malloc(capacity), value[GT_CONFIG_TEXT];
    if (text == NULL)
        return NULL;
    const char *section = "";
    size_t used = 0;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        if (!gt_config_is_set(config, key))
            continue;
        if (strcmp(section, key->section) != 0)
            used += (size_t)snprintf(text + used, capacity - used, "%s[%s]\n", used ? "\n" : "",
                                     key->section);
        section = key->section;
        gt_config_format(value, config, key);
        used += (size_t)snprintf(text + used, capacity - used, "%s = %s\n", key->name, value);
    }
    return text;
}

gt_status gt_config_compare(const gt_config *was, const gt_config *is, gt_error *error) {
    gt_status status = GT_OK;
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        char old_text[GT_CONFIG_TEXT], new_text[GT_CONFIG_TEXT];
        gt_config_format(old_text, was, key);
        gt_config_format(new_text, is, key);
        if (!key->may_change && strcmp(old_text, new_text) != 0)
            status =
                gt_error_add(error, GT_USAGE, "%s.%s: %s -> %s", key->section, key->name,
                             old_text[0] ? old_text : "(none)", new_text[0] ? new_text : "(none)");
    }
    return status;
}

/* A scheme that was checked when the key was set. */
static gt_init init_of(const char *text) {
    gt_init init = {0};
    gt_init_parse(&init, text, NULL);
    return init;
}

gt_model_settings gt_config_model_settings(const gt_config *config) {
    return (gt_model_settings){
        .kind = gt_model_kind_find(config->train.model),
        .generator =
            {
                .latent_dim = (int)config->generator.latent_dim,
                .prior = gt_prior_find(config->generator.prior),
                .layers = config->generator.layers,
                .output = gt_output_find(config->generator.output),
                .starts_at_means = strcmp(config->generator.output_bias, "marginals") == 0,
                .optimizer = gt_optimizer_kind_find(config->generator.optimizer),
                .rates = config->generator.rates,
                .init = init_of(config->generator.init),
            },
        .discriminator =
            {
                .layers = config->discriminator.layers,
                .optimizer = gt_optimizer_kind_find(config->discriminator.optimizer),
                .rates = config->discriminator.rates,
                .init = init_of(config->discriminator.init),
                .label_smoothing = config->discriminator.label_smoothing,
                .r1_gamma = config->discriminator.r1_gamma,
                .r1_every = (int)config->discriminator.r1_every,
            },
        .objective = gt_objective_find(config->train.loss),
        .batch = (int)config->train.batch_size,
        .d_steps = (int)config->train.d_steps,
        .simultaneous = strcmp(config->train.updates, "simultaneous") == 0,
        .seed = config->train.seed,
    };
}
