/* Keys by the names that people give them. */
#ifndef GANTRAIN_CONFIG_NAMES_H
#define GANTRAIN_CONFIG_NAMES_H

#include <stddef.h>

/* Writes the sections that have a key called `name`: "[generator] or [discriminator]"; "" if none
 * has. See gt_config_advise for what counts as the same name. Returns text. */
const char *config_sections_of(char *text, size_t capacity, const char *name);

#endif
