/* Decoders: one pass forward and back through a generator and its loss. */
#include "gantrain/model/decoder.h"

#include <assert.h>
#include <math.h>
#include <string.h>

gt_status gt_decoder_parse(gt_decoder *decoder, const gt_generator_settings *settings,
                           const gt_reconstruction *reconstruction, gt_shape shape,
                           gt_error *error) {
    gt_error detail = {0};
    decoder->reconstruction = reconstruction;
    if (reconstruction->of_logits && strcmp(settings->output->name, "sigmoid") != 0)
        return gt_error_set(error, GT_USAGE,
                            "[train] reconstruction = %s: needs pixels in [0, 1]: set "
                            "generator.output = sigmoid, or reconstruction = squared",
                            reconstruction->name);
    gt_status status = gt_generator_parse(&decoder->generator, settings, shape, &detail);
    if (status != GT_OK)
        return gt_error_set(error, status, "[generator] layers: %s", detail.message);
    return GT_OK;
}

void gt_decoder_carve(gt_decoder *decoder, gt_arena *arena, int rows) {
    size_t numbers = (size_t)rows * (size_t)decoder->generator.network.out;
    decoder->output = gt_arena_take(arena, numbers, sizeof(gt_real));
    decoder->doutput = gt_arena_take(arena, numbers, sizeof(gt_real));
    decoder->losses = gt_arena_take(arena, (size_t)rows, sizeof(double));
}

/* Forward, to the losses and their gradient at the output. */
static void find_losses(gt_decoder *decoder, const gt_real *z, const gt_real *images,
                        bool one_image, int rows, const gt_pass *pass) {
    gt_network *network = &decoder->generator.network;
    gt_network_forward(decoder->output, network, z, rows, pass);
    gt_reconstruction_losses(decoder->losses, decoder->doutput, decoder->reconstruction,
                             network->compute->team, decoder->output, images, one_image, rows,
                             network->out);
}

double gt_decoder_learn(gt_real *dz, gt_decoder *decoder, const gt_real *z, const gt_real *images,
                        int rows, const gt_pass *pass) {
    gt_network *network = &decoder->generator.network;
    double sum = 0;
    gt_network_end_early(network, decoder->reconstruction->of_logits);
    find_losses(decoder, z, images, false, rows, pass);
    gt_network_begin_gradients(network);
    gt_network_backward_through(dz, network, z, decoder->output, decoder->doutput, rows);
    gt_network_end_early(network, false);
    for (int row = 0; row < rows; row++)
        sum += decoder->losses[row];
    return sum / rows;
}

double gt_decoder_code_share(uint64_t step) {
    return fmax(0.01, 1.0 / ((double)step + 1));
}

void gt_decoder_compare(gt_decoder *decoder, const gt_real *z, const gt_real *condition,
                        const gt_real *images, bool one_image, int rows) {
    const gt_pass pass = {.training = false, .condition = condition};
    gt_network *network = &decoder->generator.network;
    gt_network_end_early(network, decoder->reconstruction->of_logits);
    find_losses(decoder, z, images, one_image, rows, &pass);
    gt_network_end_early(network, false);
}

void gt_decoder_find_code_gradient(gt_real *dz, gt_decoder *decoder, const gt_real *z,
                                   const gt_real *condition, const gt_real *images, int rows) {
    const gt_pass pass = {.training = false, .condition = condition};
    gt_network *network = &decoder->generator.network;
    assert(gt_decoder_obstacle(decoder) == NULL);
    gt_network_end_early(network, decoder->reconstruction->of_logits);
    find_losses(decoder, z, images, false, rows, &pass);
    gt_network_backward_to_input(dz, network, z, decoder->output, decoder->doutput, rows);
    gt_network_end_early(network, false);
}

const gt_layer *gt_decoder_obstacle(const gt_decoder *decoder) {
    const gt_network *network = &decoder->generator.network;
    for (int i = 0; i < network->layer_count; i++) {
        const gt_layer_kind *kind = network->layers[i].kind;
        if (kind == &gt_layer_dropout || kind == &gt_layer_batchnorm)
            return &network->layers[i];
    }
    return NULL;
}

/* A density over pixels of another range is (high - low) times as dense for each pixel. */
double gt_decoder_constant(const gt_decoder *decoder) {
    const gt_output *output = decoder->generator.output;
    return decoder->generator.network.out *
           (decoder->reconstruction->per_pixel - log((double)(output->high - output->low)));
}
