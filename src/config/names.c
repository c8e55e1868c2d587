/* Which key somebody means who leaves its section out, or writes its name as another program
 * does. */
#include "config/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gantrain/base/text.h"
#include "gantrain/config/config.h"

/* Names in other programs; written without - and _, as simplify makes them. */
static const struct {
    const char *word, *name;
} other_names[] = {
    {"batch", "batchsize"},    {"data", "images"},     {"dataset", "images"},
    {"learningrate", "lr"},    {"zdim", "latentdim"},  {"latentsize", "latentdim"},
    {"criticsteps", "dsteps"}, {"ncritic", "dsteps"},  {"outputdir", "dir"},
    {"numepochs", "epochs"},   {"workers", "threads"},
};

/* Copies a name without - and _. */
static void simplify(char simple[GT_CONFIG_KEY_NAME], const char *name) {
    size_t length = 0;
    for (; *name != '\0' && length < GT_CONFIG_KEY_NAME - 1; name++)
        if (*name != '-' && *name != '_')
            simple[length++] = *name;
    simple[length] = '\0';
}

/* Whether people may mean the key by a name: that of the key, with its section or without. */
static bool is_meant(const gt_config_key *key, const char *name) {
    char wanted[GT_CONFIG_KEY_NAME], own[GT_CONFIG_KEY_NAME];
    char full[2 * GT_CONFIG_KEY_NAME];
    simplify(wanted, name);
    simplify(own, key->name);
    snprintf(full, sizeof full, "%s.%s", key->section, own);
    if (strcasecmp(wanted, own) == 0 || strcasecmp(wanted, full) == 0)
        return true;
    for (size_t i = 0; i < sizeof other_names / sizeof *other_names; i++)
        if (strcasecmp(wanted, other_names[i].word) == 0 && strcmp(own, other_names[i].name) == 0)
            return true;
    return false;
}

const char *config_sections_of(char *text, size_t capacity, const char *name) {
    const gt_config_key *key;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; (key = gt_config_key_at(i)) != NULL && used < capacity; i++)
        if (is_meant(key, name))
            used = gt_text_append(text, capacity, used, "%s[%s]", used ? " or " : "", key->section);
    return text;
}

const char *gt_config_advise(char *text, size_t capacity, const char *name, const char *value) {
    char names[GT_CONFIG_ADVICE / 2];
    const gt_config_key *key;
    size_t used = 0;
    int count = 0;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL && used < sizeof names; i++)
        if (is_meant(key, name))
            used = gt_text_append(names, sizeof names, used, "%s%s.%s", count++ ? " or " : "",
                                  key->section, key->name);
    text[0] = '\0';
    if (count == 1)
        snprintf(text, capacity, "use --set %s=%.60s", names, value);
    else if (count > 1)
        snprintf(text, capacity, "use --set KEY=%.60s, where KEY is %s", value, names);
    return text;
}
