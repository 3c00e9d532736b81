/* Merging layers into those that they read. */
#include "nn/model/merge.h"

/* Tells whether layer i is the only one that reads `source`, or a layer merged into it, and none of
 * these is an output. Layers behind i are not merged yet. */
static bool reads_alone(const struct pleat__compilation *c, int i, int source) {
    const struct pleat__step *step = c->program->step;
    for (int j = source; j < c->model->layer_count; j++) {
        const bool merged = j < i && step[j].source == source;
        if (merged && pleat__output_index(c->model, j) >= 0)
            return false;
        for (int k = 0; !merged && k < c->model->layer[j]->input_count; k++)
            if (pleat__source(c, j, k) == source && j != i)
                return false;
    }
    return true;
}

/* Tells whether the layer, which reads the source alone, becomes its activation. */
static bool becomes_activation(const struct pleat__compilation *c, int i, int source) {
    const struct pleat__layer *layer = c->model->layer[i];
    struct pleat_activation activation;
    return c->program->step[source].activation < 0 &&
           c->model->layer[source]->kind->stores_activation && layer->kind->activation != NULL &&
           layer->kind->activation(layer, c->model->parameter + layer->first_parameter,
                                   &activation);
}

/* Tells whether the layer, which reads the source alone, is folded into its weight. */
static bool is_folded(const struct pleat__compilation *c, int i, int source) {
    return c->program->options.freeze != 0 && c->program->step[source].activation < 0 &&
           c->model->layer[source]->kind->weight_form != NULL &&
           c->model->layer[i]->kind->affine != NULL;
}

static void merge_layer(struct pleat__compilation *c, int i) {
    const struct pleat__layer *layer = c->model->layer[i];
    if (layer->input_count != 1)
        return;
    const int source = pleat__source(c, i, 0);
    const bool ends =
        c->model->layer[source]->input_count == 0 && pleat__output_index(c->model, i) >= 0;
    const bool alone = reads_alone(c, i, source);
    const bool activates = alone && becomes_activation(c, i, source);
    if (activates)
        c->program->step[source].activation = i;
    if (activates || (alone && is_folded(c, i, source)) || (layer->kind->vanishes && !ends))
        c->program->step[i].source = source;
}

void pleat__merge(struct pleat__compilation *c) {
    for (int i = 0; i < c->model->layer_count; i++) {
        c->program->step[i].source = i;
        c->program->step[i].activation = -1;
    }
    for (int i = 0; i < c->model->layer_count && c->program->options.mode == PLEAT_INFERENCE; i++)
        merge_layer(c, i);
}
