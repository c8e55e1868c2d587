/* Charts: columns of one panel share one, others have their own; runs add their curves; a score
 * stands next to that of real images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data.h"
#include "report/charts.h"
#include "report/columns.h"

/* The charts of runs of a model, of which only the history is known. */
static json_t *charts_of(const char *model, const char *const *histories, int count) {
    struct json_builder builder = {0};
    struct charts charts;
    gt_error error = {0};
    json_t *data = json_object();
    static struct run run;
    charts_init(&charts, &builder);
    gt_config_init(&run.config);
    gt_config_set(&run.config, gt_config_key_find("train.model"), model, &error);
    for (int i = 0; i < count; i++) {
        run.history = json_loads(histories[i], 0, NULL);
        assert_non_null(run.history);
        charts_add(&charts, &run);
        json_decref(run.history);
    }
    charts_put(&charts, data);
    assert_false(builder.out_of_memory);
    return data;
}

/* Chart `index` of a list. */
static json_t *chart_at(const json_t *data, const char *list, size_t index) {
    json_t *chart = json_array_get(json_object_get(data, list), index);
    assert_non_null(chart);
    return chart;
}

static size_t count_of(const json_t *data, const char *list) {
    return json_array_size(json_object_get(data, list));
}

static void columns_of_a_panel_share_a_chart(void **state) {
    (void)state;
    const char *const history =
        "{\"epoch\":[1],\"step\":[9],\"g_loss\":[2],\"seconds\":[1],\"d_loss\":[1],"
        "\"images_per_second\":[5]}";
    json_t *data = charts_of("gan", &history, 1);
    assert_int_equal(count_of(data, "curves"), 2); /* axes have none */
    const json_t *losses = chart_at(data, "curves", 0);
    assert_json(json_object_get(losses, "title"), "\"Losses\"");
    assert_json(json_object_get(losses, "series"),
                "[{\"run\":0,\"column\":\"d_loss\",\"label\":\"D loss\",\"values\":[1]},"
                "{\"run\":0,\"column\":\"g_loss\",\"label\":\"G loss\",\"values\":[2]}]");
    assert_json(json_object_get(losses, "decimals"), "4");
    assert_json(json_object_get(losses, "sparse"), "false");
    const json_t *speed = chart_at(data, "curves", 1);
    assert_json(json_object_get(speed, "decimals"), "0");
    assert_json(json_object_get(speed, "series"),
                "[{\"run\":0,\"column\":\"images_per_second\",\"label\":\"images/second\","
                "\"values\":[5]}]");
    json_decref(data);
}

static void levels_are_those_of_the_panel_and_of_the_stat(void **state) {
    (void)state;
    const char *const history = "{\"value\":[-1],\"d_fake\":[0.5],\"diversity\":[1]}";
    json_t *data = charts_of("gan", &history, 1);
    assert_json(json_object_get(chart_at(data, "curves", 0), "levels"), "[[\"-log 4\",-1.38629]]");
    assert_json(json_object_get(chart_at(data, "curves", 1), "levels"), "[[\"1/2\",0.5]]");
    assert_json(json_object_get(chart_at(data, "curves", 2), "levels"),
                "[[\"as real images\",1.0]]");
    assert_json(json_object_get(chart_at(data, "curves", 2), "decimals"), "2");
    json_decref(data);
}

static void other_columns_come_first_each_on_its_own(void **state) {
    (void)state;
    const char *const history =
        "{\"diversity\":[1],\"kl\":[3],\"constructor\":[4],\"__proto__\":[5]}";
    json_t *data = charts_of("vae", &history, 1);
    assert_int_equal(count_of(data, "curves"), 4);
    assert_json(json_object_get(chart_at(data, "curves", 0), "title"), "\"KL\"");
    assert_json(json_object_get(chart_at(data, "curves", 0), "decimals"), "4");
    assert_json(json_object_get(chart_at(data, "curves", 1), "title"), "\"Constructor\"");
    assert_json(json_object_get(chart_at(data, "curves", 1), "decimals"), "3");
    assert_json(json_object_get(chart_at(data, "curves", 2), "series"),
                "[{\"run\":0,\"column\":\"__proto__\",\"label\":\"__proto__\",\"values\":[5]}]");
    assert_json(json_object_get(chart_at(data, "curves", 3), "title"), "\"Diversity\"");
    json_decref(data);
}

static void runs_add_their_curves(void **state) {
    (void)state;
    const char *const histories[] = {"{\"d_loss\":[1]}", "{}", "{\"extra\":[3],\"d_loss\":[2]}"};
    json_t *data = charts_of("gan", histories, 3);
    assert_int_equal(count_of(data, "curves"), 2);
    assert_json(json_object_get(chart_at(data, "curves", 0), "title"), "\"Extra\"");
    assert_json(json_object_get(chart_at(data, "curves", 1), "series"),
                "[{\"run\":0,\"column\":\"d_loss\",\"label\":\"D loss\",\"values\":[1]},"
                "{\"run\":2,\"column\":\"d_loss\",\"label\":\"D loss\",\"values\":[2]}]");
    json_decref(data);
}

static void a_score_stands_next_to_that_of_real_images(void **state) {
    (void)state;
    const char *const history =
        "{\"frechet\":[9],\"frechet_real\":[1],\"value_held_out\":[-1],\"parzen_sigma\":[0.1],"
        "\"nearest_test\":[2]}";
    json_t *data = charts_of("gan", &history, 1);
    assert_int_equal(count_of(data, "curves"), 0);
    assert_int_equal(count_of(data, "scores"), 2); /* of sigma neither more nor less is better */
    const json_t *frechet = chart_at(data, "scores", 0);
    assert_json(json_object_get(frechet, "title"),
                "\"Frechet distance of features (less is better)\"");
    assert_json(
        json_object_get(frechet, "series"),
        "[{\"run\":0,\"column\":\"frechet\",\"label\":\"samples\",\"values\":[9]},"
        "{\"run\":0,\"column\":\"frechet_real\",\"label\":\"real images\",\"values\":[1]}]");
    assert_json(json_object_get(frechet, "sparse"), "true");
    assert_json(json_object_get(frechet, "levels"), "[]");
    assert_json(json_object_get(chart_at(data, "scores", 1), "levels"), "[[\"-log 4\",-1.38629]]");
    json_decref(data);
}

static void columns_are_as_their_tables_say(void **state) {
    (void)state;
    static gt_config config;
    gt_config_init(&config);
    assert_int_equal(column_find(&config, "d_real").decimals, 3);
    assert_int_equal(column_find(&config, "missing_classes").decimals, 0);
    assert_string_equal(column_find(&config, "frechet").beside, "frechet_real");
    assert_null(column_find(&config, "missing_classes").beside); /* which has no column */
    assert_string_equal(column_find(&config, "frechet_real").label, "frechet_real");
    assert_null(column_find(&config, "kl").score);
    assert_string_equal(column_find(&config, "kl").label, "kl"); /* of another model */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_a_panel_share_a_chart),
        cmocka_unit_test(levels_are_those_of_the_panel_and_of_the_stat),
        cmocka_unit_test(other_columns_come_first_each_on_its_own),
        cmocka_unit_test(runs_add_their_curves),
        cmocka_unit_test(a_score_stands_next_to_that_of_real_images),
        cmocka_unit_test(columns_are_as_their_tables_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
