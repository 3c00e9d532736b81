/* Marks go from layer to layer towards the outputs. */
#include "predict/margin.h"

#include "predict/spacing.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

/* Marks: the pixel depends on what lies beyond the beginning, beyond the end. */
enum { BEYOND_BEGIN = 1, BEYOND_END = 2 };

/* The marks of an axis of one layer. */
struct line {
    int64_t extent;
    unsigned char *mark;
};

/* Returns the marks of a pixel that has that reach. */
static unsigned char look(const struct line *input, const struct pleat__reach *reach) {
    unsigned char marks = 0;
    for (int64_t j = 0; j < reach->count; j++) {
        const int64_t i = reach->first + j * reach->step;
        if (i < 0)
            marks |= BEYOND_BEGIN;
        else if (i >= input->extent)
            return marks | BEYOND_END; /* the rest is further on */
        else
            marks |= input->mark[i];
    }
    return marks;
}

static enum pleat_status mark_layer(const struct pleat__layer *layer, int axis, struct line *line,
                                    int index, struct pleat_error *error) {
    for (int64_t o = 0; layer->input_count > 0 && o < line[index].extent; o++) {
        struct pleat__reach reach;
        if (!pleat__find_reach(layer, axis, o, &reach))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "layer \"%s\": its reach does not fit in int64_t", layer->name);
        for (int k = 0; k < layer->input_count; k++)
            line[index].mark[o] |= look(&line[layer->input[k]], &reach);
    }
    return PLEAT_OK;
}

static struct pleat__margin measure(const struct line *line) {
    struct pleat__margin margin = {0, 0};
    for (int64_t o = 0; o < line->extent; o++) {
        if ((line->mark[o] & BEYOND_BEGIN) != 0)
            margin.begin = o + 1;
        if ((line->mark[o] & BEYOND_END) != 0 && margin.end == 0)
            margin.end = line->extent - o;
    }
    return margin;
}

enum pleat_status pleat__find_margins(const struct pleat_model *model,
                                      const struct pleat__program *program, int axis,
                                      struct pleat__margin *margin, struct pleat_error *error) {
    size_t pixels = 0;
    for (int i = 0; i < model->layer_count; i++)
        pixels += (size_t)program->step[i].value.extent[2 + axis];
    struct line *line = pleat__allocate((size_t)model->layer_count, sizeof *line);
    unsigned char *marks = pleat__allocate(pixels, 1), *mark = marks;
    enum pleat_status status = PLEAT_OK;
    if (line == NULL || marks == NULL)
        status = pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory to mark pixels");
    for (int i = 0; status == PLEAT_OK && i < model->layer_count; i++) {
        line[i] = (struct line){program->step[i].value.extent[2 + axis], mark};
        mark += line[i].extent;
        status = mark_layer(model->layer[i], axis, line, i, error);
    }
    for (int k = 0; status == PLEAT_OK && k < pleat__output_count(model); k++)
        margin[k] = measure(&line[pleat__output(model, k)]);
    pleat__free(line);
    pleat__free(marks);
    return status;
}
