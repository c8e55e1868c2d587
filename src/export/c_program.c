/* The program draws z from the same addresses as base/rng.c, so that its image i of a seed is that
 * of `gantrain sample`. The generator is Philox4x32-10 of Salmon et al., "Parallel random numbers:
 * as easy as 1, 2, 3" (2011). */
#include "export/c_program.h"

#include <string.h>

#include "gantrain/base/rng.h"

static const char opening[] = "\n#ifdef @_MAIN\n"
                              "/* Prints image INDEX of SEED~ and class LABEL~, 0 where they are "
                              "not given, as PGM or PPM. z is "
                              "that of\n"
                              " * gantrain sample --seed SEED~ --class LABEL~: random numbers by "
                              "Philox4x32-10 (Salmon et al. 2011). */\n"
                              "#include <stdint.h>\n"
                              "#include <stdio.h>\n"
                              "#include <stdlib.h>\n";

static const char philox[] =
    "\n"
    "static void @_random(uint32_t word[4], uint32_t block, uint32_t index, uint64_t seed)\n"
    "{\n"
    "    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};\n"
    "    int round;\n"
    "    word[0] = block | (uint32_t)@_purpose << 24;\n"
    "    word[1] = index;\n"
    "    word[2] = word[3] = 0;\n"
    "    for (round = 0; round < 10; round++) {\n"
    "        const uint64_t a = UINT64_C(0xD2511F53) * word[0];\n"
    "        const uint64_t b = UINT64_C(0xCD9E8D57) * word[2];\n"
    "        word[0] = (uint32_t)(b >> 32) ^ word[1] ^ key[0];\n"
    "        word[1] = (uint32_t)b;\n"
    "        word[2] = (uint32_t)(a >> 32) ^ word[3] ^ key[1];\n"
    "        word[3] = (uint32_t)a;\n"
    "        key[0] += UINT32_C(0x9E3779B9);\n"
    "        key[1] += UINT32_C(0xBB67AE85);\n"
    "    }\n"
    "}\n"
    "\n"
    "/* In (0, 1]. */\n"
    "static float @_unit(uint32_t word)\n"
    "{\n"
    "    return ((float)(word >> 8) + 0.5f) / 16777216.0f;\n"
    "}\n";

static const char normal[] =
    "\n/* Two standard normal numbers from two words, by Box and Muller. */\n"
    "static void @_draw(float z[4], const uint32_t word[4])\n"
    "{\n"
    "    int i;\n"
    "    for (i = 0; i < 4; i += 2) {\n"
    "        const float radius = sqrtf(-2.0f * logf(@_unit(word[i])));\n"
    "        const float angle = 6.28318531f * @_unit(word[i + 1]);\n"
    "        z[i] = radius * cosf(angle);\n"
    "        z[i + 1] = radius * sinf(angle);\n"
    "    }\n"
    "}\n";

static const char uniform[] = "\n/* Uniform numbers of variance 1. */\n"
                              "static void @_draw(float z[4], const uint32_t word[4])\n"
                              "{\n"
                              "    int i;\n"
                              "    for (i = 0; i < 4; i++)\n"
                              "        z[i] = 1.73205081f * (2.0f * @_unit(word[i]) - 1.0f);\n"
                              "}\n";

static const char program[] =
    "\n/* Whether a text is a whole number up to `most`, which *number is set to. */\n"
    "static int @_read(uint64_t *number, const char *text, uint64_t most)\n"
    "{\n"
    "    *number = 0;\n"
    "    if (*text == 0)\n"
    "        return 0;\n"
    "    for (; *text >= '0' && *text <= '9'; text++) {\n"
    "        const uint64_t digit = (uint64_t)(*text - '0');\n"
    "        if (*number > (most - digit) / 10)\n"
    "            return 0;\n"
    "        *number = 10 * *number + digit;\n"
    "    }\n"
    "    return *text == 0;\n"
    "}\n"
    "\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    static float z[@_latent + 3];\n"
    "    static unsigned char image[@_height * @_width * @_channels];\n"
    "    uint64_t seed = 0, index = 0;\n"
    "~    uint64_t label = 0;\n"
    "~    uint32_t word[4];\n"
    "    int i;\n"
    "    if (argc > 3~ + 1~ || (argc > 1 && !@_read(&seed, argv[1], UINT64_MAX)) ||\n"
    "        (argc > 2 && !@_read(&index, argv[2], UINT32_MAX))) {\n"
    "        fprintf(stderr, \"usage: %s [SEED [INDEX~ [LABEL]~]], whole numbers\\n\", argv[0]);\n"
    "        return 2;\n"
    "    }\n"
    "~    if (argc > 3 && !@_read(&label, argv[3], @_classes - 1)) {\n"
    "        fprintf(stderr, \"LABEL: needs a whole number from 0 to %d\\n\", @_classes - 1);\n"
    "        return 2;\n"
    "    }\n"
    "~    for (i = 0; i < @_latent; i += 4) {\n"
    "        @_random(word, (uint32_t)i / 4, (uint32_t)index, seed);\n"
    "        @_draw(z + i, word);\n"
    "    }\n"
    "    @_generate(image, z~, (int)label~);\n"
    "    printf(\"P%d\\n%d %d\\n255\\n\", @_channels == 3 ? 6 : 5, @_width, @_height);\n"
    "    fwrite(image, 1, sizeof image, stdout);\n"
    "    return fflush(stdout) != 0 || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;\n"
    "}\n"
    "#endif\n";

static const struct {
    const char *prior, *text;
} draws[] = {{"normal", normal}, {"uniform", uniform}};

static const char *draw_of(const gt_prior *prior) {
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++)
        if (strcmp(draws[i].prior, prior->name) == 0)
            return draws[i].text;
    return NULL;
}

bool c_program_has_prior(const gt_prior *prior) {
    return draw_of(prior) != NULL;
}

void c_program_write(struct c_text *text, const gt_prior *prior) {
    c_text_fill(text, opening);
    c_text_fill(text, "\nenum { @_purpose = ");
    c_text_print(text, "%d }; /* what a number is for: part of its address */\n",
                 GT_PURPOSE_LATENT_SAMPLE);
    c_text_fill(text, philox);
    c_text_fill(text, draw_of(prior));
    c_text_fill(text, program);
}
