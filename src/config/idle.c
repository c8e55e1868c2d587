/* Keys that do nothing because of what others are: one table. */
#include <stdio.h>
#include <string.h>

#include "config/types.h"
#include "gantrain/base/text.h"

/* What a key is: a name without a section is of the key's own, as each network has its own. Values
 * are alternatives, with | between them; one that ends in * is how the value begins, "" is none. */
struct condition {
    const char *name, *values;
};

/* A row: the key does nothing while all conditions hold. A key may have several rows. */
enum { CONDITIONS = 6 };
static const struct {
    const char *name;
    struct condition conditions[CONDITIONS];
} idle_keys[] = {
    {"fit", {{"size", ""}}},
    {"background", {{"images", "builtin:*"}, {"test_images", "|builtin:*"}, {"size", ""}}},
    {"background",
     {{"images", "builtin:*"}, {"test_images", "|builtin:*"}, {"fit", "crop|stretch"}}},
    {"skip_bad", {{"images", "builtin:*"}, {"test_images", "|builtin:*"}}},
    {"test_labels", {{"test_images", ""}}},
    {"lr_floor", {{"lr_decay", "1"}}},
    {"lr_final", {{"lr_schedule", "constant"}}},
    {"beta1", {{"optimizer", "sgd"}}},
    {"beta2", {{"optimizer", "sgd"}}},
    {"eps", {{"optimizer", "sgd"}}},
    {"momentum", {{"optimizer", "adam"}}},
    {"momentum_end", {{"optimizer", "adam"}}},
    {"momentum_end", {{"momentum_epochs", "0"}}},
    {"momentum_epochs", {{"optimizer", "adam"}}},
    {"ema_ramp", {{"ema", "0"}}},
    {"r1_every", {{"r1_gamma", "0"}, {"r2_gamma", "0"}}},
    {"r1_final", {{"r1_gamma", "0"}}},
    {"r2_final", {{"r2_gamma", "0"}}},
    {"fresh", {{"buffer", "0"}}},
    {"schedule_epochs",
     {{"generator.lr_schedule", "constant"},
      {"discriminator.lr_schedule", "constant"},
      {"encoder.lr_schedule", "constant"},
      {"discriminator.r1_final", ""},
      {"discriminator.r2_final", ""}}},
    {"code_lr", {{"codes", "fixed"}}},
    {"samples", {{"every", "0"}}},
    {"best", {{"every", "0"}}},
};

static bool is_among(const char *values, const char *value) {
    for (;; values++) {
        const size_t length = strcspn(values, "|");
        const bool begins = length > 0 && values[length - 1] == '*';
        if (begins ? strncmp(value, values, length - 1) == 0
                   : strlen(value) == length && strncmp(value, values, length) == 0)
            return true;
        values += length;
        if (*values == '\0')
            return false;
    }
}

/* Whether a row's conditions hold. Sets text to those that say something: of keys that the model
 * reads. */
static bool hold(char *text, size_t capacity, const gt_config *config, const gt_config_key *key,
                 const struct condition *conditions) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < CONDITIONS && conditions[i].name != NULL; i++) {
        char name[GT_CONFIG_KEY_NAME], value[GT_CONFIG_TEXT], excerpt[GT_EXCERPT];
        snprintf(name, sizeof name, "%s%s%s",
                 strchr(conditions[i].name, '.') != NULL ? "" : key->section,
                 strchr(conditions[i].name, '.') != NULL ? "" : ".", conditions[i].name);
        const gt_config_key *other = gt_config_key_find(name);
        gt_config_format(value, config, other);
        if (!is_among(conditions[i].values, value))
            return false;
        if (config_is_read(config, other) && used < capacity)
            used = gt_text_append(text, capacity, used, "%s%s = %s", used > 0 ? ", " : "", name,
                                  value[0] != '\0' ? gt_text_excerpt(excerpt, value) : "(none)");
    }
    return true;
}

void gt_config_find_idle(const gt_config *config, const char *section, gt_error *lines) {
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        if (config_is_default(config, key) || !config_is_read(config, key) ||
            (section != NULL && strcmp(key->section, section) != 0))
            continue;
        for (size_t k = 0; k < sizeof idle_keys / sizeof *idle_keys; k++) {
            char text[512], value[GT_CONFIG_TEXT], excerpt[GT_EXCERPT];
            if (strcmp(idle_keys[k].name, key->name) != 0 ||
                !hold(text, sizeof text, config, key, idle_keys[k].conditions))
                continue;
            gt_config_format(value, config, key);
            gt_error_add(lines, GT_USAGE, "%s.%s = %s does nothing while %s", key->section,
                         key->name, gt_text_excerpt(excerpt, value), text);
            break;
        }
    }
}
