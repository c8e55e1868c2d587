/* The commands of the program and their options, in one table: from which the command line is
 * parsed and help is printed. */
#ifndef GANTRAIN_CLI_COMMANDS_H
#define GANTRAIN_CLI_COMMANDS_H

#include <stdbool.h>

#include "gantrain/base/processes.h"
#include "gantrain/base/stop.h"

/* An option of a command. */
typedef struct gt_option {
    const char *name; /* "--NAME" */
    char letter;      /* "-LETTER"; 0: none */
    const char
        *argument; /* what follows, for help: "FILE"; "[FILE]" may be left out; NULL: nothing */
    const char *help;
} gt_option;

enum { GT_OPTIONS = 16, GT_ARGUMENTS = 256 };

/* What stood on the command line, in order. All texts are borrowed from argv. */
typedef struct gt_arguments {
    const char *program;     /* how the program was called */
    gt_stop *stop;           /* what signals ask for */
    gt_processes *processes; /* that were started together */
    int count;               /* of options */
    struct {
        const gt_option *option;
        const char *value; /* NULL: none */
    } options[GT_ARGUMENTS];
    int operand_count;
    char *const *operands;
} gt_arguments;

/* A row of the table. */
typedef struct gt_command {
    const char *name;
    const char *operands; /* for help: "CHECKPOINT" */
    const char *help;     /* a line */
    gt_option options[GT_OPTIONS];
    int fewest_operands, most_operands;
    bool takes_processes; /* it shares its work out; others run on one process only */
    gt_status (*run)(const gt_arguments *arguments, gt_error *error);
} gt_command;

extern const gt_command gt_command_train, gt_command_sample, gt_command_nearest,
    gt_command_interpolate, gt_command_traverse, gt_command_plane, gt_command_reconstruct,
    gt_command_inspect, gt_command_eval, gt_command_compare, gt_command_report, gt_command_play,
    gt_command_animate, gt_command_export, gt_command_import, gt_command_data, gt_command_bench,
    gt_command_watch, gt_command_help;

/* The table: row `index`, or NULL past its end; the row of that name, or NULL. */
const gt_command *gt_command_at(int index);
const gt_command *gt_command_find(const char *name);

/* Parses what follows the command's name. Fails with GT_USAGE: an unknown option, one without its
 * argument, too few or too many operands. */
gt_status gt_arguments_parse(gt_arguments *arguments, const gt_command *command, int argc,
                             char *const *argv, gt_error *error);

/* The last value given for an option: NULL if it was not given, "" if it was given without one. */
const char *gt_arguments_value(const gt_arguments *arguments, const char *name);

/* Prints the help of all commands, or of one, to stdout. */
void gt_help_print_all(void);
void gt_help_print_command(const gt_command *command);

#endif
