/* Checks of layers with several inputs. */
#include "nn/layers/join.h"

#include "base/checked.h"
#include "base/error.h"

enum pleat_status pleat__join_shape(const struct pleat_model *model, const char *name, int count,
                                    const char *const *inputs, int64_t *channels, int *rank,
                                    struct pleat_error *error) {
    PLEAT__REQUIRE(name, error);
    PLEAT__REQUIRE(inputs, error);
    if (count < 1 || count > PLEAT_MAX_INPUTS)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "count must be 1 to %d, got %d",
                           PLEAT_MAX_INPUTS, count);
    int64_t total = 0;
    for (int k = 0; k < count; k++) {
        int64_t more;
        int other_rank;
        PLEAT__TRY(pleat__model_layer_shape(model, inputs[k], &more, &other_rank, error));
        if (k > 0 && other_rank != *rank)
            return pleat__fail(error, PLEAT_INVALID_SHAPE,
                               "layer \"%s\": \"%s\" has rank %d, \"%s\" has %d", name, inputs[0],
                               *rank, inputs[k], other_rank);
        *rank = other_rank;
        if (!pleat__add(total, more, &total))
            return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                               "layer \"%s\": the channels do not fit in int64_t", name);
    }
    *channels = total;
    return PLEAT_OK;
}

enum pleat_status pleat__join_check(const struct pleat__layer *layer,
                                    const struct pleat_tensor *input, struct pleat_error *error) {
    for (int k = 1; k < layer->input_count; k++)
        for (int i = 2; i < input[0].rank; i++)
            if (input[k].extent[i] != input[0].extent[i])
                return pleat__fail(error, PLEAT_INVALID_SHAPE,
                                   "extent[%d] of input %d is %lld, of the first %lld", i, k,
                                   (long long)input[k].extent[i], (long long)input[0].extent[i]);
    return PLEAT_OK;
}
