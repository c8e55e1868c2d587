/* CSV: an image a line, its pixels as whole numbers of 0 to 255 from the top left on, a label in
 * front or not. A heading says which column is the label; without one, it is the first where the
 * rest then make a square (785 columns are a label and 28 x 28 pixels). */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/source.h"
#include "data/stream.h"

enum { LABEL_NONE = -1, FIELD_CAPACITY = 32 };

/* A file while it is read. */
struct table {
    const char *path;
    const char *text; /* what is left of it */
    uint64_t line;    /* of text, from 1 */
    int columns;
    int label; /* its column, or LABEL_NONE */
};

/* Takes a field, without quotes and space around it. *ends_line: it was the line's last. */
static void take_field(char field[FIELD_CAPACITY], bool *ends_line, struct table *table) {
    size_t length = strcspn(table->text, ",;\n");
    const char *start = table->text, *end = start + length;
    *ends_line = *end != ',' && *end != ';';
    table->text = end + (*end != '\0');
    while (start < end && strchr(" \t\"\r", *start) != NULL)
        start++;
    while (start < end && strchr(" \t\"\r", end[-1]) != NULL)
        end--;
    length = (size_t)(end - start);
    if (length >= FIELD_CAPACITY)
        length = FIELD_CAPACITY - 1;
    memcpy(field, start, length);
    field[length] = '\0';
}

/* A whole number of at most `most`; -1 if it is none. 12.0 is one too. */
static long parse_number(const char *field, long most) {
    char *end;
    if (field[0] < '0' || field[0] > '9')
        return -1;
    long number = strtol(field, &end, 10);
    if (*end == '.')
        end += 1 + strspn(end + 1, "0");
    return *end == '\0' && number <= most ? number : -1;
}

static bool is_label_name(const char *field) {
    static const char *const names[] = {"label", "labels", "class", "target", "y"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(field, names[i]) == 0)
            return true;
    return false;
}

static int square_side(int area) {
    int side = (int)lround(sqrt(area));
    return side * side == area ? side : 0;
}

/* Looks at the first line: counts columns, and takes it if it is a heading. */
static void read_heading(struct table *table) {
    const char *begin = table->text;
    char field[FIELD_CAPACITY];
    bool ends_line = false, is_heading = false;
    table->label = LABEL_NONE;
    for (table->columns = 0; !ends_line; table->columns++) {
        take_field(field, &ends_line, table);
        if (parse_number(field, INT32_MAX) < 0)
            is_heading = true;
        if (table->label == LABEL_NONE && is_label_name(field))
            table->label = table->columns;
    }
    if (is_heading) {
        table->line++;
        return;
    }
    table->text = begin;
    if (square_side(table->columns) == 0 && square_side(table->columns - 1) > 1)
        table->label = 0;
}

static gt_status find_shape(gt_dataset *dataset, const struct table *table,
                            const gt_data_options *options, gt_error *error) {
    int pixels = table->columns - (table->label != LABEL_NONE);
    int width = options->width, height = options->height, channels = 1;
    if ((int64_t)width * height * 3 == pixels)
        channels = 3;
    else if ((int64_t)width * height != pixels)
        width = height = square_side(pixels);
    if (width == 0 || height == 0)
        return gt_error_set(error, GT_FAILED,
                            "%s: has %d pixels a line, which is no square: set data.size = "
                            "WIDTHxHEIGHT",
                            table->path, pixels);
    return source_set_shape(dataset, (uint64_t)channels, (uint64_t)height, (uint64_t)width,
                            table->path, error);
}

static gt_status read_line(gt_dataset *dataset, struct table *table, gt_error *error) {
    char field[FIELD_CAPACITY];
    bool ends_line = false;
    uint8_t *to = dataset->image_memory + (size_t)dataset->count * (size_t)dataset->pixels;
    int column = 0;
    for (; !ends_line && column < table->columns; column++) {
        bool is_label = column == table->label;
        take_field(field, &ends_line, table);
        long number = parse_number(field, is_label ? GT_CLASSES_MOST - 1 : 255);
        if (number < 0)
            return gt_error_set(error, GT_FAILED,
                                "%s:%" PRIu64 ": column %d is '%s'; %s are whole numbers of 0 to "
                                "%d",
                                table->path, table->line, column + 1, field,
                                is_label ? "labels" : "pixels",
                                is_label ? GT_CLASSES_MOST - 1 : 255);
        if (is_label)
            dataset->label_memory[dataset->count] = (uint16_t)number;
        else
            *to++ = (uint8_t)number;
    }
    if (!ends_line || column < table->columns)
        return gt_error_set(error, GT_FAILED,
                            "%s:%" PRIu64 ": has %s columns than the first line, which has %d",
                            table->path, table->line, ends_line ? "fewer" : "more", table->columns);
    dataset->count++;
    table->line++;
    return GT_OK;
}

static uint32_t count_lines(const char *text) {
    uint32_t count = 0;
    for (; *text != '\0' && count < UINT32_MAX; count++) {
        const char *end = strchr(text, '\n');
        if (end == NULL)
            return count + 1;
        text = end + 1;
    }
    return count;
}

static gt_status read_lines(gt_dataset *dataset, struct table *table, gt_error *error) {
    size_t lines = count_lines(table->text);
    gt_status status = GT_OK;
    if (lines == 0)
        return gt_error_set(error, GT_FAILED, "%s: holds no images", table->path);
    dataset->image_memory = malloc(lines * (size_t)dataset->pixels);
    if (table->label != LABEL_NONE)
        dataset->label_memory = malloc(lines * sizeof *dataset->label_memory);
    if (dataset->image_memory == NULL ||
        (table->label != LABEL_NONE && dataset->label_memory == NULL))
        return gt_error_set(error, GT_FAILED, "%s: no memory for its %zu images", table->path,
                            lines);
    while (status == GT_OK && table->text[strspn(table->text, "\r\n")] != '\0')
        status = read_line(dataset, table, error);
    dataset->images = dataset->image_memory;
    dataset->labels = dataset->label_memory;
    return status;
}

static const char *skip_byte_order_mark(const char *text) {
    return strncmp(text, "\xEF\xBB\xBF", 3) == 0 ? text + 3 : text;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Numbers and what stands between them, at least one comma; before them, a line of names or more of
 * these than can be seen. */
static bool is_csv(const struct probe *probe) {
    const char *begin = (const char *)probe->start, *text = skip_byte_order_mark(begin);
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "_-.,;\"' \t\r\n");
    if (probe->is_directory || text[length] != '\0' ||
        (size_t)(text - begin) + length != probe->length || strpbrk(text, ",;") == NULL)
        return false;
    const char *end = strchr(text, '\n');
    return is_digit(text[0]) || (end != NULL ? is_digit(end[1 + strspn(end + 1, "\"")])
                                             : probe->length == PROBE_CAPACITY);
}

static gt_status open_csv(gt_dataset *dataset, const struct source_request *request,
                          gt_error *error) {
    uint8_t *bytes;
    size_t size;
    gt_status status = stream_read_file(&bytes, &size, request->path, error);
    if (status != GT_OK)
        return status;
    struct table table = {
        .path = request->path, .text = skip_byte_order_mark((const char *)bytes), .line = 1};
    if (strlen((const char *)bytes) != size)
        status = gt_error_set(error, GT_FAILED, "%s: holds a zero byte: this is not a text file",
                              request->path);
    if (status == GT_OK) {
        read_heading(&table);
        status = find_shape(dataset, &table, request->options, error);
    }
    if (status == GT_OK)
        status = read_lines(dataset, &table, error);
    free(bytes);
    return status;
}

const struct source source_csv = {"a CSV file", false, is_csv, open_csv};
