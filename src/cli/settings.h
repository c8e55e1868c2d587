/* What several commands read from their options. */
#ifndef GANTRAIN_CLI_SETTINGS_H
#define GANTRAIN_CLI_SETTINGS_H

#include "gantrain/cli/commands.h"
#include "gantrain/run/config.h"

/* The config that --config, if given, and every --set ask for: the errors of all in one go,
 * GT_USAGE. */
gt_status settings_read(gt_config *config, const gt_arguments *arguments, gt_error *error);

/* The whole number given as option `name`, within bounds; fallback if it was not given. GT_USAGE
 * otherwise. */
gt_status settings_number(uint64_t *value, const gt_arguments *arguments, const char *name,
                          uint64_t fallback, uint64_t lowest, uint64_t highest, gt_error *error);

#endif
