/* The types of config values: a row each, with how it is read, written and bounded. */
#include "config/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/model/augment.h"

/* --- Texts --- */

bool config_needs_quotes(const char *value) {
    for (const char *c = value; *c != '\0'; c++)
        if ((*c == ';' || *c == '#') && (c == value || c[-1] == ' '))
            return true;
    size_t length = strlen(value);
    return length > 1 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0];
}

/* Text must survive being written to an INI file and read again. */
static gt_status parse_text(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    (void)key;
    size_t length = strlen(text);
    if (length > 0 && (text[0] == ' ' || text[length - 1] == ' '))
        return gt_error_set(error, GT_USAGE, "cannot begin or end with a space");
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            return gt_error_set(error, GT_USAGE, "cannot hold a control character");
    if (length >= GT_CONFIG_TEXT)
        return gt_error_set(error, GT_USAGE, "is over-long: at most %d bytes", GT_CONFIG_TEXT - 1);
    gt_text_copy(value, GT_CONFIG_TEXT, text);
    return GT_OK;
}

static void format_text(char text[GT_CONFIG_TEXT], const void *value) {
    gt_text_copy(text, GT_CONFIG_TEXT, value);
}

static gt_status parse_layers(void *value, const gt_config_key *key, const char *text,
                              gt_error *error) {
    gt_status status = gt_layers_check(text, error);
    return status == GT_OK ? parse_text(value, key, text, error) : status;
}

static gt_status parse_init(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    gt_init init;
    gt_status status = gt_init_parse(&init, text, error);
    return status == GT_OK ? parse_text(value, key, text, error) : status;
}

static gt_status parse_choice(void *value, const gt_config_key *key, const char *text,
                              gt_error *error) {
    char known[256] = "";
    gt_guess guess = {.word = text};
    const char *name;
    for (int i = 0; (name = key->choice(i)) != NULL; i++) {
        if (strcmp(name, text) == 0)
            return parse_text(value, key, text, error);
        gt_guess_consider(&guess, name);
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", name);
    }
    return gt_error_set(error, GT_USAGE, "needs one of: %s%s", known, gt_guess_phrase(&guess));
}

static void bound_choice(char *text, size_t capacity, const gt_config_key *key) {
    const char *name;
    size_t used = 0;
    for (int i = 0; (name = key->choice(i)) != NULL && used < capacity; i++)
        used = gt_text_append(text, capacity, used, "%s%s", i ? " | " : "", name);
}

static gt_status parse_augment(void *value, const gt_config_key *key, const char *text,
                               gt_error *error) {
    (void)key;
    return gt_augment_parse(value, text, error);
}

static void format_augment(char text[GT_CONFIG_TEXT], const void *value) {
    gt_augment_format(text, *(const unsigned *)value);
}

static gt_status parse_condition(void *value, const gt_config_key *key, const char *text,
                                 gt_error *error) {
    (void)key;
    return gt_condition_parse(value, text, error);
}

static void format_condition(char text[GT_CONFIG_TEXT], const void *value) {
    gt_condition_format(text, value);
}

const gt_config_type config_condition = {.parse = parse_condition, .format = format_condition};
const gt_config_type config_augment = {.parse = parse_augment, .format = format_augment};
const gt_config_type config_layers = {.parse = parse_layers, .format = format_text};
const gt_config_type config_init = {.parse = parse_init, .format = format_text};
const gt_config_type config_path = {
    .parse = parse_text, .format = format_text, .path = GT_PATH_DATA};
const gt_config_type config_directory = {
    .parse = parse_text, .format = format_text, .path = GT_PATH_OUTPUT};
const gt_config_type config_choice = {
    .parse = parse_choice, .format = format_text, .bound = bound_choice};

/* --- Numbers --- */

static gt_status parse_integer(void *value, const gt_config_key *key, const char *text,
                               gt_error *error) {
    int64_t number;
    if (!gt_text_to_integer(&number, text) || (double)number < key->lowest ||
        (double)number > key->highest)
        return gt_error_set(error, GT_USAGE, "needs a whole number, %.0f to %.0f", key->lowest,
                            key->highest);
    memcpy(value, &number, sizeof number);
    return GT_OK;
}

static void format_integer(char text[GT_CONFIG_TEXT], const void *value) {
    snprintf(text, GT_CONFIG_TEXT, "%" PRId64, *(const int64_t *)value);
}

static void bound_integer(char *text, size_t capacity, const gt_config_key *key) {
    snprintf(text, capacity, "%.0f to %.0f", key->lowest, key->highest);
}

static gt_status parse_seed(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    (void)key;
    if (!gt_text_to_unsigned(value, text))
        return gt_error_set(error, GT_USAGE, "needs a whole number, 0 to %" PRIu64, UINT64_MAX);
    return GT_OK;
}

static void format_seed(char text[GT_CONFIG_TEXT], const void *value) {
    snprintf(text, GT_CONFIG_TEXT, "%" PRIu64, *(const uint64_t *)value);
}

static gt_status parse_real(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    double number;
    bool valid = gt_text_to_real(&number, text) && number >= key->lowest &&
                 number <= key->highest && !(key->above_lowest && number == key->lowest);
    if (!valid)
        return gt_error_set(error, GT_USAGE, "needs a number %s%g %s %g",
                            key->above_lowest ? "above " : "", key->lowest,
                            key->above_lowest ? "and up to" : "to", key->highest);
    memcpy(value, &number, sizeof number);
    return GT_OK;
}

static void format_real(char text[GT_CONFIG_TEXT], const void *value) {
    gt_text_from_real(text, GT_CONFIG_TEXT, *(const double *)value);
}

static void bound_real(char *text, size_t capacity, const gt_config_key *key) {
    snprintf(text, capacity, key->above_lowest ? "above %g, up to %g" : "%g to %g", key->lowest,
             key->highest);
}

static gt_status parse_optional_real(void *value, const gt_config_key *key, const char *text,
                                     gt_error *error) {
    gt_optional_real number = {.is_set = text[0] != '\0'};
    if (number.is_set && parse_real(&number.value, key, text, error) != GT_OK)
        return GT_USAGE;
    memcpy(value, &number, sizeof number);
    return GT_OK;
}

static void format_optional_real(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_optional_real *number = value;
    text[0] = '\0';
    if (number->is_set)
        format_real(text, &number->value);
}

const gt_config_type config_integer = {
    .parse = parse_integer, .format = format_integer, .bound = bound_integer};
const gt_config_type config_seed = {.parse = parse_seed, .format = format_seed};
const gt_config_type config_real = {
    .parse = parse_real, .format = format_real, .bound = bound_real};
const gt_config_type config_optional_real = {
    .parse = parse_optional_real, .format = format_optional_real, .bound = bound_real};

/* --- Values of several numbers --- */

static gt_status parse_range(void *value, const gt_config_key *key, const char *text,
                             gt_error *error) {
    char first_text[32];
    gt_range range = {0};
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : sizeof first_text;
    bool valid = text[0] == '\0';
    (void)key;
    if (!valid && length < sizeof first_text) {
        memcpy(first_text, text, length);
        first_text[length] = '\0';
        valid = gt_text_to_unsigned(&range.first, first_text) &&
                gt_text_to_unsigned(&range.last, colon + 1) && range.first < range.last;
    }
    if (!valid)
        return gt_error_set(error, GT_USAGE, "needs FIRST:LAST with FIRST < LAST, such as 0:50000");
    memcpy(value, &range, sizeof range);
    return GT_OK;
}

static void format_range(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_range *range = value;
    text[0] = '\0';
    if (range->last > 0)
        snprintf(text, GT_CONFIG_TEXT, "%" PRIu64 ":%" PRIu64, range->first, range->last);
}

static gt_status parse_grid(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    int columns, rows, length = 0;
    (void)key;
    if (sscanf(text, "%4dx%4d%n", &columns, &rows, &length) != 2 || text[length] != '\0' ||
        columns < 1 || columns > 100 || rows < 1 || rows > 100)
        return gt_error_set(error, GT_USAGE, "needs COLUMNSxROWS, 1x1 to 100x100");
    memcpy(value, &(gt_grid_size){columns, rows}, sizeof(gt_grid_size));
    return GT_OK;
}

static void format_grid(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_grid_size *grid = value;
    snprintf(text, GT_CONFIG_TEXT, "%dx%d", grid->columns, grid->rows);
}

static gt_status parse_size(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    enum { MOST = 4096 };
    gt_image_size size = {0};
    int length = 0;
    (void)key;
    bool is_square = sscanf(text, "%4d%n", &size.width, &length) == 1 && text[length] == '\0';
    bool is_both = !is_square &&
                   sscanf(text, "%4dx%4d%n", &size.width, &size.height, &length) == 2 &&
                   text[length] == '\0';
    if (is_square)
        size.height = size.width;
    if (text[0] != '\0' && (!(is_square || is_both) || size.width < 1 || size.width > MOST ||
                            size.height < 1 || size.height > MOST))
        return gt_error_set(error, GT_USAGE, "needs WIDTHxHEIGHT, such as 64x64, each 1 to %d",
                            MOST);
    memcpy(value, &size, sizeof size);
    return GT_OK;
}

static void format_size(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_image_size *size = value;
    text[0] = '\0';
    if (size->width > 0)
        snprintf(text, GT_CONFIG_TEXT, "%dx%d", size->width, size->height);
}

/* Colours that need no digits. */
static const struct {
    const char *name;
    gt_colour colour;
} colours[] = {{"white", {{255, 255, 255}}}, {"black", {{0, 0, 0}}}, {"grey", {{128, 128, 128}}}};

enum { COLOURS = sizeof colours / sizeof *colours };

/* There is no # before the digits: it would begin a comment. */
static gt_status parse_colour(void *value, const gt_config_key *key, const char *text,
                              gt_error *error) {
    gt_colour colour;
    (void)key;
    for (int i = 0; i < COLOURS; i++)
        if (strcmp(text, colours[i].name) == 0) {
            memcpy(value, &colours[i].colour, sizeof colour);
            return GT_OK;
        }
    if (strlen(text) != 6 || strspn(text, "0123456789abcdefABCDEF") != 6)
        return gt_error_set(error, GT_USAGE,
                            "needs white, black, grey, or six hexadecimal digits, such as ffcc00");
    unsigned long number = strtoul(text, NULL, 16);
    for (int c = 0; c < 3; c++)
        colour.channels[c] = (uint8_t)(number >> (16 - 8 * c));
    memcpy(value, &colour, sizeof colour);
    return GT_OK;
}

static void format_colour(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_colour *colour = value;
    for (int i = 0; i < COLOURS; i++)
        if (memcmp(colour, &colours[i].colour, sizeof *colour) == 0) {
            gt_text_copy(text, GT_CONFIG_TEXT, colours[i].name);
            return;
        }
    snprintf(text, GT_CONFIG_TEXT, "%02x%02x%02x", colour->channels[0], colour->channels[1],
             colour->channels[2]);
}

static gt_status parse_flag(void *value, const gt_config_key *key, const char *text,
                            gt_error *error) {
    bool is_yes = strcmp(text, "yes") == 0;
    (void)key;
    if (!is_yes && strcmp(text, "no") != 0)
        return gt_error_set(error, GT_USAGE, "needs yes or no");
    memcpy(value, &is_yes, sizeof is_yes);
    return GT_OK;
}

static void format_flag(char text[GT_CONFIG_TEXT], const void *value) {
    gt_text_copy(text, GT_CONFIG_TEXT, *(const bool *)value ? "yes" : "no");
}

static void bound_flag(char *text, size_t capacity, const gt_config_key *key) {
    (void)key;
    snprintf(text, capacity, "no | yes");
}

static void format_steps(char text[GT_CONFIG_TEXT], const void *value) {
    const gt_step_list *list = value;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < list->count && used < GT_CONFIG_TEXT; i++)
        used =
            gt_text_append(text, GT_CONFIG_TEXT, used, "%s%" PRIu64, i ? ", " : "", list->steps[i]);
}

static gt_status parse_steps(void *value, const gt_config_key *key, const char *text,
                             gt_error *error) {
    gt_step_list list = {0};
    char copy[GT_CONFIG_TEXT], *rest;
    (void)key;
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
    if (strlen(copy) + 1 == sizeof copy) /* full: it was cut */
        return gt_error_set(error, GT_USAGE, "is over-long");
    memcpy(value, &list, sizeof list);
    return GT_OK;
}

const gt_config_type config_range = {.parse = parse_range, .format = format_range};
const gt_config_type config_grid = {.parse = parse_grid, .format = format_grid};
const gt_config_type config_size = {.parse = parse_size, .format = format_size};
const gt_config_type config_colour = {.parse = parse_colour, .format = format_colour};
const gt_config_type config_flag = {
    .parse = parse_flag, .format = format_flag, .bound = bound_flag};
const gt_config_type config_steps = {.parse = parse_steps, .format = format_steps};
