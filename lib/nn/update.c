/* The updates of SGD and Adam on views, and what their options may be. */
#include "nn/update.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "nn/kernels.h"

struct pleat_sgd_options pleat_sgd_options_init(double rate, double momentum) {
    return (struct pleat_sgd_options){.rate = rate, .momentum = momentum};
}

struct pleat_adam_options pleat_adam_options_init(double rate) {
    return (struct pleat_adam_options){.rate = rate, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
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

/* Refuses a tensor that is not like value. */
static enum pleat_status check_like(const struct pleat_tensor *value,
                                    const struct pleat_tensor *tensor, const char *name,
                                    struct pleat_error *error) {
    if (tensor == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", name);
    if (tensor->dtype != value->dtype || pleat_dtype_size(tensor->dtype) == 0)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s is %s, but value is %s", name,
                           pleat_dtype_name(tensor->dtype), pleat_dtype_name(value->dtype));
    bool same = tensor->rank == value->rank && value->rank >= 0 && value->rank <= PLEAT_MAX_RANK;
    for (int i = 0; same && i < tensor->rank; i++)
        same = tensor->extent[i] == value->extent[i] && value->extent[i] >= 0;
    if (!same)
        return pleat__fail(error, PLEAT_INVALID_SHAPE, "the extents of %s do not fit", name);
    if (tensor->data == NULL && pleat_tensor_size(tensor) > 0)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "the data of %s must not be NULL", name);
    return PLEAT_OK;
}

enum pleat_status pleat_sgd_update(const struct pleat_sgd_options *options,
                                   const struct pleat_tensor *value,
                                   const struct pleat_tensor *grad,
                                   const struct pleat_tensor *velocity, struct pleat_error *error) {
    PLEAT__TRY(pleat__sgd_check(options, error));
    PLEAT__REQUIRE(value, error);
    PLEAT__TRY(check_like(value, value, "value", error));
    PLEAT__TRY(check_like(value, grad, "grad", error));
    PLEAT__TRY(check_like(value, velocity, "velocity", error));
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
    PLEAT__REQUIRE(value, error);
    if (step < 1)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "step must be at least 1, got %lld",
                           (long long)step);
    PLEAT__TRY(check_like(value, value, "value", error));
    PLEAT__TRY(check_like(value, grad, "grad", error));
    PLEAT__TRY(check_like(value, first, "first", error));
    PLEAT__TRY(check_like(value, second, "second", error));
    pleat__kernels(value->dtype)
        ->adam(options, 1, step, pleat_tensor_size(value), value->data, grad->data, first->data,
               second->data, 1);
    return PLEAT_OK;
}
