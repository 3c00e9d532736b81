/* Tilings: the image whole, or the largest tiles that fit, of the smallest size for their number.
 *
 * With tiles of T - m periods, where the image has T, the output pixels that are right with both
 * ends cut are what `reserve - m` whole periods of the input bring, and so far two tiles may be
 * apart. */
#include "predict/tiling.h"

#include <stdio.h>
#include <string.h>

#include "predict/margin.h"

#include "base/checked.h"
#include "base/error.h"

/* What is known while a tiling is searched. */
struct search {
    const struct pleat__tiling_request *request;
    struct pleat__tiling *tiling;
    int64_t reserve[PLEAT_MAX_AXES];
};

struct pleat_compile_options pleat__tile_options(const struct pleat__tiling *tiling, int threads,
                                                 int64_t batch) {
    struct pleat_compile_options options = pleat_compile_options_init();
    options.mode = PLEAT_INFERENCE;
    options.threads = threads;
    options.batch = batch;
    for (int i = 0; i < tiling->rank; i++)
        options.extent[i] = tiling->axis[i].tile;
    return options;
}

int64_t pleat__tile_origin(const struct pleat__tiling_axis *axis, int64_t j) {
    return j == 0 ? 0 : j * axis->moves / (axis->tiles - 1) * axis->period;
}

/* Computes what the tiling takes with so many images at once. */
static enum pleat_status measure(const struct search *s, int64_t batch, size_t *bytes,
                                 struct pleat_error *error) {
    const struct pleat_model *model = s->request->model;
    const struct pleat_compile_options options =
        pleat__tile_options(s->tiling, s->request->options->threads, batch);
    struct pleat__program *sketch;
    PLEAT__TRY(pleat__program_make(&sketch, model, &options, true, error));
    size_t copy = 0;
    bool fits = !s->tiling->copies || pleat__extent_bytes(&sketch->step[model->input[0]].value,
                                                          pleat_dtype_size(model->dtype), &copy);
    fits = fits && pleat__add_size(sketch->activation_bytes, sketch->scratch_bytes, bytes) &&
           pleat__add_size(*bytes, copy, bytes);
    pleat__program_free(model, sketch);
    return fits ? PLEAT_OK
                : pleat__fail(error, PLEAT_SIZE_OVERFLOW, "a tile's bytes do not fit in size_t");
}

/* Measures the tiling with that batch, and takes it if it fits the bound; *fits says so. */
static enum pleat_status try_batch(const struct search *s, int64_t batch, bool *fits,
                                   struct pleat_error *error) {
    size_t bytes = 0;
    PLEAT__TRY(measure(s, batch, &bytes, error));
    *fits = s->request->options->memory == 0 || bytes <= s->request->options->memory;
    if (*fits || batch == 1) {
        s->tiling->batch = batch;
        s->tiling->bytes = bytes;
    }
    return PLEAT_OK;
}

/* Finds the most images at once that fit, at most `most`; *fits says whether one does. */
static enum pleat_status find_batch(const struct search *s, int64_t most, bool *fits,
                                    struct pleat_error *error) {
    PLEAT__TRY(try_batch(s, most, fits, error));
    if (*fits || most == 1)
        return PLEAT_OK;
    PLEAT__TRY(try_batch(s, 1, fits, error));
    for (int64_t low = 1, high = most; *fits && high - low > 1;) {
        const int64_t middle = low + (high - low) / 2;
        bool good = false;
        PLEAT__TRY(try_batch(s, middle, &good, error));
        *(good ? &low : &high) = middle;
    }
    return PLEAT_OK;
}

/* Sets the extents of the image, as it is and extended, and takes it whole. */
static enum pleat_status take_whole(const struct search *s, struct pleat_error *error) {
    const struct pleat__tiling_request *r = s->request;
    const bool extends = r->options->extension != PLEAT_EXTEND_NONE && r->structure->cuttable;
    for (int i = 0; i < s->tiling->rank; i++) {
        struct pleat__tiling_axis *axis = &s->tiling->axis[i];
        *axis = (struct pleat__tiling_axis){.image = r->extent[i],
                                            .extended = r->extent[i],
                                            .tiles = 1,
                                            .period = r->structure->period[i]};
        if (axis->image < 1)
            return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                               "extent[%d] must be at least 1, got %lld", i,
                               (long long)axis->image);
        if (extends && !pleat__multiply(pleat__ceil_divide(axis->image, axis->period), axis->period,
                                        &axis->extended))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "extent[%d] does not fit in int64_t when it is extended", i);
        axis->tile = axis->extended;
        s->tiling->copies = s->tiling->copies || axis->extended != axis->image;
    }
    return PLEAT_OK;
}

/* Sets the extents of the outputs: what lies over the pixels beyond the image is left out. */
static void set_outputs(const struct search *s, const struct pleat__program *sketch) {
    const struct pleat__tiling_request *r = s->request;
    for (int k = 0; k < s->tiling->outputs; k++) {
        struct pleat_tensor *output = &s->tiling->output[k];
        *output = sketch->step[pleat__output(r->model, k)].value;
        for (int i = 0; r->structure->cuttable && i < s->tiling->rank; i++) {
            const struct pleat__tiling_axis *axis = &s->tiling->axis[i];
            const int64_t beyond = axis->extended - axis->image; /* less than a period */
            s->tiling->block[k][i] = r->structure->block[k][i];
            output->extent[2 + i] -= beyond * s->tiling->block[k][i] / axis->period;
        }
    }
}

/* Finds the margins of every output, and with them the reserves. */
static enum pleat_status find_reserves(struct search *s, const struct pleat__program *sketch,
                                       struct pleat_error *error) {
    const struct pleat_model *model = s->request->model;
    for (int i = 0; i < s->tiling->rank; i++) {
        struct pleat__margin margin[PLEAT_MAX_OUTPUTS];
        PLEAT__TRY(pleat__find_margins(model, sketch, i, margin, error));
        s->reserve[i] = INT64_MAX;
        for (int k = 0; k < s->tiling->outputs; k++) {
            const int64_t right = sketch->step[pleat__output(model, k)].value.extent[2 + i] -
                                  margin[k].begin - margin[k].end;
            s->tiling->begin[k][i] = margin[k].begin;
            s->reserve[i] =
                pleat__min(s->reserve[i], pleat__floor_divide(right, s->tiling->block[k][i]));
        }
    }
    return PLEAT_OK;
}

/* Makes tiles of side pixels or somewhat less; more where a tile has to be larger to be right
 * anywhere, less where the image is smaller. */
static void set_side(const struct search *s, int64_t side) {
    for (int i = 0; i < s->tiling->rank; i++) {
        struct pleat__tiling_axis *axis = &s->tiling->axis[i];
        const int64_t over = pleat__max(axis->extended - side, 0);
        axis->moves = pleat__min(pleat__ceil_divide(over, axis->period), s->reserve[i] - 1);
        axis->moves = pleat__max(axis->moves, 0);
        axis->tile = axis->extended - axis->moves * axis->period;
        axis->tiles =
            axis->moves == 0 ? 1 : 1 + pleat__ceil_divide(axis->moves, s->reserve[i] - axis->moves);
    }
}

/* Makes the tiles as small as their number allows: m moves in n - 1 steps of at most reserve - m. */
static void balance(const struct search *s) {
    for (int i = 0; i < s->tiling->rank; i++) {
        struct pleat__tiling_axis *axis = &s->tiling->axis[i];
        const int64_t steps = axis->tiles - 1;
        axis->moves =
            s->reserve[i] / axis->tiles * steps + s->reserve[i] % axis->tiles * steps / axis->tiles;
        axis->moves = steps == 0 ? 0 : axis->moves;
        axis->tile = axis->extended - axis->moves * axis->period;
    }
}

static enum pleat_status refuse_smallest(const struct search *s, struct pleat_error *error) {
    char text[80] = "";
    for (int i = 0; i < s->tiling->rank; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%lld", i > 0 ? " x " : "",
                 (long long)s->tiling->axis[i].tile);
    return pleat__fail(error, PLEAT_OUT_OF_MEMORY,
                       "the memory is bound to %zu bytes, and the smallest tile, %s pixels, takes "
                       "%zu",
                       s->request->options->memory, text, s->tiling->bytes);
}

/* Finds the largest tiles that fit, by halving; all of the image is known not to. */
static enum pleat_status find_tiles(const struct search *s, struct pleat_error *error) {
    int64_t low = 0, high = 0, finest = INT64_MAX;
    bool fits = false;
    s->tiling->copies = true;
    for (int i = 0; i < s->tiling->rank; i++) {
        high = pleat__max(high, s->tiling->axis[i].extended);
        finest = pleat__min(finest, s->tiling->axis[i].period);
    }
    set_side(s, low);
    PLEAT__TRY(try_batch(s, 1, &fits, error));
    if (!fits)
        return refuse_smallest(s, error);
    while (high - low > finest) {
        const int64_t middle = low + (high - low) / 2;
        set_side(s, middle);
        PLEAT__TRY(try_batch(s, 1, &fits, error));
        *(fits ? &low : &high) = middle;
    }
    set_side(s, low);
    balance(s);
    PLEAT__TRY(try_batch(s, 1, &fits, error));
    if (fits)
        return PLEAT_OK;
    set_side(s, low); /* the plan of a smaller tile may want more scratch */
    return try_batch(s, 1, &fits, error);
}

/* Cuts an image that does not fit whole. */
static enum pleat_status cut(struct search *s, const struct pleat__program *sketch,
                             struct pleat_error *error) {
    if (!s->request->structure->cuttable || s->tiling->rank == 0)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "an image takes %zu bytes, the memory is bound to %zu, and the model "
                           "cannot be applied to parts of it: %s",
                           s->tiling->bytes, s->request->options->memory,
                           s->tiling->rank == 0 ? "vectors have none"
                                                : s->request->structure->obstacle.message);
    PLEAT__TRY(find_reserves(s, sketch, error));
    return find_tiles(s, error);
}

enum pleat_status pleat__find_tiling(const struct pleat__tiling_request *request,
                                     struct pleat__tiling *tiling, struct pleat_error *error) {
    *tiling = (struct pleat__tiling){.rank = request->structure->rank,
                                     .outputs = pleat__output_count(request->model)};
    struct search search = {.request = request, .tiling = tiling};
    PLEAT__TRY(take_whole(&search, error));
    const struct pleat_compile_options options =
        pleat__tile_options(tiling, request->options->threads, 1);
    struct pleat__program *sketch;
    PLEAT__TRY(pleat__program_make(&sketch, request->model, &options, true, error));
    set_outputs(&search, sketch);
    bool fits = false;
    enum pleat_status status = find_batch(
        &search, pleat__max(pleat__min(request->options->batch, request->images), 1), &fits, error);
    if (status == PLEAT_OK && !fits)
        status = cut(&search, sketch, error);
    pleat__program_free(request->model, sketch);
    return status;
}
