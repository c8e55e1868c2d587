/* Serial products by oneDNN: its matmul primitive, for the sizes of layers faster than OpenBLAS,
 * and at home in bf16.
 *
 * A primitive belongs to one shape. When that shape is first met, one is made for every thread of
 * the team, with the memory objects it works on, and kept in a table: so only the look-up takes a
 * lock, and no later step makes one because another thread meets the shape. Written for the C API
 * of both 2.x and 3.x, which did away with operation descriptors and made memory descriptors
 * opaque.
 */
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/gemm_backend.h"

enum { BUCKETS = 256 }; /* a training run meets a few dozen shapes a thread */

/* All that makes one primitive differ from another: whole numbers only, so that it can be compared
 * and hashed as bytes. */
struct key {
    int rows, columns, inner, c_stride, a_stride, b_stride, transposed, keep, precision;
};

/* What one thread computes with. */
struct worker {
    dnnl_primitive_t primitive;
    dnnl_stream_t stream;
    dnnl_memory_t a, b, c;
};

struct entry {
    struct entry *next; /* in the same bucket */
    struct key key;
    struct worker workers[]; /* one for each thread */
};

struct cache {
    dnnl_engine_t engine;
    int threads;
    pthread_mutex_t mutex; /* guards the buckets, not the entries in use */
    struct entry *buckets[BUCKETS];
};

#if DNNL_VERSION_MAJOR >= 3

typedef dnnl_memory_desc_t shape;

static void describe(shape *out, int rows, int columns, int row_step, int column_step,
                     dnnl_data_type_t type) {
    const dnnl_dims_t sizes = {rows, columns}, steps = {row_step, column_step};
    dnnl_memory_desc_create_with_strides(out, 2, sizes, type, steps);
}

static void forget(shape *described) {
    dnnl_memory_desc_destroy(*described);
}

static bool make_memory(dnnl_memory_t *memory, const shape *described, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, *described, engine, DNNL_MEMORY_NONE) == dnnl_success;
}

static dnnl_status_t make_plan(dnnl_primitive_desc_t *plan, const shape *a, const shape *b,
                               const shape *c, dnnl_primitive_attr_t attributes,
                               dnnl_engine_t engine) {
    return dnnl_matmul_primitive_desc_create(plan, engine, *a, *b, NULL, *c, attributes);
}

static void add_sum(dnnl_post_ops_t post_ops) {
    dnnl_post_ops_append_sum(post_ops, 1, 0, dnnl_data_type_undef);
}

#else

typedef dnnl_memory_desc_t shape;

static void describe(shape *out, int rows, int columns, int row_step, int column_step,
                     dnnl_data_type_t type) {
    const dnnl_dims_t sizes = {rows, columns}, steps = {row_step, column_step};
    dnnl_memory_desc_init_by_strides(out, 2, sizes, type, steps);
}

static void forget(shape *described) {
    (void)described;
}

static bool make_memory(dnnl_memory_t *memory, const shape *described, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, described, engine, DNNL_MEMORY_NONE) == dnnl_success;
}

static dnnl_status_t make_plan(dnnl_primitive_desc_t *plan, const shape *a, const shape *b,
                               const shape *c, dnnl_primitive_attr_t attributes,
                               dnnl_engine_t engine) {
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(&operation, a, b, NULL, c);
    return status == dnnl_success
               ? dnnl_primitive_desc_create(plan, &operation, attributes, engine, NULL)
               : status;
}

static void add_sum(dnnl_post_ops_t post_ops) {
    dnnl_post_ops_append_sum(post_ops, 1);
}

#endif

/* A factor that is transposed is described by exchanging its steps. */
static void describe_factor(shape *out, int rows, int columns, int stride, bool transposed,
                            gt_precision precision) {
    describe(out, rows, columns, transposed ? 1 : stride, transposed ? stride : 1,
             precision == GT_BF16 ? dnnl_bf16 : dnnl_f32);
}

static void end_entry(struct entry *entry, int threads) {
    for (int i = 0; i < threads; i++) {
        const struct worker *worker = &entry->workers[i];
        if (worker->primitive != NULL)
            dnnl_primitive_destroy(worker->primitive);
        if (worker->stream != NULL)
            dnnl_stream_destroy(worker->stream);
        dnnl_memory_destroy(worker->a);
        dnnl_memory_destroy(worker->b);
        dnnl_memory_destroy(worker->c);
    }
    free(entry);
}

static bool make_plan_of(dnnl_primitive_desc_t *plan, const shape factors[2], const shape *c,
                         bool keep, dnnl_engine_t engine) {
    dnnl_primitive_attr_t attributes;
    dnnl_post_ops_t post_ops;
    if (dnnl_primitive_attr_create(&attributes) != dnnl_success)
        return false;
    if (dnnl_post_ops_create(&post_ops) != dnnl_success) {
        dnnl_primitive_attr_destroy(attributes);
        return false;
    }
    if (keep)
        add_sum(post_ops);
    dnnl_primitive_attr_set_post_ops(attributes, post_ops);
    bool made = make_plan(plan, &factors[0], &factors[1], c, attributes, engine) == dnnl_success;
    dnnl_post_ops_destroy(post_ops);
    dnnl_primitive_attr_destroy(attributes);
    return made;
}

static bool make_worker(struct worker *worker, const_dnnl_primitive_desc_t plan,
                        const shape factors[2], const shape *c, dnnl_engine_t engine) {
    return dnnl_primitive_create(&worker->primitive, plan) == dnnl_success &&
           dnnl_stream_create(&worker->stream, engine, dnnl_stream_default_flags) == dnnl_success &&
           make_memory(&worker->a, &factors[0], engine) &&
           make_memory(&worker->b, &factors[1], engine) && make_memory(&worker->c, c, engine);
}

/* NULL: there is no memory for it. */
static struct entry *make_entry(const struct cache *cache, const struct product *product,
                                gt_precision precision) {
    shape factors[2], c;
    dnnl_primitive_desc_t plan;
    struct entry *entry =
        calloc(1, sizeof *entry + (size_t)cache->threads * sizeof *entry->workers);
    if (entry == NULL)
        return NULL;
    describe_factor(&factors[0], product->rows, product->inner, product->a_stride,
                    product->a_transposed, precision);
    describe_factor(&factors[1], product->inner, product->columns, product->b_stride,
                    product->b_transposed, precision);
    describe(&c, product->rows, product->columns, product->c_stride, 1, dnnl_f32);
    bool made = make_plan_of(&plan, factors, &c, product->keep, cache->engine);
    if (made) {
        for (int i = 0; i < cache->threads && made; i++)
            made = make_worker(&entry->workers[i], plan, factors, &c, cache->engine);
        dnnl_primitive_desc_destroy(plan);
    }
    forget(&factors[0]), forget(&factors[1]), forget(&c);
    if (made)
        return entry;
    end_entry(entry, cache->threads);
    return NULL;
}

static unsigned hash_key(const struct key *key) {
    const unsigned char *bytes = (const unsigned char *)key;
    unsigned hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < sizeof *key; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

/* The entry for a product: found, or made. NULL: there is no memory for it. */
static struct entry *find_entry(struct cache *cache, const struct product *product,
                                gt_precision precision) {
    const struct key key = {
        .rows = product->rows,
        .columns = product->columns,
        .inner = product->inner,
        .c_stride = product->c_stride,
        .a_stride = product->a_stride,
        .b_stride = product->b_stride,
        .transposed = product->a_transposed + 2 * product->b_transposed,
        .keep = product->keep,
        .precision = (int)precision,
    };
    struct entry **bucket = &cache->buckets[hash_key(&key) % BUCKETS];
    pthread_mutex_lock(&cache->mutex);
    struct entry *found = *bucket;
    while (found != NULL && memcmp(&found->key, &key, sizeof key) != 0)
        found = found->next;
    if (found == NULL && (found = make_entry(cache, product, precision)) != NULL) {
        found->key = key;
        found->next = *bucket;
        *bucket = found;
    }
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

static bool can(dnnl_cpu_isa_t instructions) {
    return ((unsigned)dnnl_get_effective_cpu_isa() & (unsigned)instructions) ==
           (unsigned)instructions;
}

static bool has_onednn(gt_precision precision) {
    /* Without these instructions oneDNN computes bf16 by way of fp32, which helps nobody. */
    return precision == GT_FP32 || can(dnnl_cpu_isa_avx512_core_bf16);
}

static const char *instruction_set(void) {
    return can(dnnl_cpu_isa_avx512_core_amx)    ? "AMX"
           : can(dnnl_cpu_isa_avx512_core_bf16) ? "AVX-512 BF16"
           : can(dnnl_cpu_isa_avx512_core)      ? "AVX-512"
           : can(dnnl_cpu_isa_avx2)             ? "AVX2"
                                                : "SSE";
}

static gt_status open_onednn(gt_engine *engine, gt_error *error) {
    const dnnl_version_t *version = dnnl_version();
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || dnnl_engine_create(&cache->engine, dnnl_cpu, 0) != dnnl_success) {
        free(cache);
        return gt_error_set(error, GT_FAILED,
                            "oneDNN cannot be started; use train.backend = openblas");
    }
    pthread_mutex_init(&cache->mutex, NULL);
    cache->threads = engine->threads;
    engine->cache = cache;
    snprintf(engine->description, sizeof engine->description, "oneDNN %d.%d.%d (%s)",
             version->major, version->minor, version->patch, instruction_set());
    return GT_OK;
}

static void close_onednn(gt_engine *engine) {
    struct cache *cache = engine->cache;
    for (int i = 0; i < BUCKETS; i++)
        while (cache->buckets[i] != NULL) {
            struct entry *entry = cache->buckets[i];
            cache->buckets[i] = entry->next;
            end_entry(entry, cache->threads);
        }
    dnnl_engine_destroy(cache->engine);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

/* oneDNN's own threads are OpenMP's, and their number belongs to the calling thread. */
static void ready_onednn_thread(void) {
    omp_set_num_threads(1);
}

static void multiply_onednn(const gt_engine *engine, const struct product *product) {
    struct entry *entry = find_entry(engine->cache, product, engine->precision);
    if (entry ==
        NULL) /* no memory, at the first product of its shape, whose caller cannot be told */
        abort();
    const struct worker *worker = &entry->workers[gt_team_thread()];
    dnnl_memory_set_data_handle(worker->a, (void *)product->a);
    dnnl_memory_set_data_handle(worker->b, (void *)product->b);
    dnnl_memory_set_data_handle(worker->c, product->c);
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, worker->a}, {DNNL_ARG_WEIGHTS, worker->b}, {DNNL_ARG_DST, worker->c}};
    dnnl_primitive_execute(worker->primitive, worker->stream, 3, arguments);
}

const gt_gemm_backend gemm_onednn = {
    .name = "onednn",
    .has = has_onednn,
    .open = open_onednn,
    .close = close_onednn,
    .ready_thread = ready_onednn_thread,
    .multiply = multiply_onednn,
};
