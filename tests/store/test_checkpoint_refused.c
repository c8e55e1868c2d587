/* Checkpoints that are whole, with a right checksum, but not for us: of another program, of a newer
 * format, with other tensors or shapes than their config asks for, or with a config that claims
 * what is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include "store/pair.h"

#include "compute.h"
#include "gantrain/sample/sampler.h"

/* What a copy of a checkpoint, whole and with a right checksum, has different. NULL: nothing. */
struct change {
    const char *key, *text;        /* metadata; text NULL: left out */
    const char *tensor, *new_name; /* renamed; "": left out */
    const char *dtype;             /* of the tensor `tensor`, with half the rows for F64 */
    int rows, columns;             /* of it; 0: as they were */
    bool one_more;                 /* tensor, at the end */
    enum { NOTHING, OPEN, RESTORE } refused_by;
    const char *part; /* of the message */
};

static bool is_changed(const struct change *change, const char *name) {
    return change->tensor != NULL && strcmp(change->tensor, name) == 0;
}

static void add_entry(gt_safetensors_writer *writer, const gt_safetensors_entry *entry,
                      const struct change *change) {
    const char *name = entry->name, *dtype = entry->dtype;
    int rows = (int)entry->shape[0], columns = entry->rank > 1 ? (int)entry->shape[1] : 0;
    if (is_changed(change, name)) {
        name = change->new_name != NULL ? change->new_name : name;
        dtype = change->dtype != NULL ? change->dtype : dtype;
        if (change->rows > 0) {
            rows = change->rows;
            columns = change->columns;
        }
    }
    if (name[0] != '\0')
        gt_safetensors_add(writer, name, dtype, columns > 0 ? 2 : 1, (int[]){rows, columns},
                           entry->bytes);
}

static void copy_changed(const char *to, const char *from, const struct change *change) {
    static const char *const keys[] = {
        "gantrain_format", "gantrain_version", "epoch",      "step",  "image_height",
        "image_width",     "image_channels",   "data_crc32", "config"};
    gt_safetensors tensors;
    gt_safetensors_writer writer;
    gt_error error = {0};
    assert_int_equal(gt_safetensors_open(&tensors, from, &error), GT_OK);
    gt_safetensors_begin(&writer);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = gt_safetensors_metadata(&tensors, keys[i]);
        if (change->key != NULL && strcmp(change->key, keys[i]) == 0)
            text = change->text;
        if (text != NULL)
            gt_safetensors_add_metadata(&writer, keys[i], text);
    }
    for (int i = 0; i < tensors.count; i++)
        add_entry(&writer, &tensors.entries[i], change);
    if (change->one_more)
        gt_safetensors_add(&writer, "generator.9.weight", "F32", 1, (int[]){1}, "more");
    if (gt_safetensors_write(&writer, to, &error) != GT_OK)
        fail_msg("%s", error.message);
    gt_safetensors_end(&writer);
    gt_safetensors_close(&tensors);
}

static void check_change(struct pair *pair, const struct change *change) {
    gt_checkpoint checkpoint;
    gt_error error = {0};
    copy_changed(in_folder("changed"), in_folder("a"), change);
    gt_status opened = gt_checkpoint_open(&checkpoint, in_folder("changed"), &error), restored;
    if (opened != (change->refused_by == OPEN ? GT_FAILED : GT_OK))
        fail_msg("%s: opening gives status %d: %s", change->part, opened, error.message);
    if (opened == GT_OK) {
        restored =
            gt_checkpoint_restore(&pair->model, &checkpoint, false, in_folder("changed"), &error);
        if (restored != (change->refused_by == RESTORE ? GT_FAILED : GT_OK))
            fail_msg("%s: restoring gives status %d: %s", change->part, restored, error.message);
        gt_checkpoint_close(&checkpoint);
    }
    if (change->refused_by != NOTHING) {
        assert_names_path(error.message, in_folder("changed"));
        assert_contains(error.message, change->part);
    }
}

#define META(name, value, message)                                                                 \
    { .key = name, .text = value, .refused_by = OPEN, .part = message }
#define TENSOR(...)                                                                                \
    { __VA_ARGS__, .refused_by = RESTORE }

static void test_whole_files_that_do_not_fit_are_refused(void **state) {
    (void)state;
    static const struct change changes[] = {
        {.part = "an unchanged copy"},
        META("gantrain_format", NULL, "not a checkpoint of gantrain"),
        META("gantrain_format", "2", "format version 2 is newer than this program"),
        META("gantrain_format", "99999999999999999999", "format version"),
        META("gantrain_format", "one", "format version is 'one'"),
        META("gantrain_format", "-1", "format version is '-1'"),
        META("epoch", NULL, "no valid 'epoch'"),
        META("step", "-1", "no valid 'step'"),
        META("step", "1e3", "no valid 'step'"),
        META("image_height", "0", "0 x 3 x 1"),
        META("image_height", "4294967295", "not possible"),
        META("image_height", "4294967296", "no valid 'image_height'"),
        META("image_width", "65537", "not possible"),
        META("image_channels", "4", "not possible"),
        META("data_crc32", "", "no valid 'data_crc32'"),
        META("config", NULL, "no config"),
        META("config", "[train]\nbatch_size = 0\n",
             "batch_size = 0: needs a whole number, 1 to 65536"),
        META("config", "\xEF\xBB\xBF[future]\nkey = 1\n", "unknown section [future]"),
        {.tensor = "trainer.epoch_sums",
         .new_name = "",
         .refused_by = OPEN,
         .part = "'trainer.epoch_sums' is missing"},
        {.tensor = "trainer.epoch_sums",
         .dtype = "F32",
         .rows = 12,
         .refused_by = OPEN,
         .part = "'trainer.epoch_sums' is F32, needs F64"},
        TENSOR(.tensor = "generator.0.weight", .new_name = "",
               .part = "'generator.0.weight' is missing"),
        TENSOR(.tensor = "discriminator.2.bias", .new_name = "discriminator.2.bios",
               .part = "'discriminator.2.bias' is missing"),
        TENSOR(.tensor = "generator.0.weight", .dtype = "F64", .rows = 3,
               .part = "'generator.0.weight' is F64, needs F32"),
        TENSOR(.tensor = "generator.0.weight", .rows = 2, .columns = 3,
               .part = "'generator.0.weight' has another shape than (3, 2)"),
        TENSOR(.tensor = "generator.0.weight", .rows = 6,
               .part = "'generator.0.weight' has another shape than (3, 2)"),
        TENSOR(.tensor = "discriminator.optimizer.v.0.bias", .rows = 1, .columns = 3,
               .part = "'discriminator.optimizer.v.0.bias' has another shape than (3"),
        TENSOR(.one_more = true, .part = "26 tensors"),
    };
    struct pair pair;
    make_pair(&pair, "adam", "dense 3, relu");
    fill_pair(&pair);
    save_pair(&pair, in_folder("a"));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        check_change(&pair, &changes[i]);
    close_pair(&pair);
}

/* The config of a file may ask for networks that the file does not hold. */
static void test_layers_that_are_only_claimed_cost_no_memory(void **state) {
    (void)state;
    static const struct change change = {
        .key = "config",
        .text = "[generator]\nlatent_dim = 2\nlayers = dense 16384, dense 16384\n",
    };
    struct pair pair;
    int status;
    struct rusage usage;
    make_pair(&pair, "adam", "dense 3, relu");
    save_pair(&pair, in_folder("a"));
    copy_changed(in_folder("changed"), in_folder("a"), &change);
    pid_t child = fork();
    if (child == 0) {
        gt_sampler sampler;
        _exit(gt_sampler_open(&sampler, &test_compute, in_folder("changed"), GT_MODEL_GENERATE,
                              false, NULL) == GT_FAILED
                  ? 7
                  : 8);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_in_range(usage.ru_maxrss, 1, 600 * 1024); /* kilobytes; 16384 x 16384 are a gigabyte */
    close_pair(&pair);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_files_that_do_not_fit_are_refused),
        cmocka_unit_test(test_layers_that_are_only_claimed_cost_no_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
