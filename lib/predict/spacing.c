/* Spacings follow the layers in order; an edge multiplies them. */
#include "predict/spacing.h"

#include "base/checked.h"
#include "base/error.h"

bool pleat__find_reach(const struct pleat__layer *layer, int axis, int64_t o,
                       struct pleat__reach *reach) {
    if (layer->kind->reach != NULL)
        return layer->kind->reach(layer, axis, o, reach);
    *reach = (struct pleat__reach){.first = o, .step = 1, .count = 1, .shrink = 1, .enlarge = 1};
    return true;
}

/* Sets in of the layers that matter to 1, and of the others to 0. */
static void mark_needed(const struct pleat_model *model, int first_output, int last_output,
                        struct pleat__spacing *spacing) {
    for (int i = 0; i < model->layer_count; i++)
        spacing[i] = (struct pleat__spacing){0, 1};
    for (int k = first_output; k <= last_output; k++)
        spacing[pleat__output(model, k)].in = 1;
    for (int i = model->layer_count - 1; i >= 0; i--)
        for (int k = 0; spacing[i].in != 0 && k < model->layer[i]->input_count; k++)
            spacing[model->layer[i]->input[k]].in = 1;
}

/* Computes a b / c, which is no fraction of lower terms: c divides a, or shares nothing with it. */
static bool multiply_fraction(const struct pleat__spacing *from, const struct pleat__reach *by,
                              struct pleat__spacing *to) {
    const int64_t a = pleat__common_divisor(from->in, by->enlarge),
                  b = pleat__common_divisor(by->shrink, from->out);
    return pleat__multiply(from->in / a, by->shrink / b, &to->in) &&
           pleat__multiply(from->out / b, by->enlarge / a, &to->out);
}

/* Takes over the spacing of a layer through one of its inputs into *joined, which that of the
 * inputs before has set, or in 0. */
static enum pleat_status join(const struct pleat__layer *layer, int axis,
                              const struct pleat__spacing *from, struct pleat__spacing *joined,
                              struct pleat_error *error) {
    struct pleat__reach reach;
    struct pleat__spacing spacing;
    if (layer->kind->mixes)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "layer \"%s\", a %s, mixes the pixels of the whole image", layer->name,
                           layer->label);
    if (!pleat__find_reach(layer, axis, 0, &reach) || !multiply_fraction(from, &reach, &spacing))
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "layer \"%s\": its stride over the input does not fit in int64_t",
                           layer->name);
    if (joined->in != 0 && (joined->in != spacing.in || joined->out != spacing.out))
        return pleat__fail(
            error, PLEAT_UNSUPPORTED,
            "layer \"%s\" joins pixels of different strides: %lld/%lld and %lld/%lld "
            "of the input's",
            layer->name, (long long)joined->in, (long long)joined->out, (long long)spacing.in,
            (long long)spacing.out);
    *joined = spacing;
    return PLEAT_OK;
}

enum pleat_status pleat__find_spacing(const struct pleat_model *model, int input, int first_output,
                                      int last_output, int axis, struct pleat__spacing *spacing,
                                      int64_t *period, struct pleat_error *error) {
    mark_needed(model, first_output, last_output, spacing);
    *period = 1;
    for (int i = 0; i < model->layer_count; i++) {
        const struct pleat__layer *layer = model->layer[i];
        const bool needed = spacing[i].in != 0;
        spacing[i].in = needed && i == model->input[input] ? 1 : 0;
        for (int k = 0; needed && k < layer->input_count; k++)
            if (spacing[layer->input[k]].in != 0)
                PLEAT__TRY(join(layer, axis, &spacing[layer->input[k]], &spacing[i], error));
        const int64_t in = spacing[i].in;
        if (in != 0 && !pleat__multiply(*period, in / pleat__common_divisor(*period, in), period))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "layer \"%s\": the strides' common multiple does not fit in int64_t",
                               layer->name);
    }
    return PLEAT_OK;
}
