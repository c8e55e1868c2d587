#include "report/panels.h"

#include <stddef.h>
#include <string.h>

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

bool panel_shares(const char *column) {
    static const char *const axes[] = {"epoch", "step", "seconds"};
    const struct panel *panel;
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
        if (strcmp(column, axes[i]) == 0)
            return true;
    for (int i = 0; (panel = panel_at(i)) != NULL; i++)
        for (int k = 0; k < PANEL_CURVES && panel->columns[k] != NULL; k++)
            if (strcmp(column, panel->columns[k]) == 0)
                return true;
    return false;
}
