/* Checking every gradient of a model by finite differences. */
#ifndef PLEAT_TOOLS_MODEL_GRADCHECK_H
#define PLEAT_TOOLS_MODEL_GRADCHECK_H

#include <stdbool.h>

#include <pleat/gradcheck.h>
#include <pleat/model.h>

/* Fills every parameter of a float64 model, and an input of so many images of these extents, with
 * random numbers, and compares the gradients that backward computes of
 *
 *     L = <r, model(input)>,  r a random tensor,
 *
 * with central differences: of the input and of each parameter, element by element, at this
 * distance. Prints a table with the title; *passed becomes false where a gradient is wrong. */
enum pleat_status model_gradcheck(const char *title, struct pleat_model *model, int64_t batch,
                                  int64_t channels, int rank, const int64_t *extent, double step,
                                  uint64_t seed, bool *passed, struct pleat_error *error);

#endif
