/* The statements the method rests on (Goodfellow et al. 2014, section 4), seen in small games where
 * both densities are known. With G fixed:
 *
 *   proposition 1   the best D is p_data / (p_data + p_g)
 *   equation 4 to 6 where D is best, V = -log 4 + 2 JSD(p_data || p_g), and with p_g = p_data,
 *                   D = 1/2 and V = -log 4
 *
 * The discriminators learn by the steps of the library: its networks, objective and optimizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/model/gan.h"
#include "gantrain/nn/init.h"

/* A discriminator, and one fixed minibatch of real rows followed by as many fake ones. */
struct game {
    gt_discriminator d;
    gt_arena arena;
    int batch;
    gt_real *images, *logits, *dlogits;
};

static void carve(struct game *game) {
    size_t rows = 2 * (size_t)game->batch;
    gt_network_carve(&game->d.network, &game->arena, 2 * game->batch, true);
    gt_optimizer_carve(&game->d.optimizer, &game->arena, game->d.network.parameter_count);
    game->images = gt_arena_take(&game->arena, rows * (size_t)game->d.network.in, sizeof(gt_real));
    game->logits = gt_arena_take(&game->arena, rows, sizeof(gt_real));
    game->dlogits = gt_arena_take(&game->arena, rows, sizeof(gt_real));
}

static void open_game(struct game *game, const char *layers, int in, int batch,
                      const char *optimizer, gt_optimizer_settings rates) {
    gt_error error = {0};
    game->arena = (gt_arena){0};
    game->d = (gt_discriminator){
        .optimizer = {.kind = gt_optimizer_kind_find(optimizer), .settings = rates}};
    game->batch = batch;
    if (gt_network_parse(&game->d.network, layers, gt_shape_of_vector(in), &error) != GT_OK)
        fail_msg("%s", error.message);
    game->d.network.compute = &test_compute;
    carve(game);
    assert_int_equal(gt_arena_reserve(&game->arena, NULL), GT_OK);
    carve(game);
    gt_init_network(&game->d.network, (gt_init){0}, 1, GT_PURPOSE_INIT_DISCRIMINATOR);
}

static const gt_pass training = {.training = true}, watching = {.training = false};

/* Ascends V in D for `updates` steps and returns what they ended with. */
static gt_gan_stats train(struct game *game, int updates) {
    gt_network *network = &game->d.network;
    gt_gan_stats stats = {0};
    for (int i = 0; i < updates; i++) {
        gt_network_begin_gradients(network);
        gt_network_forward(game->logits, network, game->images, 2 * game->batch, &training);
        gt_objective_discriminator(game->dlogits, &stats, gt_objective_at(0), game->logits, 1,
                                   game->batch);
        gt_network_backward(network, game->images, game->logits, game->dlogits, 2 * game->batch);
        gt_optimizer_step(&game->d.optimizer, test_compute.team, network->parameters,
                          network->gradients, network->parameter_count);
    }
    return stats;
}

static double sigmoid(double a) {
    return 1 / (1 + exp(-a));
}

static double probability_of_real(struct game *game, const gt_real *x) {
    gt_real logit;
    gt_network_forward(&logit, &game->d.network, x, 1, &watching);
    return sigmoid((double)logit);
}

/* --- Discrete: five symbols as one-hot rows, each as often in the minibatch as it is likely, so
 * that the mean over the minibatch is the expectation. --- */

enum { SYMBOLS = 5, ROWS = 40 };

static void fill_one_hot(gt_real *rows, const int counts[SYMBOLS]) {
    int row = 0;
    for (int symbol = 0; symbol < SYMBOLS; symbol++)
        for (int i = 0; i < counts[symbol]; i++, row++)
            for (int k = 0; k < SYMBOLS; k++)
                rows[row * SYMBOLS + k] = k == symbol;
    assert_int_equal(row, ROWS);
}

/* JSD = (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2; 0 log 0 = 0. */
static double jensen_shannon(double p, double q) {
    double m = (p + q) / 2;
    return (p > 0 ? p * log(p / m) : 0) / 2 + (q > 0 ? q * log(q / m) : 0) / 2;
}

/* A logit per symbol, trained on the two distributions: D and V must be those of the theory. */
static void check_discrete(const int data[SYMBOLS], const int generated[SYMBOLS]) {
    struct game game;
    open_game(&game, "dense 1", SYMBOLS, ROWS, "sgd",
              (gt_optimizer_settings){.lr = 2, .momentum = 0.9});
    fill_one_hot(game.images, generated);
    fill_one_hot(game.images + ROWS * SYMBOLS, data);
    gt_gan_stats start = train(&game, 1), end = train(&game, 1000);
    double divergence = 0;
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        gt_real one_hot[SYMBOLS] = {0};
        one_hot[symbol] = 1;
        double p_data = data[symbol] / (double)ROWS, p_g = generated[symbol] / (double)ROWS;
        double d = probability_of_real(&game, one_hot);
        if (!(fabs(d - p_data / (p_data + p_g)) <= 1e-4))
            fail_msg("symbol %d: D = %.6f in place of %.6f", symbol, d, p_data / (p_data + p_g));
        divergence += jensen_shannon(p_data, p_g);
    }
    double value = -log(4) + 2 * divergence;
    print_message("V = %.7f, -log 4 + 2 JSD = %.7f\n", end.value, value);
    assert_true(fabs(end.value - value) <= 1e-5);
    assert_true(fabs(start.value - value) > 0.01); /* it had something to learn */
    gt_arena_release(&game.arena);
}

static void discrete_the_best_discriminator_is_the_ratio_of_densities(void **state) {
    (void)state;
    check_discrete((int[]){16, 10, 6, 6, 2}, (int[]){4, 8, 10, 6, 12});
    check_discrete((int[]){8, 8, 8, 8, 8}, (int[]){1, 2, 4, 9, 24});
}

static void discrete_equal_densities_give_one_half_and_minus_log_4(void **state) {
    (void)state;
    const int counts[SYMBOLS] = {16, 10, 6, 6, 2};
    check_discrete(counts, counts);
}

/* --- 1-D: p_data and p_g are normal; G(z) = deviation z + mean is a network of one layer. The
 * minibatch holds the quantiles of each, as evenly as a sample can be spread. --- */

enum { QUANTILES = 1000 };

struct normal {
    double mean, deviation;
};

static double density(const struct normal *normal, double x) {
    double u = (x - normal->mean) / normal->deviation;
    return exp(-u * u / 2) / (normal->deviation * sqrt(2 * acos(-1)));
}

/* The u below which a standard normal number is with this probability, by bisection. */
static double quantile(double probability) {
    double low = -10, high = 10;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle / sqrt(2)) < probability)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Real rows are data's quantiles; fake ones are what a generator with p_g's mean and deviation
 * makes of the quantiles of z. */
static void fill_normals(struct game *game, const struct normal *data,
                         const struct normal *generated) {
    gt_network g;
    gt_arena arena = {0};
    gt_real z[QUANTILES];
    assert_int_equal(gt_network_parse(&g, "dense 1", gt_shape_of_vector(1), NULL), GT_OK);
    g.compute = &test_compute;
    gt_network_carve(&g, &arena, QUANTILES, false);
    assert_int_equal(gt_arena_reserve(&arena, NULL), GT_OK);
    gt_network_carve(&g, &arena, QUANTILES, false);
    g.parameters[0] = (gt_real)generated->deviation;
    g.parameters[1] = (gt_real)generated->mean;
    for (int i = 0; i < QUANTILES; i++) {
        double u = quantile((i + 0.5) / QUANTILES);
        z[i] = (gt_real)u;
        game->images[QUANTILES + i] = (gt_real)(data->deviation * u + data->mean);
    }
    gt_network_forward(game->images, &g, z, QUANTILES, &watching);
    gt_arena_release(&arena);
}

/* 2 JSD by the trapezoidal rule, which for functions that vanish at both ends is all but exact. */
static double twice_divergence(const struct normal *data, const struct normal *generated) {
    double sum = 0;
    for (int i = -20000; i <= 20000; i++)
        sum += jensen_shannon(density(data, i * 1e-3), density(generated, i * 1e-3));
    return 2 * sum * 1e-3;
}

/* D is compared over the bulk: where the mean of both densities is above 3 % of a standard normal's
 * top, which leaves out about 1 % of each. */
static void check_normals(const struct normal *data, const struct normal *generated,
                          double d_tolerance, double v_tolerance) {
    struct game game;
    open_game(&game, "dense 16, tanh, dense 1", 1, QUANTILES, "adam",
              (gt_optimizer_settings){.lr = 0.02, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8});
    fill_normals(&game, data, generated);
    train(&game, 1200);
    game.d.optimizer.settings.lr = 0.002;
    gt_gan_stats end = train(&game, 800);
    double worst = 0, bulk = 0;
    for (int i = -500; i <= 500; i++) {
        gt_real x = (gt_real)(i * 0.01);
        double p_data = density(data, (double)x), p_g = density(generated, (double)x);
        if (p_data + p_g < 2 * 0.03 * 0.4)
            continue;
        bulk += (p_data + p_g) / 2 * 0.01;
        worst = fmax(worst, fabs(probability_of_real(&game, &x) - p_data / (p_data + p_g)));
    }
    double value = -log(4) + twice_divergence(data, generated);
    print_message("over %.1f %%: D off by at most %.4f; V = %.5f, -log 4 + 2 JSD = %.5f\n",
                  100 * bulk, worst, end.value, value);
    assert_true(bulk > 0.97);
    assert_true(worst <= d_tolerance);
    assert_true(fabs(end.value - value) <= v_tolerance);
    gt_arena_release(&game.arena);
}

static void normal_the_best_discriminator_is_the_ratio_of_densities(void **state) {
    (void)state;
    check_normals(&(struct normal){0.7, 1}, &(struct normal){-0.8, 1}, 0.01, 1e-3);
    check_normals(&(struct normal){-0.5, 0.6}, &(struct normal){0.4, 1.3}, 0.015, 1e-3);
}

static void normal_equal_densities_give_one_half_and_minus_log_4(void **state) {
    (void)state;
    check_normals(&(struct normal){0.3, 0.9}, &(struct normal){0.3, 0.9}, 0.001, 1e-4);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discrete_the_best_discriminator_is_the_ratio_of_densities),
        cmocka_unit_test(discrete_equal_densities_give_one_half_and_minus_log_4),
        cmocka_unit_test(normal_the_best_discriminator_is_the_ratio_of_densities),
        cmocka_unit_test(normal_equal_densities_give_one_half_and_minus_log_4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
