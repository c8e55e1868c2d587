/* The page of runs. */
#include "gantrain/report/report.h"

#include <assert.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/base/version.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/events.h"
#include "report/page.h"
#include "report/panels.h"
#include "report/run.h"

static const struct page report_page = {
    asset_page_html,
    asset_page_css,
    {asset_tools_js, asset_chart_js, asset_runs_js, asset_points_js, asset_report_js},
};

static json_t *panel_to_json(struct json_builder *builder, const struct panel *panel) {
    json_t *object = json_object(), *columns = json_array(), *levels = json_array();
    for (int i = 0; i < PANEL_CURVES && panel->columns[i] != NULL; i++)
        json_add(builder, columns, json_text(panel->columns[i]));
    if (panel->level_name != NULL) {
        json_t *level = json_array();
        json_add(builder, level, json_text(panel->level_name));
        json_add(builder, level, json_number(panel->level));
        json_add(builder, levels, level);
    }
    json_put(builder, object, "title", json_text(panel->title));
    json_put(builder, object, "columns", columns);
    json_put(builder, object, "levels", levels);
    json_put(builder, object, "words", json_text(panel->words));
    if (panel->decimals >= 0)
        json_put(builder, object, "decimals", json_integer(panel->decimals));
    return object;
}

static json_t *panels_to_json(struct json_builder *builder) {
    const struct panel *panel;
    json_t *panels = json_array();
    for (int i = 0; (panel = panel_at(i)) != NULL; i++)
        json_add(builder, panels, panel_to_json(builder, panel));
    return panels;
}

gt_status run_check_directory(const char *path, gt_error *error) {
    gt_run_directory run = {.lock = -1};
    struct stat status;
    bool found = false;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
        gt_text_copy(run.path, sizeof run.path, path) && gt_run_find(&found, &run, error) != GT_OK)
        return GT_FAILED;
    if (found)
        return GT_OK;
    return gt_error_set(error, GT_FAILED,
                        "%s: is not a run directory: it has no config.ini, no metrics.csv and no "
                        "checkpoints",
                        path);
}

gt_status gt_report_write(const char *path, const char *const *runs, int count,
                          const gt_report_options *options, gt_error *error) {
    struct json_builder builder = {0};
    assert(count >= 1 && count <= GT_REPORT_RUNS);
    for (int i = 0; i < count; i++)
        if (run_check_directory(runs[i], error) != GT_OK)
            return GT_FAILED;
    json_t *data = json_object(), *list = json_array();
    for (int i = 0; i < count; i++)
        json_add(&builder, list, run_to_json(&builder, runs[i], options));
    json_put(&builder, data, "version", json_text(gt_version()));
    json_put(&builder, data, "written", json_integer((json_int_t)gt_event_now()));
    json_put(&builder, data, "panels", panels_to_json(&builder));
    json_put(&builder, data, "runs", list);
    gt_status status = builder.out_of_memory
                           ? gt_error_set(error, GT_FAILED, "%s: no memory for the page", path)
                           : page_write(path, &report_page, data, error);
    json_decref(data);
    return status;
}
