/* A model: layers that name their inputs, compiled for an image size, then trained or applied.
 *
 *     create, add_input, add_... one per layer     the graph; parameters exist from here on
 *                                                  (more layers: layers.h)
 *     pleat_model_initialise, or load them         filters begin as zeros, which do not learn
 *     compile                                      shapes checked, all memory laid out
 *     zero_grad, forward, backward                 as often as wanted; nothing is allocated
 *
 * Activations are dense, batch first, then channels, then the spatial axes. Parameters have
 * PyTorch's layout and names ("up.weight", "up.bias"). Between forward and backward stands a loss
 * (loss.h), after backward an optimizer (optimizer.h).
 *
 * One model must not be used by two threads at once; different models may. The bits of every
 * result are the same for any number of threads. */
#ifndef PLEAT_MODEL_H
#define PLEAT_MODEL_H

#include <stdint.h>

#include <pleat/conv.h>
#include <pleat/export.h>
#include <pleat/initialise.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes in a layer's name, its closing 0 not counted. */
#define PLEAT_MAX_NAME 95

/* The most inputs of a layer, and of a model, and the most outputs of a model. */
#define PLEAT_MAX_INPUTS 8
#define PLEAT_MAX_OUTPUTS 8

struct pleat_model;

/* Makes an empty model whose activations, parameters and gradients are all of that type, and
 * overwrites *model with it; freed by pleat_model_free. The type never changes: to go over to
 * another, build the same graph with it and copy the parameters.
 *
 * PLEAT_INVALID_ARGUMENT: model NULL, no such dtype. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_create(struct pleat_model **model, enum pleat_dtype dtype, struct pleat_error *error);

/* Frees a model and all that it handed out views of; NULL is allowed. */
PLEAT_API void pleat_model_free(struct pleat_model *model);

/* Adding layers. Each has a name of its own, 1 to PLEAT_MAX_NAME bytes, and reads the output of
 * `input`, the name of a layer added before. Several layers may read one. The layer added last is
 * the model's output unless others are marked; every layer that is none must be read by some layer.
 * After a compile no layer can be added.
 *
 * All of them: PLEAT_INVALID_ARGUMENT: a pointer NULL, a name that is empty, too long or taken, an
 * input that no layer has, a parameter outside its range. PLEAT_INVALID_SHAPE: channels or a rank
 * that are not the input's, groups that do not divide the channels. PLEAT_SIZE_OVERFLOW,
 * PLEAT_OUT_OF_MEMORY. PLEAT_WRONG_STATE: the model has been compiled. On an error the model is as
 * it was. */

/* Adds an input of the model: images of so many channels (at least 1) with rank (0 to 3) spatial
 * axes, whose extents compile is told; rank 0 is a vector. PLEAT_UNSUPPORTED: more than
 * PLEAT_MAX_INPUTS. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_input(struct pleat_model *model,
                                                                  const char *name,
                                                                  int64_t channels, int rank,
                                                                  struct pleat_error *error);

/* Adds a convolution, or a transposed convolution, as conv.h defines it. Its parameters are
 * "NAME.weight" and, where bias is not 0, "NAME.bias". Both begin as zeros: initialise them before
 * training. params is copied. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_conv(struct pleat_model *model, const char *name, const char *input,
                     const struct pleat_conv_params *params, int bias, struct pleat_error *error);
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_conv_transpose(struct pleat_model *model, const char *name, const char *input,
                               const struct pleat_conv_params *params, int bias,
                               struct pleat_error *error);

/* Adds y = max(x, 0). The derivative at 0 is 0. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_relu(struct pleat_model *model,
                                                                 const char *name,
                                                                 const char *input,
                                                                 struct pleat_error *error);

/* Adds y = x where x > 0 and slope x elsewhere (Maas, Hannun and Ng, "Rectifier nonlinearities
 * improve neural network acoustic models", 2013); the derivative at 0 is slope. slope is finite
 * and at least 0 (the sign of y then tells the sign of x, and x need not be kept). */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_leaky_relu(struct pleat_model *model, const char *name, const char *input,
                           double slope, struct pleat_error *error);

/* Adds y = x where x > 0 and weight[c] x elsewhere, with one learned slope a channel,
 * "NAME.weight", which begins as 0.25 (He et al., "Delving deep into rectifiers", 2015; PyTorch's
 * PReLU with num_parameters = channels). The derivative at 0 is weight[c]. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_prelu(struct pleat_model *model,
                                                                  const char *name,
                                                                  const char *input,
                                                                  struct pleat_error *error);

/* Adds y = 1 / (1 + exp(-x)). */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_sigmoid(struct pleat_model *model,
                                                                    const char *name,
                                                                    const char *input,
                                                                    struct pleat_error *error);

/* Adds y = tanh(x). */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_add_tanh(struct pleat_model *model,
                                                                 const char *name,
                                                                 const char *input,
                                                                 struct pleat_error *error);

/* Adds a layer that does to `input` what the earlier layer `original` does, with the same
 * parameters: they exist once, under the name of the original, and each backward adds to their
 * gradients what every layer that has them computes. States (below) are shared as well and are
 * brought up to date by each, in the order of adding.
 *
 * PLEAT_INVALID_ARGUMENT also: original NULL, no layer, or one that reads no or several others.
 * PLEAT_INVALID_SHAPE: input has not the channels and rank of the original's. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_add_shared(struct pleat_model *model, const char *name, const char *input,
                       const char *original, struct pleat_error *error);

/* Makes the layer of that name an output of the model; other layers may read it too. The outputs
 * are numbered from 0 in the order of marking. As soon as one is marked the last layer is one only
 * if it is marked.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no such layer, an input, an output already.
 * PLEAT_UNSUPPORTED: more than PLEAT_MAX_OUTPUTS. PLEAT_WRONG_STATE: the model has been compiled. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_mark_output(struct pleat_model *model, const char *name, struct pleat_error *error);

/* Return the number of inputs, which are numbered from 0 in the order of adding, and of outputs;
 * 0 where model is NULL. */
PLEAT_API int pleat_model_input_count(const struct pleat_model *model);
PLEAT_API int pleat_model_output_count(const struct pleat_model *model);

/* Return the number of the input, or of the output, that the layer of that name is, or -1. */
PLEAT_API int pleat_model_find_input(const struct pleat_model *model, const char *name);
PLEAT_API int pleat_model_find_output(const struct pleat_model *model, const char *name);

/* Returns the number of spatial axes of the input of that number, and stores its channels; -1, and 0
 * channels, where there is no such. channels must not be NULL. */
PLEAT_API int pleat_model_input_shape(const struct pleat_model *model, int index,
                                      int64_t *channels);

/* One of a model's parameters, as pleat_model_parameter tells it. */
struct pleat_parameter {
    const char *name;          /* "up.weight" */
    const char *layer;         /* "up" */
    struct pleat_tensor value; /* yours to read, and to write but between forward and backward */
    struct pleat_tensor grad;  /* the same extents; data NULL before a compile for training */
    double rate; /* factor on the optimizer's learning rate; 1 at first; a copy: change it by
                                  pleat_model_set_rate */
    struct pleat_initialiser init; /* how pleat_model_initialise begins it; a copy too */
};

/* Returns the model's type. model must not be NULL. */
PLEAT_API enum pleat_dtype pleat_model_dtype(const struct pleat_model *model);

/* Returns the number of parameters (tensors, not elements); 0 where model is NULL. */
PLEAT_API int pleat_model_parameter_count(const struct pleat_model *model);

/* Returns parameter `index`, in the order in which the layers were added, weight before bias; one
 * of NULLs and zeros where there is no such. The views hold until a layer is added or the model is
 * freed; compiling again moves neither values nor gradients. All values lie in one block of
 * memory, all gradients in another. */
PLEAT_API struct pleat_parameter pleat_model_parameter(const struct pleat_model *model, int index);

/* Returns the index of the parameter of that name, or -1. */
PLEAT_API int pleat_model_find_parameter(const struct pleat_model *model, const char *name);

/* Sets the factor on the learning rate of parameter `index`: finite and at least 0; 0 freezes it:
 * its gradient is still computed, but an optimizer leaves its value, and its own state for it, as
 * they are. PLEAT_INVALID_ARGUMENT: anything else. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_set_rate(struct pleat_model *model, int index, double rate, struct pleat_error *error);

/* Sets how pleat_model_initialise begins parameter `index`. Where this is not called, weights of
 * conv, conv_transpose and dense are PLEAT_INITIALISER_HE without a number, and all others begin as
 * their layers say: biases as 0, factors of batch normalisation as 1, slopes as 0.25.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no such parameter, a kind that is none or not for this
 * parameter, another count of numbers, numbers that the initialiser refuses. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_set_initialiser(struct pleat_model *model, int index,
                            const struct pleat_initialiser *init, struct pleat_error *error);

/* Overwrites all parameters by their initialisers, and all states by what they begin as. What a
 * parameter draws follows from the seed, its name and its extents alone: not from its place, the
 * other layers or the type.
 *
 * The slope of HE and ICNR where no number tells it is that of the activation that follows: 0 of
 * ReLU, its slope of leaky ReLU, 0.25 of PReLU, 1 of sigmoid, tanh and where none follows. Looked at
 * are the readers in the order of adding and theirs, through batch normalisation, concatenate,
 * dropout, max pooling, pad, pixel shuffle, reshape, sum and up-sampling.
 *
 * PLEAT_INVALID_ARGUMENT: model NULL. PLEAT_OUT_OF_MEMORY. On an error nothing has changed. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_initialise(struct pleat_model *model, uint64_t seed, struct pleat_error *error);

/* A tensor that belongs to a layer but is no parameter: forward in training changes it, inference
 * reads it, optimizers leave it alone, and checkpoints hold it as they hold parameters. */
struct pleat_state {
    const char *name;          /* "norm.running_mean" */
    const char *layer;         /* "norm" */
    struct pleat_tensor value; /* yours to read, and to write between calls; it never moves */
};

/* Returns the number of states (tensors, not elements); 0 where model is NULL. */
PLEAT_API int pleat_model_state_count(const struct pleat_model *model);

/* Returns state `index`, in the order in which the layers were added; one of NULLs and zeros where
 * there is no such. */
PLEAT_API struct pleat_state pleat_model_state(const struct pleat_model *model, int index);

/* Returns the index of the state of that name, or -1. */
PLEAT_API int pleat_model_find_state(const struct pleat_model *model, const char *name);

/* What a model does is chosen when it is compiled, and the few layers that behave differently
 * (batch normalisation, dropout) follow. */
enum pleat_mode {
    PLEAT_TRAINING, /* forward keeps what backward needs */
    PLEAT_INFERENCE /* forward alone; activations share memory as soon as they are not needed */
};

/* What to compile a model for. Start from pleat_compile_options_init. */
struct pleat_compile_options {
    enum pleat_mode mode;
    int64_t batch;                  /* the most images in a forward; at least 1 */
    int64_t extent[PLEAT_MAX_AXES]; /* spatial extents of the inputs, the first rank entries */
    int threads;                    /* 0..PLEAT_MAX_THREADS; 0: as many as OpenMP offers now */
    int input_gradient;             /* 1: backward computes the gradients of the inputs too */
    int freeze;                     /* 1: parameters and states are read now; see below */
    /* NULL, or the extents of each input by its number, in place of extent; read by compile alone */
    const int64_t (*input_extent)[PLEAT_MAX_AXES];
};

/* Returns training, batch 1, extents 0 (set them), threads 0, no gradients of the inputs, nothing
 * frozen. */
PLEAT_API struct pleat_compile_options pleat_compile_options_init(void);

/* In inference a layer that only passes its input on (dropout) costs nothing, and ReLU, leaky ReLU and
 * PReLU are applied by the convolution that they alone read, if that is no output, with the same bits.
 *
 * With freeze, which inference alone takes, the parameters and states are read by compile: later
 * changes have no effect until the next one, and the model's own stay as they are. Batch
 * normalisation is folded into the convolution, transposed convolution or dense layer that it alone
 * reads, in double; the outputs are those without freeze within rounding. Weights of convolutions are
 * packed (pleat_packed_weight). The copies take the memory that pleat_model_memory calls frozen. */

/* Makes the model ready for inputs of these extents: infers and checks every shape, makes the
 * plans, lays out all memory in one block each for gradients, activations and scratch. May be
 * called again for another size, batch or mode; parameters, gradients and optimizers stay as they
 * are. Every view but those of parameters, and what forward left for backward, ends with it.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an option outside its range, a layer that none reads and
 * that is no output, no layer but inputs. PLEAT_INVALID_SHAPE: an input too small for some layer (the
 * detail names it). PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY. On an error the model is as it
 * was, still compiled if it was. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_compile(struct pleat_model *model, const struct pleat_compile_options *options,
                    struct pleat_error *error);

/* Sets all gradients of parameters to 0; nothing happens where there are none. */
PLEAT_API void pleat_model_zero_grad(struct pleat_model *model);

/* Computes the outputs of a model with one input for input[N][channels][extents...], 0 <= N <= the
 * compiled batch. input is read in place, and again by backward: in training it must stay as it is
 * until then. Overwrites the views of the outputs.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, a model with several inputs. PLEAT_INVALID_SHAPE, PLEAT_TYPE_MISMATCH: input is
 * not what the model was compiled for. PLEAT_WRONG_STATE: not compiled. On an error nothing was
 * written. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_model_forward(struct pleat_model *model,
                                                                const struct pleat_tensor *input,
                                                                struct pleat_error *error);

/* The same for inputs[count], as many as the model has, by their numbers, of one N each.
 * PLEAT_INVALID_ARGUMENT also: another count. PLEAT_INVALID_SHAPE also: batches that differ. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_forward_all(struct pleat_model *model, int count, const struct pleat_tensor *inputs,
                        struct pleat_error *error);

/* Returns the (first) output of the last forward, for reading; it holds until the next forward or
 * compile. Between compile and forward: zeros, with the compiled batch, so that its extents can be
 * asked for. NULL where the model is not compiled. */
PLEAT_API const struct pleat_tensor *pleat_model_output(const struct pleat_model *model);

/* The same for the output of that number; NULL also where there is no such. */
PLEAT_API const struct pleat_tensor *pleat_model_output_at(const struct pleat_model *model,
                                                           int index);

/* Computes the gradients of a scalar L from grad_output = dL/d(output), which has the extents of
 * pleat_model_output, in a model with one output: every parameter's grad += dL/d(parameter), in an
 * order of summation that is fixed. Uses up what the last forward left: one backward a forward.
 *
 * Statuses as pleat_model_forward; PLEAT_INVALID_ARGUMENT: also where grad_output lies in the
 * output's memory, which backward reads; PLEAT_WRONG_STATE: also where the model is compiled for
 * inference, or no forward came before. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_backward(struct pleat_model *model, const struct pleat_tensor *grad_output,
                     struct pleat_error *error);

/* The same for grad_outputs[count], one for each output by its number: L may be a sum of losses,
 * one an output. PLEAT_INVALID_ARGUMENT also: another count. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_model_backward_all(struct pleat_model *model, int count,
                         const struct pleat_tensor *grad_outputs, struct pleat_error *error);

/* Returns dL/d(input) of the last backward for the (first) input, with its extents; it holds until
 * the next forward or compile. NULL where input_gradient was not asked for. */
PLEAT_API const struct pleat_tensor *pleat_model_input_gradient(const struct pleat_model *model);

/* The same for the input of that number; NULL also where there is no such. */
PLEAT_API const struct pleat_tensor *pleat_model_input_gradient_at(const struct pleat_model *model,
                                                                   int index);

#ifdef __cplusplus
}
#endif

#endif
