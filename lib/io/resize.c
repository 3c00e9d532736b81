/* Resizing a plane, separably: for each output row a row of sums down the columns, then along it.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/resize_weights.h"

static enum pleat_status check_plane(const struct pleat_tensor *plane, const char *name,
                                     struct pleat_error *error) {
    if (plane == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s must not be NULL", name);
    if (plane->dtype != PLEAT_FLOAT32)
        return pleat__fail(error, PLEAT_TYPE_MISMATCH, "%s must be float32, got %s", name,
                           pleat_dtype_name(plane->dtype));
    if (plane->rank != 2 || plane->extent[0] < 1 || plane->extent[1] < 1)
        return pleat__fail(error, PLEAT_INVALID_SHAPE,
                           "%s must be [height][width] with sides of at least 1", name);
    if (plane->extent[0] > INT32_MAX || plane->extent[1] > INT32_MAX)
        return pleat__fail(error, PLEAT_SIZE_OVERFLOW,
                           "%s: height and width must be at most 2147483647", name);
    if (plane->data == NULL)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "%s has no data", name);
    return PLEAT_OK;
}

/* Overwrites sum[width] with output row o of the columns. */
static void sum_columns(double *sum, const float *input, int64_t width,
                        const struct pleat__resize_weights *rows, int64_t o) {
    memset(sum, 0, (size_t)width * sizeof *sum);
    for (int64_t t = 0; t < rows->taps; t++) {
        const double weight = rows->weight[o * rows->taps + t];
        const float *row = input + rows->index[o * rows->taps + t] * width;
        for (int64_t x = 0; x < width; x++)
            sum[x] += weight * (double)row[x];
    }
}

static void sum_row(float *output, const double *sum, const struct pleat__resize_weights *columns) {
    for (int64_t o = 0; o < columns->out; o++) {
        const double *weight = columns->weight + o * columns->taps;
        const int32_t *index = columns->index + o * columns->taps;
        double total = 0;
        for (int64_t t = 0; t < columns->taps; t++)
            total += weight[t] * sum[index[t]];
        output[o] = (float)total;
    }
}

static enum pleat_status resize(const struct pleat_tensor *input, const struct pleat_tensor *output,
                                const struct pleat__resize_weights *rows,
                                const struct pleat__resize_weights *columns,
                                struct pleat_error *error) {
    const int64_t width = input->extent[1];
    double *sum = pleat__allocate((size_t)width, sizeof *sum);
    if (sum == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for a row of %lld sums",
                           (long long)width);
    for (int64_t o = 0; o < rows->out; o++) {
        sum_columns(sum, input->data, width, rows, o);
        sum_row((float *)output->data + o * columns->out, sum, columns);
    }
    pleat__free(sum);
    return PLEAT_OK;
}

enum pleat_status pleat_resize(const struct pleat_tensor *input, const struct pleat_tensor *output,
                               enum pleat_resize_method method, struct pleat_error *error) {
    PLEAT__TRY(check_plane(input, "input", error));
    PLEAT__TRY(check_plane(output, "output", error));
    if (method != PLEAT_NEAREST && method != PLEAT_BILINEAR && method != PLEAT_BICUBIC)
        return pleat__fail(error, PLEAT_INVALID_ARGUMENT, "method %d is no way of resizing",
                           (int)method);
    struct pleat__resize_weights rows, columns;
    PLEAT__TRY(
        pleat__resize_weights_make(&rows, input->extent[0], output->extent[0], method, error));
    enum pleat_status status =
        pleat__resize_weights_make(&columns, input->extent[1], output->extent[1], method, error);
    if (status == PLEAT_OK) {
        status = resize(input, output, &rows, &columns, error);
        pleat__resize_weights_free(&columns);
    }
    pleat__resize_weights_free(&rows);
    return status;
}
