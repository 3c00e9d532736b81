/* The operator: transposed convolution and convolution, forward and every gradient.
 *
 * Both are cross-correlations (no filter is flipped) over 1, 2 or 3 spatial axes. Tensors are
 * dense, batch first, then channels, then the spatial axes in the order (d,) (h,) w:
 *
 *     input   x[N][IC][I...]     output  y[N][OC][O...]     bias  b[OC]
 *     weight  conv_transpose: w[IC][OC/G][K...]   conv: w[OC][IC/G][K...]
 *
 * which are PyTorch's, ONNX's and Caffe's layouts. On each axis, with the fields of struct
 * pleat_axis,
 *
 *     conv_transpose   y[n][oc][o] = b[oc] + sum over ic, i, k of x[n][ic][i] w[ic][oc'][k]
 *                      where o = i stride - padding_begin + k dilation
 *     conv             y[n][oc][o] = b[oc] + sum over ic, k of x[n][ic][i] w[oc][ic'][k]
 *                      where i = o stride - padding_begin + k dilation
 *
 * ic runs over the input channels of oc's group; oc' and ic' count within the group.
 * Each is the exact adjoint of the other with the same parameters.
 *
 * Create a plan once for a geometry, ask it for the scratch it wants, then execute it as often as
 * you like: execution allocates nothing. */
#ifndef PLEAT_CONV_H
#define PLEAT_CONV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pleat/export.h>
#include <pleat/size.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pleat_operator { PLEAT_CONV_TRANSPOSE, PLEAT_CONV };

/* The most spatial axes that an operator has, and the most threads that an execution may take. */
#define PLEAT_MAX_AXES 3
#define PLEAT_MAX_THREADS 1024

/* The parameters of an operator. Start from pleat_conv_params_init, so that later fields find you
 * prepared. */
struct pleat_conv_params {
    int rank;                               /* spatial axes: 1 (w), 2 (h, w) or 3 (d, h, w) */
    int64_t in_channels;                    /* IC, at least 1, divisible by groups */
    int64_t out_channels;                   /* OC, at least 1, divisible by groups */
    int64_t groups;                         /* G, at least 1; G = IC is depthwise */
    struct pleat_axis axis[PLEAT_MAX_AXES]; /* the first rank entries, in the tensors' order */
};

/* Returns parameters with one group and, on every axis, this kernel and stride, dilation 1, this
 * padding at both ends and no output padding. */
PLEAT_API struct pleat_conv_params pleat_conv_params_init(int rank, int64_t in_channels,
                                                          int64_t out_channels, int64_t kernel,
                                                          int64_t stride, int64_t padding);

/* The ways to compute the products. PLEAT_METHOD_AUTO takes for each the one that suits its
 * geometry.
 *
 * For small planes PLEAT_METHOD_AUTO takes two: PLEAT_METHOD_BATCHED from some number of images on,
 * and another one for fewer.
 *
 * PLEAT_METHOD_WINOGRAD computes 1 or 2 axes without dilation whose kernel is between one and three
 * strides on every axis, with at most 256 taps in all. Where it is one stride on all axes there is
 * nothing to transform, and the method is exact. Where an infinite or NaN pixel reaches a result,
 * that may be NaN, and results beside it in the same tile, less than a stride beyond the reach of its
 * taps, may become NaN too. PLEAT_METHOD_TAPS multiplies zeros beside the taps of a row: there an
 * infinite pixel may give NaN where the formula gives infinity. */
enum pleat_method {
    PLEAT_METHOD_AUTO,
    PLEAT_METHOD_TILED,    /* sgemm and fold or unfold, a tile at a time: every geometry */
    PLEAT_METHOD_WINOGRAD, /* minimal filtering on the phases of the stride: fewer multiplications,
                              not exact */
    PLEAT_METHOD_DIRECT,   /* vectors over pixels: 1 or 2 axes, small tables; no
                            dilation of a strided axis */
    PLEAT_METHOD_TAPS,     /* vectors over the taps of a row: 1 or 2 axes, rows of 16 taps or more
                            without dilation */
    PLEAT_METHOD_BATCHED, /* vectors over the images of a batch, for small planes: strides up to 64,
                            a block of images and the weights within 2 MiB */
    PLEAT_METHOD_LAST = PLEAT_METHOD_BATCHED
};

/* Returns "auto", "tiled", "winograd", "direct", "taps", "batched", or "unknown" for no method. */
PLEAT_API const char *pleat_method_name(enum pleat_method method);

/* The instruction sets that the loops are compiled for. PLEAT_INSTRUCTIONS_AUTO takes the widest
 * that the machine has; plain is the compiler's default and runs everywhere. OpenBLAS chooses its
 * own. */
enum pleat_instructions {
    PLEAT_INSTRUCTIONS_AUTO,
    PLEAT_INSTRUCTIONS_PLAIN,
    PLEAT_INSTRUCTIONS_AVX2,
    PLEAT_INSTRUCTIONS_AVX512
};

/* Returns "auto", "plain", "avx2", "avx512", or "unknown" for no instruction set. */
PLEAT_API const char *pleat_instructions_name(enum pleat_instructions instructions);

/* How a plan is to be executed. Start from pleat_plan_options_init. */
struct pleat_plan_options {
    enum pleat_dtype dtype;   /* of every tensor */
    int threads;              /* the most threads an execution takes; 0: as many as OpenMP offers
                               when the plan is made, at most PLEAT_MAX_THREADS */
    enum pleat_method method; /* of every product; refused where it does not compute them */
    enum pleat_instructions instructions; /* refused where the machine or the build lacks them */
    bool exact; /* every product a sum of the products of its formula, with no transformed numbers:
                   not PLEAT_METHOD_WINOGRAD where it transforms, whose errors are then relative to
                   the largest sum of |terms| of a result and not to each element's own */
};

/* Returns float32 and the rest 0: every choice left to the plan. */
PLEAT_API struct pleat_plan_options pleat_plan_options_init(void);

/* An operator made ready for one geometry. Opaque and immutable: any number of threads may execute
 * one plan at the same time, each with scratch of its own. It does not depend on the batch. */
struct pleat_plan;

/* Makes a plan of the operator for inputs of spatial extents in_extent[params->rank], and
 * overwrites *plan with it; freed by pleat_plan_free. options may be NULL
 * (pleat_plan_options_init). params and options are copied. Cost: some microseconds; milliseconds for
 * some small planes, whose terms are listed. Thread-safe.
 *
 * PLEAT_INVALID_ARGUMENT: plan, params or in_extent NULL, an unknown operator or dtype, threads
 * outside 0..PLEAT_MAX_THREADS, an unknown method or one that does not compute this geometry,
 * PLEAT_METHOD_WINOGRAD with exact where it transforms, an instruction set that is not there, an
 * extent below 1, a field of params outside its range (the detail names it, such as "stride_h").
 * PLEAT_INVALID_SHAPE: groups that do not divide the channels, an output below 1 pixel.
 * PLEAT_SIZE_OVERFLOW: a size beyond what memory or the BLAS's integer can count.
 * PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_plan_create(struct pleat_plan **plan, enum pleat_operator op,
                  const struct pleat_conv_params *params, const int64_t *in_extent,
                  const struct pleat_plan_options *options, struct pleat_error *error);

/* Frees a plan; NULL is allowed. */
PLEAT_API void pleat_plan_free(struct pleat_plan *plan);

/* Overwrites extent with the extents of the plan's input, output or weight, for a batch of that
 * many images where there is one, and returns their number, rank + 2. The bias has one,
 * out_channels. plan must not be NULL. */
PLEAT_API int pleat_plan_input_extent(const struct pleat_plan *plan, int64_t batch,
                                      int64_t extent[PLEAT_MAX_RANK]);
PLEAT_API int pleat_plan_output_extent(const struct pleat_plan *plan, int64_t batch,
                                       int64_t extent[PLEAT_MAX_RANK]);
PLEAT_API int pleat_plan_weight_extent(const struct pleat_plan *plan,
                                       int64_t extent[PLEAT_MAX_RANK]);

/* What a plan executes. PLEAT_BACKWARD is both gradients at once; the two behind it are those of the
 * input and of the weight alone. */
enum pleat_pass { PLEAT_FORWARD, PLEAT_BACKWARD, PLEAT_BACKWARD_INPUT, PLEAT_BACKWARD_FILTER };

/* Returns "forward", "backward", "backward_input", "backward_filter", or "unknown" for no pass. */
PLEAT_API const char *pleat_pass_name(enum pleat_pass pass);

/* Returns the bytes of scratch with which a pass runs at full speed, for any batch. What
 * PLEAT_BACKWARD needs is enough for any subset of the gradients; the bias's alone needs no more
 * than the weight's. The minimum is stored in *minimum unless it is NULL: anything between the two
 * is taken too, with fewer threads and the same bits. plan must not be NULL. */
PLEAT_API size_t pleat_plan_scratch_size(const struct pleat_plan *plan, enum pleat_pass pass,
                                         size_t *minimum);

/* What is expected to decide the time of a product: its arithmetic, or reading and writing its
 * tensors. */
enum pleat_bound { PLEAT_BOUND_ARITHMETIC, PLEAT_BOUND_MEMORY };

/* Returns "arithmetic", "memory", or "unknown" for no bound. */
PLEAT_API const char *pleat_bound_name(enum pleat_bound bound);

/* The floating-point operations that a machine does in the time in which its memory moves one
 * element, at which pleat_plan_describe divides: 206 GFLOP/s (float, two cores) over 37 GB/s of 4
 * bytes an element, measured. double halves both. */
#define PLEAT_MACHINE_BALANCE 22

/* The room of a description's text, with its end. */
#define PLEAT_TILES_SIZE 128

/* How one product of a pass is computed; all numbers are of one image. */
struct pleat_product_description {
    enum pleat_pass pass; /* PLEAT_FORWARD, PLEAT_BACKWARD_INPUT or PLEAT_BACKWARD_FILTER */
    enum pleat_method method;
    int64_t least_batch;          /* the images from which on method computes it; 0: any number */
    enum pleat_method fewer;      /* and the method for fewer; as method where least_batch is 0 */
    char tiles[PLEAT_TILES_SIZE]; /* how the method cuts it, in words */
    double formula_flops;         /* 2 x the multiply-adds of the formula: 2 IC (OC/G) prod(K)
                                     prod(coarse extents) */
    double flops;                 /* as the method computes it */
    double bytes;                 /* of input, weight and output (or their gradients), each once */
    enum pleat_bound bound;       /* memory: flops an element below PLEAT_MACHINE_BALANCE */
};

/* How a plan executes a pass. */
struct pleat_plan_description {
    enum pleat_instructions instructions;
    int threads;          /* the most it takes */
    size_t scratch_bytes; /* for full speed */
    size_t minimum_bytes; /* the least that is taken */
    size_t packed_bytes;  /* PLEAT_FORWARD: what a packed weight takes; otherwise 0 */
    int products;         /* 1, or 2 of PLEAT_BACKWARD: the input's gradient, then the weight's */
    struct pleat_product_description product[2];
};

/* Overwrites *description with how the plan executes a pass.
 *
 * PLEAT_INVALID_ARGUMENT: plan or description NULL, an unknown pass. Cost: some microseconds.
 * Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_plan_describe(const struct pleat_plan *plan, enum pleat_pass pass,
                    struct pleat_plan_description *description, struct pleat_error *error);

/* Computes output = operator(input, weight) + bias.
 *
 * input, weight [in]; bias [in] b[OC], or NULL for none; output [out], overwritten whole, whatever
 * it held. Their extents are those of pleat_plan_*_extent with one batch N >= 0, their type the
 * plan's. scratch: scratch_bytes of memory of any alignment, contents undefined before and after.
 * No two of input, weight, bias, output and scratch may overlap in memory, except inputs with
 * inputs.
 *
 * The same bits for any number of threads, any split of the batch and any scratch_bytes; where the
 * plan computes fewer than least_batch images by another method (pleat_plan_describe), for any split
 * into parts that are all below least_batch or all not.
 * Cost: N IC (OC/G) prod(K) prod(coarse extents) multiply-adds, coarse being the input of
 * conv_transpose and the output of conv. Thread-safe with distinct outputs and scratch.
 *
 * PLEAT_INVALID_ARGUMENT: plan or a needed tensor NULL, data NULL in a tensor that is not empty.
 * PLEAT_INVALID_SHAPE: extents that do not fit, a batch below 0. PLEAT_SIZE_OVERFLOW: a batch
 * whose bytes cannot be counted. PLEAT_TYPE_MISMATCH: a type that is not the plan's.
 * PLEAT_SCRATCH_TOO_SMALL: scratch NULL, or scratch_bytes below the minimum. On an error nothing
 * was written. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_plan_forward(const struct pleat_plan *plan, const struct pleat_tensor *input,
                   const struct pleat_tensor *weight, const struct pleat_tensor *bias,
                   const struct pleat_tensor *output, void *scratch, size_t scratch_bytes,
                   struct pleat_error *error);

/* A weight made ready for the forward pass, for inference, where many inputs meet the same weight:
 * what pleat_plan_forward rearranges or transforms at each call is done once (Winograd, direct, and
 * tiles in three dimensions; the other methods read a plain copy). Opaque and immutable:
 * any number of threads may use it at the same time. It holds a copy: neither the weight nor the
 * plan need outlive it, and later changes of the weight do not reach it. */
struct pleat_packed_weight;

/* Packs weight [in] w of pleat_plan_weight_extent for the forward pass of this plan, and of every
 * plan made alike, whose number of threads alone may differ; overwrites *packed, freed by
 * pleat_packed_weight_free. Memory: packed_bytes of pleat_plan_describe, up to a few times the
 * weight's own; and while it packs, no more than the scratch of a pass. Cost: reading and
 * transforming the weight, some milliseconds for the largest.
 *
 * PLEAT_INVALID_ARGUMENT: packed, plan, weight or its data NULL. PLEAT_INVALID_SHAPE,
 * PLEAT_TYPE_MISMATCH as pleat_plan_forward. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_packed_weight_create(struct pleat_packed_weight **packed, const struct pleat_plan *plan,
                           const struct pleat_tensor *weight, struct pleat_error *error);

/* Frees a packed weight; NULL is allowed. */
PLEAT_API void pleat_packed_weight_free(struct pleat_packed_weight *packed);

/* Computes what pleat_plan_forward computes, to the same bits, with a weight that was packed for
 * this plan or one made alike. Tensors, scratch, statuses and thread-safety are the same, and
 * PLEAT_INVALID_ARGUMENT: weight NULL, or packed for a plan of another type, operator, geometry,
 * method or instruction set. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_plan_forward_packed(const struct pleat_plan *plan, const struct pleat_tensor *input,
                          const struct pleat_packed_weight *weight, const struct pleat_tensor *bias,
                          const struct pleat_tensor *output, void *scratch, size_t scratch_bytes,
                          struct pleat_error *error);

/* The functions that a forward pass can apply to its results as it stores them. */
enum pleat_function {
    PLEAT_FUNCTION_NONE,       /* x */
    PLEAT_FUNCTION_RELU,       /* max(x, 0); NaN stays */
    PLEAT_FUNCTION_LEAKY_RELU, /* x where x > 0, slope x elsewhere */
    PLEAT_FUNCTION_PRELU       /* x where x > 0, slopes[oc] x elsewhere */
};

/* A function with what it depends on. */
struct pleat_activation {
    enum pleat_function function;
    double slope;                      /* of PLEAT_FUNCTION_LEAKY_RELU: finite */
    const struct pleat_tensor *slopes; /* of PLEAT_FUNCTION_PRELU: [in] a[OC], of the plan's type */
};

/* Computes output = f(operator(input, weight) + bias), the function f applied before a result leaves
 * the caches: a pass over the output is saved, and the bits are those of pleat_plan_forward followed
 * by f. The weight is given as it is or packed: one of weight and packed is NULL. activation may be
 * NULL for none. Tensors, scratch, statuses and thread-safety are those of pleat_plan_forward and
 * pleat_plan_forward_packed, slopes being an input like the bias, and PLEAT_INVALID_ARGUMENT: both
 * or neither of weight and packed, an unknown function, a slope that is not finite. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_plan_forward_activated(
    const struct pleat_plan *plan, const struct pleat_tensor *input,
    const struct pleat_tensor *weight, const struct pleat_packed_weight *packed,
    const struct pleat_tensor *bias, const struct pleat_activation *activation,
    const struct pleat_tensor *output, void *scratch, size_t scratch_bytes,
    struct pleat_error *error);

/* Computes any subset of the gradients of a scalar L, given grad_output = dL/dy:
 *
 *     grad_input  = dL/dx   overwritten: the adjoint operator applied to grad_output
 *     grad_weight += dL/dw  added to: sum over n and pixels of x times the shifted dL/dy
 *                           (conv: of dL/dy times the shifted x)
 *     grad_bias   += dL/db  added to: sum of grad_output over n and pixels
 *
 * grad_output [in] as output in forward; input [in] may be NULL where grad_weight is, weight [in]
 * may be NULL where grad_input is. Each gradient is NULL where it is not wanted, and otherwise has
 * the extents of what it is the gradient of. Overlap, scratch, statuses and thread-safety as
 * pleat_plan_forward; same bits for any number of threads and scratch_bytes (grad_input for any
 * split of the batch too, as the output of pleat_plan_forward). Cost: as forward, for each of
 * grad_input and grad_weight; both at once unfold grad_output only once where pleat_plan_describe
 * says so. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_plan_backward(const struct pleat_plan *plan, const struct pleat_tensor *input,
                    const struct pleat_tensor *weight, const struct pleat_tensor *grad_output,
                    const struct pleat_tensor *grad_input, const struct pleat_tensor *grad_weight,
                    const struct pleat_tensor *grad_bias, void *scratch, size_t scratch_bytes,
                    struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
