/* What a layer is to the model: a kind with its functions, and one layer of that kind. One file
 * per kind of layer defines both and the public function that adds it. */
#ifndef PLEAT_NN_MODEL_LAYER_H
#define PLEAT_NN_MODEL_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#include <pleat/model.h>

#include "nn/model/arguments.h"

#define PLEAT__MAX_PARAMETERS 2
#define PLEAT__MAX_STATES 2
#define PLEAT__MAX_SUFFIX 16

/* One layer. A kind that has fields of its own puts this first into a larger struct. */
struct pleat__layer {
    const struct pleat__layer_kind *kind;
    const char *label; /* the word for the kind in texts and summaries: "conv" */
    char name[PLEAT_MAX_NAME + 1];
    size_t bytes;                             /* of the whole struct */
    int input_count, input[PLEAT_MAX_INPUTS]; /* indices of layers added before */
    int64_t channels;                         /* of the output */
    int rank;                                 /* spatial axes of the output */
    int first_parameter, parameter_count;     /* in the model's list */
    char parameter_name[PLEAT__MAX_PARAMETERS][PLEAT_MAX_NAME + 1 + PLEAT__MAX_SUFFIX];
    struct pleat_initialiser usual[PLEAT__MAX_PARAMETERS]; /* how they begin unless told */
    int state_count;
    double state_fill[PLEAT__MAX_STATES]; /* what they begin as */
    struct pleat_tensor state[PLEAT__MAX_STATES];
    char state_name[PLEAT__MAX_STATES][PLEAT_MAX_NAME + 1 + PLEAT__MAX_SUFFIX];
    void *state_memory; /* the block of the states, which never moves */
    int original;       /* the layer whose parameters and states these are, or its own index */
};

/* A parameter, or a state, that a layer wants when it is added. */
struct pleat__parameter_spec {
    const char *suffix; /* of its name: "weight" */
    int rank;
    int64_t extent[PLEAT_MAX_RANK];
    double fill; /* every element's first value */
    bool drawn;  /* an operator's weight, for which fill is no beginning: see initialise_model.c */
    bool state;  /* no parameter: forward itself changes it, it has no gradient */
};

/* What a layer takes for inputs of known extents. The first fields are told to prepare, not asked of
 * it. */
struct pleat__needs {
    bool training;
    const struct pleat_parameter *frozen;     /* values that will not change, or NULL: they may */
    struct pleat_activation activation;       /* to be applied to what forward stores */
    struct pleat_tensor output;               /* extents for the whole batch; data unused */
    void *plan;                               /* the kind's own, freed by release */
    size_t forward_scratch, backward_scratch; /* bytes */
    size_t packed_bytes; /* of the frozen first parameter, which is then not read again; or 0 */
    size_t saved;        /* bytes that a forward in training keeps for backward */
    double flops;        /* of a forward of the whole batch */
};

/* The arguments of one forward or backward of a layer. All tensors have the batch of the moment.
 * forward: input, output. backward: grad_output, grad_input, and input and output where the kind
 * says that it reads them. */
struct pleat__layer_call {
    const struct pleat__layer *layer;
    const struct pleat_parameter *parameter; /* the layer's own, or frozen ones */
    int parameter_count;
    const struct pleat_tensor *state;
    const void *plan;
    void *scratch;
    size_t scratch_bytes;
    void *saved; /* NULL where no backward of the layer will come */
    bool training;
    int threads;
    uint64_t key; /* of this layer's random numbers in this forward and its backward */
    struct pleat_tensor input[PLEAT_MAX_INPUTS];
    struct pleat_tensor output;
    struct pleat_tensor grad_output;
    struct pleat_tensor grad_input[PLEAT_MAX_INPUTS]; /* data NULL where not wanted */
};

/* How one axis of a layer's output lies over that of its input, were the image without end. */
struct pleat__reach {
    int64_t first, step, count; /* the input's pixels that an output pixel depends on: `count` of
                                   them, `step` apart, the lowest first */
    int64_t shrink, enlarge; /* `enlarge` output pixels lie over `shrink` of the input, and what is
                                said of one holds for the one so much further, so much further */
};

struct pleat__layer_kind {
    /* forward may be called with output the same memory as input[0], which is then no other input,
     * backward with grad_input[0] the same as grad_output. */
    bool in_place;
    bool backward_reads_input, backward_reads_output;
    /* The layer only moves or scales what it reads: to the weights before it, when they are drawn, what
     * follows it counts. */
    bool passes;
    /* Fills the arguments of the kind's own; the rest has been done. NULL: there are none. */
    void (*describe)(const struct pleat__layer *layer, struct pleat__arguments *arguments);
    /* Fills *needs for input[input_count], where output is like input[0] and the rest is 0 so far.
     * NULL: that is right as it is. It refuses extents that are too small; channels, rank and type are right. */
    enum pleat_status (*prepare)(const struct pleat__layer *layer, const struct pleat_tensor *input,
                                 const struct pleat_plan_options *options,
                                 struct pleat__needs *needs, struct pleat_error *error);
    void (*release)(void *plan); /* NULL where prepare makes no plan */
    /* forward overwrites output; backward overwrites grad_input and adds to the parameters'
     * gradients. Neither fails on what prepare has accepted. */
    enum pleat_status (*forward)(const struct pleat__layer_call *call, struct pleat_error *error);
    enum pleat_status (*backward)(const struct pleat__layer_call *call, struct pleat_error *error);
    /* Tells the reach of pixel o of the output's axis, or returns false where numbers overflow; the
     * same for all inputs. Padding is what lies beyond the image. NULL: pixel o itself. */
    bool (*reach)(const struct pleat__layer *layer, int axis, int64_t o,
                  struct pleat__reach *reach);
    bool mixes; /* every pixel of the output depends on every one of the input */
    /* By what follows inference can spare a layer's forward (merge.h). */
    bool vanishes; /* in inference the output is the input */
    /* Overwrites what forward does to each element, where a convolution can do that in its stead, and
     * returns whether it can. Its slopes are parameter[0]. */
    bool (*activation)(const struct pleat__layer *layer, const struct pleat_parameter *parameter,
                       struct pleat_activation *activation);
    /* Overwrites factor[channels] and shift, where inference is factor x + shift. */
    void (*affine)(const struct pleat__layer *layer, const struct pleat_parameter *parameter,
                   double *factor, double *shift);
    /* Overwrites the extents of the first parameter seen as weight[groups][inputs][channels of a
     * group][taps], where the output is linear in it and adds a second one, the bias, if there is
     * one. */
    void (*weight_form)(const struct pleat__layer *layer, int64_t *groups, int64_t *inputs);
    bool stores_activation; /* prepare heeds needs->activation */
};

/* Adds a copy of layer[bytes], whose kind, label, channels, rank and own fields are set, under that
 * name, with its parameters and states. Refuses names and inputs as model.h says; *layer is left alone. */
enum pleat_status pleat__model_add_layer(struct pleat_model *model,
                                         const struct pleat__layer *layer, size_t bytes,
                                         const char *name, int input_count,
                                         const char *const *input, int parameter_count,
                                         const struct pleat__parameter_spec *parameter,
                                         struct pleat_error *error);

/* Overwrites *channels and *rank with those of the output of the layer of that name; refuses NULL
 * and unknown names. */
enum pleat_status pleat__model_layer_shape(const struct pleat_model *model, const char *name,
                                           int64_t *channels, int *rank, struct pleat_error *error);

/* Overwrites *arguments with what the layer was told when it was added. */
void pleat__layer_describe(const struct pleat__layer *layer, struct pleat__arguments *arguments);

/* Computes the bytes of an array of the tensor's extents, which are positive, and of elements of
 * that size; returns false where they do not fit. */
bool pleat__extent_bytes(const struct pleat_tensor *tensor, size_t element, size_t *bytes);

/* The pixels of a plane, the product of the spatial extents. */
int64_t pleat__plane_size(const struct pleat_tensor *tensor);

/* Copies a tensor's elements to one of the same size, unless that is the same memory or NULL. */
void pleat__copy_values(const struct pleat_tensor *from, const struct pleat_tensor *to);

/* Puts the layer's name before the message that a call has left in *error, and returns status. */
enum pleat_status pleat__fail_in_layer(const char *name, enum pleat_status status,
                                       struct pleat_error *error);

#endif
