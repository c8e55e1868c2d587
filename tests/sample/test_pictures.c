/* Pictures, cell by cell against images drawn by other means: paths begin and end at samples, a
 * component that does nothing ranks last, a plane holds all of the prior, and a sample that is in the data is found there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "store/pair.h"

#include "compute.h"
#include "gantrain/sample/pictures.h"

enum { SEED = 5 };

/* --- Paths --- */

static double length(const gt_real *z, int latent_dim) {
    double square = 0;
    for (int i = 0; i < latent_dim; i++)
        square += (double)z[i] * (double)z[i];
    return sqrt(square);
}

static void paths_begin_and_end_where_they_should(void **state) {
    (void)state;
    const gt_real a[] = {1, 2, -3}, b[] = {-2, 0.5f, 1};
    const gt_path *path;
    for (int i = 0; (path = gt_path_at(i)) != NULL; i++) {
        gt_real z[3];
        assert_ptr_equal(gt_path_find(path->name), path);
        for (int end = 0; end < 2; end++) {
            path->go(z, a, b, end, 3);
            for (int k = 0; k < 3; k++)
                assert_true(fabs((double)(z[k] - (end ? b : a)[k])) < 1e-6);
        }
    }
    assert_null(gt_path_find("detour"));
}

static void a_line_is_straight_and_a_circle_keeps_its_radius(void **state) {
    (void)state;
    const gt_real a[] = {3, 0, 0}, b[] = {0, 0, 3};
    gt_real z[3] = {3, 0, 0};
    gt_path_find("line")->go(z, z, b, 0.25, 3); /* z may be a */
    assert_true(z[0] == 2.25f && z[1] == 0 && z[2] == 0.75f);
    const double third = acos(-1) / 6;
    gt_path_find("circle")->go(z, a, b, 1 / 3.0, 3);
    assert_true(fabs((double)z[0] - 3 * cos(third)) < 1e-6);
    assert_true(fabs((double)z[2] - 3 * sin(third)) < 1e-6);
    for (int i = 0; i <= 10; i++) {
        gt_path_find("circle")->go(z, a, b, i / 10.0, 3);
        assert_true(fabs(length(z, 3) - 3) < 1e-6);
    }
}

/* In line with the origin, or at it, there is no one circle. */
static void a_circle_without_an_angle_is_a_line(void **state) {
    (void)state;
    const gt_real a[] = {1, 2}, pairs[][2] = {{2, 4}, {-1, -2}, {0, 0}, {1, 2}};
    for (int i = 0; i < 4; i++) {
        gt_real z[2];
        gt_path_find("circle")->go(z, a, pairs[i], 0.25, 2);
        for (int k = 0; k < 2; k++)
            assert_true(fabs((double)z[k] - 0.75 * (double)a[k] - 0.25 * (double)pairs[i][k]) <
                        1e-6);
    }
}

static void a_prior_has_the_path_that_keeps_to_it(void **state) {
    (void)state;
    assert_string_equal(gt_path_of_prior(gt_prior_find("normal"))->name, "circle");
    assert_string_equal(gt_path_of_prior(gt_prior_find("uniform"))->name, "line");
}

/* --- Pictures --- */

/* Component 0 changes nothing. */
static gt_status cut_component(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)context, (void)error;
    if (strcmp(tensor->name, "generator.0.weight") == 0)
        for (int row = 0; row < tensor->sizes[0]; row++)
            tensor->values[row * tensor->sizes[1]] = 0;
    return GT_OK;
}

static gt_status spread_weights(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)context, (void)error;
    for (size_t i = 0; i < gt_tensor_size(tensor); i++)
        tensor->values[i] *= 5;
    return GT_OK;
}

static void open_sampler(gt_sampler *sampler, bool without_component_0) {
    struct pair pair;
    gt_error error = {0};
    const char *path = in_folder("pair.safetensors");
    make_pair(&pair, "adam", "dense 5, tanh");
    gt_model_init(&pair.model, NULL);
    gt_model_visit(&pair.model, false, spread_weights, NULL, NULL);
    if (without_component_0)
        gt_model_visit(&pair.model, false, cut_component, NULL, NULL);
    save_pair(&pair, path);
    close_pair(&pair);
    if (gt_sampler_open(sampler, &test_compute, path, GT_MODEL_GENERATE, false, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(sampler->data_checksum, 0xfedcba98);
    assert_int_equal(sampler->config.train.batch_size, 4);
}

/* A drawn picture and where its cells are. */
struct drawn {
    uint8_t *pixels;
    int height, width, columns, band;
};

static struct drawn read_drawn(const gt_picture *picture, int band) {
    struct drawn drawn = {.columns = picture->columns, .band = band};
    int channels;
    drawn.pixels = get_png(&drawn.height, &drawn.width, &channels, picture->path);
    assert_int_equal(channels, 1);
    assert_int_equal(drawn.height, picture->rows * (HEIGHT + 1) - 1);
    assert_int_equal(drawn.width, picture->columns * (WIDTH + 1) - 1 + 2 * band);
    return drawn;
}

static void assert_cell(const struct drawn *drawn, int row, int column, const uint8_t *image) {
    int left = column * (WIDTH + 1) + (column == drawn->columns - 1 ? drawn->band : 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(drawn->pixels[(row * (HEIGHT + 1) + y) * drawn->width + left + x],
                             image[y * WIDTH + x]);
}

struct copy {
    const gt_sampler *sampler;
    gt_real factor;
};

static void scale_series(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct copy *copy = context;
    assert_null(condition);
    gt_sampler_latent(z, copy->sampler, SEED, index);
    for (int i = 0; i < copy->sampler->model.latent_dim; i++)
        z[i] *= copy->factor;
}

static void a_source_of_the_series_draws_the_series(void **state) {
    (void)state;
    gt_sampler sampler;
    static uint8_t series[200 * PIXELS], drawn[200 * PIXELS];
    open_sampler(&sampler, false);
    struct copy copy = {&sampler, 1};
    gt_sampler_draw(series, &sampler, SEED, 0, 200);
    gt_sampler_draw_from(drawn, &sampler, scale_series, &copy, 0, 130);
    assert_memory_equal(drawn, series, 130 * PIXELS);
    gt_sampler_draw_from(drawn, &sampler, scale_series, &copy, 64, 67);
    assert_memory_equal(drawn, series + 64 * PIXELS, 67 * PIXELS);
    copy.factor = -1;
    gt_sampler_draw_from(drawn, &sampler, scale_series, &copy, 0, 64);
    assert_memory_not_equal(drawn, series, 64 * PIXELS);
    gt_sampler_close(&sampler);
}

static void rows_go_from_sample_to_sample(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    static uint8_t series[64 * PIXELS];
    open_sampler(&sampler, false);
    gt_sampler_draw(series, &sampler, SEED, 0, 64);
    for (int i = 0; gt_path_at(i) != NULL; i++) {
        const gt_picture picture = {in_folder("paths.png"), &sampler, SEED, 20, 5};
        assert_int_equal(gt_picture_interpolate(&picture, gt_path_at(i), GT_CLASS_DRAWN, &error),
                         GT_OK);
        struct drawn drawn = read_drawn(&picture, 0);
        for (int row = 0; row < picture.rows; row++) {
            assert_cell(&drawn, row, 0, series + 2 * row * PIXELS);
            assert_cell(&drawn, row, 4, series + (2 * row + 1) * PIXELS);
        }
        free(drawn.pixels);
    }
    gt_sampler_close(&sampler);
}

/* z of image 0 with component 1 at `at`. */
static void set_component(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    const struct copy *copy = context;
    (void)condition, (void)index;
    gt_sampler_latent(z, copy->sampler, SEED, 0);
    z[1] = copy->factor;
}

static void count_directions(void *context, const char *what, uint64_t done, uint64_t count) {
    int *told = context;
    (void)what;
    assert_int_equal(done, ++*told);
    assert_int_equal(count, 2);
}

static void components_rank_by_what_they_change(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    gt_directions components;
    uint8_t image[PIXELS], series[PIXELS];
    open_sampler(&sampler, true);
    gt_sampler_draw(series, &sampler, SEED, 0, 1);
    gt_picture picture = {in_folder("traverse.png"), &sampler, SEED, 2, 7};
    int told = 0;
    const gt_data_observer observer = {.progress = count_directions, .context = &told};
    assert_int_equal(gt_directions_find(&components, &sampler, GT_DIRECTIONS_COMPONENTS, SEED,
                                        &observer, &error),
                     GT_OK);
    assert_int_equal(told, 2);
    assert_int_equal(gt_picture_traverse(&picture, &components, &error), GT_OK);
    assert_int_equal(components.ranked[0].number, 1);
    assert_int_equal(components.ranked[1].number, 0);
    assert_true(components.ranked[0].change > 1e-3 && components.ranked[0].change < 1);
    assert_true(components.ranked[1].change == 0);
    struct drawn drawn = read_drawn(&picture, 0);
    for (int column = 0; column < 7; column++) {
        struct copy copy = {&sampler,
                            (gt_real)(column - 3)}; /* 3 is the reach of the normal prior */
        gt_sampler_draw_from(image, &sampler, set_component, &copy, 0, 1);
        assert_cell(&drawn, 0, column, image);
        assert_cell(&drawn, 1, column, series);
    }
    free(drawn.pixels);
    picture.rows = 3;
    assert_int_equal(gt_picture_traverse(&picture, &components, &error), GT_USAGE);
    assert_contains(error.message, "latent_dim of 2; give --rows 2");
    gt_directions_free(&components);
    gt_sampler_close(&sampler);
}

/* The first layer's weights become w[k] = 3 a[k] (.6, .8) + b[k] (.8, -.6). a and b are of length 1
 * and at right angles, so these are singular values and vectors. */
static gt_status set_singular_vectors(void *context, const gt_tensor *tensor, gt_error *error) {
    static const gt_real a[] = {0.5f, 0.5f, 0.5f, 0.5f, 0}, b[] = {0.5f, -0.5f, -0.5f, 0.5f, 0};
    (void)context, (void)error;
    for (int k = 0; k < 5 && strcmp(tensor->name, "generator.0.weight") == 0; k++) {
        tensor->values[2 * k] = 3 * a[k] * 0.6f + b[k] * 0.8f;
        tensor->values[2 * k + 1] = 3 * a[k] * 0.8f - b[k] * 0.6f;
    }
    return GT_OK;
}

static void directions_are_singular_vectors(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    gt_directions directions;
    open_sampler(&sampler, false);
    gt_model_visit(&sampler.model, false, set_singular_vectors, NULL, NULL);
    assert_int_equal(
        gt_directions_find(&directions, &sampler, GT_DIRECTIONS_OF_WEIGHTS, SEED, NULL, &error),
        GT_OK);
    const gt_real expected[] = {0.6f, 0.8f, 0.8f, -0.6f};
    for (int i = 0; i < 4; i++)
        assert_true(fabs((double)(directions.vectors[i] - expected[i])) < 1e-6);
    assert_true(directions.ranked[0].change >= directions.ranked[1].change);
    assert_ptr_equal(directions.ranked[0].vector,
                     directions.vectors + 2 * directions.ranked[0].number);
    gt_directions_free(&directions);
    gt_sampler_close(&sampler);
}

static void a_coordinate_is_set_alone(void **state) {
    (void)state;
    const gt_real vector[] = {0.6f, 0.8f};
    gt_real z[] = {3, -1}; /* 1 along the vector, and 3 along (.8, -.6) */
    gt_direction_set(z, vector, 5, 2);
    assert_true(fabs((double)z[0] - (5 * 0.6 + 3 * 0.8)) < 1e-6);
    assert_true(fabs((double)z[1] - (5 * 0.8 - 3 * 0.6)) < 1e-6);
}

static void assert_place(const char *prior, uint32_t index, double right, double up) {
    gt_real z[2];
    gt_plane_latent(z, gt_prior_find(prior), index, 3, 5);
    assert_true(fabs((double)z[0] - right) < 1e-4);
    assert_true(fabs((double)z[1] - up) < 1e-4);
}

/* The quantiles of 1/10, 3/10, ... to the right, and of 5/6, 1/2, 1/6 from top to bottom. */
static void a_plane_has_as_much_of_the_prior_in_every_cell(void **state) {
    (void)state;
    assert_place("normal", 0, -1.2815516, 0.9674216);
    assert_place("normal", 6, -0.5244005, 0);
    assert_place("normal", 14, 1.2815516, -0.9674216);
    assert_place("uniform", 3, sqrt(3) * 0.4, sqrt(3) * 2 / 3);
}

static void place_again(void *context, gt_real *z, gt_real *condition, uint32_t index) {
    (void)context, (void)condition;
    gt_plane_latent(z, gt_prior_find("normal"), index, 3, 5);
}

static void a_plane_is_drawn_row_by_row(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    uint8_t images[15 * PIXELS];
    open_sampler(&sampler, false);
    const gt_picture picture = {in_folder("plane.png"), &sampler, SEED, 3, 5};
    assert_int_equal(gt_picture_plane(&picture, &error), GT_OK);
    gt_sampler_draw_from(images, &sampler, place_again, NULL, 0, 15);
    struct drawn drawn = read_drawn(&picture, 0);
    for (int cell = 0; cell < 15; cell++)
        assert_cell(&drawn, cell / 5, cell % 5, images + cell * PIXELS);
    free(drawn.pixels);
    sampler.model.latent_dim = 3;
    assert_int_equal(gt_picture_plane(&picture, &error), GT_USAGE);
    assert_contains(error.message, "latent_dim of 3, which makes no plane");
    sampler.model.latent_dim = 2;
    gt_sampler_close(&sampler);
}

static void a_sample_that_is_in_the_data_is_found_there(void **state) {
    (void)state;
    gt_sampler sampler;
    gt_error error = {0};
    gt_neighbour neighbours[3];
    uint8_t series[12 * PIXELS], data[4 * PIXELS];
    open_sampler(&sampler, false);
    gt_sampler_draw(series, &sampler, SEED, 0, 12);
    /* Of 3 rows of 4 samples: the last of row 2, of row 0, an image of another shade, of row 1. */
    memcpy(data, series + 11 * PIXELS, PIXELS);
    memcpy(data + PIXELS, series + 3 * PIXELS, PIXELS);
    for (int i = 0; i < PIXELS; i++)
        data[2 * PIXELS + i] = (uint8_t)(255 - series[7 * PIXELS + i]);
    memcpy(data + 3 * PIXELS, series + 7 * PIXELS, PIXELS);
    data[3 * PIXELS] ^= 3; /* almost */
    gt_dataset dataset = {
        .count = 4, .shape = {1, HEIGHT, WIDTH}, .pixels = PIXELS, .images = data};
    const gt_picture picture = {in_folder("nearest.png"), &sampler, SEED, 3, 5};
    assert_int_equal(gt_picture_nearest(neighbours, &picture, &test_compute, &dataset, &error),
                     GT_OK);
    const uint32_t images[] = {1, 3, 0};
    struct drawn drawn = read_drawn(&picture, 2);
    for (int row = 0; row < 3; row++) {
        assert_int_equal(neighbours[row].sample, 4 * row + 3);
        assert_int_equal(neighbours[row].image, images[row]);
        double change = fabs((double)data[3 * PIXELS] - series[7 * PIXELS]) / 255;
        assert_true(fabs(neighbours[row].distance - (row == 1 ? change : 0)) < 1e-12);
        for (int column = 0; column < 4; column++)
            assert_cell(&drawn, row, column, series + (4 * row + column) * PIXELS);
        assert_cell(&drawn, row, 4, data + images[row] * PIXELS);
    }
    free(drawn.pixels);
    dataset.shape = (gt_shape){1, WIDTH, HEIGHT};
    assert_int_equal(gt_picture_nearest(neighbours, &picture, &test_compute, &dataset, &error),
                     GT_FAILED);
    assert_contains(error.message, "images are 3x2 and");
    gt_sampler_close(&sampler);
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_begin_and_end_where_they_should),
        cmocka_unit_test(a_line_is_straight_and_a_circle_keeps_its_radius),
        cmocka_unit_test(a_circle_without_an_angle_is_a_line),
        cmocka_unit_test(a_prior_has_the_path_that_keeps_to_it),
        cmocka_unit_test(a_source_of_the_series_draws_the_series),
        cmocka_unit_test(rows_go_from_sample_to_sample),
        cmocka_unit_test(components_rank_by_what_they_change),
        cmocka_unit_test(directions_are_singular_vectors),
        cmocka_unit_test(a_coordinate_is_set_alone),
        cmocka_unit_test(a_plane_has_as_much_of_the_prior_in_every_cell),
        cmocka_unit_test(a_plane_is_drawn_row_by_row),
        cmocka_unit_test(a_sample_that_is_in_the_data_is_found_there),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
