/* Optimizers: what a step makes of a parameter and its gradient, as pure functions on flat arrays
 * and as an object over all parameters of a model. */
#ifndef PLEAT_OPTIMIZER_H
#define PLEAT_OPTIMIZER_H

#include <stdint.h>

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>
#include <pleat/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stochastic gradient descent. Start from pleat_sgd_options_init. */
struct pleat_sgd_options {
    double rate;         /* the learning rate, at least 0 */
    double momentum;     /* mu, at least 0 and below 1 */
    double weight_decay; /* lambda, at least 0 */
    int nesterov;        /* not 0: Nesterov's momentum; momentum must then be above 0 */
};

/* Returns that rate and momentum, no weight decay, not Nesterov's. */
PLEAT_API struct pleat_sgd_options pleat_sgd_options_init(double rate, double momentum);

/* Takes one step of gradient descent with momentum (Polyak, "Some methods of speeding up the
 * convergence of iteration methods", 1964; in the form of PyTorch's SGD with dampening 0):
 *
 *     g        = grad + lambda value
 *     velocity = mu velocity + g
 *     value    = value - rate velocity
 *
 * Nesterov's momentum ("A method of solving a convex programming problem with convergence rate
 * O(1/k^2)", 1983; in the form of Sutskever et al., "On the importance of initialization and
 * momentum in deep learning", 2013, and PyTorch) looks one step ahead: the last line is then
 *
 *     value    = value - rate (g + mu velocity)
 *
 * value, velocity [in,out], grad [in]: the same type and number of elements, no two overlapping;
 * velocity is 0 before the first step.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an option outside its range. PLEAT_INVALID_SHAPE: the
 * extents differ. PLEAT_TYPE_MISMATCH. On an error nothing was written. Thread-safe. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_sgd_update(const struct pleat_sgd_options *options, const struct pleat_tensor *value,
                 const struct pleat_tensor *grad, const struct pleat_tensor *velocity,
                 struct pleat_error *error);

/* Adam. Start from pleat_adam_options_init. */
struct pleat_adam_options {
    double rate;         /* the learning rate, at least 0 */
    double beta1, beta2; /* at least 0 and below 1 */
    double epsilon;      /* at least 0 */
    double weight_decay; /* lambda, at least 0 */
    int decoupled;       /* not 0: AdamW, whose decay does not pass through the moments */
};

/* Returns that rate, beta1 0.9, beta2 0.999, epsilon 1e-8, no weight decay. */
PLEAT_API struct pleat_adam_options pleat_adam_options_init(double rate);

/* Returns the same for AdamW, with PyTorch's weight decay of 0.01. */
PLEAT_API struct pleat_adam_options pleat_adamw_options_init(double rate);

/* Takes step number `step` (the first is 1) of Adam (Kingma and Ba, "Adam: a method for stochastic
 * optimization", 2015, algorithm 1; PyTorch's Adam, with epsilon outside the square root):
 *
 *     g      = grad + lambda value
 *     first  = beta1 first + (1 - beta1) g
 *     second = beta2 second + (1 - beta2) g^2
 *     value  = value - rate (first / (1 - beta1^step)) /
 *                      (sqrt(second / (1 - beta2^step)) + epsilon)
 *
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019; PyTorch's AdamW)
 * leaves the decay out of g and shrinks value by it first: value = (1 - rate lambda) value.
 *
 * value, first, second [in,out], grad [in]; first and second are 0 before the first step. Tensors,
 * statuses and thread-safety as pleat_sgd_update; PLEAT_INVALID_ARGUMENT also where step is below
 * 1. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_adam_update(const struct pleat_adam_options *options, int64_t step,
                  const struct pleat_tensor *value, const struct pleat_tensor *grad,
                  const struct pleat_tensor *first, const struct pleat_tensor *second,
                  struct pleat_error *error);

/* An optimizer over all parameters of a model. It refers to the model: free it first. */
struct pleat_optimizer;

/* Makes an optimizer with its state, all zeros, and overwrites *optimizer with it; freed by
 * pleat_optimizer_free. options is copied. The model must have been compiled for training once;
 * compiling it again, for any size or mode, does not disturb the optimizer.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, an option outside its range. PLEAT_WRONG_STATE: the model
 * has no gradients yet. PLEAT_SIZE_OVERFLOW, PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_optimizer_create_sgd(struct pleat_optimizer **optimizer, struct pleat_model *model,
                           const struct pleat_sgd_options *options, struct pleat_error *error);
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_optimizer_create_adam(struct pleat_optimizer **optimizer, struct pleat_model *model,
                            const struct pleat_adam_options *options, struct pleat_error *error);

/* Frees an optimizer; NULL is allowed. */
PLEAT_API void pleat_optimizer_free(struct pleat_optimizer *optimizer);

/* Takes one step: updates every parameter of the model from its gradient, by the formula of its
 * kind, with the learning rate times the parameter's own factor (pleat_model_set_rate). Where
 * the factor is 0, value and state (velocity, moments) stand still, whatever the gradient holds;
 * the steps are counted all the same. Gradients are left alone. Nothing happens where optimizer is
 * NULL. The same bits for any number of threads. */
PLEAT_API void pleat_optimizer_step(struct pleat_optimizer *optimizer);

/* Returns the model whose parameters the optimizer changes; NULL where optimizer is NULL. */
PLEAT_API const struct pleat_model *pleat_optimizer_model(const struct pleat_optimizer *optimizer);

/* Returns the number of steps taken, which stays at INT64_MAX once there; 0 where optimizer is NULL. */
PLEAT_API int64_t pleat_optimizer_steps(const struct pleat_optimizer *optimizer);

/* Returns the learning rate; 0 where optimizer is NULL. */
PLEAT_API double pleat_optimizer_rate(const struct pleat_optimizer *optimizer);

/* Sets the learning rate of the steps to come, at least 0 and finite: schedule.h computes one. The
 * rate is no part of the state: who restores a state sets it as well. PLEAT_INVALID_ARGUMENT: anything else, or optimizer NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_optimizer_set_rate(struct pleat_optimizer *optimizer, double rate, struct pleat_error *error);

/* What an optimizer remembers of the steps taken is their number and, for each parameter, the
 * tensors that its update changes. An optimizer of the same options that gets both, over a model
 * that gets the parameters, goes on with the same bits (checkpoint.h does it for files). */

/* One tensor of an optimizer's state. */
struct pleat_optimizer_state {
    const char *name;          /* "velocity" of SGD; "first" or "second" of Adam and AdamW */
    const char *parameter;     /* "up.weight", the parameter that it belongs to */
    struct pleat_tensor value; /* the parameter's extents; yours to read, and to write between
                                  steps */
};

/* Returns the number of tensors in the state; 0 where optimizer is NULL. */
PLEAT_API int pleat_optimizer_state_count(const struct pleat_optimizer *optimizer);

/* Returns tensor `index` of the state, in the order of the model's parameters, "first" before
 * "second"; one of NULLs and zeros where there is no such. The view holds until the optimizer is
 * freed. */
PLEAT_API struct pleat_optimizer_state
pleat_optimizer_state_at(const struct pleat_optimizer *optimizer, int index);

/* Sets the number of steps taken, on which Adam's correction of its moments depends; at least 0.
 * PLEAT_INVALID_ARGUMENT: anything else, or optimizer NULL. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_optimizer_set_steps(struct pleat_optimizer *optimizer, int64_t steps,
                          struct pleat_error *error);

#ifdef __cplusplus
}
#endif

#endif
