/* A training run through the library: what it reports, what it writes, how it stops, and that a run
 * stopped at any step ends in the bytes of one that was not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "helpers.h"

#include "gantrain/train/trainer.h"

enum { EPOCHS = 3, STEPS = 6 }; /* 120 images in minibatches of 20 */

/* What a reporter was told, and when it is to ask for a stop. */
struct told {
    int lines, warnings, progresses;
    uint64_t last_step;
    char first[256], last[512];
    uint64_t stop_at; /* 0: never */
    gt_stop stop;
};

static void take_line(void *context, gt_line_kind kind, const char *text) {
    struct told *told = context;
    told->warnings += kind == GT_LINE_WARNING;
    if (told->lines++ == 0)
        snprintf(told->first, sizeof told->first, "%s", text);
    snprintf(told->last, sizeof told->last, "%s", text);
}

static void take_progress(void *context, const gt_progress *progress) {
    struct told *told = context;
    told->progresses++;
    assert_int_equal(progress->step, told->last_step + 1);
    assert_int_equal(progress->last_step, EPOCHS * STEPS);
    assert_int_equal(progress->epoch, (progress->step - 1) / STEPS + 1);
    for (int i = 0; i < gt_model_stat_count(progress->model->kind); i++)
        assert_true(isfinite(progress->stats[i]));
    told->last_step = progress->step;
    if (progress->step == told->stop_at)
        atomic_store(&told->stop.signal, 15);
}

static void set(gt_config *config, const char *assignment) {
    gt_error error = {0};
    if (gt_config_read_assignment(config, assignment, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static gt_config config_for(const char *directory) {
    static const char *const assignments[] = {"data.range=0:120",
                                              "generator.latent_dim=4",
                                              "generator.layers=dense 5, relu",
                                              "generator.ema=0.9",
                                              "discriminator.layers=dense 6, leaky_relu",
                                              "train.epochs=3",
                                              "train.batch_size=20",
                                              "train.threads=1",
                                              "train.backend=openblas",
                                              "output.grid=2x2",
                                              "output.sample_steps=2, 6"};
    gt_config config;
    gt_config_init(&config);
    for (size_t i = 0; i < sizeof assignments / sizeof *assignments; i++)
        set(&config, assignments[i]);
    snprintf(config.output.dir, sizeof config.output.dir, "%s", in_folder(directory));
    return config;
}

static gt_status train(struct told *told, const gt_config *config, gt_train_options options,
                       gt_error *error) {
    const gt_reporter reporter = {
        .line = take_line, .progress = take_progress, .context = told, .stop = &told->stop};
    *error = (gt_error){0};
    return gt_train(config, &options, &reporter, error);
}

static bool exists(const char *directory, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", in_folder(directory), name);
    return access(path, F_OK) == 0;
}

/* The bytes after a checkpoint's header, which names the run directory; all of any other file. */
static size_t content_of(const uint8_t *bytes, const char *name) {
    return strstr(name, ".safetensors") != NULL ? 8 + (size_t)(bytes[0] | bytes[1] << 8) : 0;
}

static void assert_same_file(const char *a, const char *b, const char *name) {
    char paths[2][512];
    size_t sizes[2];
    snprintf(paths[0], sizeof paths[0], "%s/%s", in_folder(a), name);
    snprintf(paths[1], sizeof paths[1], "%s/%s", in_folder(b), name);
    uint8_t *first = get_file(&sizes[0], paths[0]), *second = get_file(&sizes[1], paths[1]);
    size_t from = content_of(first, name), other = content_of(second, name);
    assert_int_equal(sizes[0] - from, sizes[1] - other);
    if (memcmp(first + from, second + other, sizes[0] - from) != 0)
        fail_msg("%s differs", name);
    free(first);
    free(second);
}

static void a_run_reports_every_step_and_leaves_what_it_should(void **state) {
    (void)state;
    struct told told = {0};
    gt_error error;
    gt_config config = config_for("whole");
    if (train(&told, &config, (gt_train_options){0}, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(told.progresses, EPOCHS * STEPS);
    assert_non_null(strstr(told.first, "gantrain "));
    assert_non_null(strstr(told.last, "done: "));
    static const char *const names[] = {"config.ini",
                                        "metrics.csv",
                                        "log.txt",
                                        "samples/real.png",
                                        "samples/epoch-0000.png",
                                        "samples/epoch-0003.png",
                                        "samples/step-0000002.png",
                                        "samples/step-0000006.png",
                                        "checkpoints/epoch-0003.safetensors",
                                        "checkpoints/latest.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!exists("whole", names[i]))
            fail_msg("%s is missing", names[i]);
    assert_int_equal(atomic_load(&told.stop.holds), 0);
}

static void a_run_stopped_at_any_step_ends_in_the_same_bytes(void **state) {
    (void)state;
    const uint64_t steps[] = {1, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS, 3 * STEPS - 1};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char name[32];
        gt_error error;
        struct told told = {.stop_at = steps[i]}, after = {.last_step = steps[i]};
        snprintf(name, sizeof name, "stopped-%d", (int)steps[i]);
        gt_config config = config_for(name);
        gt_train_options options = {.resume_command = "the command"};
        assert_int_equal(train(&told, &config, options, &error), GT_STOPPED);
        assert_non_null(strstr(error.message, "the command"));
        assert_int_equal(told.last_step, steps[i]);
        options.resume = true;
        if (train(&after, &config, options, &error) != GT_OK)
            fail_msg("%s", error.message);
        assert_same_file("whole", name, "checkpoints/epoch-0003.safetensors");
        assert_same_file("whole", name, "samples/epoch-0003.png");
        assert_same_file("whole", name, "samples/step-0000006.png");
    }
}

static void a_dry_run_writes_nothing(void **state) {
    (void)state;
    struct told told = {0};
    gt_error error;
    gt_config config = config_for("dry");
    assert_int_equal(train(&told, &config, (gt_train_options){.dry_run = true}, &error), GT_OK);
    assert_true(told.lines > 5 && told.progresses == 0);
    assert_false(exists("dry", "."));
}

static void a_run_is_not_overwritten_and_not_resumed_as_another(void **state) {
    (void)state;
    struct told told = {0};
    gt_error error;
    gt_config config = config_for("whole");
    assert_int_equal(train(&told, &config, (gt_train_options){0}, &error), GT_FAILED);
    assert_non_null(strstr(error.message, "already holds a run"));
    set(&config, "train.batch_size=30");
    assert_int_equal(train(&told, &config, (gt_train_options){.resume = true}, &error), GT_USAGE);
    assert_non_null(strstr(error.message, "train.batch_size: 20 -> 30"));
    assert_int_equal(told.progresses, 0);
}

static void a_divergence_names_the_network_and_the_step(void **state) {
    (void)state;
    struct told told = {0};
    gt_error error;
    gt_config config = config_for("diverged");
    set(&config, "generator.lr=100");
    set(&config, "generator.optimizer=sgd");
    set(&config, "discriminator.lr=100");
    set(&config, "discriminator.optimizer=sgd");
    set(&config, "discriminator.r1_gamma=1000000");
    assert_int_equal(train(&told, &config, (gt_train_options){0}, &error), GT_DIVERGED);
    assert_non_null(strstr(error.message, "step"));
    assert_true(strstr(error.message, "discriminator") != NULL ||
                strstr(error.message, "generator") != NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_reports_every_step_and_leaves_what_it_should),
        cmocka_unit_test(a_run_stopped_at_any_step_ends_in_the_same_bytes),
        cmocka_unit_test(a_dry_run_writes_nothing),
        cmocka_unit_test(a_run_is_not_overwritten_and_not_resumed_as_another),
        cmocka_unit_test(a_divergence_names_the_network_and_the_step),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
