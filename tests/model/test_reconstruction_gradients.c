/* The whole step of the models that learn by reconstruction, against central differences in double:
 * the loss that a step reports is the one whose gradient it finds, for every parameter of all
 * networks and for learned codes. The steps themselves are run, with a learning rate of 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "gradient_check.h"

#include <stdio.h>

#include "gantrain/model/codes.h"
#include "model/any_model.h"

/* Step 3 takes the images from number 3 BATCH on. */
enum { STEP = 3, FIRST_CODE = STEP * BATCH * LATENT };

static double loss_of_step(void *context) {
    double stats[GT_MODEL_STATS];
    make_step(stats, context, STEP);
    return stats[0];
}

static void check_networks(const char *what, const gt_model_settings *settings) {
    fixture *opened = open_model(settings);
    gt_model *model = &opened->model;
    for (int i = 0; i < model->trained_count; i++)
        gradient_fill(model->trained[i].network->parameters,
                      model->trained[i].network->parameter_count, 0.1, 0.9, 31 + (uint64_t)i);
    for (int i = 0; i < model->trained_count; i++) {
        const gt_network *network = model->trained[i].network;
        char name[200];
        snprintf(name, sizeof name, "%s, %s of %s", what, model->trained[i].name,
                 model->kind->name);
        loss_of_step(opened);
        gradient_check(name, loss_of_step, opened, network->parameters, network->gradients,
                       network->parameter_count);
    }
    close_model(opened);
}

/* Hidden layers of all networks; smooth ones, and ones with kinks. */
static const char *const lists[] = {
    "",
    "dense 4, tanh",
    "dense 7, leaky_relu 0.2, dense 4, leaky_relu 0.2",
    "dense 6, batchnorm, tanh, dropout 0.2",
    "maxout 5 3, dropout 0.2",
};
enum { LISTS = sizeof lists / sizeof *lists };

static const gt_optimizer_settings still = {.lr = 0};

/* Every loss with every output that it takes. */
static void check_kind(const gt_model_kind *kind, double kl_weight) {
    const gt_reconstruction *reconstruction;
    const gt_output *output;
    for (int i = 0; i < LISTS; i++)
        for (int k = 0; (reconstruction = gt_reconstruction_at(k)) != NULL; k++)
            for (int o = 0; (output = gt_output_at(o)) != NULL; o++) {
                gt_model_settings settings = settings_of(kind, lists[i], still);
                if (reconstruction->of_logits && strcmp(output->name, "sigmoid") != 0)
                    continue;
                settings.generator.output = output;
                settings.reconstruction = reconstruction;
                settings.kl_weight = kl_weight;
                settings.code_lr = 0;
                char what[160];
                snprintf(what, sizeof what, "%s, %s, '%s'", reconstruction->name, output->name,
                         lists[i]);
                check_networks(what, &settings);
            }
}

static void the_step_of_an_autoencoder(void **state) {
    (void)state;
    check_kind(&gt_model_autoencoder, 1);
}

static void the_step_of_a_vae(void **state) {
    (void)state;
    check_kind(&gt_model_vae, 1);
    check_kind(&gt_model_vae, 0.3);
}

/* The codes of the minibatch, which stand one after another: the loss does not depend on others. */
static void the_gradient_of_learned_codes(void **state) {
    (void)state;
    for (int i = 0; i < LISTS; i++) {
        gt_model_settings settings = settings_of(&gt_model_codes, lists[i], still);
        char what[160];
        settings.code_lr = 0;
        fixture *opened = open_model(&settings);
        gt_codes *codes = gt_codes_of(&opened->model);
        gt_network *network = &codes->decoder.generator.network;
        gradient_fill(network->parameters, network->parameter_count, 0.1, 0.9, 31);
        for (int k = 0; k < 40 * LATENT; k++) /* well within the unit ball */
            codes->values[k] /= 2;
        snprintf(what, sizeof what, "'%s', codes", lists[i]);
        loss_of_step(opened);
        gradient_check(what, loss_of_step, opened, codes->values + FIRST_CODE, codes->dz,
                       (size_t)BATCH * LATENT);
        close_model(opened);
    }
}

/* What the codes of images to be reconstructed are moved by. */
struct fit {
    fixture *opened;
    gt_real z[BATCH * LATENT], dz[BATCH * LATENT];
};

static double loss_of_fit(void *context) {
    struct fit *fit = context;
    gt_decoder *decoder = &gt_codes_of(&fit->opened->model)->decoder;
    double sum = 0;
    gt_decoder_find_code_gradient(fit->dz, decoder, fit->z, NULL, fit->opened->images, BATCH);
    for (int row = 0; row < BATCH; row++)
        sum += decoder->losses[row] / BATCH;
    return sum;
}

static void the_gradient_of_fitted_codes(void **state) {
    (void)state;
    const gt_reconstruction *reconstruction;
    for (int k = 0; (reconstruction = gt_reconstruction_at(k)) != NULL; k++) {
        gt_model_settings settings =
            settings_of(&gt_model_codes, "maxout 5 3, dense 4, tanh", still);
        settings.reconstruction = reconstruction;
        struct fit fit = {.opened = open_model_for(&settings, GT_MODEL_RECONSTRUCT)};
        gt_network *network = &gt_codes_of(&fit.opened->model)->decoder.generator.network;
        gradient_fill(network->parameters, network->parameter_count, 0.1, 0.9, 31);
        gradient_fill(fit.z, BATCH * LATENT, 0.1, 0.9, 32);
        loss_of_fit(&fit);
        gradient_check(reconstruction->name, loss_of_fit, &fit, fit.z, fit.dz, BATCH * LATENT);
        close_model(fit.opened);
    }
}

static void the_step_of_codes(void **state) {
    (void)state;
    check_kind(&gt_model_codes, 1);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_step_of_an_autoencoder),
        cmocka_unit_test(the_step_of_a_vae),
        cmocka_unit_test(the_step_of_codes),
        cmocka_unit_test(the_gradient_of_learned_codes),
        cmocka_unit_test(the_gradient_of_fitted_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
