/* The runs of a predictor: tile by tile in, through the model, and out. */
#include <stdio.h>

#include "predict/box.h"
#include "predict/predictor.h"

#include "base/checked.h"
#include "base/elements.h"
#include "base/error.h"

/* A run that is under way. */
struct run {
    const struct pleat_predictor *predictor;
    const struct pleat__kept *kept;
    const struct pleat_tensor *input, *outputs;
    int64_t done, total; /* passes */
};

/* The images first..first + count - 1 of a tensor. */
static struct pleat_tensor images_of(const struct pleat_tensor *tensor, int64_t first,
                                     int64_t count) {
    struct pleat_tensor part = *tensor;
    part.extent[0] = 1;
    part.data = (unsigned char *)tensor->data +
                (size_t)(first * pleat_tensor_size(&part)) * pleat_dtype_size(part.dtype);
    part.extent[0] = count;
    return part;
}

/* Copies what the tile at place[rank] is there for into one output. */
static void take_output(const struct run *run, int k, const int64_t *place,
                        const struct pleat_tensor *image) {
    const struct pleat__tiling *t = &run->kept->tiling;
    struct pleat__place from = {pleat_model_output_at(run->predictor->model, k), {0}},
                        to = {image, {0}};
    int64_t size[PLEAT_MAX_AXES];
    for (int i = 0; i < image->rank - 2; i++)
        size[i] = image->extent[2 + i];
    for (int i = 0; run->predictor->structure.cuttable && i < t->rank; i++) {
        const struct pleat__tiling_axis *axis = &t->axis[i];
        const int64_t j = place[i], scale = t->block[k][i];
        const int64_t corner = pleat__tile_origin(axis, j) / axis->period * scale;
        from.origin[i] = j > 0 ? t->begin[k][i] : 0;
        to.origin[i] = corner + from.origin[i];
        const int64_t end =
            j + 1 < axis->tiles
                ? pleat__tile_origin(axis, j + 1) / axis->period * scale + t->begin[k][i]
                : image->extent[2 + i];
        size[i] = pleat__max(pleat__min(end, image->extent[2 + i]) - to.origin[i], 0);
    }
    pleat__copy_out(&from, &to, size, run->predictor->options.add);
}

/* Passes the tile at place[rank] of images first..first + count - 1 through the model. */
static enum pleat_status pass_tile(struct run *run, int64_t first, int64_t count,
                                   const int64_t *place, struct pleat_error *error) {
    const struct pleat__tiling *tiling = &run->kept->tiling;
    const struct pleat_predict_options *options = &run->predictor->options;
    const struct pleat_tensor images = images_of(run->input, first, count);
    struct pleat_tensor tile = images;
    if (tiling->copies) {
        struct pleat__place from = {&images, {0}};
        for (int i = 0; i < tiling->rank; i++)
            from.origin[i] = pleat__tile_origin(&tiling->axis[i], place[i]);
        tile = run->kept->tile;
        tile.extent[0] = count;
        pleat__copy_in(&from, &tile, options->extension);
    }
    PLEAT__TRY(pleat_model_forward(run->predictor->model, &tile, error));
    for (int k = 0; k < tiling->outputs; k++) {
        const struct pleat_tensor image = images_of(&run->outputs[k], first, count);
        take_output(run, k, place, &image);
    }
    run->done++;
    if (options->progress == NULL)
        return PLEAT_OK;
    const enum pleat_status status = options->progress(options->context, run->done, run->total);
    return status == PLEAT_OK ? PLEAT_OK
                              : pleat__fail(error, status, "stopped by progress after %lld of %lld",
                                            (long long)run->done, (long long)run->total);
}

/* Moves place[rank] to the next tile; false behind the last. */
static bool next_tile(const struct pleat__tiling *tiling, int64_t *place) {
    for (int i = tiling->rank - 1; i >= 0; i--) {
        if (++place[i] < tiling->axis[i].tiles)
            return true;
        place[i] = 0;
    }
    return false;
}

static enum pleat_status pass_all(struct run *run, struct pleat_error *error) {
    const struct pleat__tiling *tiling = &run->kept->tiling;
    const int64_t images = run->input->extent[0];
    run->total = pleat__ceil_divide(images, tiling->batch);
    for (int i = 0; i < tiling->rank; i++)
        run->total *= tiling->axis[i].tiles;
    for (int64_t n = 0; n < images; n += tiling->batch) {
        int64_t place[PLEAT_MAX_AXES] = {0};
        do
            PLEAT__TRY(pass_tile(run, n, pleat__min(tiling->batch, images - n), place, error));
        while (next_tile(tiling, place));
    }
    return PLEAT_OK;
}

static enum pleat_status check_input(const struct pleat_predictor *predictor,
                                     const struct pleat_tensor *input, struct pleat_error *error) {
    const struct pleat__layer *layer = predictor->model->layer[predictor->model->input[0]];
    struct pleat_tensor expected = *input;
    expected.dtype = predictor->model->dtype;
    expected.rank = 2 + layer->rank;
    expected.extent[1] = layer->channels;
    PLEAT__TRY(pleat__tensor_like(input, "input 0", &expected, "the model", error));
    if (input->extent[0] < 0)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "input 0 must hold 0 images or more, got %lld",
                           (long long)input->extent[0]);
    return PLEAT_OK;
}

enum pleat_status pleat_predictor_run(struct pleat_predictor *predictor,
                                      const struct pleat_tensor *input, int count,
                                      const struct pleat_tensor *outputs,
                                      struct pleat_error *error) {
    PLEAT__REQUIRE(predictor, error);
    PLEAT__REQUIRE(input, error);
    PLEAT__REQUIRE(outputs, error);
    PLEAT__TRY(check_input(predictor, input, error));
    struct pleat__kept *kept;
    PLEAT__TRY(
        pleat__predictor_ready(predictor, input->extent[0], input->extent + 2, &kept, error));
    if (count != kept->tiling.outputs)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the model has %d outputs, got %d",
                           kept->tiling.outputs, count);
    for (int k = 0; k < count; k++) {
        struct pleat_tensor expected = kept->tiling.output[k];
        expected.extent[0] = input->extent[0];
        char name[16];
        snprintf(name, sizeof name, "output %d", k);
        PLEAT__TRY(pleat__tensor_like(&outputs[k], name, &expected, "the model", error));
    }
    struct run run = {.predictor = predictor, .kept = kept, .input = input, .outputs = outputs};
    struct pleat__program *own = predictor->model->program;
    predictor->model->program = kept->program;
    const enum pleat_status status = pass_all(&run, error);
    predictor->model->program = own;
    return status;
}
