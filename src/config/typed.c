/* Values as people type them, in a file or as --set: paths are completed. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/config/config.h"
#include "gantrain/files/file.h"

/* The value of the variable that *name names, as NAME or {NAME}, and *name after it; or NULL, for
 * no variable, and *name as it was. */
static const char *take_variable(const char **name) {
    char variable[64];
    bool braced = **name == '{';
    const char *start = *name + braced, *end = start;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == start || end - start >= (ptrdiff_t)sizeof variable || (braced && *end != '}'))
        return NULL;
    snprintf(variable, sizeof variable, "%.*s", (int)(end - start), start);
    const char *value = getenv(variable);
    if (value != NULL)
        *name = end + braced;
    return value;
}

/* Copies a path, with what ~ and $NAME stand for. False: it is over-long. */
static bool expand(char expanded[GT_PATH_CAPACITY], const char *path) {
    const char *home = getenv("HOME");
    size_t used = 0;
    expanded[0] = '\0';
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0') && home != NULL) {
        if (!gt_text_copy(expanded, GT_PATH_CAPACITY, home))
            return false;
        used = strlen(expanded);
        path++;
    }
    while (*path != '\0') {
        char one[2] = {*path++, '\0'};
        const char *value = one[0] == '$' ? take_variable(&path) : NULL;
        if (!gt_text_copy(expanded + used, GT_PATH_CAPACITY - used, value != NULL ? value : one))
            return false;
        used += strlen(expanded + used);
    }
    return true;
}

/* A data set that the program draws; no path. */
static bool is_builtin(const char *text) {
    return strncmp(text, "builtin:", strlen("builtin:")) == 0;
}

/* Makes a path independent of where the program runs: relative ones are relative to `directory`. */
static gt_status resolve_path(char resolved[GT_PATH_CAPACITY], const char *path,
                              const char *directory, gt_error *error) {
    char expanded[GT_PATH_CAPACITY];
    if (!expand(expanded, path) || !gt_path_join(resolved, directory, expanded))
        return gt_error_set(error, GT_USAGE, "the path is over-long");
    char *real = realpath(resolved, NULL); /* NULL: no such file; its message then shows where */
    if (real != NULL)
        gt_text_copy(resolved, GT_PATH_CAPACITY, real);
    free(real);
    return GT_OK;
}

/* The same for each of several paths with commas between them. */
static gt_status resolve_paths(char resolved[GT_PATH_CAPACITY], const char *paths,
                               const char *directory, gt_error *error) {
    size_t used = 0;
    while (*paths != '\0') {
        char one[GT_PATH_CAPACITY], whole[GT_PATH_CAPACITY];
        paths += strspn(paths, " ");
        size_t length = strcspn(paths, ",");
        snprintf(one, sizeof one, "%.*s", (int)length, paths);
        paths += length + (paths[length] == ',');
        if (is_builtin(one)) /* which gt_dataset_open refuses here, by its name */
            gt_text_copy(whole, sizeof whole, one);
        else if (resolve_path(whole, one, directory, error) != GT_OK)
            return GT_USAGE;
        used = gt_text_append(resolved, GT_PATH_CAPACITY, used, "%s%s", used > 0 ? "," : "", whole);
        if (used == GT_PATH_CAPACITY - 1) /* and so perhaps cut */
            return gt_error_set(error, GT_USAGE, "the paths are over-long");
    }
    return GT_OK;
}

/* A directory that was put in front may have a line break in its name, which what was typed does
 * not show. */
static gt_status check_completed(const char *resolved, const char *text, gt_error *error) {
    char shown[GT_PATH_CAPACITY], typed[GT_PATH_CAPACITY];
    gt_text_copy(shown, sizeof shown, resolved);
    gt_text_copy(typed, sizeof typed, text);
    if (!gt_text_tame(shown) || gt_text_tame(typed))
        return GT_OK;
    return gt_error_set(error, GT_USAGE,
                        "is %.1000s, and a ? there is a line break or another control character: "
                        "give that directory another name",
                        shown);
}

gt_status gt_config_set_typed(gt_config *config, const gt_config_key *key, const char *text,
                              const char *directory, gt_error *error) {
    char resolved[GT_PATH_CAPACITY];
    gt_path_kind kind = key->type->path;
    if (kind == GT_PATH_NONE || directory == NULL || text[0] == '\0' || is_builtin(text))
        return gt_config_set(config, key, text, error);
    gt_status status = GT_OK;
    if (kind == GT_PATH_OUTPUT && !expand(resolved, text))
        status = gt_error_set(error, GT_USAGE, "the path is over-long");
    else if (kind != GT_PATH_OUTPUT)
        status = resolve_path(resolved, text, directory, error);
    if (status == GT_OK && kind != GT_PATH_OUTPUT && strchr(text, ',') != NULL &&
        access(resolved, F_OK) != 0)
        status = resolve_paths(resolved, text, directory, error);
    if (status == GT_OK)
        status = check_completed(resolved, text, error);
    return status == GT_OK ? gt_config_set(config, key, resolved, error) : status;
}

/* The key is unknown: says which one may be meant. */
static gt_status refuse_name(const char *assignment, const char *name, gt_error *error) {
    char full[GT_CONFIG_KEY_NAME], advice[GT_CONFIG_ADVICE];
    const gt_config_key *key;
    gt_guess guess = {.word = name};
    const char *value = assignment + strlen(name) + 1, *dot = strchr(name, '.');
    gt_config_advise(advice, sizeof advice, name, value);
    if (advice[0] == '\0' && dot != NULL) /* a key of another section: train.lr */
        gt_config_advise(advice, sizeof advice, dot + 1, value);
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        snprintf(full, sizeof full, "%s.%s", key->section, key->name);
        gt_guess_consider(&guess, full);
    }
    return gt_error_set(error, GT_USAGE,
                        "--set %.80s: unknown key '%s'%s%s (gantrain help config lists them)",
                        assignment, name, advice[0] != '\0' ? ": " : "",
                        advice[0] != '\0' ? advice : gt_guess_phrase(&guess));
}

gt_status gt_config_read_assignment(gt_config *config, const char *assignment, gt_error *error) {
    char name[GT_CONFIG_KEY_NAME], directory[GT_PATH_CAPACITY];
    const char *equals = strchr(assignment, '=');
    size_t length = equals != NULL ? (size_t)(equals - assignment) : sizeof name;
    if (length >= sizeof name)
        return gt_error_set(error, GT_USAGE, "--set %.80s: needs the form SECTION.KEY=VALUE",
                            assignment);
    memcpy(name, assignment, length);
    name[length] = '\0';
    const gt_config_key *key = gt_config_key_find(name);
    if (key == NULL)
        return refuse_name(assignment, name, error);
    gt_error detail = {0};
    if (equals[1] == '\0' && key->fallback[0] != '\0')
        return gt_error_set(error, GT_USAGE, "--set %s: needs a value", assignment);
    if (getcwd(directory, sizeof directory) == NULL)
        directory[0] = '\0';
    gt_status status = gt_config_set_typed(config, key, equals + 1, directory, &detail);
    return status == GT_OK
               ? GT_OK
               : gt_error_set(error, status, "--set %s: %s", assignment, detail.message);
}
