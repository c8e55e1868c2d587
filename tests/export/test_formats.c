/* Every kind of layer has its row in every format, but for minibatch_stddev, which takes a whole
 * minibatch, and projection in C, where only generators go; and every prior has its draw in exported programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "export/c_program.h"
#include "gantrain/export/export.h"

static void every_layer_is_in_every_format(void **state) {
    (void)state;
    const gt_export_format *format;
    const gt_layer_kind *kind;
    for (int f = 0; (format = gt_export_format_at(f)) != NULL; f++)
        for (int i = 0; (kind = gt_layer_kind_at(i)) != NULL; i++)
            if (kind != &gt_layer_minibatch_stddev && !format->has_layer(kind) &&
                (kind != &gt_layer_projection || format->takes_every_network))
                fail_msg("%s has no row for layers of kind %s", format->suffix, kind->name);
}

static void every_prior_is_in_programs(void **state) {
    (void)state;
    const gt_prior *prior;
    for (int i = 0; (prior = gt_prior_at(i)) != NULL; i++)
        if (!c_program_has_prior(prior))
            fail_msg("exported programs cannot draw z of the prior %s", prior->name);
}

static void a_path_has_the_format_of_its_end(void **state) {
    (void)state;
    assert_ptr_equal(gt_export_format_find("a/b.c"), gt_export_format_at(0));
    assert_null(gt_export_format_find(".c"));
    assert_null(gt_export_format_find("b.h"));
    assert_null(gt_export_format_find(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_is_in_every_format),
        cmocka_unit_test(every_prior_is_in_programs),
        cmocka_unit_test(a_path_has_the_format_of_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
