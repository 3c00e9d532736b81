/* The predictor: tilings of sizes that it has met, with the programs for them. */
#include <pleat/predict.h>

#include "predict/predictor.h"

#include "base/error.h"
#include "base/memory.h"

struct pleat_predict_options pleat_predict_options_init(void) {
    return (struct pleat_predict_options){.batch = 1};
}

static enum pleat_status check_model(const struct pleat_model *model, struct pleat_error *error) {
    const int inputs = pleat_model_input_count(model);
    if (inputs > 1)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "a predictor takes one input, the model has %d", inputs);
    if (inputs == 0 || model->layer_count == 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "the model needs an input and at least one more layer");
    return PLEAT_OK;
}

static enum pleat_status check_options(const struct pleat_predict_options *options,
                                       struct pleat_error *error) {
    if (options->batch < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "batch must be at least 1, got %lld",
                           (long long)options->batch);
    if (options->threads < 0 || options->threads > PLEAT_MAX_THREADS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "threads must be 0 to %d, got %d",
                           PLEAT_MAX_THREADS, options->threads);
    if (options->extension < PLEAT_EXTEND_NONE || options->extension > PLEAT_EXTEND_EDGE)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "extension %d is neither none nor reflect nor edge",
                           (int)options->extension);
    return PLEAT_OK;
}

enum pleat_status pleat_predictor_create(struct pleat_predictor **predictor,
                                         struct pleat_model *model,
                                         const struct pleat_predict_options *options,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(predictor, error);
    PLEAT__REQUIRE(model, error);
    const struct pleat_predict_options usual = pleat_predict_options_init();
    options = options != NULL ? options : &usual;
    PLEAT__TRY(check_model(model, error));
    PLEAT__TRY(check_options(options, error));
    struct pleat__structure structure;
    PLEAT__TRY(pleat__find_structure(model, &structure, error));
    struct pleat_predictor *made = pleat__allocate(1, sizeof *made);
    if (made == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a predictor");
    made->model = model;
    made->layer_count = model->layer_count;
    made->output_count = model->output_count;
    made->options = *options;
    made->structure = structure;
    *predictor = made;
    return PLEAT_OK;
}

static void empty(const struct pleat_predictor *predictor, struct pleat__kept *kept) {
    pleat__program_free(predictor->model, kept->program);
    pleat__free(kept->tile.data);
    *kept = (struct pleat__kept){.program = NULL};
}

void pleat_predictor_free(struct pleat_predictor *predictor) {
    if (predictor == NULL)
        return;
    for (int i = 0; i < PLEAT__KEPT; i++)
        empty(predictor, &predictor->kept[i]);
    pleat__free(predictor);
}

/* Returns what is kept for that size, or NULL. Fewer images than it was made for will do, and more
 * if they go through in parts anyway. */
static struct pleat__kept *find_kept(struct pleat_predictor *predictor, int64_t images,
                                     const int64_t *extent) {
    for (int i = 0; i < PLEAT__KEPT; i++) {
        struct pleat__kept *kept = &predictor->kept[i];
        bool same =
            kept->program != NULL && (images <= kept->images || kept->tiling.batch < kept->images ||
                                      kept->tiling.batch == predictor->options.batch);
        for (int axis = 0; same && axis < predictor->structure.rank; axis++)
            same = kept->tiling.axis[axis].image == extent[axis];
        if (same)
            return kept;
    }
    return NULL;
}

/* Empties places until there is one, and the rest fits the bound with so many bytes more. */
static struct pleat__kept *make_place(struct pleat_predictor *predictor, size_t bytes) {
    for (;;) {
        struct pleat__kept *oldest = NULL, *free_place = NULL;
        size_t sum = bytes;
        for (int i = 0; i < PLEAT__KEPT; i++) {
            struct pleat__kept *kept = &predictor->kept[i];
            if (kept->program == NULL)
                free_place = kept;
            else if (oldest == NULL || kept->used < oldest->used)
                oldest = kept;
            sum += kept->program != NULL ? kept->tiling.bytes : 0;
        }
        const size_t memory = predictor->options.memory;
        if (free_place != NULL && (memory == 0 || sum <= memory || oldest == NULL))
            return free_place;
        empty(predictor, oldest);
    }
}

/* Makes the program of a tiling and the memory for its tiles. */
static enum pleat_status fill_place(const struct pleat_predictor *predictor,
                                    struct pleat__kept *kept, struct pleat_error *error) {
    const struct pleat_compile_options options =
        pleat__tile_options(&kept->tiling, predictor->options.threads, kept->tiling.batch);
    const struct pleat_model *model = predictor->model;
    PLEAT__TRY(pleat__program_make(&kept->program, model, &options, false, error));
    kept->tile = kept->program->step[model->input[0]].value;
    kept->tile.data = NULL;
    if (kept->tiling.copies)
        return pleat_tensor_allocate(&kept->tile, kept->tile.dtype, kept->tile.rank,
                                     kept->tile.extent, error);
    return PLEAT_OK;
}

enum pleat_status pleat__predictor_ready(struct pleat_predictor *predictor, int64_t images,
                                         const int64_t *extent, struct pleat__kept **ready,
                                         struct pleat_error *error) {
    const struct pleat_model *model = predictor->model;
    if (predictor->layer_count != model->layer_count ||
        predictor->output_count != model->output_count)
        return pleat__fail(
            error, PLEAT_WRONG_STATE,
            "the model has got other layers or outputs since the predictor was made");
    struct pleat__kept *kept = find_kept(predictor, images, extent);
    if (kept == NULL) {
        struct pleat__tiling_request request = {.model = model,
                                                .structure = &predictor->structure,
                                                .options = &predictor->options,
                                                .images = images};
        for (int i = 0; i < predictor->structure.rank; i++)
            request.extent[i] = extent[i];
        struct pleat__kept made = {.images = images};
        PLEAT__TRY(pleat__find_tiling(&request, &made.tiling, error));
        kept = make_place(predictor, made.tiling.bytes);
        const enum pleat_status status = fill_place(predictor, &made, error);
        if (status != PLEAT_OK) {
            empty(predictor, &made);
            return status;
        }
        *kept = made;
    }
    kept->used = ++predictor->calls;
    *ready = kept;
    return PLEAT_OK;
}

enum pleat_status pleat_predictor_plan(struct pleat_predictor *predictor, int64_t images,
                                       const int64_t *extent, struct pleat_prediction *prediction,
                                       struct pleat_error *error) {
    PLEAT__REQUIRE(predictor, error);
    PLEAT__REQUIRE(prediction, error);
    if (predictor->structure.rank > 0)
        PLEAT__REQUIRE(extent, error);
    if (images < 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "images must be at least 0, got %lld",
                           (long long)images);
    struct pleat__kept *kept;
    PLEAT__TRY(pleat__predictor_ready(predictor, images, extent, &kept, error));
    const struct pleat__tiling *tiling = &kept->tiling;
    *prediction = (struct pleat_prediction){.rank = tiling->rank,
                                            .batch = tiling->batch,
                                            .memory = tiling->bytes,
                                            .output_count = tiling->outputs};
    for (int i = 0; i < tiling->rank; i++) {
        prediction->extended[i] = tiling->axis[i].extended;
        prediction->tile[i] = tiling->axis[i].tile;
        prediction->tiles[i] = tiling->axis[i].tiles;
    }
    for (int k = 0; k < tiling->outputs; k++) {
        prediction->output[k] = tiling->output[k];
        prediction->output[k].extent[0] = images;
    }
    return PLEAT_OK;
}
