/* Building models in tests, and checking their gradients by differences. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include <pleat/pleat.h>

/* Fails the test, with the detail, unless status is PLEAT_OK. */
void assert_ok(enum pleat_status status, const struct pleat_error *error);

/* Calls f(arguments..., &error) and fails the test where it does not return PLEAT_OK. */
#define OK(f, ...)                                                                                 \
    do {                                                                                           \
        struct pleat_error ok_error = {.message = ""};                                             \
        assert_ok(f(__VA_ARGS__, &ok_error), &ok_error);                                           \
    } while (0)

/* Calls f(arguments..., &error) and fails the test unless it returns expected with a message that
 * contains text. */
#define REFUSED(expected, text, f, ...)                                                            \
    do {                                                                                           \
        struct pleat_error refused_error = {.message = ""};                                        \
        assert_refused(f(__VA_ARGS__, &refused_error), expected, text, &refused_error);            \
    } while (0)
void assert_refused(enum pleat_status status, enum pleat_status expected, const char *text,
                    const struct pleat_error *error);

/* Fills all parameters with numbers uniform in [-scale, scale), by seed. */
void fill_parameters(struct pleat_model *model, double scale, uint64_t seed);

/* Returns options for images of these extents (three are read; those beyond the rank are unused).
 */
struct pleat_compile_options compile_options(enum pleat_mode mode, int64_t batch, int64_t extent0,
                                             int64_t extent1, int64_t extent2);

/* Compiles a double model for training and compares every element of every parameter's and of every
 * input's gradient with differences of L = sum over i of c[i] y[i] + y[i]^2 / 2, over all outputs,
 * for random inputs and c. Parameters are taken as they are. */
void check_model_gradients(struct pleat_model *model, const struct pleat_compile_options *options,
                           uint64_t seed);

#endif
