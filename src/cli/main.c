/* The program: a table of commands. Only here is an error printed and the process ended. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/endings.h"
#include "cli/signals.h"
#include "gantrain/base/text.h"
#include "gantrain/base/version.h"
#include "gantrain/cli/commands.h"

static const gt_command *const commands[] = {
    &gt_command_train,    &gt_command_sample,  &gt_command_nearest,     &gt_command_interpolate,
    &gt_command_traverse, &gt_command_plane,   &gt_command_reconstruct, &gt_command_inspect,
    &gt_command_eval,     &gt_command_compare, &gt_command_watch,       &gt_command_report,
    &gt_command_play,     &gt_command_animate, &gt_command_export,      &gt_command_import,
    &gt_command_data,     &gt_command_bench,   &gt_command_help,
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

const gt_command *gt_command_at(int index) {
    return index < COMMAND_COUNT ? commands[index] : NULL;
}

const gt_command *gt_command_find(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* Commands of other programs, and what to type here. */
static const struct {
    const char *word, *typed;
} other_words[] = {
    {"resume", "gantrain CONFIG --resume"},
    {"continue", "gantrain CONFIG --resume"},
    {"run", "gantrain CONFIG"},
    {"fit", "gantrain CONFIG"},
    {"generate", "gantrain sample CHECKPOINT"},
    {"draw", "gantrain sample CHECKPOINT"},
    {"evaluate", "gantrain eval CHECKPOINT"},
    {"test", "gantrain eval CHECKPOINT"},
    {"fid", "gantrain eval CHECKPOINT --metrics frechet"},
    {"info", "gantrain inspect CHECKPOINT"},
    {"show", "gantrain inspect CHECKPOINT"},
    {"benchmark", "gantrain bench CONFIG"},
};

static gt_status refuse_command(const char *word, gt_error *error) {
    gt_guess guess = {.word = word};
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strcmp(other_words[i].word, word) == 0)
            return gt_error_set(error, GT_USAGE, "unknown command '%s': type %s", word,
                                other_words[i].typed);
    for (int i = 0; i < COMMAND_COUNT; i++)
        gt_guess_consider(&guess, commands[i]->name);
    return gt_error_set(error, GT_USAGE, "unknown command '%s'%s (gantrain help lists them)", word,
                        gt_guess_phrase(&guess));
}

/* What every command gets from main. */
struct surroundings {
    gt_stop *stop;
    gt_processes processes;
};

static gt_status run_command(const gt_command *command, const char *program, int argc, char **argv,
                             struct surroundings *around, gt_error *error) {
    gt_arguments arguments;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            gt_help_print_command(command);
            return GT_OK;
        }
    if (around->processes.count > 1 && !command->takes_processes)
        return gt_error_set(error, GT_USAGE,
                            "%s: takes one process, and %d were started: leave mpirun out; train "
                            "and bench share their work out",
                            command->name, around->processes.count);
    gt_status status = gt_arguments_parse(&arguments, command, argc, argv, error);
    arguments.program = program;
    arguments.stop = around->stop;
    arguments.processes = &around->processes;
    return status == GT_OK ? command->run(&arguments, error) : status;
}

/* Whether a word is a config's path: gantrain mnist.ini trains as gantrain train mnist.ini does. */
static bool is_config(const char *word) {
    struct stat status;
    size_t length = strlen(word);
    bool is_named_so = length > 4 && strcmp(word + length - 4, ".ini") == 0;
    return is_named_so || (stat(word, &status) == 0 && S_ISREG(status.st_mode));
}

/* A line break fits in no line of a message, a log or a config. */
static gt_status refuse_line_breaks(int argc, char **argv, gt_error *error) {
    for (int i = 1; i < argc; i++)
        if (strchr(argv[i], '\n') != NULL)
            return gt_error_set(error, GT_USAGE,
                                "'%.*s...': holds a line break: give the file another name",
                                (int)strcspn(argv[i], "\n"), argv[i]);
    return GT_OK;
}

static gt_status run(int argc, char **argv, struct surroundings *around, gt_error *error) {
    if (argc < 2)
        return gt_error_set(
            error, GT_USAGE,
            "needs a config, as in gantrain examples/digits.ini, or a command (gantrain help)");
    if (refuse_line_breaks(argc, argv, error) != GT_OK)
        return GT_USAGE;
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
        printf("gantrain %s\n", gt_version());
        return GT_OK;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        gt_help_print_all();
        return GT_OK;
    }
    const gt_command *command = gt_command_find(argv[1]);
    if (argv[1][0] == '-' || (command == NULL && is_config(argv[1]))) /* train is the default */
        return run_command(&gt_command_train, argv[0], argc, argv, around, error);
    if (command == NULL)
        return refuse_command(argv[1], error);
    return run_command(command, argv[0], argc - 1, argv + 1, around, error);
}

/* Opens what the caller closed of standard input, output and error, so that no file of a run
 * becomes one of them and receives what is printed. Opened the wrong way round, they still fail. */
static bool open_standard_streams(void) {
    static const int flags[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", flags[i]) != i) /* the lowest that is free */
            return false;
    return true;
}

/* The first of several processes has the terminal. The others print nothing, but for what a library
 * has to say of them, and have the same exit status. */
static gt_status open_processes(gt_processes *processes, gt_error *error) {
    gt_status status = gt_processes_open(processes, error);
    if (!gt_processes_is_first(processes)) {
        signals_silence();
        if (freopen("/dev/null", "w", stdout) == NULL)
            status = gt_error_set(error, GT_FAILED, "/dev/null: cannot be opened");
    }
    return gt_processes_agree(processes, status, error);
}

int main(int argc, char **argv) {
    static gt_error error;
    if (!open_standard_streams())
        return GT_FAILED;
    struct surroundings around = {.stop = signals_start()};
    endings_begin();
    gt_status status = open_processes(&around.processes, &error);
    if (gt_processes_are_several(&around.processes))
        endings_expect(); /* MPI ends processes whose partners are gone, and says so */
    if (status == GT_OK)
        status = run(argc, argv, &around, &error);
    if (status == GT_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = gt_error_set(&error, GT_FAILED, "standard output cannot be written");
    if (status != GT_OK && gt_processes_is_first(&around.processes)) {
        fprintf(stderr, "gantrain: %s\n", error.message);
        if (error.dropped > 0)
            fprintf(stderr, "gantrain: and %d more like these\n", error.dropped);
    }
    endings_expect();
    gt_processes_close(&around.processes);
    return (int)status + (status == GT_STOPPED ? gt_stop_asked(around.stop) : 0);
}
