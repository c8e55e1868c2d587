/* Checkpoints: what is saved is restored to the byte, and draws the same images; every damaged byte
 * is found; weights that are no numbers are never written, and what cannot be written leaves the
 * file that was there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>

#include "store/pair.h"

#include "compute.h"
#include "gantrain/sample/sampler.h"

/* Tensors of a pair, for a visitor. */
struct tensors {
    size_t used; /* bytes that copy_tensor copied */
    uint8_t bytes[1 << 16];
    const char *name; /* of the tensor that spoil_tensor spoils */
    float value;      /* and with what */
};

static gt_status copy_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    struct tensors *tensors = context;
    (void)error;
    assert_true(tensors->used + gt_tensor_size(tensor) * sizeof(gt_real) <= sizeof tensors->bytes);
    memcpy(tensors->bytes + tensors->used, tensor->values,
           gt_tensor_size(tensor) * sizeof(gt_real));
    tensors->used += gt_tensor_size(tensor) * sizeof(gt_real);
    return GT_OK;
}

static gt_status spoil_tensor(void *context, const gt_tensor *tensor, gt_error *error) {
    struct tensors *tensors = context;
    (void)error;
    if (strcmp(tensor->name, tensors->name) == 0)
        tensor->values[gt_tensor_size(tensor) - 1] = tensors->value;
    return GT_OK;
}

static void spoil_pair(struct pair *pair, const char *name, float value) {
    struct tensors tensors = {.name = name, .value = value};
    gt_model_visit(&pair->model, false, spoil_tensor, &tensors, NULL);
}

static void assert_same_tensors(const struct pair *first, const struct pair *second) {
    struct tensors a = {0}, b = {0};
    gt_model_visit(&first->model, false, copy_tensor, &a, NULL);
    gt_model_visit(&second->model, false, copy_tensor, &b, NULL);
    assert_true(a.used > 100);
    assert_int_equal(a.used, b.used);
    assert_memory_equal(a.bytes, b.bytes, a.used);
}

static const char every_layer[] =
    "dense 3, batchnorm, relu, dropout 0.5, maxout 2 3, leaky_relu, dense 2, sigmoid, tanh";

static void open_good(gt_checkpoint *checkpoint, const char *path) {
    gt_error error = {0};
    if (gt_checkpoint_open(checkpoint, path, &error) != GT_OK)
        fail_msg("%s", error.message);
}

static void check_round_trip(const char *optimizer, const char *hidden, const char *average) {
    struct pair saved, restored;
    gt_checkpoint checkpoint;
    gt_error error = {0};
    make_averaged_pair(&saved, optimizer, hidden, average);
    make_averaged_pair(&restored, optimizer, hidden, average);
    fill_pair(&saved);
    save_pair(&saved, in_folder("a"));
    open_good(&checkpoint, in_folder("a"));
    gt_checkpoint_info info = info_of(&saved);
    assert_int_equal(gt_config_compare(&info.config, &checkpoint.info.config, &error), GT_OK);
    assert_int_equal(checkpoint.info.epoch, info.epoch);
    assert_int_equal(checkpoint.info.step, info.step);
    assert_int_equal(checkpoint.info.shape.height, HEIGHT);
    assert_int_equal(checkpoint.info.shape.width, WIDTH);
    assert_int_equal(checkpoint.info.shape.channels, 1);
    assert_int_equal(checkpoint.info.data_checksum, info.data_checksum);
    assert_memory_equal(&checkpoint.info.sums, &info.sums, sizeof info.sums);
    assert_null(checkpoint.info.held_rows);

    if (gt_checkpoint_restore(&restored.model, &checkpoint, false, "a", &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_same_tensors(&saved, &restored);
    assert_int_equal(restored.gan->generator.optimizer.updates, info.step);
    assert_int_equal(restored.gan->discriminator.optimizer.updates, 3 * info.step);
    gt_checkpoint_close(&checkpoint);

    size_t first_size, second_size;
    save_pair(&restored, in_folder("b"));
    uint8_t *first = get_file(&first_size, in_folder("a"));
    uint8_t *second = get_file(&second_size, in_folder("b"));
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    free(first);
    free(second);
    close_pair(&saved);
    close_pair(&restored);
}

static void test_what_is_saved_is_restored_to_the_byte(void **state) {
    (void)state;
    check_round_trip("adam", "dense 3, relu", "0");
    check_round_trip("sgd", "dense 3, relu", "0");
    check_round_trip("adam", every_layer, "0.9");
    check_round_trip("sgd", every_layer, "0.9");
}

static void test_generator_alone_is_restored(void **state) {
    (void)state;
    struct pair pair;
    gt_sampler sampler;
    gt_error error = {0};
    make_pair(&pair, "adam", "dense 3, relu");
    fill_pair(&pair);
    save_pair(&pair, in_folder("a"));
    if (gt_sampler_open(&sampler, &test_compute, in_folder("a"), GT_MODEL_GENERATE, false,
                        &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(sampler.pixels, PIXELS);
    assert_int_equal(sampler.epoch, 7);
    const gt_network *network = &pair.gan->generator.network;
    assert_int_equal(sampler.model.trained[0].network->parameter_count, network->parameter_count);
    assert_memory_equal(sampler.model.trained[0].network->parameters, network->parameters,
                        network->parameter_count * sizeof(gt_real));
    gt_sampler_close(&sampler);
    close_pair(&pair);
}

/* The numbers of a tensor of a checkpoint, by name. */
static const void *saved_tensor(const gt_checkpoint *checkpoint, const char *name) {
    const gt_safetensors_entry *entry = gt_safetensors_find(&checkpoint->tensors, name);
    if (entry == NULL)
        fail_msg("%s is missing", name);
    assert_string_equal(entry->dtype, "F32");
    return entry->bytes;
}

/* Samples are drawn with the average and with what batchnorm remembers; or with the last weights.
 */
static void test_generator_comes_with_its_average_or_raw(void **state) {
    (void)state;
    struct pair pair;
    gt_checkpoint checkpoint;
    make_averaged_pair(&pair, "adam", "dense 3, batchnorm, relu", "0.9");
    fill_pair(&pair);
    save_pair(&pair, in_folder("a"));
    open_good(&checkpoint, in_folder("a"));
    const gt_generator *saved = &pair.gan->generator;
    size_t bytes = saved->network.parameter_count * sizeof(gt_real);
    const gt_real *running = saved->network.state;
    assert_int_equal(saved->network.state_count, 6);
    assert_memory_equal(saved_tensor(&checkpoint, "generator.1.running_mean"), running, 12);
    assert_memory_equal(saved_tensor(&checkpoint, "generator.1.running_var"), running + 3, 12);
    assert_memory_equal(saved_tensor(&checkpoint, "discriminator.1.running_mean"),
                        pair.gan->discriminator.network.state, 12);
    assert_memory_equal(saved_tensor(&checkpoint, "generator.ema.0.weight"),
                        saved->optimizer.average, 24);
    gt_checkpoint_close(&checkpoint);
    for (int raw = 0; raw < 2; raw++) {
        gt_sampler sampler;
        assert_int_equal(
            gt_sampler_open(&sampler, &test_compute, in_folder("a"), GT_MODEL_GENERATE, raw, NULL),
            GT_OK);
        assert_memory_equal(sampler.model.trained[0].network->parameters,
                            raw ? saved->network.parameters : saved->optimizer.average, bytes);
        assert_memory_equal(sampler.model.trained[0].network->state, running, 6 * sizeof(gt_real));
        gt_sampler_close(&sampler);
    }
    close_pair(&pair);
}

/* A file whose config asks for what its tensors have not. */
static void test_a_missing_average_is_named(void **state) {
    (void)state;
    struct pair pair, averaged;
    gt_checkpoint checkpoint;
    gt_sampler sampler;
    gt_error error = {0};
    make_averaged_pair(&pair, "adam", "dense 3, relu", "0");
    make_averaged_pair(&averaged, "adam", "dense 3, relu", "0.9");
    fill_pair(&pair);
    gt_checkpoint_info info = info_of(&averaged);
    assert_int_equal(gt_checkpoint_save(in_folder("a"), &pair.model, &info, &error), GT_OK);
    assert_int_equal(
        gt_sampler_open(&sampler, &test_compute, in_folder("a"), GT_MODEL_GENERATE, false, &error),
        GT_FAILED);
    assert_contains(error.message, "tensor 'generator.ema.0.weight' is missing");
    assert_names_path(error.message, in_folder("a"));
    open_good(&checkpoint, in_folder("a"));
    assert_int_equal(gt_checkpoint_restore(&averaged.model, &checkpoint, false, "a", &error),
                     GT_FAILED);
    assert_contains(error.message, "tensor 'generator.ema.0.weight' is missing");
    gt_checkpoint_close(&checkpoint);

    /* And the other way round: an average that nobody asked for. */
    fill_pair(&averaged);
    info = info_of(&pair);
    assert_int_equal(gt_checkpoint_save(in_folder("b"), &averaged.model, &info, &error), GT_OK);
    open_good(&checkpoint, in_folder("b"));
    assert_int_equal(gt_checkpoint_restore(&pair.model, &checkpoint, false, "b", &error),
                     GT_FAILED);
    assert_contains(error.message, "b: holds 29 tensors, the config asks for 25");
    gt_checkpoint_close(&checkpoint);
    close_pair(&pair);
    close_pair(&averaged);
}

/* Image i of a seed is the same image, whatever the count it is drawn with. */
static void test_images_do_not_depend_on_the_count(void **state) {
    (void)state;
    enum { COUNT = 3 * GT_SAMPLER_BATCH };
    const uint32_t counts[] = {1, 5, GT_SAMPLER_BATCH, GT_SAMPLER_BATCH + 1, COUNT - 1};
    uint8_t all[COUNT * PIXELS], some[COUNT * PIXELS];
    struct pair pair;
    gt_sampler sampler;
    make_pair(&pair, "adam", "dense 3, batchnorm, dropout 0.5, maxout 3 2");
    gt_model_init(&pair.model, NULL);
    save_pair(&pair, in_folder("a"));
    assert_int_equal(
        gt_sampler_open(&sampler, &test_compute, in_folder("a"), GT_MODEL_GENERATE, false, NULL),
        GT_OK);
    gt_sampler_draw(all, &sampler, 5, 0, COUNT);
    for (int i = 1; i < COUNT; i++)
        assert_memory_not_equal(all, all + i * PIXELS, PIXELS);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        gt_sampler_draw(some, &sampler, 5, 0, counts[i]);
        assert_memory_equal(some, all, counts[i] * PIXELS);
    }
    gt_sampler_draw(some, &sampler, 5, 2 * GT_SAMPLER_BATCH, 7);
    assert_memory_equal(some, all + 2 * GT_SAMPLER_BATCH * PIXELS, 7 * PIXELS);
    gt_sampler_draw(some, &sampler, 6, 0, 1);
    assert_memory_not_equal(some, all, PIXELS);
    gt_sampler_close(&sampler);
    close_pair(&pair);
}

static void test_numbers_that_are_not_finite_are_never_written(void **state) {
    (void)state;
    static const char *const names[] = {"generator.0.weight", "generator.2.bias",
                                        "discriminator.optimizer.m.0.weight",
                                        "discriminator.optimizer.v.2.bias"};
    const float values[] = {NAN, INFINITY, -INFINITY};
    struct pair pair;
    size_t before_size, after_size;
    make_pair(&pair, "adam", "dense 3, relu");
    fill_pair(&pair);
    save_pair(&pair, in_folder("a"));
    gt_checkpoint_info info = info_of(&pair);
    uint8_t *before = get_file(&before_size, in_folder("a"));
    for (int i = 0; i < 12; i++) {
        gt_error error = {0};
        spoil_pair(&pair, names[i % 4], values[i % 3]);
        assert_int_equal(gt_checkpoint_save(in_folder("a"), &pair.model, &info, &error),
                         GT_DIVERGED);
        assert_contains(error.message, names[i % 4]);
        assert_int_equal(gt_checkpoint_save(in_folder("new"), &pair.model, &info, &error),
                         GT_DIVERGED);
        spoil_pair(&pair, names[i % 4], 1);
    }
    uint8_t *after = get_file(&after_size, in_folder("a"));
    assert_int_equal(before_size, after_size);
    assert_memory_equal(before, after, before_size);
    assert_int_equal(access(in_folder("new"), F_OK), -1);
    assert_int_equal(access(in_folder("new.tmp"), F_OK), -1);
    assert_int_equal(access(in_folder("a.tmp"), F_OK), -1);
    free(before);
    free(after);
    close_pair(&pair);
}

static void test_rows_travel(void **state) {
    (void)state;
    static const char rows[] = "2,60,0.5,\n3,90,0.25,nan\n";
    struct pair pair;
    gt_checkpoint checkpoint;
    gt_error error = {0};
    make_pair(&pair, "sgd", "dense 1");
    gt_checkpoint_info info = info_of(&pair);
    info.held_rows = rows;
    assert_int_equal(gt_checkpoint_save(in_folder("a"), &pair.model, &info, &error), GT_OK);
    open_good(&checkpoint, in_folder("a"));
    assert_string_equal(checkpoint.info.held_rows, rows);
    gt_checkpoint_close(&checkpoint);
    info.held_rows = "\033[2J";
    assert_int_equal(gt_checkpoint_save(in_folder("a"), &pair.model, &info, &error), GT_OK);
    assert_int_equal(gt_checkpoint_open(&checkpoint, in_folder("a"), &error), GT_FAILED);
    assert_contains(error.message, "no valid 'held_rows'");
    close_pair(&pair);
}

static void test_what_cannot_be_written_is_said(void **state) {
    (void)state;
    struct pair pair;
    gt_error error = {0};
    make_pair(&pair, "sgd", "dense 3, relu");
    gt_checkpoint_info info = info_of(&pair);
    assert_int_equal(gt_checkpoint_save(in_folder("no/a"), &pair.model, &info, &error), GT_FAILED);
    assert_names_path(error.message, in_folder("no/a"));
    assert_int_equal(gt_checkpoint_save(test_folder, &pair.model, &info, &error), GT_FAILED);
    assert_names_path(error.message, test_folder);
    close_pair(&pair);
}

static void test_a_flipped_bit_in_any_byte_is_refused(void **state) {
    (void)state;
    struct pair pair;
    size_t size;
    make_pair(&pair, "sgd", "dense 1");
    fill_pair(&pair);
    save_pair(&pair, in_folder("a"));
    uint8_t *bytes = get_file(&size, in_folder("a"));
    int file = open(in_folder("a"), O_WRONLY);
    for (size_t byte = 0; byte < size; byte++) {
        gt_checkpoint checkpoint;
        gt_error error = {0};
        uint8_t flipped = (uint8_t)(bytes[byte] ^ 1 << byte % 8);
        assert_int_equal(pwrite(file, &flipped, 1, (off_t)byte), 1);
        if (gt_checkpoint_open(&checkpoint, in_folder("a"), &error) != GT_FAILED)
            fail_msg("a flip of bit %zu of byte %zu is not found", byte % 8, byte);
        assert_int_equal(strncmp(error.message, in_folder("a"), strlen(in_folder("a"))), 0);
        assert_int_equal(pwrite(file, bytes + byte, 1, (off_t)byte), 1);
    }
    close(file);
    free(bytes);
    close_pair(&pair);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_saved_is_restored_to_the_byte),
        cmocka_unit_test(test_generator_alone_is_restored),
        cmocka_unit_test(test_generator_comes_with_its_average_or_raw),
        cmocka_unit_test(test_a_missing_average_is_named),
        cmocka_unit_test(test_images_do_not_depend_on_the_count),
        cmocka_unit_test(test_numbers_that_are_not_finite_are_never_written),
        cmocka_unit_test(test_rows_travel),
        cmocka_unit_test(test_what_cannot_be_written_is_said),
        cmocka_unit_test(test_a_flipped_bit_in_any_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
