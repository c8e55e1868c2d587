/* INI files, parsed by inih through a reader of our own that counts lines, keeps back what inih's
 * 200-byte line buffer would cut, and sees to it that every wrong line is reported with its number,
 * all in one go. */
#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"
#include "gantrain/config/config.h"

enum {
    LINE_LIMIT = GT_CONFIG_TEXT + 2 * GT_CONFIG_KEY_NAME, /* longest line that can be right */
    LIBRARY_LINE = 180,                                   /* bytes that inih surely has room for */
    MAX_KEYS = 128
};

struct parser {
    gt_config *config;
    gt_error *error;
    gt_status status;
    const char *name;      /* of the file, for messages */
    const char *directory; /* relative paths are relative to it; "" for none */
    const char *rest;      /* of the text */
    int line;              /* number of the current line, from 1 */

    char text[LINE_LIMIT];    /* the current line, trimmed, without its comment */
    const char *long_value;   /* its value, if it is too long for inih; else NULL */
    bool needs_value;         /* inih ought to find a key on this line, and has not yet */
    bool unknown_section;     /* its heading was refused, so its keys are passed over */
    int first_line[MAX_KEYS]; /* where a key was set; 0: not yet */
};

static void complain(struct parser *parser, const char *message) {
    parser->status =
        gt_error_add(parser->error, GT_USAGE, "%s:%d: %s", parser->name, parser->line, message);
}

/* Makes a path independent of where the program runs: relative ones are relative to `directory`. */
static gt_status resolve_path(char resolved[GT_PATH_CAPACITY], const char *path,
                              const char *directory, gt_error *error) {
    if (!gt_path_join(resolved, directory, path))
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
        gt_status status = resolve_path(whole, one, directory, error);
        if (status != GT_OK)
            return status;
        used += (size_t)snprintf(resolved + used, GT_PATH_CAPACITY - used, "%s%s",
                                 used > 0 ? "," : "", whole);
        if (used >= GT_PATH_CAPACITY)
            return gt_error_set(error, GT_USAGE, "the paths are over-long");
    }
    return GT_OK;
}

/* directory NULL: paths stay as they are. */
static gt_status set_key(gt_config *config, const gt_config_key *key, const char *text,
                         const char *directory, gt_error *error) {
    char resolved[GT_PATH_CAPACITY];
    bool is_file =
        key->type->is_path && text[0] != '\0' && strncmp(text, "builtin:", strlen("builtin:")) != 0;
    if (!is_file || directory == NULL)
        return gt_config_set(config, key, text, error);
    gt_status status = resolve_path(resolved, text, directory, error);
    if (status == GT_OK && strchr(text, ',') != NULL && access(resolved, F_OK) != 0)
        status = resolve_paths(resolved, text, directory, error);
    return status == GT_OK ? gt_config_set(config, key, resolved, error) : status;
}

/* The section's or key's nearest neighbour among those of the table. */
static void refuse_name(struct parser *parser, const char *section, const char *name) {
    char message[256], excerpt[GT_EXCERPT];
    gt_guess guess = {.word = name != NULL ? name : section};
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
        if (name == NULL)
            gt_guess_consider(&guess, key->section);
        else if (strcmp(key->section, section) == 0)
            gt_guess_consider(&guess, key->name);
    }
    if (name == NULL)
        snprintf(message, sizeof message,
                 "unknown section [%s]%s (gantrain help config lists them)",
                 gt_text_excerpt(excerpt, section), gt_guess_phrase(&guess));
    else
        snprintf(message, sizeof message,
                 "[%s]: unknown key '%s'%s (gantrain help config lists them)", section, name,
                 gt_guess_phrase(&guess));
    complain(parser, message);
}

static bool is_section(const char *name) {
    const gt_config_key *key;
    for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++)
        if (strcmp(key->section, name) == 0)
            return true;
    return false;
}

static void set_value(struct parser *parser, const gt_config_key *key, const char *text) {
    char excerpt[GT_EXCERPT];
    gt_error detail = {0};
    if (text[0] == '\0')
        gt_error_set(&detail, GT_USAGE, "needs a value");
    else
        set_key(parser->config, key, text, parser->directory, &detail);
    if (detail.status != GT_OK)
        parser->status = gt_error_add(parser->error, GT_USAGE, "%s:%d: [%s] %s = %s: %s",
                                      parser->name, parser->line, key->section, key->name,
                                      gt_text_excerpt(excerpt, text), detail.message);
}

/* inih's handler: called for each key. */
static int take_value(void *context, const char *section, const char *name, const char *value) {
    struct parser *parser = context;
    parser->needs_value = false;
    if (parser->unknown_section)
        return 1;
    if (section[0] == '\0') {
        complain(parser, "a key before the first section; begin with a line such as [data]");
        return 1;
    }
    for (int i = 0; gt_config_key_at(i) != NULL; i++) {
        const gt_config_key *key = gt_config_key_at(i);
        char message[128];
        if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
            continue;
        if (parser->first_line[i] == 0) {
            parser->first_line[i] = parser->line;
            set_value(parser, key, parser->long_value != NULL ? parser->long_value : value);
        } else {
            snprintf(message, sizeof message, "[%s] %s was already set in line %d", section, name,
                     parser->first_line[i]);
            complain(parser, message);
        }
        return 1;
    }
    refuse_name(parser, section, name);
    return 1;
}

/* Ends the current line, which inih has parsed. */
static void finish_line(struct parser *parser) {
    if (parser->needs_value)
        complain(parser, "needs the form `key = value`");
    parser->needs_value = false;
}

/* Narrows [*start, *end) to what stands on a line: without a comment (; or # at the start or after
 * white space) and without white space at both ends. */
static void clean_line(const char **start, const char **end) {
    for (const char *c = *start; c < *end; c++)
        if ((*c == ';' || *c == '#') && (c == *start || isspace((unsigned char)c[-1]))) {
            *end = c;
            break;
        }
    while (*start < *end && isspace((unsigned char)**start))
        ++*start;
    while (*start < *end && isspace((unsigned char)(*end)[-1]))
        --*end;
}

/* Looks at a heading; one that is wrong is kept from inih. */
static void check_section(struct parser *parser) {
    char *end = strchr(parser->text, ']');
    if (end == NULL || end[1] != '\0') {
        complain(parser, "needs the form [section]");
        parser->text[0] = '\0';
        return;
    }
    *end = '\0';
    parser->unknown_section = !is_section(parser->text + 1);
    if (parser->unknown_section) {
        refuse_name(parser, parser->text + 1, NULL);
        parser->text[0] = '\0';
        return;
    }
    *end = ']';
}

/* Takes the next line of the text into parser->text, and looks at what inih would not report. */
static bool next_line(struct parser *parser) {
    if (*parser->rest == '\0')
        return false;
    const char *start = parser->rest, *end = start + strcspn(start, "\n");
    parser->rest = end + (*end == '\n');
    parser->line++;
    parser->text[0] = '\0';
    clean_line(&start, &end);
    size_t length = (size_t)(end - start);
    if (length >= sizeof parser->text) {
        complain(parser, "the line is over-long");
        return true;
    }
    memcpy(parser->text, start, length);
    parser->text[length] = '\0';
    if (parser->text[0] == '[')
        check_section(parser);
    else if (strcspn(parser->text, "=:") > GT_CONFIG_KEY_NAME) {
        complain(parser, "needs the form `key = value`");
        parser->text[0] = '\0';
    } else
        parser->needs_value = parser->text[0] != '\0';
    return true;
}

/* inih's reader, in place of fgets. From a line that is too long for its buffer inih gets only the
 * key; take_value then takes the value from the parser. */
static char *read_line(char *buffer, int capacity, void *stream) {
    struct parser *parser = stream;
    finish_line(parser);
    if (!next_line(parser))
        return NULL;
    parser->long_value = NULL;
    if (strlen(parser->text) < LIBRARY_LINE) {
        snprintf(buffer, (size_t)capacity, "%s\n", parser->text);
    } else {
        int key = (int)strcspn(parser->text, "=:");
        snprintf(buffer, (size_t)capacity, "%.*s= long\n", key, parser->text);
        parser->long_value = parser->text + key + 1;
        parser->long_value += strspn(parser->long_value, " \t");
    }
    return buffer;
}

static gt_status parse_text(struct parser *parser) {
    if (strncmp(parser->rest, "\xEF\xBB\xBF", 3) == 0) /* the UTF-8 byte order mark */
        parser->rest += 3;
    /* All that inih could complain of has been looked at by the reader and the handler. */
    ini_parse_stream(read_line, parser, take_value, parser);
    finish_line(parser);
    return parser->status;
}

gt_status gt_config_read_text(gt_config *config, const char *text, const char *name,
                              gt_error *error) {
    struct parser parser = {.config = config, .error = error, .name = name, .rest = text};
    return parse_text(&parser);
}

/* The absolute directory of a file. */
static void directory_of(char directory[GT_PATH_CAPACITY], const char *path) {
    char *real = realpath(path, NULL);
    gt_text_copy(directory, GT_PATH_CAPACITY, real != NULL ? real : path);
    free(real);
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        *slash = '\0';
    else
        directory[0] = '\0';
}

gt_status gt_config_read_file(gt_config *config, const char *path, gt_error *error) {
    char *text, directory[GT_PATH_CAPACITY];
    size_t size;
    gt_error detail = {0};
    if (gt_file_load(&text, &size, path, GT_CONFIG_FILE_LIMIT, &detail) != GT_OK)
        return gt_error_set(error, GT_USAGE, "%s", detail.message);
    directory_of(directory, path);
    gt_status status;
    if (strlen(text) != size) {
        status =
            gt_error_set(error, GT_USAGE, "%s: holds a zero byte: this is not a text file", path);
    } else {
        struct parser parser = {
            .config = config, .error = error, .name = path, .directory = directory, .rest = text};
        status = parse_text(&parser);
    }
    free(text);
    return status;
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
    if (key == NULL) {
        gt_guess guess = {.word = name};
        for (int i = 0; (key = gt_config_key_at(i)) != NULL; i++) {
            char full[GT_CONFIG_KEY_NAME];
            snprintf(full, sizeof full, "%s.%s", key->section, key->name);
            gt_guess_consider(&guess, full);
        }
        return gt_error_set(error, GT_USAGE,
                            "--set %.80s: unknown key '%s'%s (gantrain help config lists them)",
                            assignment, name, gt_guess_phrase(&guess));
    }
    gt_error detail = {0};
    if (equals[1] == '\0' && key->fallback[0] != '\0')
        return gt_error_set(error, GT_USAGE, "--set %s: needs a value", assignment);
    if (getcwd(directory, sizeof directory) == NULL)
        directory[0] = '\0';
    gt_status status = set_key(config, key, equals + 1, directory, &detail);
    return status == GT_OK
               ? GT_OK
               : gt_error_set(error, status, "--set %s: %s", assignment, detail.message);
}
