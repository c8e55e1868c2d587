/* INI files, parsed by inih through a reader of our own that counts lines, keeps back what inih's
 * 200-byte line buffer would cut, and sees to it that every wrong line is reported with its number,
 * all in one go. */
#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/text.h"
#include "gantrain/files/file.h"
#include "gantrain/config/config.h"
#include "config/names.h"

enum {
    LINE_LIMIT = GT_CONFIG_QUOTED + 2 * GT_CONFIG_KEY_NAME, /* longest line that can be right */
    LIBRARY_LINE = 180, /* bytes that inih surely has room for */
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
    const char *value;        /* its value, if inih must not see it: see read_line; else NULL */
    bool quoted;              /* that value stood in quotes */
    bool needs_value;         /* inih ought to find a key on this line, and has not yet */
    bool unknown_section;     /* its heading was refused, so its keys are passed over */
    int first_line[MAX_KEYS]; /* where a key was set; 0: not yet */
};

static void complain(struct parser *parser, const char *message) {
    parser->status =
        gt_error_add(parser->error, GT_USAGE, "%s:%d: %s", parser->name, parser->line, message);
}

/* The section's or key's nearest neighbour among those of the table, or where the key belongs. */
static void refuse_name(struct parser *parser, const char *section, const char *name) {
    char message[512], excerpt[GT_EXCERPT], sections[GT_CONFIG_ADVICE / 2];
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
    else if (config_sections_of(sections, sizeof sections, name)[0] != '\0' &&
             strstr(sections, section) == NULL)
        snprintf(message, sizeof message, "[%s]: unknown key '%s': it belongs to %s", section, name,
                 sections);
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
    if (text[0] == '\0' && !(parser->quoted && key->fallback[0] == '\0'))
        gt_error_set(&detail, GT_USAGE, "needs a value");
    else
        gt_config_set_typed(parser->config, key, text, parser->directory, &detail);
    if (detail.status != GT_OK)
        parser->status = gt_error_add(parser->error, GT_USAGE, "%s:%d: [%s] %s = %s: %s",
                                      parser->name, parser->line, key->section, key->name,
                                      gt_text_excerpt(excerpt, text), detail.message);
}

static void refuse_key_outside(struct parser *parser, const char *name) {
    char message[GT_CONFIG_ADVICE], sections[GT_CONFIG_ADVICE / 2];
    config_sections_of(sections, sizeof sections, name);
    snprintf(message, sizeof message,
             "a key before the first section; put a line before it such as %s",
             sections[0] != '\0' ? sections : "[data]");
    complain(parser, message);
}

/* inih's handler: called for each key. */
static int take_value(void *context, const char *section, const char *name, const char *value) {
    struct parser *parser = context;
    parser->needs_value = false;
    if (parser->unknown_section)
        return 1;
    if (section[0] == '\0') {
        refuse_key_outside(parser, name);
        return 1;
    }
    for (int i = 0; gt_config_key_at(i) != NULL; i++) {
        const gt_config_key *key = gt_config_key_at(i);
        char message[128];
        if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
            continue;
        if (parser->first_line[i] == 0) {
            parser->first_line[i] = parser->line;
            set_value(parser, key, parser->value != NULL ? parser->value : value);
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

/* The quote that ends a value, which begins with its like; a doubled one stands for itself. NULL:
 * there is none. */
static char *closing_quote(const char *value, const char *end) {
    for (const char *c = value + 1; c < end; c++)
        if (*c == *value) {
            if (c + 1 == end || c[1] != *value)
                return (char *)c;
            c++;
        }
    return NULL;
}

/* Makes one of each doubled quote. */
static void join_quotes(char *value, char quote) {
    char *to = value;
    for (const char *c = value; *c != '\0'; c++) {
        *to++ = *c;
        if (*c == quote)
            c++;
    }
    *to = '\0';
}

/* The end of a value in quotes on a line, past its closing quote; start if there is none. */
static const char *end_of_quotes(const char *start, const char *end) {
    const char *value = start;
    while (value < end && *value != '=' && *value != ':' && *value != ';' && *value != '#')
        value++;
    if (value == end || (*value != '=' && *value != ':') || *start == '[')
        return start;
    do
        value++;
    while (value < end && isspace((unsigned char)*value));
    if (value == end || (*value != '"' && *value != '\''))
        return start;
    const char *closing = closing_quote(value, end);
    return closing != NULL ? closing + 1 : start;
}

/* Narrows [*start, *end) to what stands on a line: without a comment (; or # at the start or after
 * white space, and not within quotes) and without white space at both ends. */
static void clean_line(const char **start, const char **end) {
    for (const char *c = end_of_quotes(*start, *end); c < *end; c++)
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

/* Finds the value of the current line if inih must not see it: it stands in quotes, which inih
 * knows nothing of, or is too long for inih's buffer. */
static void keep_value(struct parser *parser) {
    size_t length = strlen(parser->text), key = strcspn(parser->text, "=:");
    parser->value = NULL;
    parser->quoted = false;
    if (parser->text[0] == '[' || key == length)
        return;
    char *value = parser->text + key + 1;
    value += strspn(value, " \t");
    char quote = *value, *end = parser->text + length;
    char *closing = quote == '"' || quote == '\'' ? closing_quote(value, end) : NULL;
    parser->quoted = closing != NULL && closing + 1 == end;
    if (parser->quoted) {
        *closing = '\0';
        join_quotes(++value, quote);
    }
    if (parser->quoted || length >= LIBRARY_LINE)
        parser->value = value;
}

/* inih's reader, in place of fgets. Of a line whose value is kept from it, inih gets only the key;
 * take_value then takes the value from the parser. */
static char *read_line(char *buffer, int capacity, void *stream) {
    struct parser *parser = stream;
    finish_line(parser);
    if (!next_line(parser))
        return NULL;
    keep_value(parser);
    if (parser->value == NULL)
        snprintf(buffer, (size_t)capacity, "%s\n", parser->text);
    else
        snprintf(buffer, (size_t)capacity, "%.*s= kept\n", (int)strcspn(parser->text, "=:"),
                 parser->text);
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

/* Whether a file that could not be read is one that can be: then the disk failed, and else the path
 * is wrong. */
static bool is_readable(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_size <= GT_CONFIG_FILE_LIMIT && access(path, R_OK) == 0;
}

gt_status gt_config_read_file(gt_config *config, const char *path, gt_error *error) {
    char *text, directory[GT_PATH_CAPACITY];
    size_t size;
    gt_error detail = {0};
    if (gt_file_load(&text, &size, path, GT_CONFIG_FILE_LIMIT, &detail) != GT_OK)
        return gt_error_set(error, is_readable(path) ? GT_FAILED : GT_USAGE, "%s", detail.message);
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
