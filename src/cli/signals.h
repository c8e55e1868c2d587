/* The signals that stop the program. */
#ifndef GANTRAIN_CLI_SIGNALS_H
#define GANTRAIN_CLI_SIGNALS_H

#include "gantrain/base/stop.h"

/* Starts the thread that takes Ctrl-C (SIGINT), SIGTERM, SIGHUP (the terminal was closed), SIGUSR1
 * and SIGXCPU (batch systems send them before a job's time is over). One that is ignored when the
 * program starts, as SIGHUP under nohup, stays ignored; SIGINT does not.
 *
 * The first signal is noted in the gt_stop that is returned. If nobody holds it, the signal then
 * has its default action and ends the process; else the holder saves and ends, and a second SIGINT
 * or SIGTERM ends the process at once. Signals that come within a fifth of a second count as one:
 * `timeout` and a terminal that closes send theirs twice.
 *
 * To be called at the start of main, once, before any other thread is started. */
gt_stop *signals_start(void);

/* From now on nothing is printed about signals. */
void signals_silence(void);

#endif
