/* A page is written from its beginning to its end, each {{name}} of its HTML replaced by what it
 * names. */
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/files/file.h"

static gt_status write_text(gt_file_writer *writer, const char *text, gt_error *error) {
    return gt_file_write(writer, text, strlen(text), error);
}

/* In a script element a browser looks for "</script" and "<!--" only. In JSON '<' can stand in
 * strings alone, where \u003c means the same. All but ASCII is escaped by jansson, U+2028 and
 * U+2029 too, which end a line in older JavaScript. */
static gt_status write_data(gt_file_writer *writer, const json_t *data, gt_error *error) {
    char *text = json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    gt_status status =
        text != NULL ? GT_OK
                     : gt_error_set(error, GT_FAILED, "%s: no memory for the page", writer->path);
    for (const char *from = text; status == GT_OK && *from != '\0';) {
        size_t plain = strcspn(from, "<");
        status = gt_file_write(writer, from, plain, error);
        from += plain;
        if (status == GT_OK && *from == '<') {
            status = write_text(writer, "\\u003c", error);
            from++;
        }
    }
    free(text);
    return status;
}

static gt_status write_scripts(gt_file_writer *writer, const struct page *page, gt_error *error) {
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < PAGE_SCRIPTS && page->scripts[i] != NULL; i++)
        status = write_text(writer, page->scripts[i], error);
    return status;
}

/* Writes what {{name}} stands for. */
static gt_status write_part(gt_file_writer *writer, const char *name, const struct page *page,
                            const json_t *data, gt_error *error) {
    if (strncmp(name, "style}}", 7) == 0)
        return write_text(writer, page->style, error);
    if (strncmp(name, "data}}", 6) == 0)
        return write_data(writer, data, error);
    return write_scripts(writer, page, error);
}

gt_status page_write(const char *path, const struct page *page, const json_t *data,
                     gt_error *error) {
    gt_file_writer writer = {0};
    const char *html = page->html, *mark;
    gt_status status = gt_file_begin(&writer, path, error);
    while (status == GT_OK && (mark = strstr(html, "{{")) != NULL) {
        status = gt_file_write(&writer, html, (size_t)(mark - html), error);
        if (status == GT_OK)
            status = write_part(&writer, mark + 2, page, data, error);
        html = strstr(mark, "}}") + 2;
    }
    if (status == GT_OK)
        status = write_text(&writer, html, error);
    if (status == GT_OK)
        status = gt_file_commit(&writer, error);
    gt_file_abort(&writer);
    return status;
}
