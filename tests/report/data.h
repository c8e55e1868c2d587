/* The data of a page as text, to be compared. Include it after cmocka.h. */
#ifndef TESTS_REPORT_DATA_H
#define TESTS_REPORT_DATA_H

#include <jansson.h>
#include <stdlib.h>

/* The text of a value has up to 6 digits, and no space. */
static inline void assert_json(const json_t *value, const char *expected) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* The same of a value that is given away. */
static inline void assert_json_new(json_t *value, const char *expected) {
    assert_json(value, expected);
    json_decref(value);
}

#endif
