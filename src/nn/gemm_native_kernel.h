/* The serial product of the native backend, c = keep c + a b, written once for all instruction
 * sets. A source defines VECTOR_BYTES (of a register), TILE_ROWS and MULTIPLY_ADD (a number, a
 * vector, the sum they add to) and includes this file.
 *
 *                                           WIDTH
 *                                          <----->
 *                                    +-----+-----+-----+-----+-
 *                                    |     |#####|     |     |
 *                              DEPTH |     |#####|     |     |   b (inner, columns)
 *                                    |     |#####|     |     |
 *                                    +-----+-----+-----+-----+-
 *                    DEPTH           |     |     |     |     |
 *                 <--------->        +-----+-----+-----+-----+-
 *                 +---------+------+
 *                 |         |      | +-----+-----+-----+-----+-
 *       TILE_ROWS |=========|      | |     |%%%%%|     |     |
 *                 +---------+------+ +-----+-----+-----+-----+-  c (rows, columns)
 *                 |         |      | |     |     |     |     |
 *
 *                   a (rows, inner)      ##### panel   %%%%% tile
 *
 * Tile: TILE_ROWS x WIDTH numbers of c, whose sums stay in registers for DEPTH steps. Step k loads
 * row k of the panel, which is two vectors, and one number of each row of a, which it multiplies by
 * both. A core starts two multiply-adds per cycle, and each takes four cycles, so at least eight
 * sums must be under way: there are 12 with AVX2 and 16 with AVX-512, for 8 and 10 loads.
 *
 * Panel: DEPTH x WIDTH numbers of b, packed one row after the other. In b itself those rows are
 * pages apart, or are columns if b is transposed. All rows of a use a panel while it is in the L1
 * cache (16 KiB with AVX2, 32 KiB with AVX-512). Weights are thus packed once per product. At 64
 * rows that takes 2 to 6 % of the time, and weights stay row-major for everyone else.
 *
 * a is read in place, since a row of it is read along k. If a is transposed, FLIPPED_ROWS x DEPTH
 * numbers of it at a time are transposed first, into a block for the L2 cache.
 *
 * Order: for each panel of columns, for each DEPTH of inner, for each tile. So the columns of c
 * are still in a cache when the next DEPTH adds to them.
 *
 * Fetching ahead: tiles ask for the memory that the next panel is packed from, or, if the weights
 * are c and inner is so short that b stays in the L2 cache, that the next tile is stored to.
 * Without it, weights that are not in the L2 cache cost a quarter of the speed at 64 rows.
 *
 * The same bytes however a product is cut: each number of c is the sum over k in increasing order,
 * in runs whose length depends on inner alone, whichever tile, panel and thread it falls to. That
 * is why MULTIPLY_ADD is explicit: the compiler must not fuse multiply and add in one tile only.
 * It is also why DEPTH is a constant and not taken from the size of this processor's caches: with
 * one instruction set, products are the same bytes on all processors. */
#include <stdbool.h>

#include "nn/gemm_native_pack.h"

enum {
    DEPTH = 256,
    FLIPPED_ROWS = 128,
    FLIPPED_STRIDE = DEPTH + 16,      /* not a power of two: its rows differ in their cache sets */
    FETCH_STEP = 64 / sizeof(gt_real) /* numbers of a cache line */
};

/* What the tiles of a panel fetch ahead: in each FETCH_STEP steps of k, `count` pairs of cache
 * lines. Distances are in numbers. */
struct ahead {
    const gt_real *at; /* the first line of the first pair */
    long second;       /* from the first line of a pair to its second one */
    long pair;         /* from a pair to the next one */
    long step;         /* from FETCH_STEP steps to the next */
    long tile;         /* from a tile to the next one */
    int count;
};

struct tile {
    gt_real *c;
    const gt_real *a, *panel;
    long c_stride, a_stride;
    int depth, columns; /* `columns` of the WIDTH columns exist */
    bool keep;
    struct ahead ahead;
};

INLINE void fetch_ahead(struct ahead *ahead) {
    for (int i = 0; i < ahead->count; i++) {
        __builtin_prefetch(ahead->at + i * ahead->pair);
        __builtin_prefetch(ahead->at + i * ahead->pair + ahead->second);
    }
    ahead->at += ahead->step;
}

INLINE void store_vectors(gt_real *c, const vector *sums, bool keep, const int vectors) {
    UNROLL
    for (int v = 0; v < vectors; v++) {
        loose_vector *to = (loose_vector *)(c + v * LANES);
        if (keep)
            *to += sums[v];
        else
            *to = sums[v];
    }
}

INLINE void store_numbers(gt_real *c, const vector *sums, bool keep, int columns) {
    gt_real numbers[WIDTH];
    memcpy(numbers, sums, sizeof numbers);
    for (int i = 0; i < columns; i++)
        c[i] = keep ? c[i] + numbers[i] : numbers[i];
}

/* With `rows` and `vectors` constant, the loops over them vanish and the sums become registers. */
INLINE void make_tile(const struct tile *tile, const int rows, const int vectors) {
    vector sums[TILE_ROWS][VECTORS] = {0};
    const gt_real *a = tile->a, *panel = tile->panel;
    long a_stride = tile->a_stride, depth = tile->depth;
    struct ahead ahead = tile->ahead;
    for (long start = 0; start < depth; start += FETCH_STEP) {
        long end = start + FETCH_STEP < depth ? start + FETCH_STEP : depth;
        fetch_ahead(&ahead);
        for (long k = start; k < end; k++) {
            vector b[VECTORS];
            UNROLL
            for (int v = 0; v < vectors; v++)
                b[v] = *(const vector *)(panel + k * WIDTH + v * LANES);
            UNROLL
            for (int r = 0; r < rows; r++)
                UNROLL
            for (int v = 0; v < vectors; v++)
                sums[r][v] = MULTIPLY_ADD(a[r * a_stride + k], b[v], sums[r][v]);
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        gt_real *c = tile->c + r * tile->c_stride;
        if (tile->columns == vectors * LANES)
            store_vectors(c, sums[r], tile->keep, vectors);
        else
            store_numbers(c, sums[r], tile->keep, tile->columns);
    }
}

#if TILE_ROWS == 8
#define FOR_EACH_HEIGHT(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8)
#elif TILE_ROWS == 6
#define FOR_EACH_HEIGHT(DO) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6)
#endif

#define DEFINE_MAKERS(ROWS)                                                                        \
    static void make_half_##ROWS(const struct tile *tile) {                                        \
        make_tile(tile, ROWS, 1);                                                                  \
    }                                                                                              \
    static void make_whole_##ROWS(const struct tile *tile) {                                       \
        make_tile(tile, ROWS, VECTORS);                                                            \
    }
#define NAME_HALF(ROWS) make_half_##ROWS,
#define NAME_WHOLE(ROWS) make_whole_##ROWS,

FOR_EACH_HEIGHT(DEFINE_MAKERS)

typedef void tile_maker(const struct tile *tile);
static tile_maker *const half_makers[TILE_ROWS] = {FOR_EACH_HEIGHT(NAME_HALF)};
static tile_maker *const whole_makers[TILE_ROWS] = {FOR_EACH_HEIGHT(NAME_WHOLE)};

static int divide_up(int a, int b) {
    return (a + b - 1) / b;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/* Runs of inner: nearly equal, of at most DEPTH. */
static int run_of(int inner) {
    return divide_up(inner, divide_up(inner, DEPTH));
}

/* The memory of the panel at (k, j) of b, shared out over `tiles` tiles. */
static struct ahead panel_ahead(const struct product *product, int k, int j, int tiles) {
    long stride = product->b_stride;
    if (j + WIDTH > product->columns)
        return (struct ahead){.at = b_at(product, 0, 0)}; /* and a count of 0: nothing is fetched */
    struct ahead ahead = {.at = b_at(product, k, j), .pair = stride};
    if (product->b_transposed) { /* WIDTH rows, a line of each */
        ahead.count = divide_up(WIDTH / 2, tiles);
        ahead.second = WIDTH / 2 * stride;
        ahead.step = FETCH_STEP;
    } else { /* FETCH_STEP rows, with both vectors of each */
        ahead.count = divide_up(FETCH_STEP, tiles);
        ahead.second = LANES;
        ahead.step = FETCH_STEP * stride;
    }
    ahead.tile = ahead.count * stride;
    return ahead;
}

/* The memory that the next tile is stored to. */
static struct ahead result_ahead(const struct tile *tile) {
    int count = divide_up(TILE_ROWS, divide_up(tile->depth, FETCH_STEP));
    return (struct ahead){.at = tile->c + TILE_ROWS * tile->c_stride,
                          .second = LANES,
                          .pair = tile->c_stride,
                          .step = count * tile->c_stride,
                          .tile = TILE_ROWS * tile->c_stride,
                          .count = count};
}

/* All rows of c in the columns of the panel, for the run of inner that begins at k. `ahead` may be
 * NULL: then the results are fetched. */
static void multiply_panel(const struct product *product, const gt_real *panel, int k, int j,
                           int depth, const struct ahead *ahead) {
    struct tile tile = {.c = product->c + j,
                        .a = (const gt_real *)product->a + k,
                        .panel = panel,
                        .c_stride = product->c_stride,
                        .a_stride = product->a_stride,
                        .depth = depth,
                        .columns = least(WIDTH, product->columns - j),
                        .keep = product->keep || k > 0};
    tile.ahead = ahead != NULL ? *ahead : result_ahead(&tile);
    tile_maker *const *makers = tile.columns > LANES ? whole_makers : half_makers;
    for (int row = 0; row < product->rows; row += TILE_ROWS) {
        makers[least(TILE_ROWS, product->rows - row) - 1](&tile);
        tile.c += TILE_ROWS * tile.c_stride;
        tile.a += TILE_ROWS * tile.a_stride;
        tile.ahead.at += tile.ahead.tile;
    }
}

/* A product whose a is not transposed. */
static void multiply_rows(const struct product *product, bool weights_are_c) {
    _Alignas(64) gt_real panel[DEPTH * WIDTH];
    int run = run_of(product->inner), tiles = divide_up(product->rows, TILE_ROWS);
    for (int j = 0; j < product->columns; j += WIDTH)
        for (int k = 0; k < product->inner; k += run) {
            int depth = least(run, product->inner - k);
            bool last = k + run >= product->inner;
            struct ahead ahead =
                panel_ahead(product, last ? 0 : k + run, last ? j + WIDTH : j, tiles);
            pack_panel(panel, product, k, j, depth);
            multiply_panel(product, panel, k, j, depth, weights_are_c ? NULL : &ahead);
        }
}

/* A product whose a is transposed: dw, the one whose result is as large as the weights. */
static void multiply_flipped(const struct product *product) {
    _Alignas(64) gt_real flipped[FLIPPED_ROWS * FLIPPED_STRIDE];
    int run = run_of(product->inner);
    for (int row = 0; row < product->rows; row += FLIPPED_ROWS)
        for (int k = 0; k < product->inner; k += run) {
            struct product part = *product;
            part.rows = least(FLIPPED_ROWS, product->rows - row);
            part.inner = least(run, product->inner - k);
            part.a = flipped;
            part.a_stride = FLIPPED_STRIDE;
            part.b = b_at(product, k, 0);
            part.c = product->c + (long)row * product->c_stride;
            part.keep = product->keep || k > 0;
            transpose(flipped, FLIPPED_STRIDE,
                      (const gt_real *)product->a + (long)k * product->a_stride + row,
                      product->a_stride, part.inner, part.rows);
            multiply_rows(&part, product->inner <= run);
        }
}

static void multiply(const struct product *product) {
    if (product->a_transposed)
        multiply_flipped(product);
    else
        multiply_rows(product, false);
}
