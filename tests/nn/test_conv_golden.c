/* Networks on images against PyTorch's numbers (conv_golden.h, by scripts/make-goldens): that layers
 * mean what PyTorch's mean, with the weights in its shapes and its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nn/network.h"

#include "conv_golden.h"
#include "nn/golden_network.h"

static const gt_pass pass = {.training = true};

static void they_do_what_pytorch_does(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof golden_networks / sizeof *golden_networks; i++)
        check_network(&golden_networks[i], &pass);
}

int main(void) {
    use_threads(2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_do_what_pytorch_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
