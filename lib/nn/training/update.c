/* The updates of SGD, Adam and AdamW on views, and what their options may be. */
#include "nn/training/update.h"

#include <math.h>
#include <stddef.h>

#include "base/elements.h"
#include "base/error.h"
#include "nn/kernels/kernels.h"

struct pleat_sgd_options pleat_sgd_options_init(double rate, double momentum) {
    return (struct pleat_sgd_options){.rate = rate, .momentum = momentum};
}

struct pleat_adam_options pleat_adam_options_init(double rate) {
    return (struct pleat_adam_options){.rate = rate, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
}

struct pleat_adam_options pleat_adamw_options_init(double rate) {
    struct pleat_adam_options options = pleat_adam_options_init(rate);
    options.weight_decay = 0.01;
    options.decoupled = 1;
    return options;
}

enum pleat_status pleat__check_not_negative(double number, const char *name,
                                            struct pleat_error *error) {
    if (isfinite(number) && number >= 0)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must be finite and at least 0, got %g",
                       name, number);
}

static enum pleat_status check_below_1(double number, const char *name, struct pleat_error *error) {
    if (number >= 0 && number < 1)
        return PLEAT_OK;
    return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must be at least 0 and below 1, got %g",
                       name, number);
}

enum pleat_status pleat__sgd_check(const struct pleat_sgd_options *options,
                                   struct pleat_error *error) {
    PLEAT__REQUIRE(options, error);
    PLEAT__TRY(pleat__check_not_negative(options->rate, "rate", error));
    PLEAT__TRY(check_below_1(options->momentum, "momentum", error));
    if (options->nesterov != 0 && options->momentum == 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT,
                           "momentum must be above 0 where nesterov is set");
    return pleat__check_not_negative(options->weight_decay, "weight_decay", error);
}

enum pleat_status pleat__adam_check(const struct pleat_adam_options *options,
                                    struct pleat_error *error) {
    PLEAT__REQUIRE(options, error);
    PLEAT__TRY(pleat__check_not_negative(options->rate, "rate", error));
    PLEAT__TRY(check_below_1(options->beta1, "beta1", error));
    PLEAT__TRY(check_below_1(options->beta2, "beta2", error));
    PLEAT__TRY(pleat__check_not_negative(options->epsilon, "epsilon", error));
    return pleat__check_not_negative(options->weight_decay, "weight_decay", error);
}

enum pleat_status pleat_sgd_update(const struct pleat_sgd_options *options,
                                   const struct pleat_tensor *value,
                                   const struct pleat_tensor *grad,
                                   const struct pleat_tensor *velocity, struct pleat_error *error) {
    PLEAT__TRY(pleat__sgd_check(options, error));
    PLEAT__TRY(pleat__tensor_require(value, "value", error));
    PLEAT__TRY(pleat__tensor_like(grad, "grad", value, "value", error));
    PLEAT__TRY(pleat__tensor_like(velocity, "velocity", value, "value", error));
    pleat__kernels(value->dtype)
        ->sgd(options, 1, pleat_tensor_size(value), value->data, grad->data, velocity->data, 1);
    return PLEAT_OK;
}

enum pleat_status pleat_adam_update(const struct pleat_adam_options *options, int64_t step,
                                    const struct pleat_tensor *value,
                                    const struct pleat_tensor *grad,
                                    const struct pleat_tensor *first,
                                    const struct pleat_tensor *second, struct pleat_error *error) {
    PLEAT__TRY(pleat__adam_check(options, error));
    if (step < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "step must be at least 1, got %lld",
                           (long long)step);
    PLEAT__TRY(pleat__tensor_require(value, "value", error));
    PLEAT__TRY(pleat__tensor_like(grad, "grad", value, "value", error));
    PLEAT__TRY(pleat__tensor_like(first, "first", value, "value", error));
    PLEAT__TRY(pleat__tensor_like(second, "second", value, "value", error));
    pleat__kernels(value->dtype)
        ->adam(options, 1, step, pleat_tensor_size(value), value->data, grad->data, first->data,
               second->data, 1);
    return PLEAT_OK;
}
