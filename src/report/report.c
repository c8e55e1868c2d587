/* The page of runs. */
#include "gantrain/report/report.h"

#include <assert.h>
#include <sys/stat.h>

#include "gantrain/base/text.h"
#include "gantrain/base/version.h"
#include "gantrain/store/directory.h"
#include "gantrain/store/events.h"
#include "report/page.h"
#include "report/run.h"

static const struct page report_page = {
    asset_page_html,
    asset_page_css,
    {asset_tools_js, asset_chart_js, asset_runs_js, asset_points_js, asset_report_js},
};

static gt_status check_directory(const char *path, gt_error *error) {
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
        if (check_directory(runs[i], error) != GT_OK)
            return GT_FAILED;
    json_t *data = json_object(), *list = json_array();
    for (int i = 0; i < count; i++)
        json_add(&builder, list, run_to_json(&builder, runs[i], options));
    json_put(&builder, data, "version", json_text(gt_version()));
    json_put(&builder, data, "written", json_integer((json_int_t)gt_event_now()));
    json_put(&builder, data, "runs", list);
    gt_status status = builder.out_of_memory
                           ? gt_error_set(error, GT_FAILED, "%s: no memory for the page", path)
                           : page_write(path, &report_page, data, error);
    json_decref(data);
    return status;
}
