/* CRC-32C against the check value of its definition and the examples of RFC 3720, appendix B.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "gantrain/files/crc32c.h"

static void test_published_values(void **state) {
    (void)state;
    uint8_t bytes[32];
    assert_int_equal(gt_crc32c("123456789", 9), 0xE3069283);
    assert_int_equal(gt_crc32c("", 0), 0);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(gt_crc32c(bytes, sizeof bytes), 0x8A9136AA);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(gt_crc32c(bytes, sizeof bytes), 0x62A8AB43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(gt_crc32c(bytes, sizeof bytes), 0x46DD794E);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(31 - i);
    assert_int_equal(gt_crc32c(bytes, sizeof bytes), 0x113FDB5C);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
