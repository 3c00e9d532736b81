/* What the options of optimizers may be. */
#ifndef PLEAT_NN_TRAINING_UPDATE_H
#define PLEAT_NN_TRAINING_UPDATE_H

#include <pleat/optimizer.h>

/* Refuse NULL and options outside their range. */
enum pleat_status pleat__sgd_check(const struct pleat_sgd_options *options,
                                   struct pleat_error *error);
enum pleat_status pleat__adam_check(const struct pleat_adam_options *options,
                                    struct pleat_error *error);

/* Refuses a number, called name, that is negative or not finite. */
enum pleat_status pleat__check_not_negative(double number, const char *name,
                                            struct pleat_error *error);

#endif
