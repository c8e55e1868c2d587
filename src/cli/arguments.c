/* The command line, by getopt_long over a command's table of options. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/config/config.h"

enum { LONG_OPTION = 256 }; /* getopt's value for option i is LONG_OPTION + i */

/* Builds what getopt wants from the table. */
static void prepare(struct option *longs, char *letters, const gt_command *command) {
    *letters++ = '+'; /* getopt must not reorder: operands are checked where they stand */
    *letters++ = ':';
    for (int i = 0; i < GT_OPTIONS && command->options[i].name != NULL; i++) {
        const gt_option *option = &command->options[i];
        int takes = option->argument == NULL     ? no_argument
                    : option->argument[0] == '[' ? optional_argument
                                                 : required_argument;
        longs[i] = (struct option){option->name, takes, NULL, LONG_OPTION + i};
        if (option->letter != 0) {
            *letters++ = option->letter;
            for (int colons = takes; colons > 0; colons--) /* none, one, or two: optional */
                *letters++ = ':';
        }
    }
    *letters = '\0';
}

static const gt_option *find_option(const gt_command *command, int code) {
    for (int i = 0; i < GT_OPTIONS && command->options[i].name != NULL; i++)
        if (code == LONG_OPTION + i || (code == command->options[i].letter && code != 0))
            return &command->options[i];
    return NULL;
}

/* The key of the config that an option may mean, for commands that can set it: --epochs 5. */
static const char *advise_key(char advice[GT_CONFIG_ADVICE], const gt_command *command,
                              const char *typed, const char *value) {
    advice[0] = '\0';
    for (int i = 0; i < GT_OPTIONS && command->options[i].name != NULL; i++)
        if (strcmp(command->options[i].name, "set") == 0)
            gt_config_advise(advice, GT_CONFIG_ADVICE, typed + strspn(typed, "-"), value);
    return advice;
}

/* next: the word after it, NULL for none. */
static gt_status refuse_option(const gt_command *command, const char *word, const char *next,
                               gt_error *error) {
    char name[64], typed[64], advice[GT_CONFIG_ADVICE];
    const char *value = strchr(word, '=');
    value = value != NULL ? value + 1 : next != NULL && next[0] != '-' ? next : "VALUE";
    gt_text_copy(typed, sizeof typed, word);
    typed[strcspn(typed, "=")] = '\0';
    if (typed[1] == '-' && advise_key(advice, command, typed, value)[0] != '\0')
        return gt_error_set(error, GT_USAGE, "unknown option %s: %s", typed, advice);
    gt_guess guess = {.word = typed};
    for (int i = 0; i < GT_OPTIONS && command->options[i].name != NULL; i++) {
        snprintf(name, sizeof name, "--%s", command->options[i].name);
        gt_guess_consider(&guess, name);
    }
    return gt_error_set(error, GT_USAGE, "unknown option %s%s (gantrain help %s lists them)", word,
                        gt_guess_phrase(&guess), command->name);
}

static gt_status add_option(gt_arguments *arguments, const gt_option *option, const char *value,
                            gt_error *error) {
    if (arguments->count == GT_ARGUMENTS)
        return gt_error_set(error, GT_USAGE, "more than %d options", GT_ARGUMENTS);
    arguments->options[arguments->count].option = option;
    arguments->options[arguments->count++].value = value;
    return GT_OK;
}

gt_status gt_arguments_parse(gt_arguments *arguments, const gt_command *command, int argc,
                             char *const *argv, gt_error *error) {
    struct option longs[GT_OPTIONS + 1] = {{0}};
    char letters[3 * GT_OPTIONS + 3];
    *arguments = (gt_arguments){0};
    prepare(longs, letters, command);
    opterr = 0;
    optind = 1;
    /* Options may stand before and after operands, which are moved to the front as they are met. */
    char **operands = (char **)argv + 1;
    while (optind < argc) {
        if (argv[optind][0] != '-' || argv[optind][1] == '\0') {
            operands[arguments->operand_count++] = argv[optind++];
            continue;
        }
        const char *word = argv[optind];
        int code = getopt_long(argc, argv, letters, longs, NULL);
        if (code == -1) { /* "--": the rest are operands */
            while (optind < argc)
                operands[arguments->operand_count++] = argv[optind++];
            break;
        }
        const gt_option *option = find_option(command, code);
        if (code == ':')
            return gt_error_set(error, GT_USAGE, "%s: needs an argument (gantrain help %s)", word,
                                command->name);
        if (option == NULL)
            return refuse_option(command, word, argv[optind], error);
        gt_status status = add_option(arguments, option, optarg, error);
        if (status != GT_OK)
            return status;
    }
    arguments->operands = operands;
    if (arguments->operand_count < command->fewest_operands)
        return gt_error_set(error, GT_USAGE, "%s: needs %s", command->name, command->operands);
    if (arguments->operand_count > command->most_operands)
        return gt_error_set(error, GT_USAGE, "%s: '%s' is one word too many%s", command->name,
                            operands[command->most_operands],
                            gt_arguments_value(arguments, "resume") != NULL
                                ? ": to continue from a checkpoint, write --resume=CHECKPOINT"
                                : "");
    return GT_OK;
}

const char *gt_arguments_value(const gt_arguments *arguments, const char *name) {
    const char *value = NULL;
    for (int i = 0; i < arguments->count; i++)
        if (strcmp(arguments->options[i].option->name, name) == 0)
            value = arguments->options[i].value != NULL ? arguments->options[i].value : "";
    return value;
}
