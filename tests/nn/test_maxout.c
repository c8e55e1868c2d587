/* maxout against plain loops in double, up and back; who wins a tie; where a NaN goes; and that the
 * first rows of a pass can go back alone, as the generator's do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compute.h"
#include "nn/network.h"

enum { IN = 13, MOST = 70, MOST_ROWS = 120 };

static const gt_pass pass = {.training = true};

static gt_real x[MOST * IN], y[MOST * MOST_ROWS], dy[MOST * MOST_ROWS], dx[MOST * IN];

/* Piece p of unit u is row p units + u of the weights. */
static double piece_of(const gt_network *network, int row, int unit, int piece) {
    const gt_layer *layer = &network->layers[0];
    const gt_real *w = gt_network_tensor(network, &layer->tensors[0]);
    const gt_real *b = gt_network_tensor(network, &layer->tensors[1]);
    int at = piece * gt_shape_size(layer->out) + unit;
    double sum = (double)b[at];
    for (int i = 0; i < IN; i++)
        sum += (double)w[at * IN + i] * (double)x[row * IN + i];
    return sum;
}

static int winner_of(const gt_network *network, int row, int unit) {
    int winner = 0, pieces = (int)network->layers[0].arguments[1];
    for (int piece = 1; piece < pieces; piece++)
        if (piece_of(network, row, unit, piece) > piece_of(network, row, unit, winner))
            winner = piece;
    return winner;
}

/* The gradients of w, b and x from those rows of y. */
static void check_way_back(gt_network *network, int batch) {
    const gt_layer *layer = &network->layers[0];
    const gt_real *w = gt_network_tensor(network, &layer->tensors[0]);
    const gt_real *got = network->gradients;
    size_t count = network->parameter_count, weights = gt_layer_tensor_size(&layer->tensors[0]);
    const int units = gt_shape_size(layer->out);
    double *gradients = calloc(count, sizeof *gradients), *inputs = calloc(MOST * IN, 8);
    for (int row = 0; row < batch; row++)
        for (int unit = 0; unit < units; unit++) {
            int at = winner_of(network, row, unit) * units + unit;
            double d = (double)dy[row * units + unit];
            gradients[weights + (size_t)at] += d;
            for (int i = 0; i < IN; i++) {
                gradients[at * IN + i] += d * (double)x[row * IN + i];
                inputs[row * IN + i] += d * (double)w[at * IN + i];
            }
        }
    gt_real work[MOST * MOST_ROWS];
    memcpy(work, dy, sizeof work);
    gt_network_begin_gradients(network);
    gt_network_backward(network, x, y, work, batch);
    for (size_t i = 0; i < count; i++)
        assert_near("a parameter's gradient", (double)got[i], gradients[i], 1e-4);
    memcpy(work, dy, sizeof work);
    gt_network_backward_to_input(dx, network, x, y, work, batch);
    for (int i = 0; i < batch * IN; i++)
        assert_near("an input's gradient", (double)dx[i], inputs[i], 1e-4);
    free(gradients), free(inputs);
}

/* A layer of that entry under random weights, biases and inputs. */
static void open_maxout(gt_network *network, gt_arena *arena, const char *entry, int max_batch) {
    open_network(network, arena, entry, IN, max_batch);
    const gt_layer_tensor *bias = &network->layers[0].tensors[1];
    fill_normal(gt_network_tensor(network, bias), 1, bias->sizes[0], 1);
    fill_normal(x, 2, MOST, IN);
    fill_normal(dy, 3, MOST, MOST_ROWS);
}

static void a_unit_is_the_largest_of_its_pieces(void **state) {
    (void)state;
    const char *const entries[] = {"maxout 1 2", "maxout 3 5", "maxout 37 3", "maxout 2 50"};
    const int batches[] = {1, 2, 7, MOST};
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        for (size_t k = 0; k < sizeof batches / sizeof *batches; k++) {
            gt_network network;
            gt_arena arena;
            int batch = batches[k];
            open_maxout(&network, &arena, entries[i], batch);
            const int units = gt_shape_size(network.layers[0].out);
            gt_network_forward(y, &network, x, batch, &pass);
            for (int row = 0; row < batch; row++)
                for (int unit = 0; unit < units; unit++)
                    assert_near("y", (double)y[row * units + unit],
                                piece_of(&network, row, unit, winner_of(&network, row, unit)),
                                1e-5);
            check_way_back(&network, batch);
            gt_arena_release(&arena);
        }
}

/* A pass for both networks' steps has more rows than the one that goes back through G. */
static void the_first_rows_go_back_alone(void **state) {
    (void)state;
    const int batches[] = {MOST, MOST - 1, MOST / 2, 1};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        gt_network network;
        gt_arena arena;
        open_maxout(&network, &arena, "maxout 11 4", MOST);
        gt_network_forward(y, &network, x, batches[0] - (int)i, &pass);
        check_way_back(&network, batches[i]);
        gt_arena_release(&arena);
    }
}

/* Whoever gets it, dy is given once. */
static void a_tie_has_one_winner(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    enum { UNITS = 4, PIECES = 3 };
    open_maxout(&network, &arena, "maxout 4 3", 2);
    memset(network.parameters, 0, network.parameter_count * sizeof(gt_real));
    gt_network_forward(y, &network, x, 2, &pass);
    gt_real work[2 * UNITS];
    memcpy(work, dy, sizeof work);
    gt_network_backward(&network, x, y, work, 2);
    const gt_real *db = network.gradients + network.layers[0].tensors[1].offset;
    for (int unit = 0; unit < UNITS; unit++) {
        double sum = 0;
        for (int piece = 0; piece < PIECES; piece++)
            sum += (double)db[piece * UNITS + unit];
        assert_near("db", sum, (double)dy[unit] + (double)dy[UNITS + unit], 1e-6);
    }
    gt_arena_release(&arena);
}

/* Whichever piece of a unit is no number, the unit is none, and its neighbours are. */
static void a_nan_goes_through(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    enum { UNITS = 21, PIECES = 4, BATCH = 3 };
    open_maxout(&network, &arena, "maxout 21 4", BATCH);
    gt_real *bias = gt_network_tensor(&network, &network.layers[0].tensors[1]);
    for (int piece = 0; piece < PIECES; piece++)
        for (int unit = 0; unit < UNITS; unit++) {
            gt_real was = bias[piece * UNITS + unit];
            bias[piece * UNITS + unit] = NAN;
            gt_network_forward(y, &network, x, BATCH, &pass);
            for (int i = 0; i < BATCH * UNITS; i++)
                assert_int_equal(isnan(y[i]), i % UNITS == unit);
            bias[piece * UNITS + unit] = was;
        }
    x[IN + 4] = NAN;
    gt_network_forward(y, &network, x, BATCH, &pass);
    for (int i = 0; i < BATCH * UNITS; i++)
        assert_int_equal(isnan(y[i]), i / UNITS == 1);
    gt_arena_release(&arena);
}

/* Enough pieces for the maximum to be cut; the products are the same for any team at this size. */
static void any_team_gives_the_same(void **state) {
    (void)state;
    gt_network network;
    gt_arena arena;
    enum { UNITS = 60, SIZE = MOST * UNITS };
    static gt_real first_y[SIZE], first_dx[MOST * IN], work[SIZE];
    open_maxout(&network, &arena, "maxout 60 5", MOST);
    assert_true((long)MOST * UNITS * 5 > GT_LOOP_WORTH);
    gt_real *first = malloc(network.parameter_count * sizeof *first);
    for (int threads = 1; threads <= 3; threads++) {
        use_threads(threads);
        memset(y, 0xff, sizeof y);
        gt_network_forward(y, &network, x, MOST, &pass);
        memcpy(work, dy, sizeof work);
        gt_network_begin_gradients(&network);
        gt_network_backward(&network, x, y, work, MOST);
        memcpy(work, dy, sizeof work);
        gt_network_backward_to_input(dx, &network, x, y, work, MOST);
        if (threads == 1) {
            memcpy(first_y, y, sizeof first_y);
            memcpy(first_dx, dx, sizeof first_dx);
            memcpy(first, network.gradients, network.parameter_count * sizeof *first);
            continue;
        }
        for (int i = 0; i < SIZE; i++)
            assert_near("y", (double)y[i], (double)first_y[i], 1e-6);
        for (int i = 0; i < MOST * IN; i++)
            assert_near("dx", (double)dx[i], (double)first_dx[i], 1e-5);
        for (size_t i = 0; i < network.parameter_count; i++)
            assert_near("a gradient", (double)network.gradients[i], (double)first[i], 1e-5);
    }
    use_threads(1);
    free(first);
    gt_arena_release(&arena);
}

static void a_matrix_of_too_many_rows_is_refused(void **state) {
    (void)state;
    gt_layer layers[GT_LAYERS];
    int count;
    gt_error error = {0};
    assert_int_equal(
        gt_layers_parse(layers, &count, "maxout 1024 64", gt_shape_of_vector(4), &error), GT_OK);
    assert_int_equal(
        gt_layers_parse(layers, &count, "relu, maxout 65536 64", gt_shape_of_vector(4), &error),
        GT_USAGE);
    assert_string_equal(error.message,
                        "layer 2: 'maxout' has 4194304 rows of weights: at most 65536");
    assert_int_equal(gt_layers_parse(layers, &count, "maxout 3 1", gt_shape_of_vector(4), &error),
                     GT_USAGE);
    assert_non_null(strstr(error.message, "PIECES of 'maxout' is '1'"));
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unit_is_the_largest_of_its_pieces),
        cmocka_unit_test(the_first_rows_go_back_alone),
        cmocka_unit_test(a_tie_has_one_winner),
        cmocka_unit_test(a_nan_goes_through),
        cmocka_unit_test(any_team_gives_the_same),
        cmocka_unit_test(a_matrix_of_too_many_rows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
