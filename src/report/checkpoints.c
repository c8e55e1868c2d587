/* The checkpoints of a run, and what can be done with them. */
#include "report/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gantrain/store/checkpoint.h"

/* Writes the path of a branch: next to the run, whose last part it extends. "." and ".." are no
 * names to extend: then it is that of the directory they stand for. */
static void name_branch(char *branch, size_t capacity, const char *out) {
    int length = (int)strlen(out);
    while (length > 0 && out[length - 1] == '/')
        length--;
    int start = length;
    while (start > 0 && out[start - 1] != '/')
        start--;
    const bool is_dots =
        length - start <= 2 && strspn(out + start, ".") >= (size_t)(length - start);
    char *real = is_dots ? realpath(out, NULL) : NULL;
    if (real != NULL)
        snprintf(branch, capacity, "%s-branch", real);
    else
        snprintf(branch, capacity, "%.*s-branch", length, out);
    free(real);
}

/* The commands that take the checkpoint at a path: what for, and the command, of each. */
static json_t *commands_to_json(const struct run *run, const char *path) {
    const char *out = run->directory.path;
    char config[GT_PATH_CAPACITY], branch[GT_PATH_CAPACITY + 16], resume[GT_PATH_CAPACITY + 16];
    gt_run_file(config, &run->directory, "config.ini");
    name_branch(branch, sizeof branch, out);
    snprintf(resume, sizeof resume, "--resume=%s", path);
    const struct {
        const char *purpose, *words[7];
    } commands[] = {
        {"sample", {"gantrain", "sample", path}},
        {"resume", {"gantrain", "--config", config, "--out", out, resume}},
        {"branch", {"gantrain", "--config", config, "--out", branch, resume}},
        {"evaluate", {"gantrain", "eval", path}},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        json_t *row = json_array();
        json_add(run->builder, row, json_text(commands[i].purpose));
        json_add(run->builder, row, json_command(commands[i].words));
        json_add(run->builder, list, row);
    }
    return list;
}

static void add_checkpoint(struct run *run, json_t *rows, const char *name, json_t *place) {
    char file[96], path[GT_PATH_CAPACITY];
    struct stat status;
    snprintf(file, sizeof file, "checkpoints/%s", name);
    json_t *row = json_object();
    json_put(run->builder, row, "name", json_text(name));
    json_put(run->builder, row, "place", place);
    if (stat(gt_run_file(path, &run->directory, file), &status) == 0)
        json_put(run->builder, row, "bytes", json_integer((json_int_t)status.st_size));
    json_put(run->builder, row, "commands", commands_to_json(run, path));
    json_add(run->builder, rows, row);
}

/* The epoch of the best checkpoint, as it says itself; 0 if it cannot be read. */
static uint64_t best_epoch(const struct run *run, const char *path) {
    gt_checkpoint best;
    gt_error error = {0};
    uint64_t epoch = run->options->best_epoch;
    if (!run->options->is_training && gt_checkpoint_open(&best, path, &error) == GT_OK) {
        epoch = best.info.epoch;
        gt_checkpoint_close(&best);
    }
    return epoch;
}

static void put_best(struct run *run, json_t *object, json_t *rows) {
    char path[GT_PATH_CAPACITY];
    bool exists = false;
    gt_run_file(path, &run->directory, "checkpoints/best.safetensors");
    gt_file_exists(&exists, path, NULL);
    if (!exists)
        return;
    const uint64_t epoch = best_epoch(run, path);
    add_checkpoint(run, rows, "best.safetensors",
                   epoch > 0 ? json_sprintf("epoch %llu, the best", (unsigned long long)epoch)
                             : json_text("the best"));
    json_put(run->builder, object, "best_epoch", json_integer((json_int_t)epoch));
    run->best_row = run_row_of_epoch(&run->table, (double)epoch);
    run_mark(run, "best", run->best_row);
}

void put_checkpoints(struct run *run, json_t *object) {
    gt_run_checkpoint *list;
    gt_error error = {0};
    int count;
    json_t *rows = json_array();
    if (gt_run_list_checkpoints(&list, &count, &run->directory, &error) != GT_OK)
        run_note(run, error.message);
    for (int i = 0; i < count; i++)
        add_checkpoint(run, rows, list[i].name,
                       list[i].step > 0 ? run_place(true, list[i].step)
                                        : run_place(false, list[i].epoch));
    free(list);
    put_best(run, object, rows);
    json_put(run->builder, object, "checkpoints", rows);
}
