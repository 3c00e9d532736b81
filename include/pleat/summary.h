/* What a model is made of and what it takes: layer by layer, in numbers or as a table of text. */
#ifndef PLEAT_SUMMARY_H
#define PLEAT_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One layer. Its output, flops and bytes are those that the model was compiled for; before a
 * compile the output has rank 0 and the others are 0. */
struct pleat_layer_summary {
    const char *name, *kind;    /* "up", "conv_transpose" */
    const char *within;         /* the layer whose forward computes this one too, so that it takes
                                   neither time nor memory of its own, or NULL */
    struct pleat_tensor output; /* extents alone: data is NULL */
    int64_t parameters;         /* elements that the layer adds: 0 where it shares others' */
    double flops;               /* of a forward of the whole batch: 2 a multiply-add; 1 an element
                                   for activations; 0 where numbers are only moved */
    size_t bytes;               /* of the output, which may lie in the memory of others; 0 where it
                                   is that of the layer within */
    struct pleat_conv_params conv; /* of conv and conv_transpose; rank 0 of others */
};

/* Returns the number of layers, inputs included; 0 where model is NULL. */
PLEAT_API int pleat_model_layer_count(const struct pleat_model *model);

/* Returns layer `index`, in the order of adding; one of NULLs and zeros where there is no such. The
 * names hold as long as the model. */
PLEAT_API struct pleat_layer_summary pleat_model_layer(const struct pleat_model *model, int index);

/* The memory that a model holds, in bytes; what comes with a compile is 0 before it. */
struct pleat_model_memory {
    size_t parameters, gradients, states;
    size_t
        activations; /* the block of all outputs, their gradients, and what is kept for backward */
    size_t apart;    /* what they would take if none lay where another has been */
    size_t scratch;
    size_t frozen; /* copies of values, made where compile was asked to freeze them */
};

PLEAT_API struct pleat_model_memory pleat_model_memory(const struct pleat_model *model);

/* Overwrites *memory with what the model would hold after a compile with these options, which is
 * not done: the model stays as it is, and nothing of the sizes told is allocated. Cost: making the
 * plans, some milliseconds. Statuses as pleat_model_compile; PLEAT_INVALID_ARGUMENT also: memory
 * NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_measure(const struct pleat_model *model, const struct pleat_compile_options *options,
                    struct pleat_model_memory *memory, struct pleat_error *error);

/* Writes a table into text[capacity], a line a layer and the totals, cut where it does not fit but
 * always ended by a 0 where capacity is above 0; text may be NULL for a capacity of 0. Returns the
 * length of the whole table, without the 0; 0 where model is NULL. */
PLEAT_API size_t pleat_model_summary(const struct pleat_model *model, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
