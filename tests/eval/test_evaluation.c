/* Evaluations of images and networks whose scores can be worked out by hand: V(G, D) and its
 * bound, samples by the averaged and by the last weights, and which images validate, and which
 * stand in the samples' place. And what a run says of its evaluations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "store/pair.h"

#include "compute.h"
#include "gantrain/base/team.h"
#include "gantrain/data/dataset.h"
#include "gantrain/eval/evaluation.h"
#include "gantrain/train/trainer.h"

/* An IDX file of count images that are one grey each: images first to last - 1 are of `grey`, all
 * others black. */
static void put_images(const char *name, int count, int first, int last, uint8_t grey) {
    size_t size = 16 + (size_t)count * PIXELS;
    uint8_t *bytes = calloc(size, 1);
    assert_non_null(bytes);
    const uint8_t header[] = {0, 0,      8, 3, 0, 0,    (uint8_t)(count >> 8), (uint8_t)count, 0, 0,
                              0, HEIGHT, 0, 0, 0, WIDTH};
    memcpy(bytes, header, sizeof header);
    memset(bytes + 16 + first * PIXELS, grey, (size_t)(last - first) * PIXELS);
    put_file(in_folder(name), bytes, size);
    free(bytes);
}

/* Of numbers that are not NAN, which an unmeasured score is. */
static void assert_near(double number, double expected, double tolerance) {
    if (!(fabs(number - expected) <= tolerance))
        fail_msg("%.9g is not %.9g", number, expected);
}

static gt_scores evaluate(const gt_evaluation_request *request, const char *metrics) {
    gt_scores scores = {0};
    gt_error error = {0};
    gt_evaluation_request asked = *request;
    asked.compute = &test_compute;
    asked.all_must = true;
    if (gt_measures_parse(&asked.measures, metrics, &error) != GT_OK ||
        gt_evaluate(&scores, &asked, &error) != GT_OK)
        fail_msg("%s", error.message);
    return scores;
}

/* --- V(G, D) --- */

/* With tanh pixels from -1 to 1: D(x) = sigmoid(2 mean(x) + 0.3), and every pixel of G(z) is
 * tanh(0.5) by the last weights, tanh(-0.25) by the averaged ones. */
static const double slope = 2, offset = 0.3, last_bias = 0.5, average_bias = -0.25;

static gt_status set_known(void *context, const gt_tensor *tensor, gt_error *error) {
    (void)context;
    (void)error;
    const struct {
        const char *name;
        double value;
    } known[] = {
        {"discriminator.0.weight", 1.0 / PIXELS}, {"discriminator.1.weight", slope},
        {"discriminator.1.bias", offset},         {"generator.1.bias", last_bias},
        {"generator.ema.1.bias", average_bias},
    };
    for (size_t i = 0; i < gt_tensor_size(tensor); i++)
        tensor->values[i] = 0;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        for (size_t i = 0; strcmp(tensor->name, known[k].name) == 0 && i < gt_tensor_size(tensor);
             i++)
            tensor->values[i] = (gt_real)known[k].value;
    return GT_OK;
}

static double log_sigmoid(double logit) {
    return -log1p(exp(-logit));
}

static void value_is_that_of_networks_known_by_heart(void **state) {
    (void)state;
    struct pair pair;
    gt_dataset training;
    gt_error error = {0};
    put_images("training.idx", 12, 0, 5, 255);
    put_images("three-white-one-black.idx", 4, 0, 3, 255);
    make_averaged_pair(&pair, "adam", "dense 1", "0.9");
    set(&pair.config, "data.images", in_folder("training.idx"));
    set(&pair.config, "data.test_images", in_folder("three-white-one-black.idx"));
    gt_model_visit(&pair.model, false, set_known, NULL, NULL);
    const gt_data_options options = {.images = pair.config.data.images};
    assert_int_equal(gt_dataset_open(&training, NULL, &options, &error), GT_OK);
    gt_checkpoint_info info = info_of(&pair);
    info.data_checksum = training.checksum;
    assert_int_equal(gt_checkpoint_save(in_folder("known"), &pair.model, &info, &error), GT_OK);

    const double of_real = (3 * log_sigmoid(slope + offset) + log_sigmoid(-slope + offset)) / 4;
    for (int raw = 0; raw < 2; raw++) {
        double pixel = tanh(raw ? last_bias : average_bias);
        double value = of_real + log_sigmoid(-(slope * pixel + offset));
        const gt_evaluation_request request = {.checkpoint = in_folder("known"),
                                               .config = &pair.config,
                                               .samples = 300, /* more than one batch */
                                               .raw = raw};
        gt_scores scores = evaluate(&request, "value");
        assert_near(scores.value, value, 1e-6);
        assert_near(scores.jsd_lower_bound, (value + log(4)) / 2, 1e-6);
    }
    gt_dataset_free(&training);
    close_pair(&pair);
}

/* --- Which images validate, and which are the real ones --- */

/* Whatever the sigma, an image that lies on its sample has the log-likelihood -d/2 log(2 pi
 * sigma^2); sigma is as small as it may be where validation images lie on samples, and wide where
 * they are white and samples black. */
static void validation_images_are_behind_the_range_or_its_last(void **state) {
    (void)state;
    const struct {
        int count; /* images in the file; 0 to 99 are trained on */
        int first_white, last_white;
        double real_images;
        bool on_samples;
    } cases[] = {
        {100 + GT_EVALUATION_HELD_OUT, 50, 100, 80, true}, /* the white ones do not matter */
        {100 + GT_EVALUATION_HELD_OUT, 100, 10100, 80, false},
        {99 + GT_EVALUATION_HELD_OUT, 50, 100, 50, false}, /* one too few behind the range */
        {99 + GT_EVALUATION_HELD_OUT, 100, 10099, 50, true},
        {100, 50, 100, 50, false},
    };
    put_images("black.idx", 80, 0, 0, 0);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        gt_config config;
        put_images("whole.idx", cases[c].count, cases[c].first_white, cases[c].last_white, 255);
        gt_config_init(&config);
        set(&config, "data.images", in_folder("whole.idx"));
        set(&config, "data.range", "0:100");
        set(&config, "data.test_images", in_folder("black.idx"));
        const gt_evaluation_request request = {
            .images = in_folder("black.idx"), .config = &config, .samples = 80};
        gt_scores scores = evaluate(&request, "parzen");
        assert_near(scores.real_images, cases[c].real_images, 0);
        if (cases[c].on_samples)
            assert_near(scores.parzen_sigma, 0.1, 1e-12);
        else
            assert_true(scores.parzen_sigma > 0.5);
        double on_one = -PIXELS / 2.0 * log(2 * acos(-1) * pow(scores.parzen_sigma, 2));
        assert_near(scores.parzen, on_one, 1e-4);
        if (cases[c].real_images == 50) /* all black: none of those that validate is among them */
            assert_near(scores.parzen_real, on_one, 1e-4);
    }
}

/* --- What the classifier learns from --- */

/* Labels 0 and 1 in turn, but for one. */
static void put_labels(const char *name, int count, int odd_one) {
    uint8_t bytes[8 + 100] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)count};
    for (int i = 0; i < count; i++)
        bytes[8 + i] = (uint8_t)((i + (i == odd_one)) % 2);
    put_file(in_folder(name), bytes, 8 + (size_t)count);
}

/* The classifier does not know the real images, nor what both are compared with: their labels do not
 * change it. */
static void the_classifier_has_not_seen_what_it_measures(void **state) {
    (void)state;
    const struct {
        int count;
        const char *test_images;
        int seen_first, seen_last;
    } cases[] = {
        {60, "black.idx", 30, 60}, /* half is left to the real images */
        {60, "", 15, 30},          /* the last half validates; half of the rest */
        {61, "black.idx", 30, 61}, /* the real ones do not validate */
    };
    put_images("black.idx", 40, 0, 0, 0);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const int first = cases[c].seen_first, last = cases[c].seen_last;
        const int tried[] = {-1, 0, first - 1, first, last - 1, last};
        double checksums[6];
        gt_config config;
        put_images("labelled.idx", cases[c].count, 0, cases[c].count / 2, 255);
        gt_config_init(&config);
        set(&config, "data.images", in_folder("labelled.idx"));
        set(&config, "data.labels", in_folder("labels.idx"));
        if (cases[c].test_images[0] != '\0')
            set(&config, "data.test_images", in_folder(cases[c].test_images));
        for (int i = 0; i < 6; i++) {
            const gt_evaluation_request request = {
                .images = in_folder("black.idx"), .config = &config, .samples = 10};
            put_labels("labels.idx", cases[c].count, tried[i]);
            checksums[i] = evaluate(&request, "score").classifier_checksum;
        }
        for (int i = 1; i < 6; i++) {
            bool seen = tried[i] >= first && tried[i] < last;
            if ((checksums[i] != checksums[0]) != seen)
                fail_msg("case %zu: image %d is %s", c, tried[i], seen ? "not seen" : "seen");
        }
    }
}

/* --- In the course of a run --- */

/* What a run reports. */
struct heard {
    int stages, count;
    double seconds_left; /* at the last step */
    double took;         /* by the line of the last evaluation before that */
    bool after;          /* the last step is over */
};

static void hear_line(void *context, gt_line_kind kind, const char *text) {
    struct heard *heard = context;
    const char *took = strstr(text, "  (in ");
    (void)kind;
    if (took != NULL && !heard->after)
        heard->took = strtod(took + 6, NULL);
}

static void hear_progress(void *context, const gt_progress *progress) {
    struct heard *heard = context;
    heard->after = progress->step == progress->last_step;
    heard->seconds_left = progress->seconds_left;
}

static void hear_stage(void *context, const char *what, int number, int count) {
    struct heard *heard = context;
    assert_true(what[0] != '\0' && number == heard->stages++ % count);
    heard->count = count;
}

static void a_run_tells_of_its_evaluations(void **state) {
    (void)state;
    gt_config config;
    gt_error error = {0};
    struct heard heard = {0};
    const gt_reporter reporter = {
        .line = hear_line, .progress = hear_progress, .stage = hear_stage, .context = &heard};
    const gt_train_options options = {0};
    put_images("training.idx", 12, 0, 5, 255);
    gt_config_init(&config);
    set(&config, "data.images", in_folder("training.idx"));
    set(&config, "data.test_images", in_folder("training.idx"));
    set(&config, "generator.layers", "dense 4, relu");
    set(&config, "discriminator.layers", "dense 4, relu");
    set(&config, "train.batch_size", "4");
    set(&config, "train.epochs", "3");
    set(&config, "metrics.every", "1");
    set(&config, "metrics.best", "parzen");
    set(&config, "output.dir", in_folder("run"));
    if (gt_train(&config, &options, &reporter, &error) != GT_OK)
        fail_msg("%s", error.message);
    assert_int_equal(heard.count, 3); /* parzen, nearest and value take no labels */
    assert_int_equal(heard.stages, 3 * 3);
    /* No step is left then, but one evaluation. */
    assert_true(heard.seconds_left > 0);
    assert_near(heard.seconds_left, heard.took, 0.051); /* the line has a tenth of a second */
}

int main(void) {
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_that_of_networks_known_by_heart),
        cmocka_unit_test(validation_images_are_behind_the_range_or_its_last),
        cmocka_unit_test(the_classifier_has_not_seen_what_it_measures),
        cmocka_unit_test(a_run_tells_of_its_evaluations),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
