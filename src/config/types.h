/* The types of config values, for the table of keys. */
#ifndef GANTRAIN_CONFIG_TYPES_H
#define GANTRAIN_CONFIG_TYPES_H

#include "gantrain/config/config.h"

extern const gt_config_type config_layers, /* char[GT_CONFIG_TEXT]; a layer list */
    config_init,                           /* the same; a scheme of nn/init.h */
    config_path,                           /* the same; a path of data */
    config_directory,                      /* the same; a path of what is written */
    config_choice,                         /* the same; one of the names of a table */
    config_augment,                        /* unsigned; a set of model/augment.h */
    config_condition,                      /* gt_condition_way, of model/condition.h */
    config_integer,                        /* int64_t, lowest to highest */
    config_seed,                           /* uint64_t, any */
    config_real,                           /* double, lowest to highest */
    config_optional_real,                  /* gt_optional_real, the same or empty */
    config_range,                          /* gt_range, FIRST:LAST */
    config_grid,                           /* gt_grid_size, COLUMNSxROWS */
    config_size,                           /* gt_image_size, WIDTHxHEIGHT or N */
    config_colour,                         /* gt_colour, white or ffffff */
    config_flag,                           /* bool, yes or no */
    config_steps;                          /* gt_step_list, N, N, ... */

/* Whether the model that a config trains reads a key; whether a key has its default. */
bool config_is_read(const gt_config *config, const gt_config_key *key);
bool config_is_default(const gt_config *config, const gt_config_key *key);

/* Whether a file has to have the value in quotes: else its end would be read as a comment, or its
 * own quotes would be taken off. */
bool config_needs_quotes(const char *value);

#endif
