/* What the initialisers share. */
#ifndef PLEAT_NN_TRAINING_INITIALISE_H
#define PLEAT_NN_TRAINING_INITIALISE_H

#include <pleat/initialise.h>

/* Refuses illegal parameters and a weight that is not the operator's. */
enum pleat_status pleat__initialise_check(const struct pleat_tensor *weight, enum pleat_operator op,
                                          const struct pleat_conv_params *params,
                                          struct pleat_error *error);

/* Refuses a distribution that is none. */
enum pleat_status pleat__distribution_check(enum pleat_distribution distribution,
                                            struct pleat_error *error);

/* Refuse parameters with which pleat_initialise_bilinear, or pleat_initialise_icnr, cannot do what
 * they promise. */
enum pleat_status pleat__bilinear_check(const struct pleat_conv_params *params,
                                        struct pleat_error *error);
enum pleat_status pleat__icnr_check(const struct pleat_conv_params *params,
                                    struct pleat_error *error);

/* Draws a number of mean 0 and that deviation. */
double pleat__draw(enum pleat_distribution distribution, double deviation,
                   struct pleat_random *random);

/* Refuses a slope that is not finite; stores the deviation of pleat_initialise_kaiming. */
enum pleat_status pleat__kaiming_deviation(enum pleat_operator op,
                                           const struct pleat_conv_params *params, double slope,
                                           double *deviation, struct pleat_error *error);

#endif
