/* What a page shows of a run, from a directory of a few small files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data.h"
#include "helpers.h"
#include "report/charts.h"

#define POINTS "{\"components\":1,\"low\":-1,\"high\":1,\"side\":2,\"points\":[0]}"

static void put_text(const char *name, const char *text) {
    put_file(in_folder(name), text, strlen(text));
}

/* Of three epochs, stopped after the second; the best is the second. */
static int make_run(void **state) {
    static const char *const files[] = {
        "run/checkpoints/epoch-0002-step-0000015.safetensors",
        "run/checkpoints/epoch-0003.safetensors",
        "run/checkpoints/best.safetensors",
        "run/samples/epoch-0000.png",
        "run/samples/epoch-0001.png",
        "run/samples/epoch-0002.png",
        "run/samples/epoch-0003.png",
        "run/samples/step-0000010.png",
        "run/samples/step-0000011.png",
        "run/samples/step-0000002.png",
    };
    if (make_folder(state) != 0)
        return 1;
    mkdir(in_folder("run"), 0777);
    mkdir(in_folder("run/checkpoints"), 0777);
    mkdir(in_folder("run/samples"), 0777);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        put_text(files[i], "four");
    put_text("run/config.ini", "[train]\nepochs = 3\n");
    put_text("run/metrics.csv", "epoch,step,seconds,value,images_per_second,frechet,frechet_real,"
                                "value_held_out,missing_classes,odd\n"
                                "1,10,0.5,-1.25,99,,,,,\n"
                                "2,20,,-1.5,98,4.5,0.5,-1.75,2,\n"
                                "3,30,0.25,-1e308,97,5,,-1.5,,\n");
    put_text("run/events.jsonl",
             "{\"time\":1,\"kind\":\"start\",\"epoch\":0,\"step\":0,\"text\":\"\"}\n"
             "{\"time\":2,\"kind\":\"resume\",\"epoch\":0,\"step\":5,\"text\":\"\"}\n"
             "{\"time\":3,\"kind\":\"resume\",\"epoch\":2,\"step\":25,\"text\":\"\"}\n");
    put_text("run/samples/epoch-0002.json", POINTS);
    put_text("run/samples/step-0000002.json", POINTS);
    return 0;
}

static json_t *read_with(const char *path, const gt_report_options *options) {
    struct json_builder builder = {0};
    struct charts charts;
    json_t *data = json_object();
    charts_init(&charts, &builder);
    json_t *run = run_to_json(&charts, path, options);
    charts_put(&charts, data);
    json_decref(data);
    assert_false(builder.out_of_memory);
    return run;
}

/* The run as a process that trains it sees it. */
static json_t *read_run(const char *path) {
    return read_with(path, &(gt_report_options){.is_training = true, .best_epoch = 2});
}

/* A list of what each object of a list has at a key. */
static json_t *pick(const json_t *list, const char *key) {
    json_t *picked = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *value = json_object_get(json_array_get(list, i), key);
        json_array_append_new(picked, value != NULL ? json_incref(value) : json_null());
    }
    return picked;
}

static void axes_are_epochs_steps_and_time(void **state) {
    (void)state;
    json_t *run = read_run(in_folder("run"));
    assert_json(json_object_get(run, "axes"), "{\"step\":[10.0,20.0,30.0],\"epoch\":[1.0,2.0,3.0],"
                                              "\"time\":[0.5,0.5,0.75]}");
    assert_json(json_object_get(run, "epoch"), "3.0");
    assert_json(json_object_get(run, "images_per_second"), "97.0");
    json_decref(run);
}

static void an_older_run_has_no_steps(void **state) {
    (void)state;
    mkdir(in_folder("older"), 0777);
    put_text("older/metrics.csv", "epoch,value\n4,1\n7,2\n");
    json_t *run = read_run(in_folder("older"));
    assert_json(json_object_get(run, "axes"),
                "{\"step\":[4.0,7.0],\"epoch\":[4.0,7.0],\"time\":[0.0,0.0]}");
    assert_json(json_object_get(run, "images_per_second"), "null");
    json_decref(run);
    put_text("older/metrics.csv", "");
    run = read_run(in_folder("older"));
    assert_json(json_object_get(run, "axes"), "{\"step\":[],\"epoch\":[],\"time\":[]}");
    assert_json(json_object_get(run, "epoch"), "0.0");
    json_decref(run);
}

static void rows_are_marked(void **state) {
    (void)state;
    json_t *run = read_run(in_folder("run"));
    /* The first resume is before any row. */
    assert_json(json_object_get(run, "marks"), "[[\"resumed\",1],[\"best\",1]]");
    json_decref(run);
}

static void pictures_are_in_the_order_of_the_run(void **state) {
    (void)state;
    json_t *run = read_run(in_folder("run"));
    const json_t *pictures = json_object_get(run, "pictures");
    assert_json_new(pick(pictures, "name"),
                    "[\"before training\",\"step 2\",\"step 10\",\"epoch 1\",\"step 11\","
                    "\"epoch 2\",\"epoch 3\"]");
    assert_json_new(pick(pictures, "at"), "[0.0,0.666667,0.909091,1.0,1.5,2.0,3.0]");
    /* Numbers belong to frames, and to epochs. */
    assert_json_new(pick(pictures, "numbers"),
                    "[null,[],null,null,null,[[\"V(G,D) =\",-1.5,4]],null]");
    json_decref(run);
}

static void a_picture_that_is_gone_is_missed(void **state) {
    (void)state;
    json_t *run = read_run(in_folder("run"));
    char *problems = json_dumps(json_object_get(run, "problems"), 0);
    assert_non_null(strstr(problems, "samples: there is no real.png"));
    free(problems);
    json_decref(run);
}

static void a_page_with_few_pictures_has_some_of_the_whole_run(void **state) {
    (void)state;
    const gt_report_options options = {.is_self_contained = true, .pictures_most = 3};
    json_t *run = read_with(in_folder("run"), &options);
    assert_json_new(pick(json_object_get(run, "pictures"), "name"),
                    "[\"before training\",\"epoch 1\",\"epoch 3\"]");
    assert_json(json_object_get(run, "pictures_left_out"), "4");
    json_decref(run);
}

static void scores_are_last_best_and_beside(void **state) {
    (void)state;
    json_t *run = read_run(in_folder("run"));
    const json_t *scores = json_object_get(run, "scores");
    assert_json_new(pick(scores, "title"),
                    "[\"Frechet distance of features (less is better)\",\"V(G, D) on test images\","
                    "\"Classes that no sample is of\"]");
    assert_json_new(pick(scores, "numbers"),
                    "[[5.0,4.5,null],[-1.5,-1.75,-1.38629],[2.0,2.0,null]]");
    assert_json_new(pick(scores, "of"), "[null,\"-log 4\",null]");
    assert_json_new(pick(scores, "decimals"), "[3,4,0]");
    json_decref(run);
}

/* Command `index` of the first checkpoint. */
static const char *command_of(const json_t *run, size_t index) {
    const json_t *first = json_array_get(json_object_get(run, "checkpoints"), 0);
    const json_t *row = json_array_get(json_object_get(first, "commands"), index);
    return json_string_value(json_array_get(row, 1));
}

static void checkpoints_have_commands(void **state) {
    (void)state;
    char expected[1024], folder[80];
    snprintf(folder, sizeof folder, "%s/it's", test_folder);
    assert_int_equal(rename(in_folder("run"), folder), 0);
    strcat(folder, "/");
    json_t *run = read_run(folder);
    const json_t *checkpoints = json_object_get(run, "checkpoints");
    assert_json_new(pick(checkpoints, "name"),
                    "[\"epoch-0003.safetensors\",\"epoch-0002-step-0000015.safetensors\","
                    "\"best.safetensors\"]");
    assert_json_new(pick(checkpoints, "place"), "[\"epoch 3\",\"step 15\",\"epoch 2, the best\"]");
    assert_json_new(pick(checkpoints, "bytes"), "[4,4,4]");
    snprintf(expected, sizeof expected,
             "gantrain sample '%s/it'\\''s/checkpoints/epoch-0003.safetensors'", test_folder);
    assert_string_equal(command_of(run, 0), expected);
    snprintf(expected, sizeof expected,
             "gantrain --config '%s/it'\\''s/config.ini' --out '%s/it'\\''s-branch' "
             "'--resume=%s/it'\\''s/checkpoints/epoch-0003.safetensors'",
             test_folder, test_folder, test_folder);
    assert_string_equal(command_of(run, 2), expected);
    json_decref(run);
    strcat(folder, "."); /* where the program runs within the run */
    run = read_run(folder);
    folder[strlen(folder) - 1] = '\0';
    assert_non_null(strstr(command_of(run, 2), "s-branch' "));
    json_decref(run);
    assert_int_equal(rename(folder, in_folder("run")), 0);
}

static void runs_of_one_name_are_called_by_their_paths(void **state) {
    (void)state;
    const gt_report_options options = {0};
    gt_error error = {0};
    char expected[256];
    size_t size;
    mkdir(in_folder("b"), 0777);
    mkdir(in_folder("b/run"), 0777);
    put_text("b/run/metrics.csv", "epoch\n");
    const char *const runs[] = {in_folder("run/"), in_folder("b/run")};
    const char *page = in_folder("page.html");
    assert_int_equal(gt_report_write(page, runs, 1, &options, &error), GT_OK);
    char *text = (char *)get_file(&size, page);
    text[size] = '\0';
    assert_contains(text, "\"name\":\"run\"");
    free(text);
    assert_int_equal(gt_report_write(page, runs, 2, &options, &error), GT_OK);
    text = (char *)get_file(&size, page);
    text[size] = '\0';
    snprintf(expected, sizeof expected, "\"name\":\"%s/b/run\"", test_folder);
    assert_contains(text, expected);
    snprintf(expected, sizeof expected, "\"name\":\"%s/run/\"", test_folder);
    assert_contains(text, expected);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_epochs_steps_and_time),
        cmocka_unit_test(an_older_run_has_no_steps),
        cmocka_unit_test(rows_are_marked),
        cmocka_unit_test(pictures_are_in_the_order_of_the_run),
        cmocka_unit_test(a_picture_that_is_gone_is_missed),
        cmocka_unit_test(a_page_with_few_pictures_has_some_of_the_whole_run),
        cmocka_unit_test(scores_are_last_best_and_beside),
        cmocka_unit_test(checkpoints_have_commands),
        cmocka_unit_test(runs_of_one_name_are_called_by_their_paths),
    };
    return cmocka_run_group_tests(tests, make_run, remove_folder);
}
