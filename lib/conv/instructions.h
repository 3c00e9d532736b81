/* The instruction sets for which the products are compiled. */
#ifndef PLEAT_CONV_INSTRUCTIONS_H
#define PLEAT_CONV_INSTRUCTIONS_H

#include <stdbool.h>

#include <pleat/conv.h>

/* Whether this build and this machine have the set; PLEAT_INSTRUCTIONS_AUTO has none. */
bool pleat__instructions_present(enum pleat_instructions instructions);

/* The widest set that is present. */
enum pleat_instructions pleat__instructions_best(void);

#endif
