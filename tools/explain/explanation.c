/* Working out what is explained. */
#include <stdio.h>
#include <stdlib.h>

#include "explain/explanation.h"

/* Red, green, blue, white and black, so placed that neighbours add to every mixed colour. */
static const char palette[4][5] = {"RGBW", "GKRB", "BRWG", "KBGR"};

/* The channel of a palette colour, 0 or 255. */
static float palette_channel(char colour, int c) {
    return colour == 'W' || colour == "RGB"[c] ? 255 : 0;
}

static void paint_input(const struct explanation *e) {
    float *value = e->input.data;
    for (int c = 0; c < 3; c++)
        for (int64_t row = 0; row < e->in[0]; row++)
            for (int64_t column = 0; column < e->in[1]; column++)
                *value++ = palette_channel(palette[row % 4][column % 4], c);
}

/* Runs the operator, with a filter of ones for each channel. */
static enum pleat_status run_operator(struct explanation *e, struct pleat_plan *plan,
                                      struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    struct pleat_tensor weight;
    int rank = pleat_plan_weight_extent(plan, extent);
    enum pleat_status status = pleat_tensor_allocate(&weight, PLEAT_FLOAT32, rank, extent, error);
    if (status != PLEAT_OK)
        return status;
    const size_t bytes = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    void *scratch = malloc(bytes);
    status = pleat_initialise_constant(&weight, 1, error);
    if (status == PLEAT_OK)
        status = pleat_plan_forward(plan, &e->input, &weight, NULL, &e->output, scratch,
                                    scratch != NULL ? bytes : 0, error);
    free(scratch);
    pleat_tensor_free(&weight);
    return status;
}

/* Refuses what would be more than anyone reads, or than fits in memory. */
static enum pleat_status check_pixels(const struct pleat_plan *plan, struct pleat_error *error) {
    int64_t in[PLEAT_MAX_RANK], out[PLEAT_MAX_RANK], weight[PLEAT_MAX_RANK];
    pleat_plan_input_extent(plan, 1, in);
    pleat_plan_output_extent(plan, 1, out);
    pleat_plan_weight_extent(plan, weight);
    for (int a = 2; a < 4; a++) {
        if (in[a] <= MOST_PIXELS && out[a] <= MOST_PIXELS && weight[a] <= MOST_PIXELS)
            continue;
        error->status = PLEAT_UNSUPPORTED;
        snprintf(error->message, sizeof error->message,
                 "input, filter and output have room for %d pixels on each axis here: choose "
                 "smaller sizes",
                 MOST_PIXELS);
        return PLEAT_UNSUPPORTED;
    }
    return PLEAT_OK;
}

/* Allocates the images and the counts, and paints the input. */
static enum pleat_status allocate(struct explanation *e, const struct pleat_plan *plan,
                                  struct pleat_error *error) {
    int64_t extent[PLEAT_MAX_RANK];
    int rank = pleat_plan_input_extent(plan, 1, extent);
    enum pleat_status status = pleat_tensor_allocate(&e->input, PLEAT_FLOAT32, rank, extent, error);
    if (status != PLEAT_OK)
        return status;
    paint_input(e);
    rank = pleat_plan_output_extent(plan, 1, extent);
    status = pleat_tensor_allocate(&e->output, PLEAT_FLOAT32, rank, extent, error);
    if (status != PLEAT_OK)
        return status;
    for (int a = 0; a < 2; a++) {
        e->out[a] = extent[2 + a];
        e->count[a] = calloc((size_t)e->out[a], sizeof *e->count[a]);
    }
    return pleat_tensor_allocate(&e->map, PLEAT_FLOAT64, 2, e->out, error);
}

/* Computes everything about overlap. */
static enum pleat_status measure_overlap(struct explanation *e, struct pleat_error *error) {
    for (int a = 0; a < 2; a++) {
        const enum pleat_status status =
            pleat_overlap_axis(e->in[a], &e->params.axis[a], e->count[a], error);
        if (status != PLEAT_OK)
            return status;
    }
    const enum pleat_status status = pleat_overlap_map(&e->params, e->in, &e->map, error);
    return status != PLEAT_OK ? status : pleat_checkerboard(&e->params, &e->checkerboard, error);
}

enum pleat_status explain(struct explanation *explanation, const struct pleat_axis axes[2],
                          const int64_t in[2], struct pleat_error *error) {
    struct explanation *e = explanation;
    e->params = pleat_conv_params_init(2, 3, 3, 1, 1, 0);
    e->params.groups = 3;
    for (int a = 0; a < 2; a++) {
        e->params.axis[a] = axes[a];
        e->in[a] = in[a];
    }
    struct pleat_plan *plan;
    enum pleat_status status =
        pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &e->params, in, NULL, error);
    if (status != PLEAT_OK)
        return status;
    status = check_pixels(plan, error);
    if (status == PLEAT_OK)
        status = allocate(e, plan, error);
    if (status == PLEAT_OK)
        status = run_operator(e, plan, error);
    pleat_plan_free(plan);
    return status != PLEAT_OK ? status : measure_overlap(e, error);
}

void explanation_free(struct explanation *explanation) {
    pleat_tensor_free(&explanation->input);
    pleat_tensor_free(&explanation->output);
    pleat_tensor_free(&explanation->map);
    free(explanation->count[0]);
    free(explanation->count[1]);
}

bool explanation_is_square(const struct explanation *explanation) {
    const struct explanation *e = explanation;
    const struct pleat_axis *h = &e->params.axis[0], *w = &e->params.axis[1];
    return e->in[0] == e->in[1] && h->kernel == w->kernel && h->stride == w->stride &&
           h->dilation == w->dilation && h->padding_begin == w->padding_begin &&
           h->padding_end == w->padding_end && h->output_padding == w->output_padding;
}

double image_channel(const struct pleat_tensor *image, int c, int64_t row, int64_t column) {
    const int64_t rows = image->extent[2], columns = image->extent[3];
    const double value = ((const float *)image->data)[(c * rows + row) * columns + column];
    return value > 255 ? 1 : value / 255;
}

double explanation_largest_sum(const struct explanation *explanation) {
    const float *value = explanation->output.data;
    double largest = 0;
    for (int64_t i = 0; i < pleat_tensor_size(&explanation->output); i++)
        largest = value[i] > largest ? (double)value[i] : largest;
    return largest;
}
