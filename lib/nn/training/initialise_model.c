/* How the parameters of a model begin. */
#include <math.h>

#include "nn/model/graph.h"
#include "nn/training/initialise.h"

#include "base/error.h"
#include "base/memory.h"

/* Returns the layer that owns the parameter, which exists. */
static const struct pleat__layer *owner_of(const struct pleat_model *model, int index) {
    int i = 0;
    while (model->layer[i]->original != i ||
           index >= model->layer[i]->first_parameter + model->layer[i]->parameter_count)
        i++;
    return model->layer[i];
}

/* What the operator's initialisers have to know of a weight. */
struct weight {
    enum pleat_operator op;
    struct pleat_conv_params params;
    struct pleat_tensor value;
};

/* A dense layer is a convolution of one tap. */
static struct weight weight_of(const struct pleat__layer *layer, const struct pleat_tensor *value) {
    struct pleat__arguments arguments;
    pleat__layer_describe(layer, &arguments);
    struct weight w = {.op = arguments.op, .params = arguments.conv, .value = *value};
    if (value->rank == 2) {
        w.op = PLEAT_CONV;
        w.params = pleat_conv_params_init(1, value->extent[1], value->extent[0], 1, 1, 0);
        w.value.rank = 3;
        w.value.extent[2] = 1;
    }
    return w;
}

static enum pleat_distribution distribution_of(enum pleat_initialiser_kind kind) {
    return kind == PLEAT_INITIALISER_HE_UNIFORM || kind == PLEAT_INITIALISER_GLOROT_UNIFORM ||
                   kind == PLEAT_INITIALISER_ICNR_UNIFORM
               ? PLEAT_UNIFORM
               : PLEAT_NORMAL;
}

/* The initialisers that are for every tensor. */
static enum pleat_status fill_any(const struct pleat_initialiser *init,
                                  const struct pleat_tensor *tensor, struct pleat_random *random,
                                  struct pleat_error *error) {
    const double *number = init->number;
    const bool two = init->count == 2;
    if (init->kind == PLEAT_INITIALISER_CONSTANT)
        return pleat_initialise_constant(tensor, number[0], error);
    if (init->kind == PLEAT_INITIALISER_NORMAL)
        return pleat_initialise_normal(tensor, two ? number[0] : 0, number[two], random, error);
    return pleat_initialise_uniform(tensor, two ? number[0] : -number[0], number[two], random,
                                    error);
}

/* Those that are for weights; slope is that of the activation that follows. */
static enum pleat_status fill_weight(const struct pleat_initialiser *init, const struct weight *w,
                                     double slope, struct pleat_random *random,
                                     struct pleat_error *error) {
    const enum pleat_initialiser_kind kind = init->kind;
    const enum pleat_distribution distribution = distribution_of(kind);
    slope = init->count > 0 ? init->number[0] : slope;
    if (kind == PLEAT_INITIALISER_GLOROT || kind == PLEAT_INITIALISER_GLOROT_UNIFORM)
        return pleat_initialise_xavier(&w->value, w->op, &w->params,
                                       init->count > 0 ? init->number[0] : 1, distribution, random,
                                       error);
    if (kind == PLEAT_INITIALISER_BILINEAR)
        return pleat_initialise_bilinear(&w->value, &w->params, error);
    if (kind == PLEAT_INITIALISER_ICNR || kind == PLEAT_INITIALISER_ICNR_UNIFORM)
        return pleat_initialise_icnr(&w->value, &w->params, slope, distribution, random, error);
    return pleat_initialise_kaiming(&w->value, w->op, &w->params, slope, distribution, random,
                                    error);
}

/* The least and the most numbers that a kind takes. */
static const int counts[][2] = {
    [PLEAT_INITIALISER_CONSTANT] = {1, 1},       [PLEAT_INITIALISER_NORMAL] = {1, 2},
    [PLEAT_INITIALISER_UNIFORM] = {1, 2},        [PLEAT_INITIALISER_HE] = {0, 1},
    [PLEAT_INITIALISER_HE_UNIFORM] = {0, 1},     [PLEAT_INITIALISER_GLOROT] = {0, 1},
    [PLEAT_INITIALISER_GLOROT_UNIFORM] = {0, 1}, [PLEAT_INITIALISER_BILINEAR] = {0, 0},
    [PLEAT_INITIALISER_ICNR] = {0, 1},           [PLEAT_INITIALISER_ICNR_UNIFORM] = {0, 1},
};

static enum pleat_status check_count(const struct pleat_initialiser *init,
                                     struct pleat_error *error) {
    if ((int)init->kind < 0 || init->kind > PLEAT_INITIALISER_ICNR_UNIFORM)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "initialiser %d is none",
                           (int)init->kind);
    const int *range = counts[init->kind];
    if (init->count < range[0] || init->count > range[1])
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "the initialiser takes %d to %d numbers, got %d", range[0], range[1],
                           init->count);
    return PLEAT_OK;
}

/* Refuses what pleat_initialise_... of the kind would refuse of a weight. */
static enum pleat_status check_weight(const struct pleat_initialiser *init, const struct weight *w,
                                      bool drawn, struct pleat_error *error) {
    const bool transposed = init->kind >= PLEAT_INITIALISER_BILINEAR;
    const bool gain =
        init->kind == PLEAT_INITIALISER_GLOROT || init->kind == PLEAT_INITIALISER_GLOROT_UNIFORM;
    const double number = init->count > 0 ? init->number[0] : 0;
    if (!drawn || (transposed && w->op != PLEAT_CONV_TRANSPOSE))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the initialiser is for weights of %s",
                           transposed ? "conv_transpose alone" : "conv, conv_transpose and dense");
    if (!isfinite(number) || (gain && number < 0))
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the initialiser's %s, got %g",
                           gain ? "gain must be finite and at least 0" : "slope must be finite",
                           number);
    if (init->kind == PLEAT_INITIALISER_BILINEAR)
        return pleat__bilinear_check(&w->params, error);
    return transposed ? pleat__icnr_check(&w->params, error) : PLEAT_OK;
}

enum pleat_status pleat_model_set_initialiser(struct pleat_model *model, int index,
                                              const struct pleat_initialiser *init,
                                              struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    PLEAT__REQUIRE(init, error);
    if (index < 0 || index >= model->parameter_count)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "index must be 0 to %d, the parameters there are, got %d",
                           model->parameter_count - 1, index);
    PLEAT__TRY(check_count(init, error));
    if (init->kind <= PLEAT_INITIALISER_UNIFORM) {
        double element;
        struct pleat_random random = pleat_random_seed(0);
        const struct pleat_tensor probe = pleat_tensor_view(&element, PLEAT_FLOAT64, 0, NULL);
        PLEAT__TRY(fill_any(init, &probe, &random, error));
    } else {
        const struct pleat__layer *layer = owner_of(model, index);
        const struct weight w = weight_of(layer, &model->parameter[index].value);
        const bool drawn =
            layer->usual[index - layer->first_parameter].kind == PLEAT_INITIALISER_HE;
        PLEAT__TRY(check_weight(init, &w, drawn, error));
    }
    struct pleat_initialiser *own = &model->parameter[index].init;
    *own = (struct pleat_initialiser){.kind = init->kind, .count = init->count};
    for (int i = 0; i < init->count; i++)
        own->number[i] = init->number[i];
    return PLEAT_OK;
}

/* Overwrites after[layer] with the slope of the activation that follows, 1 where there is none:
 * from the last layer to the first, so that of several readers the earliest is heard last. */
static void find_slopes(const struct pleat_model *model, double *after) {
    for (int i = 0; i < model->layer_count; i++)
        after[i] = NAN;
    for (int i = model->layer_count - 1; i >= 0; i--) {
        const struct pleat__layer *layer = model->layer[i];
        struct pleat__arguments arguments;
        pleat__layer_describe(layer, &arguments);
        const double slope = layer->kind->activation != NULL ? arguments.slope
                             : layer->kind->passes           ? after[i]
                                                             : NAN;
        for (int k = 0; k < layer->input_count && !isnan(slope); k++)
            after[layer->input[k]] = slope;
    }
    for (int i = 0; i < model->layer_count; i++)
        after[i] = isnan(after[i]) ? 1 : after[i];
}

/* The generator of one parameter: FNV-1a of its name (Fowler, Noll and Vo) beside the seed. */
static struct pleat_random generator_of(uint64_t seed, const char *name) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return pleat_random_seed(seed ^ hash);
}

static enum pleat_status initialise_layer(const struct pleat_model *model,
                                          const struct pleat__layer *layer, double slope,
                                          uint64_t seed, struct pleat_error *error) {
    for (int k = 0; k < layer->parameter_count; k++) {
        const struct pleat_parameter *p = &model->parameter[layer->first_parameter + k];
        struct pleat_random random = generator_of(seed, p->name);
        if (p->init.kind <= PLEAT_INITIALISER_UNIFORM) {
            PLEAT__TRY(fill_any(&p->init, &p->value, &random, error));
            continue;
        }
        const struct weight w = weight_of(layer, &p->value);
        PLEAT__TRY(fill_weight(&p->init, &w, slope, &random, error));
    }
    for (int k = 0; k < layer->state_count; k++)
        PLEAT__TRY(pleat_initialise_constant(&layer->state[k], layer->state_fill[k], error));
    return PLEAT_OK;
}

enum pleat_status pleat_model_initialise(struct pleat_model *model, uint64_t seed,
                                         struct pleat_error *error) {
    PLEAT__REQUIRE(model, error);
    double *after = pleat__allocate((size_t)model->layer_count, sizeof *after);
    if (after == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a number a layer");
    find_slopes(model, after);
    enum pleat_status status = PLEAT_OK;
    for (int i = 0; i < model->layer_count && status == PLEAT_OK; i++)
        if (model->layer[i]->original == i)
            status = initialise_layer(model, model->layer[i], after[i], seed, error);
    pleat__free(after);
    return status;
}
