/* The page of runs. */
#include "gantrain/report/report.h"

#include <assert.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/base/version.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/events.h"
#include "report/charts.h"
#include "report/page.h"
#include "report/run.h"

static const struct page report_page = {
    asset_page_html,
    asset_page_css,
    {asset_tools_js, asset_chart_js, asset_points_js, asset_report_js},
};

/* A run is called by the last part of its path, or by all of it if two would be called the same. */
static void put_names(struct json_builder *builder, json_t *runs, const char *const *paths,
                      int count) {
    json_t *names = json_object();
    for (int i = 0; i < count; i++) {
        json_t *name = json_base_name(paths[i]);
        json_put(builder, names, json_string_value(name), json_true());
        json_decref(name);
    }
    const bool differ = json_object_size(names) == (size_t)count;
    for (int i = 0; i < count; i++)
        json_put(builder, json_array_get(runs, (size_t)i), "name",
                 differ ? json_base_name(paths[i]) : json_text(paths[i]));
    json_decref(names);
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
    struct charts charts;
    assert(count >= 1 && count <= GT_REPORT_RUNS);
    for (int i = 0; i < count; i++)
        if (run_check_directory(runs[i], error) != GT_OK)
            return GT_FAILED;
    json_t *data = json_object(), *list = json_array();
    charts_init(&charts, &builder);
    for (int i = 0; i < count; i++)
        json_add(&builder, list, run_to_json(&charts, runs[i], options));
    put_names(&builder, list, runs, count);
    json_put(&builder, data, "version", json_text(gt_version()));
    json_put(&builder, data, "written", json_integer((json_int_t)gt_event_now()));
    json_put(&builder, data, "runs", list);
    charts_put(&charts, data);
    gt_status status = builder.out_of_memory
                           ? gt_error_set(error, GT_FAILED, "%s: no memory for the page", path)
                           : page_write(path, &report_page, data, error);
    json_decref(data);
    return status;
}
