#include "report/panels.h"

#include <stddef.h>

static const struct panel panels[] = {
    {"Losses", {"d_loss", "g_loss"}, "Losses are no measure of how good samples are.", NULL, 0, -1},
    {"Value V(G, D)",
     {"value"},
     "What D ascends. Where D cannot tell samples from data, V = -log 4.",
     NULL,
     0,
     -1},
    {"What D says of real images and of samples",
     {"d_real", "d_fake"},
     "Healthy: D(x) a little above 1/2, D(G(z)) a little below. D(x) near 1 with D(G(z)) near 0: D "
     "has won, and G learns little.",
     "1/2",
     0.5,
     -1},
    {"Diversity",
     {"diversity"},
     "How much samples differ from each other, over how much real images do. Far below 1: the "
     "generator has collapsed.",
     "as real images",
     1,
     2},
    {"Images a second", {"images_per_second"}, NULL, NULL, 0, 0},
};

const struct panel *panel_at(int index) {
    return index < (int)(sizeof panels / sizeof *panels) ? &panels[index] : NULL;
}
