/* The keys that every layer with parameters has: rates, and how parameters begin. */
#ifndef PLEAT_TEXT_SETTING_H
#define PLEAT_TEXT_SETTING_H

#include "nn/model/graph.h"
#include "text/word.h"

enum { PLEAT__SETTINGS = 5 };

/* Their names: rate, rate.weight, rate.bias, init, init.bias. */
extern const char *const pleat__setting_name[PLEAT__SETTINGS];

/* Whether a kind whose layers have so many parameters has the setting. */
bool pleat__setting_is_for(int setting, int parameters);

/* Applies the settings, whose at is NULL where they are missing, to the parameters of the layer
 * that was added last. PLEAT_BAD_FORMAT, and the statuses of pleat_model_set_...; messages name the
 * key. */
enum pleat_status pleat__settings_apply(const struct pleat__word value[PLEAT__SETTINGS],
                                        struct pleat_model *model, struct pleat_error *error);

/* Prints " rate=0.1 init=zeros", as far as they are not usual. */
void pleat__settings_print(const struct pleat_model *model, const struct pleat__layer *layer,
                           struct pleat__writer *writer);

#endif
