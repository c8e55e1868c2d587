/* Gradients of a whole step of the model ascent, against central differences in double: of D's logit
 * at its input, which a step of the ascent follows; and of D's loss, the penalty R1 included, in its
 * weights, with the images that the ascent found held fixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"
#include "model/any_ascent.h"

static const char layers[] = "dense 8, tanh, dense 6, leaky_relu 0.2";

/* Images whose logits are summed up. */
struct climbed {
    fixture *opened;
    double images[BATCH * PIXELS];
};

static double sum_of_logits(void *context) {
    struct climbed *climbed = context;
    double logits[BATCH], sum = 0;
    gt_model_ascent.judge(logits, &climbed->opened->model, climbed->images, NULL, BATCH);
    for (int row = 0; row < BATCH; row++)
        sum += logits[row];
    return sum;
}

static void a_step_of_the_ascent_follows_the_gradient(void **state) {
    (void)state;
    gt_model_settings settings = settings_of(layers, 0);
    settings.ascent.noise = 0;
    settings.ascent.rate = 1e-3; /* so that no pixel meets an end */
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    struct climbed climbed = {.opened = opened};
    double moved[BATCH * PIXELS];
    gradient_fill(climbed.images, BATCH * PIXELS, 0.1, 0.9, 5);
    memcpy(moved, climbed.images, sizeof moved);
    gt_ascent_climb(moved, opened->ascent, 1, BATCH, NULL);
    for (int i = 0; i < BATCH * PIXELS; i++)
        moved[i] = (moved[i] - climbed.images[i]) / settings.ascent.rate;
    gradient_check("input", sum_of_logits, &climbed, climbed.images, moved, BATCH * PIXELS);
    close_ascent(opened);
}

/* The sum over images of the squared gradient of D at them. */
static double squared_gradients(gt_network *network, const gt_real *images) {
    const gt_pass pass = {.training = true};
    double logits[BATCH], dlogits[BATCH], gradient[BATCH * PIXELS], sum = 0;
    for (int row = 0; row < BATCH; row++)
        dlogits[row] = 1;
    gt_network_forward(logits, network, images, BATCH, &pass);
    gt_network_backward_to_input(gradient, network, images, logits, dlogits, BATCH);
    for (int i = 0; i < BATCH * PIXELS; i++)
        sum += gradient[i] * gradient[i];
    return sum;
}

/* What a step descends, at the images of opened->ascent: softplus of the logits of those found, and
 * of the negative logits of training images, each a mean; and gamma / 2 times the mean squared
 * gradient, R1 at training images and R2 at those found. */
static double loss_of_step(void *context) {
    fixture *opened = context;
    gt_ascent *ascent = opened->ascent;
    gt_network *network = &ascent->discriminator.network;
    const gt_pass pass = {.training = true};
    const double target = ascent->discriminator.real_target;
    const gt_real *real = ascent->images + BATCH * PIXELS;
    double logits[2 * BATCH], loss = 0;
    gt_network_forward(logits, network, ascent->images, 2 * BATCH, &pass);
    for (int row = 0; row < BATCH; row++) {
        double found = logits[row], given = logits[BATCH + row];
        loss += log1p(exp(found)) + log1p(exp(given)) - target * given;
    }
    loss += ascent->discriminator.r1_gamma / 2 * squared_gradients(network, real);
    loss += ascent->discriminator.r2_gamma / 2 * squared_gradients(network, ascent->images);
    return loss / BATCH;
}

/* With a rate of 1 and no momentum, a step moves weights by their gradient. */
static void check_step(double r1_gamma, double r2_gamma, int buffer) {
    gt_model_settings settings = settings_of(layers, 1);
    settings.discriminator.r1_gamma = settings.discriminator.r1_final = r1_gamma;
    settings.discriminator.r2_gamma = settings.discriminator.r2_final = r2_gamma;
    settings.discriminator.label_smoothing = 0.1;
    settings.ascent.buffer = buffer;
    fixture *opened = open_ascent(&settings, GT_MODEL_TRAIN);
    gt_network *network = &opened->ascent->discriminator.network;
    const size_t count = network->parameter_count;
    double *before = malloc(count * sizeof *before), *gradient = malloc(count * sizeof *gradient);
    double stats[GT_MODEL_STATS];
    memcpy(before, network->parameters, count * sizeof *before);
    make_step(stats, opened, 0);
    for (size_t i = 0; i < count; i++)
        gradient[i] = before[i] - network->parameters[i];
    memcpy(network->parameters, before, count * sizeof *before);
    gradient_check("weights", loss_of_step, opened, network->parameters, gradient, count);
    if (r1_gamma == 0 && r2_gamma == 0)
        assert_true(fabs(loss_of_step(opened) - stats[0]) < 1e-12);
    free(before);
    free(gradient);
    close_ascent(opened);
}

static void a_step_descends_its_loss(void **state) {
    (void)state;
    check_step(0, 0, 0);
    check_step(0.5, 0, 0);
    check_step(0, 0.5, 0);
    check_step(0.5, 0.3, 9);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_the_ascent_follows_the_gradient),
        cmocka_unit_test(a_step_descends_its_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
