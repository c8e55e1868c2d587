/* The part of gantrain bench that takes several processes. */
#ifndef GANTRAIN_SRC_CLI_BENCH_PROCESSES_H
#define GANTRAIN_SRC_CLI_BENCH_PROCESSES_H

#include <stdbool.h>

#include "gantrain/config/config.h"

/* Times the config on the processes, and prints what was measured, or JSON. */
gt_status bench_processes(const gt_config *config, gt_processes *processes, uint64_t iterations,
                          bool as_json, gt_error *error);

#endif
