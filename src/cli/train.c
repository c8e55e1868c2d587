/* gantrain [train]: a config and its overrides become a run. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/settings.h"
#include "cli/terminal.h"
#include "gantrain/base/text.h"
#include "gantrain/cli/commands.h"
#include "gantrain/train/trainer.h"

enum { COMMAND_CAPACITY = 3000 }; /* fits in an error's message */

/* runs/NAME for a config called NAME.ini. */
static gt_status set_default_directory(gt_config *config, const char *path, gt_error *error) {
    char directory[GT_CONFIG_TEXT];
    gt_error detail = {0};
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    int length = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    snprintf(directory, sizeof directory, "runs/%.*s", length, name);
    if (gt_config_set(config, gt_config_key_find("output.dir"), directory, &detail) == GT_OK)
        return GT_OK;
    return gt_error_add(error, GT_USAGE,
                        "the run directory, named after the config, %s: use --out DIR",
                        detail.message);
}

/* Reads config and overrides, and settles the run directory. */
static gt_status read_config(gt_config *config, const gt_arguments *arguments, gt_error *error) {
    const char *path, *out = gt_arguments_value(arguments, "out");
    gt_error detail = {0};
    gt_status status = settings_find_config(&path, arguments, error);
    if (status != GT_OK)
        return status;
    if (path == NULL)
        return gt_error_set(
            error, GT_USAGE,
            "needs --config FILE, or just FILE; examples/digits.ini is one that needs no data");
    settings_read(config, path, arguments, error);
    if (out != NULL && out[0] == '\0')
        gt_error_add(error, GT_USAGE, "--out: needs a directory");
    else if (out != NULL && gt_config_set_typed(config, gt_config_key_find("output.dir"), out, "",
                                                &detail) != GT_OK)
        gt_error_add(error, GT_USAGE, "--out %.60s: %s", out, detail.message);
    if (config->output.dir[0] == '\0')
        set_default_directory(config, path, error);
    return error->status;
}

/* Appends a word. False: there is no room, or it takes two lines. */
static bool append_word(char command[COMMAND_CAPACITY], const char *word) {
    return strchr(word, '\n') == NULL && gt_text_append_word(command, COMMAND_CAPACITY, word);
}

/* The command that continues this run, on as many processes. False: it is no line of its own. */
static bool make_resume_command(char command[COMMAND_CAPACITY], const gt_arguments *arguments) {
    command[0] = '\0';
    if (gt_processes_are_several(arguments->processes))
        snprintf(command, COMMAND_CAPACITY, "mpirun -n %d", arguments->processes->count);
    bool fits = append_word(command, arguments->program);
    if (arguments->operand_count > 0)
        fits = fits && append_word(command, arguments->operands[0]);
    for (int i = 0; i < arguments->count && fits; i++) {
        const gt_option *option = arguments->options[i].option;
        char name[64];
        if (strcmp(option->name, "resume") == 0 || strcmp(option->name, "force") == 0)
            continue;
        snprintf(name, sizeof name, "--%s", option->name);
        fits = append_word(command, name);
        if (fits && arguments->options[i].value != NULL)
            fits = append_word(command, arguments->options[i].value);
    }
    return fits && append_word(command, "--resume");
}

/* --resume, --force, --dry-run; the path of the cache is in room that the options borrow. */
static gt_status read_options(gt_train_options *options, char cache[GT_PATH_CAPACITY],
                              const gt_arguments *arguments, gt_error *error) {
    const char *resume = gt_arguments_value(arguments, "resume");
    *options = (gt_train_options){
        .processes = arguments->processes,
        .resume = resume != NULL,
        .resume_from = resume != NULL && resume[0] != '\0' ? resume : NULL,
        .force = gt_arguments_value(arguments, "force") != NULL,
        .dry_run = gt_arguments_value(arguments, "dry-run") != NULL,
        .cache = settings_cache(cache),
    };
    if (options->resume && options->force)
        return gt_error_set(error, GT_USAGE,
                            "--resume continues a run, --force starts over: choose one");
    return GT_OK;
}

static gt_status run_train(const gt_arguments *arguments, gt_error *error) {
    gt_config config;
    gt_train_options options;
    char command[COMMAND_CAPACITY], cache[GT_PATH_CAPACITY];
    gt_processes *processes = arguments->processes;
    const bool is_first = gt_processes_is_first(processes);
    const bool watch = gt_arguments_value(arguments, "watch") != NULL;
    bool quiet = gt_arguments_value(arguments, "quiet") != NULL;
    gt_status status = read_options(&options, cache, arguments, error);
    if (status != GT_OK)
        return status;
    if (quiet && watch)
        return gt_error_set(error, GT_USAGE, "--watch shows the run, --quiet nothing: choose one");
    quiet = quiet || !is_first;
    status = is_first ? read_config(&config, arguments, error) : GT_OK;
    status = gt_processes_agree(processes, status, error);
    if (status == GT_OK)
        status = gt_config_copy(&config, processes, error);
    if (status != GT_OK)
        return status;
    if (make_resume_command(command, arguments))
        options.resume_command = command;

    terminal screen;
    terminal_init(&screen, options.dry_run ? stdout : stderr, quiet && !options.dry_run);
    screen.watched = watch && is_first ? config.output.dir : NULL;
    gt_reporter reporter = {
        .line = is_first ? terminal_line : NULL,
        .progress = quiet ? NULL : terminal_progress,
        .reading = quiet ? NULL : terminal_reading,
        .stage = screen.in_place ? terminal_stage : NULL, /* a log would be full of them */
        .context = &screen,
        .stop = arguments->stop,
    };
    signal(SIGPIPE, SIG_IGN); /* nobody reading our progress is no reason to stop */
    status = gt_train(&config, &options, &reporter, error);
    terminal_end(&screen);
    return status;
}

const gt_command gt_command_train = {
    .name = "train",
    .operands = "[CONFIG]",
    .help = "train a model; the default command",
    .options =
        {
            {"config", 'c', "FILE", "the config, an INI file (gantrain help config); or CONFIG"},
            {"set", 's', "SECTION.KEY=VALUE", "override a key of the config; may be repeated"},
            {"out", 'o', "DIR", "run directory (output.dir); runs/NAME for NAME.ini if not given"},
            SETTINGS_THREADS_OPTION,
            {"resume", 'r', "[CHECKPOINT]",
             "continue from CHECKPOINT, or from the newest valid one; start if there is none"},
            {"force", 0, NULL, "move an old run in the run directory aside, to DIR.old-N"},
            {"dry-run", 'n', NULL, "check everything, print the summary, write nothing"},
            {"watch", 'w', NULL,
             "show curves and samples above the progress line (gantrain watch)"},
            {"quiet", 'q', NULL, "print nothing but warnings and errors"},
        },
    .most_operands = 1,
    .takes_processes = true,
    .run = run_train,
};
