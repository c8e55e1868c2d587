/* Weights of products as halves, scaled by a power of two so that the largest is near 1: none
 * overflows, and none but the tiniest loses bits. */
#include "report/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint16_t half_bits(double value) {
    enum { SMALLEST_EXPONENT = -14, MANTISSA_BITS = 10 };
    int exponent = value != 0 ? ilogb(value) : SMALLEST_EXPONENT;
    if (exponent < SMALLEST_EXPONENT)
        exponent = SMALLEST_EXPONENT;
    /* 2^10 to 2^11 for a normal number, whose leading bit then counts one up in the exponent. */
    long mantissa = lrint(ldexp(fabs(value), MANTISSA_BITS - exponent));
    long bits = ((long)(exponent - SMALLEST_EXPONENT) << MANTISSA_BITS) + mantissa;
    return (uint16_t)(bits | (signbit(value) ? 0x8000 : 0));
}

/* As many bytes of a number as there are, the lowest first. */
static void put_bytes(uint8_t *to, uint32_t bits, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = (uint8_t)(bits >> (8 * i));
}

json_t *reals_to_json(const gt_real *values, size_t count) {
    uint8_t *bytes = malloc(4 * count);
    json_t *object = json_object(), *text = NULL;
    for (size_t i = 0; bytes != NULL && i < count; i++) {
        float value = (float)values[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_bytes(bytes + 4 * i, bits, 4);
    }
    if (bytes != NULL)
        text = json_base64("", bytes, 4 * count);
    free(bytes);
    if (json_object_set_new(object, "f32", text) == 0)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *halves_to_json(const gt_real *values, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)values[i]));
    const double scale = largest > 0 ? ldexp(1, ilogb(largest) + 1) : 1;
    uint8_t *bytes = malloc(2 * count);
    json_t *object = json_object(), *text = NULL;
    for (size_t i = 0; bytes != NULL && i < count; i++)
        put_bytes(bytes + 2 * i, half_bits((double)values[i] / scale), 2);
    if (bytes != NULL)
        text = json_base64("", bytes, 2 * count);
    free(bytes);
    if (json_object_set_new(object, "f16", text) == 0 &&
        json_object_set_new(object, "scale", json_real(scale)) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *shape_to_json(gt_shape shape) {
    return json_pack("[i, i, i]", shape.channels, shape.height, shape.width);
}

static json_t *layer_to_json(struct json_builder *builder, const gt_network *network, int index) {
    const gt_layer *layer = &network->layers[index];
    json_t *object = json_object(), *arguments = json_array(), *tensors = json_object();
    for (int i = 0; i < GT_LAYER_ARGUMENTS && layer->kind->arguments[i].name != NULL; i++)
        json_add(builder, arguments, json_real(layer->arguments[i]));
    for (int i = 0; i < layer->tensor_count; i++) {
        const gt_layer_tensor *tensor = &layer->tensors[i];
        const gt_real *values;
        const char *name = gt_network_pass_tensor(&values, network, index, i);
        const size_t count = gt_layer_tensor_size(tensor);
        if (name != NULL)
            json_put(builder, tensors, name,
                     tensor->rank > 1 ? halves_to_json(values, count)
                                      : reals_to_json(values, count));
    }
    json_put(builder, object, "kind", json_text(layer->kind->name));
    json_put(builder, object, "arguments", arguments);
    json_put(builder, object, "in", shape_to_json(layer->in));
    json_put(builder, object, "out", shape_to_json(layer->out));
    json_put(builder, object, "tensors", tensors);
    return object;
}

json_t *network_to_json(struct json_builder *builder, const gt_network *network) {
    json_t *layers = json_array();
    for (int i = 0; i < network->layer_count; i++)
        json_add(builder, layers, layer_to_json(builder, network, i));
    return layers;
}
