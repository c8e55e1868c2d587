/* Texts of pages: names of paths, titles, and commands for a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "data.h"
#include "gantrain/files/file.h"
#include "report/json.h"

static void a_name_is_the_last_part_of_a_path(void **state) {
    (void)state;
    assert_json_new(json_base_name("runs/digits"), "\"digits\"");
    assert_json_new(json_base_name("/runs/digits//"), "\"digits\"");
    assert_json_new(json_base_name("digits"), "\"digits\"");
    assert_json_new(json_base_name("/"), "\"/\"");
    assert_json_new(json_base_name(""), "\"\"");
    assert_json_new(json_base_name("a/\xff"), "\"?\""); /* no UTF-8 */
}

static void a_title_begins_with_a_capital(void **state) {
    (void)state;
    assert_json_new(json_title("  its standard error"), "\"Its standard error\"");
    assert_json_new(json_title("KL"), "\"KL\"");
    assert_json_new(json_title("__proto__"), "\"__proto__\"");
    assert_json_new(json_title(""), "\"\"");
}

static void a_command_is_one_that_a_shell_takes(void **state) {
    (void)state;
    static char path[4 * GT_PATH_CAPACITY];
    assert_json_new(json_command((const char *const[]){"gantrain", "eval", "it's", NULL}),
                    "\"gantrain eval 'it'\\\\''s'\"");
    memset(path, 'x', sizeof path - 1);
    assert_json_new(json_command((const char *const[]){"gantrain", path, NULL}), "null");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_the_last_part_of_a_path),
        cmocka_unit_test(a_title_begins_with_a_capital),
        cmocka_unit_test(a_command_is_one_that_a_shell_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
