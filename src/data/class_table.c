/* The table of classes, and its text. */
#include "gantrain/data/class_table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"

/* Room for so many classes, and for names of so many bytes in all, zero bytes included; 0: none.
 * False if there is none. */
static bool open_table(gt_class_table *table, int count, size_t name_bytes) {
    size_t classes = (unsigned)count; /* a compiler that thinks of counts below 0 warns of size_t */
    *table = (gt_class_table){.count = count, .images = calloc(classes, sizeof *table->images)};
    if (name_bytes > 0)
        table->names = malloc(classes * sizeof *table->names + name_bytes);
    if (table->images != NULL && (name_bytes == 0 || table->names != NULL))
        return true;
    gt_class_table_free(table);
    return false;
}

static gt_status no_memory(int count, gt_error *error) {
    return gt_error_set(error, GT_FAILED, "no memory for %d classes", count);
}

void gt_class_table_free(gt_class_table *table) {
    free(table->images);
    free(table->names);
    *table = (gt_class_table){0};
}

/* Copies a name to *room and moves that on; what would end a line becomes '?'. */
static char *add_name(char **room, const char *name, size_t length) {
    char *copy = *room;
    for (size_t i = 0; i < length; i++)
        copy[i] = name[i];
    for (size_t i = 0; i < length; i++)
        if (iscntrl((unsigned char)copy[i]))
            copy[i] = '?';
    copy[length] = '\0';
    *room += length + 1;
    return copy;
}

gt_status gt_class_table_of(gt_class_table *table, const gt_dataset *dataset, gt_error *error) {
    *table = (gt_class_table){0};
    if (dataset->labels == NULL)
        return GT_OK;
    int count = dataset->class_count;
    for (uint32_t i = 0; i < dataset->count; i++)
        count = dataset->labels[i] >= count ? dataset->labels[i] + 1 : count;
    size_t bytes = 0;
    for (int c = 0; c < dataset->class_count; c++)
        bytes += strlen(dataset->class_names[c]) + 1;
    if (count > dataset->class_count)
        bytes = 0;
    if (!open_table(table, count, bytes))
        return no_memory(count, error);
    for (uint32_t i = 0; i < dataset->count; i++)
        table->images[dataset->labels[i]]++;
    char *room = bytes > 0 ? (char *)(table->names + count) : NULL;
    for (int c = 0; c < count && room != NULL; c++)
        table->names[c] = add_name(&room, dataset->class_names[c], strlen(dataset->class_names[c]));
    return GT_OK;
}

char *gt_class_table_to_text(const gt_class_table *table) {
    size_t capacity = 1, used = 0;
    for (int c = 0; c < table->count; c++)
        capacity += 16 + (table->names != NULL ? strlen(table->names[c]) : 0);
    char *text = calloc(capacity, 1);
    for (int c = 0; c < table->count && text != NULL; c++)
        used = gt_text_append(text, capacity, used, "%" PRIu32 "%s%s\n", table->images[c],
                              table->names != NULL ? " " : "",
                              table->names != NULL ? table->names[c] : "");
    return text;
}

/* Reads a line: its number, and where its name begins; NULL: it has none. */
static bool read_line(uint32_t *images, const char **name, const char *line, size_t length) {
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < length && digits < 10 && isdigit((unsigned char)line[digits]))
        number = 10 * number + (uint64_t)(line[digits++] - '0');
    *images = (uint32_t)number;
    *name = digits < length && line[digits] == ' ' ? line + digits + 1 : NULL;
    return digits > 0 && number <= UINT32_MAX && (digits == length || *name != NULL);
}

gt_status gt_class_table_from_text(gt_class_table *table, const char *text, gt_error *error) {
    uint64_t total = 0;
    int count = 0, named = 0;
    for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++)
        count++;
    *table = (gt_class_table){0};
    if (count == 0 || count > GT_CLASSES_MOST)
        return gt_error_set(error, GT_FAILED, "it lists %d classes: needs 1 to %d", count,
                            GT_CLASSES_MOST);
    if (!open_table(table, count, strlen(text) + 1))
        return no_memory(count, error);
    gt_status status = GT_OK;
    char *room = (char *)(table->names + count);
    for (int c = 0; c < count && status == GT_OK; c++) {
        size_t length = strcspn(text, "\n");
        const char *name;
        if (!read_line(&table->images[c], &name, text, length)) {
            status = gt_error_set(error, GT_FAILED, "its line for class %d is damaged", c);
            break;
        }
        named += name != NULL;
        table->names[c] = add_name(&room, name != NULL ? name : "",
                                   name != NULL ? length - (size_t)(name - text) : 0);
        total += table->images[c];
        text += length + 1;
    }
    if (status == GT_OK && (total == 0 || total > UINT32_MAX || (named > 0 && named < count)))
        status = gt_error_set(error, GT_FAILED, "its classes are damaged");
    if (status != GT_OK) {
        gt_class_table_free(table);
    } else if (named == 0) {
        free(table->names);
        table->names = NULL;
    }
    return status;
}

/* "0 to 9", or "cat, dog, ..." as far as there is room. */
static void list_classes(char *text, size_t capacity, const gt_class_table *table) {
    size_t used = (size_t)snprintf(text, capacity, "0 to %d", table->count - 1);
    for (int c = 0; c < table->count && table->names != NULL && used < capacity; c++) {
        char excerpt[GT_EXCERPT];
        used = gt_text_append(text, capacity, used, "%s%s", c ? ", " : ": ",
                              gt_text_excerpt(excerpt, table->names[c]));
    }
}

gt_status gt_class_table_find(int *label, const gt_class_table *table, const char *name,
                              gt_error *error) {
    gt_guess guess = {.word = name};
    uint64_t number;
    for (int c = 0; c < table->count && table->names != NULL; c++) {
        gt_guess_consider(&guess, table->names[c]);
        if (strcmp(table->names[c], name) == 0) {
            *label = c;
            return GT_OK;
        }
    }
    if (gt_text_to_unsigned(&number, name) && number < (uint64_t)table->count) {
        *label = (int)number;
        return GT_OK;
    }
    char known[256], excerpt[GT_EXCERPT];
    list_classes(known, sizeof known, table);
    return gt_error_set(error, GT_USAGE, "unknown class '%s'%s (classes: %s)",
                        gt_text_excerpt(excerpt, name), gt_guess_phrase(&guess), known);
}

gt_status gt_class_table_check(const gt_class_table *table, const gt_dataset *dataset,
                               gt_error *error) {
    if (table->count == 0)
        return GT_OK;
    if (dataset->labels == NULL)
        return gt_error_set(error, GT_FAILED,
                            "the model is told classes, and the images have no labels: give a "
                            "folder with a sub-folder for each class, or set data.test_labels in "
                            "--config FILE");
    for (uint32_t i = 0; i < dataset->count; i++)
        if (dataset->labels[i] >= table->count)
            return gt_error_set(error, GT_FAILED,
                                "image %" PRIu32
                                " is of class %d, and the model knows only 0 to %d",
                                i, dataset->labels[i], table->count - 1);
    for (int c = 0; table->names != NULL && c < dataset->class_count; c++)
        if (strcmp(dataset->class_names[c], table->names[c]) != 0) {
            char is[GT_EXCERPT], was[GT_EXCERPT];
            return gt_error_set(error, GT_FAILED,
                                "class %d of the images is %s, and that of the model is %s: give a "
                                "folder with the same sub-folders",
                                c, gt_text_excerpt(is, dataset->class_names[c]),
                                gt_text_excerpt(was, table->names[c]));
        }
    return GT_OK;
}

const char *gt_class_table_name(char text[16], const gt_class_table *table, int label) {
    if (table->names != NULL)
        return table->names[label];
    snprintf(text, 16, "%d", label);
    return text;
}
