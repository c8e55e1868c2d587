/* A config as a whole: its defaults, its text, two of them compared, and the model that it asks
 * for. */
#include "gantrain/config/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/types.h"
#include "gantrain/base/text.h"
#include "gantrain/files/file.h"

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

gt_status gt_config_set(gt_config *config, const gt_config_key *key, const char *text,
                        gt_error *error) {
    return key->type->parse(value_of(config, key), key, text, error);
}

void gt_config_format(char text[GT_CONFIG_TEXT], const gt_config *config,
                      const gt_config_key *key) {
    key->type->format(text, value_in(config, key));
}

bool gt_config_is_set(const gt_config *config, const gt_config_key *key) {
    char text[GT_CONFIG_TEXT];
    gt_config_format(text, config, key);
    return text[0] != '\0';
}

bool config_is_read(const gt_config *config, const gt_config_key *key) {
    return gt_model_kind_reads(gt_model_kind_find(config->train.model), key->section, key->name);
}

bool config_is_default(const gt_config *config, const gt_config_key *key) {
    char text[GT_CONFIG_TEXT];
    gt_config_format(text, config, key);
    return strcmp(text, key->fallback) == 0;
}

/* The names of the models that read a key: "vae", or "autoencoder or vae". */
static void list_readers(char *text, size_t capacity, const gt_config_key *key) {
    const gt_model_kind *kind;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; (kind = gt_model_kind_at(i)) != NULL && used < capacity; i++)
        if (gt_model_kind_reads(kind, key->section, key->name))
            used = gt_text_append(text, capacity, used, "%s%s", used ? " or " : "", kind->name);
}

/* A rate that falls along a curve does not decay as well. */
static gt_status check_schedules(const gt_config *config, gt_error *error) {
    const struct {
        const char *section, *schedule;
        double lr_decay;
    } networks[] = {
        {"generator", config->generator.lr_schedule, config->generator.rates.lr_decay},
        {"discriminator", config->discriminator.lr_schedule, config->discriminator.rates.lr_decay},
        {"encoder", config->encoder.lr_schedule, config->encoder.rates.lr_decay},
    };
    gt_status status = GT_OK;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
        if (gt_schedule_find(networks[i].schedule)->share != NULL && networks[i].lr_decay != 1)
            status = gt_error_add(error, GT_USAGE,
                                  "[%s] lr_schedule = %s: lr_decay = %g is a schedule too: leave "
                                  "one of them out",
                                  networks[i].section, networks[i].schedule, networks[i].lr_decay);
    return status;
}

gt_status gt_config_check(const gt_config *config, gt_error *error) {
    gt_status status = check_schedules(config, error);
    if (config->train.patience > 0 && config->metrics.every == 0)
        status = gt_error_add(error, GT_USAGE,
                              "[train] patience = %" PRId64
                              ": there are no evaluations to wait for: set metrics.every",
                              config->train.patience);
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        char readers[256], value[GT_CONFIG_TEXT], excerpt[GT_EXCERPT];
        if (config_is_read(config, key) || config_is_default(config, key))
            continue;
        list_readers(readers, sizeof readers, key);
        gt_config_format(value, config, key);
        status = gt_error_add(error, GT_USAGE,
                              "[%s] %s = %s: the model %s does not read it: leave it out, or set "
                              "train.model = %s",
                              key->section, key->name, gt_text_excerpt(excerpt, value),
                              config->train.model, readers);
    }
    return status;
}

/* Writes a value in quotes; one that it holds is doubled. */
static void quote(char quoted[GT_CONFIG_QUOTED], const char *value) {
    *quoted++ = '"';
    for (; *value != '\0'; value++) {
        *quoted++ = *value;
        if (*value == '"')
            *quoted++ = '"';
    }
    *quoted++ = '"';
    *quoted = '\0';
}

char *gt_config_to_text(const gt_config *config) {
    char value[GT_CONFIG_TEXT], quoted[GT_CONFIG_QUOTED];
    size_t capacity = 0;
    const gt_config_key *key;
    for (int i = 0; gt_config_key_at(i) != NULL; i++)
        capacity += sizeof quoted + 2 * GT_CONFIG_KEY_NAME;
    char *text = malloc(capacity);
    if (text == NULL)
        return NULL;
    const char *section = "";
    size_t used = 0;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        if (!gt_config_is_set(config, key) ||
            (!config_is_read(config, key) && config_is_default(config, key)))
            continue;
        if (strcmp(section, key->section) != 0)
            used = gt_text_append(text, capacity, used, "%s[%s]\n", used ? "\n" : "", key->section);
        section = key->section;
        gt_config_format(value, config, key);
        quote(quoted, value);
        used = gt_text_append(text, capacity, used, "%s = %s\n", key->name,
                              config_needs_quotes(value) ? quoted : value);
    }
    return text;
}

gt_status gt_config_write_file(const char *path, const gt_config *config, gt_error *error) {
    char *text = gt_config_to_text(config);
    if (text == NULL)
        return gt_error_set(error, GT_FAILED, "no memory for the config");
    gt_status status = gt_file_save(path, text, strlen(text), error);
    free(text);
    return status;
}

gt_status gt_config_copy(gt_config *config, gt_processes *processes, gt_error *error) {
    if (!gt_processes_are_several(processes))
        return GT_OK;
    const bool is_first = gt_processes_is_first(processes);
    char *text = is_first ? gt_config_to_text(config) : NULL;
    gt_status status = is_first && text == NULL
                           ? gt_error_set(error, GT_FAILED, "no memory for the config")
                           : GT_OK;
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        status = gt_processes_copy_text(processes, &text, error);
    if (status == GT_OK && !is_first) {
        gt_config_init(config);
        status = gt_config_read_text(config, text, "the config of process 0", error);
    }
    free(text);
    return gt_processes_agree(processes, status, error);
}

gt_status gt_config_compare(const gt_config *was, const gt_config *is, gt_error *error) {
    gt_status status = GT_OK;
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        char old_text[GT_CONFIG_TEXT], new_text[GT_CONFIG_TEXT];
        gt_config_format(old_text, was, key);
        gt_config_format(new_text, is, key);
        bool matters = config_is_read(was, key) || config_is_read(is, key);
        if (matters && !key->may_change && strcmp(old_text, new_text) != 0)
            status =
                gt_error_add(error, GT_USAGE, "%s.%s: %s -> %s", key->section, key->name,
                             old_text[0] ? old_text : "(none)", new_text[0] ? new_text : "(none)");
    }
    return status;
}

gt_data_options gt_config_data_options(const gt_config *config) {
    gt_data_options options = {
        .images = config->data.images,
        .labels = config->data.labels,
        .range = config->data.range,
        .seed = config->train.seed,
        .width = config->data.size.width,
        .height = config->data.size.height,
        .fit = gt_fit_mode_find(config->data.fit),
        .mirror = config->data.mirror,
        .binarize = gt_binarize_find(config->data.binarize),
        .stack = config->data.stack,
        .skip_bad = config->data.skip_bad,
    };
    if (strcmp(config->data.channels, "auto") != 0)
        options.channels = strcmp(config->data.channels, "grey") == 0 ? 1 : 3;
    memcpy(options.background, config->data.background.channels, sizeof options.background);
    return options;
}

/* A scheme that was checked when the key was set. */
static gt_init init_of(const char *text) {
    gt_init init = {0};
    gt_init_parse(&init, text, NULL);
    return init;
}

static gt_optimizer_settings rates_of(const gt_optimizer_settings *rates, const char *schedule) {
    gt_optimizer_settings settings = *rates;
    settings.lr_schedule = gt_schedule_find(schedule);
    return settings;
}

static gt_generator_settings generator_of(const gt_config *config) {
    return (gt_generator_settings){
        .latent_dim = (int)config->generator.latent_dim,
        .prior = gt_prior_find(config->generator.prior),
        .layers = config->generator.layers,
        .output = gt_output_find(config->generator.output),
        .starts_at_means = strcmp(config->generator.output_bias, "marginals") == 0,
        .optimizer = gt_optimizer_kind_find(config->generator.optimizer),
        .rates = rates_of(&config->generator.rates, config->generator.lr_schedule),
        .init = init_of(config->generator.init),
    };
}

static double value_or(gt_optional_real optional, double otherwise) {
    return optional.is_set ? optional.value : otherwise;
}

static gt_discriminator_settings discriminator_of(const gt_config *config) {
    return (gt_discriminator_settings){
        .layers = config->discriminator.layers,
        .optimizer = gt_optimizer_kind_find(config->discriminator.optimizer),
        .rates = rates_of(&config->discriminator.rates, config->discriminator.lr_schedule),
        .init = init_of(config->discriminator.init),
        .label_smoothing = config->discriminator.label_smoothing,
        .augment = config->discriminator.augment,
        .r1_gamma = config->discriminator.r1_gamma,
        .r1_final = value_or(config->discriminator.r1_final, config->discriminator.r1_gamma),
        .r2_gamma = config->discriminator.r2_gamma,
        .r2_final = value_or(config->discriminator.r2_final, config->discriminator.r2_gamma),
        .r1_every = (int)config->discriminator.r1_every,
    };
}

gt_model_settings gt_config_model_settings(const gt_config *config) {
    return (gt_model_settings){
        .kind = gt_model_kind_find(config->train.model),
        .generator = generator_of(config),
        .discriminator = discriminator_of(config),
        .encoder =
            {
                .layers = config->encoder.layers,
                .optimizer = gt_optimizer_kind_find(config->encoder.optimizer),
                .rates = rates_of(&config->encoder.rates, config->encoder.lr_schedule),
                .init = init_of(config->encoder.init),
            },
        .mixture =
            {
                .components = (int)config->mixture.components,
                .is_spherical = strcmp(config->mixture.covariance, "spherical") == 0,
                .factors = (int)config->mixture.factors,
                .variance_floor = config->mixture.variance_floor,
            },
        .ascent =
            {
                .steps = (int)config->ascent.steps,
                .sample_steps = (int)config->ascent.sample_steps,
                .rate = config->ascent.rate,
                .noise = config->ascent.noise,
                .buffer = (int)config->ascent.buffer,
                .fresh = config->ascent.fresh,
            },
        .reconstruction = gt_reconstruction_find(config->train.reconstruction),
        .kl_weight = config->train.kl_weight,
        .codes_are_learned = strcmp(config->train.codes, "learned") == 0,
        .code_lr = config->train.code_lr,
        .conditional = config->train.conditional,
        .condition = config->train.condition,
        .objective = gt_objective_find(config->train.loss),
        .batch = (int)config->train.batch_size,
        .d_steps = (int)config->train.d_steps,
        .simultaneous = strcmp(config->train.updates, "simultaneous") == 0,
        .seed = config->train.seed,
    };
}
