/* A page: the project's HTML, CSS and JavaScript with data, in one file. */
#ifndef GANTRAIN_REPORT_PAGE_H
#define GANTRAIN_REPORT_PAGE_H

#include <jansson.h>

#include "gantrain/base/error.h"

/* The files of src/report/, embedded by scripts/embed.cmake; each ends in a zero byte. */
extern const char asset_page_html[], asset_page_css[];
extern const char asset_tools_js[], asset_chart_js[], asset_points_js[], asset_report_js[];
extern const char asset_network_js[], asset_play_js[];

enum { PAGE_SCRIPTS = 4 };

/* What a page is made of. Its HTML holds {{style}}, {{data}} and {{scripts}}. */
struct page {
    const char *html, *style;
    const char *scripts[PAGE_SCRIPTS]; /* in their order; NULL ends the list */
};

/* Writes a page, all or nothing. Inside the page the data cannot end the script element that holds
 * them, whatever texts they contain. */
gt_status page_write(const char *path, const struct page *page, const json_t *data,
                     gt_error *error);

#endif
