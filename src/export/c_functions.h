/* The functions of exported C source, as templates (c_text_fill). Each is written once if a layer
 * needs it. Images have channels last. All take y and x first; y may be x for those of one number
 * at a time. */
#ifndef GANTRAIN_EXPORT_C_FUNCTIONS_H
#define GANTRAIN_EXPORT_C_FUNCTIONS_H

struct c_function {
    const char *name; /* after NAME_ */
    const char *text; /* the template */
};

extern const struct c_function c_function_dense, c_function_maxout, c_function_channel_max,
    c_function_conv, c_function_deconv, c_function_leaky_relu, c_function_sigmoid, c_function_tanh,
    c_function_affine, c_function_one_hot, c_function_embedding, c_function_image,
    c_function_flatten, c_function_average, c_function_max, c_function_upsample, c_function_bytes;

#endif
