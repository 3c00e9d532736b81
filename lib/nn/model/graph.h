/* The inside of a model: its layers, its parameters, and what compile makes of them. */
#ifndef PLEAT_NN_MODEL_GRAPH_H
#define PLEAT_NN_MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/model/layer.h"

/* Copies of the values that a layer reads in inference, by the same names. */
struct pleat__frozen {
    int parameter_count; /* 0: there are none */
    struct pleat_parameter parameter[PLEAT__MAX_PARAMETERS];
    struct pleat_tensor state[PLEAT__MAX_STATES];
    size_t bytes; /* of them, or of what was made of them */
};

/* What compile has prepared for one layer. value is the layer's output; extents are those of the
 * whole batch until a forward sets extent[0]. */
struct pleat__step {
    int source;     /* the layer whose forward computes this value, mostly this one (merge.h) */
    int activation; /* a layer whose function this one's forward applies, or -1 */
    struct pleat__frozen frozen;
    void *plan;
    struct pleat_tensor value;
    struct pleat_tensor grad;                     /* data NULL where not wanted, or the caller's */
    struct pleat_tensor addend[PLEAT_MAX_INPUTS]; /* where data is not NULL, backward computes
                                                     this input's gradient here and adds it */
    void *saved;                                  /* what forward keeps for backward */
    bool backward; /* some parameter, or an input, wants a gradient through this layer */
    double flops;  /* of a forward of the whole batch */
};

struct pleat__program {
    struct pleat_compile_options options;
    int threads;
    int step_count;
    bool has_inputs;   /* the views of the inputs are those of a forward */
    bool forward_done; /* since the last compile or backward */
    void *activations; /* the block of all values and gradients of values */
    size_t activation_bytes;
    size_t apart_bytes; /* what they would take if none shared memory */
    uint64_t key;       /* of the last forward's random numbers */
    void *scratch;
    size_t scratch_bytes;
    struct pleat__step step[]; /* one per layer, in order */
};

struct pleat_model {
    enum pleat_dtype dtype;
    int layer_count, parameter_count;
    int input_count, input[PLEAT_MAX_INPUTS];    /* layers */
    int output_count, output[PLEAT_MAX_OUTPUTS]; /* layers that were marked */
    uint64_t dropout_seed, dropout_step;
    struct pleat__layer **layer; /* in the order of adding: inputs come before their readers */
    struct pleat_parameter *parameter;
    void *values; /* the block of all parameters, and that of their gradients */
    void *grads;
    size_t block_bytes; /* of each of the two */
    struct pleat__program *program;
};

/* The layers that are outputs: those that were marked, or else the last one alone. */
int pleat__output_count(const struct pleat_model *model);
int pleat__output(const struct pleat_model *model, int index);

/* Returns the index of the layer of that name, or -1. */
int pleat__find_layer(const struct pleat_model *model, const char *name);

/* The place of a layer among the outputs, or -1. */
int pleat__output_index(const struct pleat_model *model, int layer);

/* Makes what compile makes for these options, and overwrites *made with it. A sketch has plans,
 * extents, sizes and frozen values but no memory for activations: it cannot run. */
enum pleat_status pleat__program_make(struct pleat__program **made, const struct pleat_model *model,
                                      const struct pleat_compile_options *options, bool sketch,
                                      struct pleat_error *error);

/* Computes the value of a layer from those before it; inputs have theirs, and so has what another
 * layer computes in its stead (merge.h). */
enum pleat_status pleat__forward_layer(const struct pleat_model *model, int layer,
                                       struct pleat_error *error);

/* Frees a program and its plans; NULL is allowed. */
void pleat__program_free(const struct pleat_model *model, struct pleat__program *program);

#endif
