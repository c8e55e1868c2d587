/* The page of a generator. */
#include "gantrain/report/play.h"

#include <stdlib.h>
#include <string.h>

#include "gantrain/base/version.h"
#include "gantrain/sample/directions.h"
#include "report/page.h"
#include "report/weights.h"

static const struct page play_page = {
    asset_page_html,
    asset_page_css,
    {asset_tools_js, asset_network_js, asset_play_js},
};

/* What a model's page is made from. */
struct parts {
    const gt_trained *generator, *judge; /* judge NULL: nothing judges a single image */
};

static gt_status find_parts(struct parts *parts, const gt_sampler *sampler, gt_error *error) {
    const gt_model *model = &sampler->model;
    *parts = (struct parts){0};
    for (int i = 0; i < model->trained_count; i++) {
        const gt_trained *trained = &model->trained[i];
        if (trained->generates && trained->network->in == model->latent_dim &&
            trained->network->out == sampler->pixels)
            parts->generator = trained;
        else if (!trained->generates && model->kind->judge != NULL && model->gives_odds &&
                 trained->network->out == 1 && !gt_network_takes_minibatches(trained->network))
            parts->judge = trained;
    }
    if (gt_sampler_check_latent(sampler, error) != GT_OK)
        return error->status;
    if (parts->generator == NULL)
        return gt_error_set(error, GT_USAGE,
                            "the model %s has no generator network to play with: gantrain sample "
                            "draws its images",
                            model->kind->name);
    return GT_OK;
}

/* The layers from z to an image: the map from z to a code, if there is one, is a dense layer
 * more. */
static json_t *generator_to_json(struct json_builder *builder, gt_sampler *sampler,
                                 const gt_network *network) {
    const size_t dim = (size_t)sampler->model.latent_dim;
    const gt_shape shape = gt_shape_of_vector((int)dim);
    json_t *layers = network_to_json(builder, network);
    gt_real *matrix = malloc((dim + 1) * dim * sizeof *matrix);
    builder->out_of_memory |= matrix == NULL;
    if (matrix != NULL && gt_sampler_code_map(matrix, matrix + dim * dim, sampler)) {
        json_t *layer = json_pack(
            "{s:s, s:[i], s:o, s:o, s:{s:o, s:o}}", "kind", "dense", "arguments", (int)dim, "in",
            shape_to_json(shape), "out", shape_to_json(shape), "tensors", "weight",
            reals_to_json(matrix, dim * dim), "bias", reals_to_json(matrix + dim * dim, dim));
        builder->out_of_memory |= json_array_insert_new(layers, 0, layer) != 0;
    }
    free(matrix);
    return layers;
}

/* The classes of a conditional model, each with its name, or its number, and the option that asks
 * for it; of another model none. */
static json_t *classes_to_json(struct json_builder *builder, const gt_class_table *table) {
    char number[16];
    json_t *classes = json_array();
    for (int i = 0; i < table->count; i++) {
        const char *name = gt_class_table_name(number, table, i);
        json_t *object = json_object();
        json_put(builder, object, "name", json_text(name));
        json_put(builder, object, "option",
                 json_command((const char *const[]){"--class", name, NULL}));
        json_add(builder, classes, object);
    }
    return classes;
}

static void put_model(struct json_builder *builder, json_t *data, const gt_sampler *sampler,
                      const struct parts *parts) {
    const gt_model *model = &sampler->model;
    const gt_shape shape = sampler->shape;
    json_put(builder, data, "model", json_text(model->kind->name));
    json_put(builder, data, "epoch", json_integer((json_int_t)sampler->epoch));
    json_put(builder, data, "step", json_integer((json_int_t)sampler->step));
    json_put(builder, data, "shape", shape_to_json(shape));
    json_put(builder, data, "low", json_real((double)model->low));
    json_put(builder, data, "high", json_real((double)model->high));
    json_put(builder, data, "latent_dim", json_integer(model->latent_dim));
    json_put(builder, data, "prior", json_text(model->prior->name));
    json_put(builder, data, "reach", json_real((double)model->prior->reach));
    json_put(builder, data, "is_round", json_boolean(model->prior->is_round));
    json_put(builder, data, "classes", classes_to_json(builder, &sampler->classes));
    if (parts->judge != NULL)
        json_put(builder, data, "discriminator", network_to_json(builder, parts->judge->network));
}

/* The strongest directions, each with its name and its vector. */
static gt_status put_directions(struct json_builder *builder, json_t *data, gt_sampler *sampler,
                                const gt_play_options *options, gt_error *error) {
    gt_directions directions;
    gt_error detail = {0};
    const char *kind = "Direction";
    gt_status status = gt_directions_find(&directions, sampler, GT_DIRECTIONS_OF_WEIGHTS,
                                          options->seed, NULL, &detail);
    if (status == GT_USAGE) {
        kind = "Component";
        status = gt_directions_find(&directions, sampler, GT_DIRECTIONS_COMPONENTS, options->seed,
                                    NULL, &detail);
    }
    if (status != GT_OK)
        return gt_error_set(error, status, "%s", detail.message);
    json_t *list = json_array();
    for (int i = 0; i < options->directions && i < directions.count; i++) {
        const gt_direction *direction = &directions.ranked[i];
        json_t *object = reals_to_json(direction->vector, (size_t)directions.count);
        json_put(builder, object, "name", json_sprintf("%s %d", kind, direction->number));
        json_add(builder, list, object);
    }
    json_put(builder, data, "directions", list);
    gt_directions_free(&directions);
    return GT_OK;
}

/* Everything but the last weights, where these differ from those that are sampled. */
static gt_status put_sampled(struct json_builder *builder, json_t *data, bool *has_average,
                             const char *checkpoint, const gt_compute *compute,
                             const gt_play_options *options, gt_error *error) {
    gt_sampler sampler;
    struct parts parts;
    gt_status status = gt_sampler_open(&sampler, compute, checkpoint, GT_MODEL_JUDGE, false, error);
    if (status != GT_OK)
        return status;
    status = gt_sampler_check_images(&sampler, checkpoint, error);
    if (status == GT_OK)
        status = find_parts(&parts, &sampler, error);
    if (status == GT_OK) {
        *has_average = parts.generator->optimizer->settings.average_decay > 0;
        put_model(builder, data, &sampler, &parts);
        json_put(builder, data, "generator",
                 generator_to_json(builder, &sampler, parts.generator->network));
        status = put_directions(builder, data, &sampler, options, error);
    }
    gt_sampler_close(&sampler);
    return status;
}

static gt_status put_last(struct json_builder *builder, json_t *data, const char *checkpoint,
                          const gt_compute *compute, gt_error *error) {
    gt_sampler sampler;
    struct parts parts;
    gt_status status = gt_sampler_open(&sampler, compute, checkpoint, GT_MODEL_JUDGE, true, error);
    if (status != GT_OK)
        return status;
    status = find_parts(&parts, &sampler, error);
    if (status == GT_OK)
        json_put(builder, data, "last",
                 generator_to_json(builder, &sampler, parts.generator->network));
    gt_sampler_close(&sampler);
    return status;
}

/* Held, because the temporary file must not stay. */
static gt_status write_held(const char *path, const json_t *data, gt_stop *stop, gt_error *error) {
    gt_stop_hold(stop);
    gt_status status = gt_stop_check(stop, error);
    if (status == GT_OK)
        status = page_write(path, &play_page, data, error);
    gt_stop_release(stop);
    return status;
}

gt_status gt_play_write(const char *path, const char *checkpoint, const gt_compute *compute,
                        const gt_play_options *options, gt_error *error) {
    struct json_builder builder = {0};
    char seed[24];
    bool has_average = false;
    json_t *data = json_object();
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
    json_put(&builder, data, "version", json_text(gt_version()));
    json_put(&builder, data, "checkpoint", json_text(checkpoint));
    json_put(&builder, data, "name", json_base_name(checkpoint));
    json_put(&builder, data, "command",
             json_command((const char *const[]){"gantrain", "sample", checkpoint, NULL}));
    json_put(&builder, data, "seed", json_text(seed)); /* 64 bits are too many for a number there */
    gt_status status =
        put_sampled(&builder, data, &has_average, checkpoint, compute, options, error);
    if (status == GT_OK && has_average)
        status = put_last(&builder, data, checkpoint, compute, error);
    if (status == GT_OK && builder.out_of_memory)
        status = gt_error_set(error, GT_FAILED, "%s: no memory for the page", path);
    if (status == GT_OK)
        status = write_held(path, data, compute->stop, error);
    json_decref(data);
    return status;
}
