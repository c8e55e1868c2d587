/* Networks that are told classes against PyTorch's numbers (class_golden.h, by scripts/make-goldens):
 * one looks classes up in a torch.nn.Embedding beside its examples, one projects on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nn/network.h"

#include "class_golden.h"
#include "nn/golden_network.h"

static void they_do_what_pytorch_does(void **state) {
    (void)state;
    gt_real condition[GOLDEN_EXAMPLES * GOLDEN_CLASSES] = {0};
    const gt_pass pass = {.training = true, .condition = condition};
    for (int row = 0; row < GOLDEN_EXAMPLES; row++)
        condition[row * GOLDEN_CLASSES + golden_labels[row]] = 1;
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
