/* The verb apply: the operator, forward and backward, on NumPy files. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <pleat/pleat-io.h>
#include <pleat/pleat.h>

#include "apply/apply.h"
#include "interrupt.h"
#include "verbs.h"

/* Everything is read before anything is written, and yet a file that is both is refused: whoever
 * compares wants to keep what was compared. */
static int check_paths(const struct apply_options *options) {
    for (int in = 0; in < APPLY_FIRST_WRITTEN; in++)
        for (int out = APPLY_FIRST_WRITTEN; out < APPLY_FILES; out++) {
            struct stat read, written;
            if (options->path[in] != NULL && options->path[out] != NULL &&
                stat(options->path[in], &read) == 0 && stat(options->path[out], &written) == 0 &&
                read.st_dev == written.st_dev && read.st_ino == written.st_ino)
                return failure("apply",
                               "%s: would be overwritten, but it is read: choose another "
                               "name for what is written",
                               options->path[out]);
        }
    return EXIT_SUCCESS;
}

/* Reads the files that were given, all of the input's element type. */
static int read_tensors(const struct apply_options *options, struct pleat_tensor *tensor) {
    for (int file = 0; file < APPLY_FIRST_WRITTEN; file++) {
        struct pleat_error error;
        if (options->path[file] == NULL)
            continue;
        if (pleat_npy_read(&tensor[file], options->path[file], &error) != PLEAT_OK)
            return library_failure("apply", &error);
        if (tensor[file].dtype != tensor[APPLY_INPUT].dtype)
            return failure("apply", "%s: is %s, but the input %s is %s: all must be of one type",
                           options->path[file], pleat_dtype_name(tensor[file].dtype),
                           options->path[APPLY_INPUT], pleat_dtype_name(tensor[APPLY_INPUT].dtype));
    }
    return EXIT_SUCCESS;
}

static int check_shape(const char *path, const char *what, const struct pleat_tensor *tensor,
                       int rank, const int64_t *extent) {
    bool fits = path == NULL || tensor->rank == rank;
    for (int i = 0; path != NULL && fits && i < rank; i++)
        fits = tensor->extent[i] == extent[i];
    char wanted[APPLY_SHAPE_BYTES], got[APPLY_SHAPE_BYTES];
    return fits ? EXIT_SUCCESS
                : failure("apply", "%s: %s must have shape %s, got %s", path, what,
                          apply_shape(wanted, rank, extent),
                          apply_shape(got, tensor->rank, tensor->extent));
}

/* Checks what the plan now says of bias and grad_output, and allocates what will be written. */
static int prepare_tensors(const struct apply_options *options, const struct pleat_plan *plan,
                           struct pleat_tensor *tensor) {
    struct {
        int rank;
        int64_t extent[PLEAT_MAX_RANK];
    } shape[APPLY_FILES];
    const int64_t batch = tensor[APPLY_INPUT].extent[0];
    shape[APPLY_OUTPUT].rank = pleat_plan_output_extent(plan, batch, shape[APPLY_OUTPUT].extent);
    shape[APPLY_GRAD_INPUT].rank =
        pleat_plan_input_extent(plan, batch, shape[APPLY_GRAD_INPUT].extent);
    shape[APPLY_GRAD_WEIGHT].rank = pleat_plan_weight_extent(plan, shape[APPLY_GRAD_WEIGHT].extent);
    shape[APPLY_GRAD_BIAS].rank = 1;
    shape[APPLY_GRAD_BIAS].extent[0] = shape[APPLY_OUTPUT].extent[1];
    int status = check_shape(options->path[APPLY_BIAS], "the bias", &tensor[APPLY_BIAS], 1,
                             shape[APPLY_GRAD_BIAS].extent);
    if (status == EXIT_SUCCESS)
        status = check_shape(options->path[APPLY_GRAD_OUTPUT], "the gradient of the output",
                             &tensor[APPLY_GRAD_OUTPUT], shape[APPLY_OUTPUT].rank,
                             shape[APPLY_OUTPUT].extent);
    for (int file = APPLY_FIRST_WRITTEN; status == EXIT_SUCCESS && file < APPLY_FILES; file++) {
        struct pleat_error error;
        if (options->path[file] != NULL &&
            pleat_tensor_allocate(&tensor[file], tensor[APPLY_INPUT].dtype, shape[file].rank,
                                  shape[file].extent, &error) != PLEAT_OK)
            status = failure("apply", "%s: %s", options->path[file], error.message);
    }
    return status;
}

/* The tensor of a file that was given, or NULL: the library's word for none. */
static const struct pleat_tensor *given(const struct apply_options *options,
                                        const struct pleat_tensor *tensor, enum apply_file file) {
    return options->path[file] != NULL ? &tensor[file] : NULL;
}

/* Runs forward, and backward where a gradient is given; what is added to starts as zeros. */
static int execute(const struct apply_options *options, const struct pleat_plan *plan,
                   const struct pleat_tensor *tensor) {
    const size_t forward = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    const size_t backward = pleat_plan_scratch_size(plan, PLEAT_BACKWARD, NULL);
    const size_t bytes = forward > backward ? forward : backward;
    void *scratch = malloc(bytes);
    if (scratch == NULL)
        return failure("apply", "no memory for %zu bytes of scratch", bytes);
    struct pleat_error error;
    enum pleat_status status = pleat_plan_forward(plan, &tensor[APPLY_INPUT], &tensor[APPLY_WEIGHT],
                                                  given(options, tensor, APPLY_BIAS),
                                                  &tensor[APPLY_OUTPUT], scratch, bytes, &error);
    if (status == PLEAT_OK && options->path[APPLY_GRAD_OUTPUT] != NULL)
        status = pleat_plan_backward(
            plan, &tensor[APPLY_INPUT], &tensor[APPLY_WEIGHT], &tensor[APPLY_GRAD_OUTPUT],
            given(options, tensor, APPLY_GRAD_INPUT), given(options, tensor, APPLY_GRAD_WEIGHT),
            given(options, tensor, APPLY_GRAD_BIAS), scratch, bytes, &error);
    free(scratch);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("apply", &error);
}

static int write_tensors(const struct apply_options *options, const struct pleat_tensor *tensor) {
    const char *paths[APPLY_FILES];
    struct pleat_tensor written[APPLY_FILES];
    size_t count = 0;
    for (int file = APPLY_FIRST_WRITTEN; file < APPLY_FILES; file++)
        if (options->path[file] != NULL) {
            paths[count] = options->path[file];
            written[count++] = tensor[file];
        }
    struct pleat_error error;
    struct interrupt_hold hold;
    interrupt_hold(&hold);
    const enum pleat_status status = pleat_npy_write_all(paths, written, count, &error);
    interrupt_release(&hold);
    return status == PLEAT_OK ? EXIT_SUCCESS : library_failure("apply", &error);
}

/* The work between reading and freeing: tensors holds what was read, and takes what is made. */
static int apply(const struct apply_options *options, struct pleat_tensor *tensor) {
    struct pleat_conv_params params;
    int status = apply_parameters(options, &tensor[APPLY_INPUT], &tensor[APPLY_WEIGHT], &params);
    if (status != EXIT_SUCCESS)
        return status;
    struct pleat_plan_options plan_options = pleat_plan_options_init();
    plan_options.dtype = tensor[APPLY_INPUT].dtype;
    plan_options.threads = options->threads;
    struct pleat_plan *plan;
    struct pleat_error error;
    if (pleat_plan_create(&plan, options->op, &params, &tensor[APPLY_INPUT].extent[2],
                          &plan_options, &error) != PLEAT_OK)
        return library_failure("apply", &error);
    status = prepare_tensors(options, plan, tensor);
    if (status == EXIT_SUCCESS)
        status = execute(options, plan, tensor);
    if (status == EXIT_SUCCESS)
        status = write_tensors(options, tensor);
    pleat_plan_free(plan);
    return status;
}

int verb_apply(int argc, char **argv) {
    struct apply_options options;
    struct pleat_tensor tensor[APPLY_FILES] = {{.data = NULL}};
    int status;
    if (!apply_options_read(argc, argv, &options, &status))
        return status;
    status = check_paths(&options);
    if (status == EXIT_SUCCESS)
        status = read_tensors(&options, tensor);
    if (status == EXIT_SUCCESS)
        status = apply(&options, tensor);
    for (int file = 0; file < APPLY_FILES; file++)
        pleat_tensor_free(&tensor[file]);
    return status;
}
