/* Training allocates nothing per step: from step 2 to step 100 of the standard pair, minibatches
 * included, nobody in the process calls the heap; with oneDNN, which makes a list of its arguments
 * at every product, nobody but oneDNN does. The program counts by standing in for the C library's
 * functions, which a sanitizer that brings its own heap does not allow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/data/batches.h"
#include "gantrain/model/gan.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer)
#define OTHER_HEAP
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __GLIBC__
#define OTHER_HEAP
#endif

static atomic_long heap_calls; /* of all */
static atomic_long own_calls;  /* of those, the ones from this program and the library in it */

#ifndef OTHER_HEAP

/* The GNU C library's heap under its own names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* Where the program's own code lies in memory, by the linker. */
extern char __executable_start[], etext[];

static void count_call(const void *caller) {
    uintptr_t address = (uintptr_t)caller;
    atomic_fetch_add(&heap_calls, 1);
    if (address >= (uintptr_t)__executable_start && address < (uintptr_t)etext)
        atomic_fetch_add(&own_calls, 1);
}

/* Of the function that it stands in. */
#define COUNT() count_call(__builtin_return_address(0))

void *malloc(size_t size) {
    COUNT();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    COUNT();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    COUNT();
    return __libc_realloc(memory, size);
}

void free(void *memory) {
    COUNT();
    __libc_free(memory);
}

void *aligned_alloc(size_t alignment, size_t size) {
    COUNT();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    COUNT();
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}

#endif

/* One call of each function that is counted, and one of free. */
static void call_the_heap(void) {
    void *volatile memory = malloc(10);
    memory = realloc(memory, 5000);
    free(memory);
    memory = calloc(10, 10);
    free(memory);
    memory = aligned_alloc(64, 64);
    free(memory);
    void *aligned = NULL;
    if (posix_memalign(&aligned, 64, 64) == 0)
        free(aligned);
}
enum { CALLS = 9 };

static void the_counter_counts(void **state) {
    (void)state;
#ifdef OTHER_HEAP
    print_message("skipped: this build's heap cannot be stood in for\n");
    skip();
#endif
    long before = atomic_load(&heap_calls);
    call_the_heap();
    assert_int_equal(atomic_load(&heap_calls) - before, CALLS);

    /* On every thread of the team. */
    use_threads(3);
    before = atomic_load(&heap_calls);
    gt_team_visit(test_compute.team, call_the_heap);
    assert_int_equal(atomic_load(&heap_calls) - before, 3 * CALLS);
    use_threads(1);
}

enum { BATCH = 64, STEPS = 100, FEW_STEPS = 6 };

typedef struct fixture {
    gt_model model;
    gt_arena arena;
    gt_dataset dataset;
    gt_batches batches;
    bool calls_the_heap; /* the source does, now and then */
} fixture;

static void get_minibatch(void *context, gt_minibatch *minibatch, uint64_t number) {
    fixture *pair = context;
    if (pair->calls_the_heap && number == STEPS / 2)
        call_the_heap();
    gt_batches_get(&pair->batches, minibatch->images, number);
    minibatch->indices = gt_batches_indices(&pair->batches, number);
}

static void carve(fixture *pair) {
    gt_model *model = &pair->model;
    gt_model_carve(&pair->model, &pair->arena, BATCH);
    gt_batches_init(&pair->batches, model->compute->team, &pair->arena, &pair->dataset, BATCH,
                    model->low, model->high, 1);
}

static gt_model_settings settings_of(const char *g_layers, const char *d_layers) {
    const gt_optimizer_settings rates = {.lr = 2e-4, .beta1 = 0.5, .beta2 = 0.999, .eps = 1e-8};
    return (gt_model_settings){
        .kind = &gt_model_gan,
        .generator = {.latent_dim = 100,
                      .prior = gt_prior_find("normal"),
                      .layers = g_layers,
                      .output = gt_output_find("tanh"),
                      .optimizer = gt_optimizer_kind_find("adam"),
                      .rates = rates},
        .discriminator = {.layers = d_layers,
                          .optimizer = gt_optimizer_kind_find("adam"),
                          .rates = rates},
        .encoder = {.layers = d_layers,
                    .optimizer = gt_optimizer_kind_find("adam"),
                    .rates = rates},
        .objective = gt_objective_find("non_saturating"),
        .reconstruction = gt_reconstruction_find("squared"),
        .kl_weight = 1,
        .mixture = {.components = 3, .variance_floor = 0.01},
        .ascent = {.steps = 2, .rate = 1, .noise = 0.01, .buffer = 100, .fresh = 0.1},
        .codes_are_learned = true,
        .code_lr = 0.01,
        .batch = BATCH,
        .d_steps = 1,
        .seed = 1,
    };
}

/* Few images, so that the 100 steps are several passes with an order each. */
static void open_training(fixture *pair, const gt_compute *compute,
                          const gt_model_settings *settings) {
    gt_error error = {0};
    const gt_data_options digits = {.images = GT_BUILTIN_DIGITS,
                                    .range = {0, 20 * BATCH},
                                    .seed = 1,
                                    .binarize = GT_BINARIZE_SAMPLE};
    if (gt_dataset_open(&pair->dataset, NULL, &digits, &error) != GT_OK)
        fail_msg("%s", error.message);
    const gt_image_spec spec = {.shape = pair->dataset.shape, .count = pair->dataset.count};
    if (gt_model_open(&pair->model, settings, &spec, compute, GT_MODEL_TRAIN, &error) != GT_OK)
        fail_msg("%s", error.message);
    carve(pair);
    assert_int_equal(gt_arena_reserve(&pair->arena, NULL), GT_OK);
    carve(pair);
    gt_model_init(&pair->model, NULL);
}

/* How much `calls` grows from step 2 to step `steps`. */
static long train(fixture *pair, atomic_long *calls, uint64_t steps) {
    const gt_minibatch_source source = {get_minibatch, pair};
    double stats[GT_MODEL_STATS] = {0};
    gt_model *model = &pair->model;
    model->kind->step(stats, model, &source, 0);
    long before = atomic_load(calls);
    for (uint64_t iteration = 1; iteration < steps; iteration++)
        model->kind->step(stats, model, &source, iteration);
    long grown = atomic_load(calls) - before;
    assert_true(isfinite(stats[0]) && isfinite(stats[1]));
    gt_model_close(model);
    gt_arena_release(&pair->arena);
    gt_dataset_free(&pair->dataset);
    return grown;
}

static const char standard_g[] =
    "dense 256, leaky_relu 0.2, dense 512, leaky_relu 0.2, dense 1024, leaky_relu 0.2";
static const char standard_d[] = "dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2";

/* With all that training may be asked for: every kind of layer, penalty, average, decay, momentum
 * on its way. */
static gt_model_settings settings_with_options(void) {
    gt_model_settings settings =
        settings_of("dense 256, batchnorm, leaky_relu 0.2, maxout 128 2, dropout 0.1",
                    "dropout 0.2, maxout 128 3, dropout 0.5, dense 256, tanh, dense 128, sigmoid");
    settings.generator.rates.average_decay = 0.99;
    settings.generator.rates.lr_decay = 0.999;
    settings.discriminator.optimizer = gt_optimizer_kind_find("sgd");
    settings.discriminator.rates = (gt_optimizer_settings){
        .lr = 0.01, .momentum = 0.5, .momentum_end = 0.7, .momentum_epochs = 3};
    settings.discriminator.label_smoothing = 0.1;
    settings.discriminator.r1_gamma = 0.1;
    settings.discriminator.r2_gamma = 0.1;
    settings.discriminator.r1_every = 3;
    return settings;
}

/* What no penalty goes with, and pairs of images. */
static gt_model_settings settings_with_batchnorm(void) {
    gt_model_settings settings =
        settings_of("dense 256, batchnorm, leaky_relu 0.2", "dense 256, batchnorm, leaky_relu 0.2");
    settings.objective = gt_objective_find("relativistic");
    return settings;
}

/* Every kind of layer on images. */
static gt_model_settings settings_with_images(void) {
    gt_model_settings settings = settings_of(
        "dense 392, image 8x7x7, batchnorm, relu, deconv 8 4 stride 2, dropout 0.1 by_channel, "
        "upsample 2, conv 1 3",
        "conv 8 4 stride 2, leaky_relu, pool 2 max, conv 16 3 stride 2, leaky_relu, pool 2, conv "
        "16 1, "
        "flatten, dense 32, image 8x2x2, global_pool");
    settings.discriminator.r1_gamma = 0.1;
    settings.discriminator.r1_every = 3;
    settings.discriminator.augment = GT_AUGMENT_TRANSLATION | GT_AUGMENT_CUTOUT | GT_AUGMENT_COLOUR;
    return settings;
}

static void steps_2_to_100_call_no_heap(void **state) {
    (void)state;
#ifdef OTHER_HEAP
    print_message("skipped: this build's heap cannot be stood in for\n");
    skip();
#endif
    static fixture pair;
    use_threads(2);
    const gt_model_settings settings = settings_of(standard_g, standard_d);
    open_training(&pair, &test_compute, &settings);
    assert_int_equal(train(&pair, &heap_calls, STEPS), 0);
    use_threads(1);
}

static void steps_of_other_models_call_no_heap(void **state) {
    (void)state;
#ifdef OTHER_HEAP
    print_message("skipped: this build's heap cannot be stood in for\n");
    skip();
#endif
    const gt_model_kind *kind;
    for (int i = 0; (kind = gt_model_kind_at(i)) != NULL; i++) {
        gt_model_settings settings = settings_of("dense 256, relu", "dense 256, relu");
        static fixture opened;
        opened = (fixture){0};
        settings.kind = kind;
        open_training(&opened, &test_compute, &settings);
        assert_int_equal(train(&opened, &own_calls, STEPS), 0);
    }
}

static void with_any_backend_our_own_code_calls_no_heap(void **state) {
    (void)state;
#ifdef OTHER_HEAP
    print_message("skipped: this build's heap cannot be stood in for\n");
    skip();
#endif
    const char *backend;
    for (int b = 0; (backend = gt_compute_backend_name(b)) != NULL; b++) {
        if (strcmp(backend, "default") == 0 || strcmp(backend, "auto") == 0)
            continue; /* one of the others */
        for (int p = GT_FP32; p <= GT_BF16; p++) {
            static fixture pair;
            gt_compute compute;
            if (gt_compute_open(&compute, 2, backend, gt_compute_precision_name(p), NULL) != GT_OK)
                continue;
            const gt_model_settings settings[] = {
                settings_of(standard_g, standard_d), settings_with_options(),
                settings_with_batchnorm(), settings_with_images()};
            for (int i = 0; i < 4; i++) {
                pair = (fixture){0};
                open_training(&pair, &compute, &settings[i]);
                assert_int_equal(train(&pair, &own_calls, FEW_STEPS), 0);
            }
            gt_compute_close(&compute);
        }
    }
}

static void a_step_that_calls_the_heap_is_seen(void **state) {
    (void)state;
#ifdef OTHER_HEAP
    print_message("skipped: this build's heap cannot be stood in for\n");
    skip();
#endif
    /* Products this small are not free of calls everywhere (OpenBLAS's own kernels for AVX-512 make
     * some), so it is the difference that counts. */
    long calls[2];
    const gt_model_settings settings = settings_of("dense 8, relu", "dense 8, tanh");
    for (int i = 0; i < 2; i++) {
        static fixture pair;
        pair = (fixture){.calls_the_heap = i == 1};
        open_training(&pair, &test_compute, &settings);
        calls[i] = train(&pair, &heap_calls, STEPS);
    }
    assert_int_equal(calls[1] - calls[0], CALLS);

    static fixture pair;
    pair = (fixture){.calls_the_heap = true};
    open_training(&pair, &test_compute, &settings);
    assert_int_equal(train(&pair, &own_calls, STEPS), CALLS);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test(steps_2_to_100_call_no_heap),
        cmocka_unit_test(steps_of_other_models_call_no_heap),
        cmocka_unit_test(with_any_backend_our_own_code_calls_no_heap),
        cmocka_unit_test(a_step_that_calls_the_heap_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
