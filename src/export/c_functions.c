/* The functions of exported C source: plain C99 loops, to be read and to be compiled for
 * anything. */
#include "export/c_functions.h"

const struct c_function c_function_dense = {
    "dense", "\n/* y (units) = w x + bias, w (units, inputs). */\n"
             "static void @_dense(float *y, const float *x, const $ *w,` const float *scale,`\n"
             "                    const float *bias, int units, int inputs)\n"
             "{\n"
             "    int i, j;\n"
             "    for (i = 0; i < units; i++, w += inputs) {\n"
             "        float sum = 0.0f;\n"
             "        for (j = 0; j < inputs; j++)\n"
             "            sum += (float)w[j] * x[j];\n"
             "        y[i] = sum` * scale[i]` + bias[i];\n"
             "    }\n"
             "}\n"};

const struct c_function c_function_maxout = {
    "maxout",
    "\n/* y (units) = the largest of several affine maps of x, w (pieces, units, inputs). */\n"
    "static void @_maxout(float *y, const float *x, const $ *w,` const float *scale,`\n"
    "                     const float *bias, int units, int inputs, int pieces)\n"
    "{\n"
    "    int piece, i, j;\n"
    "    for (piece = 0; piece < pieces; piece++)\n"
    "        for (i = 0; i < units; i++, w += inputs) {\n"
    "            float sum = 0.0f;\n"
    "            for (j = 0; j < inputs; j++)\n"
    "                sum += (float)w[j] * x[j];\n"
    "            sum = sum` * scale[piece * units + i]` + bias[piece * units + i];\n"
    "            if (piece == 0 || sum > y[i])\n"
    "                y[i] = sum;\n"
    "        }\n"
    "}\n"};

const struct c_function c_function_channel_max = {
    "channel_max",
    "\n/* y (pixels, channels) = the largest of pieces of x (pixels, pieces, channels). */\n"
    "static void @_channel_max(float *y, const float *x, int pixels, int channels, int pieces)\n"
    "{\n"
    "    int i, c, piece;\n"
    "    for (i = 0; i < pixels; i++, y += channels)\n"
    "        for (piece = 0; piece < pieces; piece++)\n"
    "            for (c = 0; c < channels; c++, x++)\n"
    "                if (piece == 0 || *x > y[c])\n"
    "                    y[c] = *x;\n"
    "}\n"};

const struct c_function c_function_conv = {
    "conv",
    "\n/* A convolution: y (rows, columns, channels), x (in_rows, in_columns, in_channels),\n"
    " * w (channels, size, size, in_channels). */\n"
    "static void @_conv(float *y, const float *x, const $ *w,` const float *scale,`\n"
    "                   const float *bias, int rows, int columns, int channels, int in_rows,\n"
    "                   int in_columns, int in_channels, int size, int stride, int pad)\n"
    "{\n"
    "    int row, column, c, i, j, k;\n"
    "    for (row = 0; row < rows; row++)\n"
    "        for (column = 0; column < columns; column++)\n"
    "            for (c = 0; c < channels; c++) {\n"
    "                const $ *taps = w + (long)c * size * size * in_channels;\n"
    "                float sum = 0.0f;\n"
    "                for (i = 0; i < size; i++)\n"
    "                    for (j = 0; j < size; j++, taps += in_channels) {\n"
    "                        const int r = row * stride - pad + i, s = column * stride - pad + j;\n"
    "                        const float *pixel = x + ((long)r * in_columns + s) * in_channels;\n"
    "                        if (r < 0 || r >= in_rows || s < 0 || s >= in_columns)\n"
    "                            continue;\n"
    "                        for (k = 0; k < in_channels; k++)\n"
    "                            sum += (float)taps[k] * pixel[k];\n"
    "                    }\n"
    "                *y++ = sum` * scale[c]` + bias[c];\n"
    "            }\n"
    "}\n"};

const struct c_function c_function_deconv = {
    "deconv",
    "\n/* A transposed convolution: y (rows, columns, channels), x (in_rows, in_columns, "
    "in_channels),\n"
    " * w (in_channels, size, size, channels). */\n"
    "static void @_deconv(float *y, const float *x, const $ *w,` const float *scale,`\n"
    "                     const float *bias, int rows, int columns, int channels, int in_rows,\n"
    "                     int in_columns, int in_channels, int size, int stride, int pad)\n"
    "{\n"
    "    int row, column, c, i, j, k;\n"
    "    for (i = 0; i < rows * columns; i++)\n"
    "        for (c = 0; c < channels; c++)\n"
    "            y[(long)i * channels + c] = bias[c];\n"
    "    for (row = 0; row < in_rows; row++)\n"
    "        for (column = 0; column < in_columns; column++)\n"
    "            for (k = 0; k < in_channels; k++) {\n"
    "                const $ *taps = w + (long)k * size * size * channels;\n"
    "                const float value = *x++` * scale[k]`;\n"
    "                for (i = 0; i < size; i++)\n"
    "                    for (j = 0; j < size; j++, taps += channels) {\n"
    "                        const int r = row * stride - pad + i, s = column * stride - pad + j;\n"
    "                        float *pixel = y + ((long)r * columns + s) * channels;\n"
    "                        if (r < 0 || r >= rows || s < 0 || s >= columns)\n"
    "                            continue;\n"
    "                        for (c = 0; c < channels; c++)\n"
    "                            pixel[c] += (float)taps[c] * value;\n"
    "                    }\n"
    "            }\n"
    "}\n"};

const struct c_function c_function_leaky_relu = {
    "leaky_relu", "\n/* y = x for x > 0, slope x below. */\n"
                  "static void @_leaky_relu(float *y, const float *x, int count, float slope)\n"
                  "{\n"
                  "    int i;\n"
                  "    for (i = 0; i < count; i++)\n"
                  "        y[i] = x[i] < 0.0f ? slope * x[i] : x[i];\n"
                  "}\n"};

const struct c_function c_function_sigmoid = {
    "sigmoid", "\nstatic void @_sigmoid(float *y, const float *x, int count)\n"
               "{\n"
               "    int i;\n"
               "    for (i = 0; i < count; i++)\n"
               "        y[i] = 1.0f / (1.0f + expf(-x[i]));\n"
               "}\n"};

const struct c_function c_function_tanh = {
    "tanh", "\nstatic void @_tanh(float *y, const float *x, int count)\n"
            "{\n"
            "    int i;\n"
            "    for (i = 0; i < count; i++)\n"
            "        y[i] = tanhf(x[i]);\n"
            "}\n"};

const struct c_function c_function_affine = {
    "affine",
    "\n/* y = x scale + shift, by channel. */\n"
    "static void @_affine(float *y, const float *x, const float *scale, const float *shift,\n"
    "                     int pixels, int channels)\n"
    "{\n"
    "    int i, c;\n"
    "    for (i = 0; i < pixels; i++)\n"
    "        for (c = 0; c < channels; c++)\n"
    "            *y++ = *x++ * scale[c] + shift[c];\n"
    "}\n"};

const struct c_function c_function_image = {
    "image", "\n/* y (pixels, channels) from x (channels, pixels). */\n"
             "static void @_image(float *y, const float *x, int pixels, int channels)\n"
             "{\n"
             "    int i, c;\n"
             "    for (i = 0; i < pixels; i++)\n"
             "        for (c = 0; c < channels; c++)\n"
             "            *y++ = x[(long)c * pixels + i];\n"
             "}\n"};

const struct c_function c_function_flatten = {
    "flatten", "\n/* y (channels, pixels) from x (pixels, channels). */\n"
               "static void @_flatten(float *y, const float *x, int pixels, int channels)\n"
               "{\n"
               "    int i, c;\n"
               "    for (c = 0; c < channels; c++)\n"
               "        for (i = 0; i < pixels; i++)\n"
               "            *y++ = x[(long)i * channels + c];\n"
               "}\n"};

const struct c_function c_function_one_hot = {
    "one_hot", "\n/* y (pixels, channels + classes) = x (pixels, channels), and at each pixel 1 at "
               "the label, else 0. "
               "*/\n"
               "static void @_one_hot(float *y, const float *x, int label, int pixels, int "
               "channels, int classes)\n"
               "{\n"
               "    int pixel, c;\n"
               "    for (pixel = 0; pixel < pixels; pixel++) {\n"
               "        for (c = 0; c < channels; c++)\n"
               "            *y++ = *x++;\n"
               "        for (c = 0; c < classes; c++)\n"
               "            *y++ = c == label ? 1.0f : 0.0f;\n"
               "    }\n"
               "}\n"};

const struct c_function c_function_embedding = {
    "embedding",
    "\n/* y (pixels, channels + numbers) = x (pixels, channels), and at each pixel the label's row "
    "of w\n"
    " * (classes, numbers). */\n"
    "static void @_embedding(float *y, const float *x, int label, const float *w, int pixels,\n"
    "                        int channels, int numbers)\n"
    "{\n"
    "    int pixel, i;\n"
    "    for (pixel = 0; pixel < pixels; pixel++) {\n"
    "        for (i = 0; i < channels; i++)\n"
    "            *y++ = *x++;\n"
    "        for (i = 0; i < numbers; i++)\n"
    "            *y++ = w[(long)label * numbers + i];\n"
    "    }\n"
    "}\n"};

const struct c_function c_function_average = {
    "average",
    "\n/* y (rows, columns, channels) = averages of squares of height x width pixels of x. */\n"
    "static void @_average(float *y, const float *x, int rows, int columns, int channels,\n"
    "                      int in_columns, int height, int width)\n"
    "{\n"
    "    int row, column, c, i, j;\n"
    "    for (row = 0; row < rows; row++)\n"
    "        for (column = 0; column < columns; column++)\n"
    "            for (c = 0; c < channels; c++) {\n"
    "                float sum = 0.0f;\n"
    "                for (i = 0; i < height; i++)\n"
    "                    for (j = 0; j < width; j++)\n"
    "                        sum += x[((long)(row * height + i) * in_columns + column * width + j) "
    "*\n"
    "                                     channels + c];\n"
    "                *y++ = sum / (float)(height * width);\n"
    "            }\n"
    "}\n"};

const struct c_function c_function_max = {
    "max",
    "\n/* y (rows, columns, channels) = the largest of squares of height x width pixels of x. */\n"
    "static void @_max(float *y, const float *x, int rows, int columns, int channels,\n"
    "                  int in_columns, int height, int width)\n"
    "{\n"
    "    int row, column, c, i, j;\n"
    "    for (row = 0; row < rows; row++)\n"
    "        for (column = 0; column < columns; column++)\n"
    "            for (c = 0; c < channels; c++, y++)\n"
    "                for (i = 0; i < height; i++)\n"
    "                    for (j = 0; j < width; j++) {\n"
    "                        const float value = x[((long)(row * height + i) * in_columns +\n"
    "                                               column * width + j) * channels + c];\n"
    "                        if ((i == 0 && j == 0) || value > *y)\n"
    "                            *y = value;\n"
    "                    }\n"
    "}\n"};

const struct c_function c_function_upsample = {
    "upsample",
    "\n/* y (rows, columns, channels) = x with every pixel factor x factor times. */\n"
    "static void @_upsample(float *y, const float *x, int rows, int columns, int channels,\n"
    "                       int factor)\n"
    "{\n"
    "    int row, column, c;\n"
    "    for (row = 0; row < rows; row++)\n"
    "        for (column = 0; column < columns; column++)\n"
    "            for (c = 0; c < channels; c++)\n"
    "                *y++ = x[((long)(row / factor) * (columns / factor) + column / factor) *\n"
    "                             channels + c];\n"
    "}\n"};

const struct c_function c_function_bytes = {
    "bytes",
    "\n/* Numbers from low, black, to high, white, as bytes. */\n"
    "static void @_bytes(unsigned char *image, const float *x, float low, float high, int count)\n"
    "{\n"
    "    int i;\n"
    "    for (i = 0; i < count; i++) {\n"
    "        const float value = (x[i] - low) * (255.0f / (high - low));\n"
    "        image[i] = (unsigned char)((value > 0.0f ? value < 255.0f ? value : 255.0f : 0.0f) + "
    "0.5f);\n"
    "    }\n"
    "}\n"};
