/* Events come back as they were written, whatever their texts; lines that are no events are counted
 * and left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>

#include "gantrain/store/events.h"
#include "helpers.h"

static const char *path(void) {
    return in_folder("events.jsonl");
}

static void append(gt_event_kind kind, const char *text, const gt_scores *scores) {
    const gt_event event = {
        .kind = kind, .time = 1.5e9 + 0.25, .epoch = 3, .step = 90, .text = text};
    gt_error error = {0};
    if (gt_events_append(path(), &event, scores, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static gt_events load(void) {
    gt_events events;
    gt_error error = {0};
    if (gt_events_load(&events, path(), &error) != GT_OK)
        fail_msg("%s", error.message);
    return events;
}

static void test_events_come_back(void **state) {
    (void)state;
    static const char *const texts[] = {"", "two\nlines", "</script> \"quoted\" \\", "\xc3\xa9",
                                        "\xe9\xff latin-1"};
    static const char *const read[] = {"", "two\nlines", "</script> \"quoted\" \\", "\xc3\xa9",
                                       "?? latin-1"};
    unlink(path());
    for (int i = 0; i < 5; i++)
        append((gt_event_kind)i, texts[i], NULL);
    gt_events events = load();
    assert_int_equal(events.count, 5);
    assert_int_equal(events.damaged, 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(events.list[i].kind, i);
        assert_string_equal(events.list[i].text, read[i]);
        assert_true(events.list[i].time == 1.5e9 + 0.25);
        assert_int_equal(events.list[i].epoch, 3);
        assert_int_equal(events.list[i].step, 90);
        assert_null(events.list[i].scores);
    }
    gt_events_free(&events);
}

static void test_scores_come_back(void **state) {
    (void)state;
    gt_scores scores;
    gt_scores_clear(&scores);
    scores.frechet = 1.25;
    scores.samples = 100;
    scores.classes = (gt_class_list){2, {0.25, 0.75}};
    unlink(path());
    append(GT_EVENT_EVALUATION, "", &scores);
    gt_events events = load();
    json_t *read = events.list[0].scores;
    assert_int_equal(json_object_size(read), 3);
    assert_true(json_real_value(json_object_get(read, "frechet")) == 1.25);
    assert_int_equal(json_integer_value(json_object_get(read, "samples")), 100);
    assert_true(json_real_value(json_array_get(json_object_get(read, "classes"), 1)) == 0.75);
    gt_events_free(&events);
}

static void test_other_lines_are_left_out(void **state) {
    (void)state;
    const char *text = "{\"time\":1,\"kind\":\"start\",\"epoch\":0,\"step\":0,\"text\":\"a\"}\n"
                       "\n"
                       "nonsense\n"
                       "[1]\n"
                       "{\"time\":1,\"kind\":\"other\",\"epoch\":0,\"step\":0,\"text\":\"a\"}\n"
                       "{\"time\":1,\"kind\":\"start\",\"epoch\":-1,\"step\":0,\"text\":\"a\"}\n"
                       "{\"time\":1,\"kind\":\"start\",\"epoch\":0,\"step\":0,\"text\":7}\n"
                       "{\"time\":1,\"kind\":\"finished\",\"epoch\":0,\"step\":0,\"text\":\"b\"}\n"
                       "{\"time\":1,\"kind\":\"fin";
    put_file(path(), text, strlen(text));
    gt_events events = load();
    assert_int_equal(events.count, 2);
    assert_int_equal(events.damaged, 7);
    assert_string_equal(events.list[1].text, "b");
    gt_events_free(&events);
}

static void test_a_file_that_is_not_there_holds_none(void **state) {
    (void)state;
    unlink(path());
    gt_events events = load();
    assert_int_equal(events.count, 0);
    gt_events_free(&events);
}

static void test_what_cannot_be_used_is_said(void **state) {
    (void)state;
    gt_event event = {.text = ""};
    gt_events events;
    gt_error error = {0};
    assert_int_equal(gt_events_load(&events, test_folder, &error), GT_FAILED);
    assert_names_path(error.message, test_folder);
    assert_int_equal(gt_events_append(in_folder("no/events.jsonl"), &event, NULL, &error),
                     GT_FAILED);
    assert_names_path(error.message, in_folder("no/events.jsonl"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_come_back),
        cmocka_unit_test(test_scores_come_back),
        cmocka_unit_test(test_other_lines_are_left_out),
        cmocka_unit_test(test_a_file_that_is_not_there_holds_none),
        cmocka_unit_test(test_what_cannot_be_used_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
