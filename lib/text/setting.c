/* Rates and initialisers of a layer's parameters. */
#include "text/setting.h"

#include "base/error.h"
#include "text/initialiser.h"
#include "text/number.h"

enum { RATE, RATE_WEIGHT, RATE_BIAS, INIT, INIT_BIAS };

const char *const pleat__setting_name[PLEAT__SETTINGS] = {"rate", "rate.weight", "rate.bias",
                                                          "init", "init.bias"};

bool pleat__setting_is_for(int setting, int parameters) {
    return parameters > (setting == RATE_BIAS || setting == INIT_BIAS ? 1 : 0);
}

static enum pleat_status apply_rate(const struct pleat__word *value, int setting,
                                    struct pleat_model *model, int index,
                                    struct pleat_error *error) {
    struct pleat__word rest = value[setting];
    double rate;
    if (!pleat__take_number(&rest, &rate) || rest.length != 0)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "%s must be a number, got '%.*s'",
                           pleat__setting_name[setting], PLEAT__SHOWN(value[setting]));
    return pleat_model_set_rate(model, index, rate, error);
}

static enum pleat_status apply_init(const struct pleat__word *value, int setting,
                                    struct pleat_model *model, int index,
                                    struct pleat_error *error) {
    struct pleat_initialiser init;
    if (pleat__initialiser_read(value[setting], &init))
        return pleat_model_set_initialiser(model, index, &init, error);
    char names[160] = "";
    struct pleat__writer writer = {names, sizeof names, 0};
    pleat__initialiser_print_names(&writer);
    return pleat__fail(error, PLEAT_BAD_FORMAT,
                       "%s is '%.*s', no initialiser such as he or normal:0.01: there are %s",
                       pleat__setting_name[setting], PLEAT__SHOWN(value[setting]), names);
}

enum pleat_status pleat__settings_apply(const struct pleat__word value[PLEAT__SETTINGS],
                                        struct pleat_model *model, struct pleat_error *error) {
    const struct pleat__layer *layer = model->layer[model->layer_count - 1];
    if (layer->parameter_count < 2 && (value[RATE_BIAS].at != NULL || value[INIT_BIAS].at != NULL))
        return pleat__fail(
            error, PLEAT_BAD_FORMAT, "%s: the layer has no bias",
            pleat__setting_name[value[RATE_BIAS].at != NULL ? RATE_BIAS : INIT_BIAS]);
    for (int k = 0; k < layer->parameter_count; k++) {
        const int index = layer->first_parameter + k, init = k == 0 ? INIT : INIT_BIAS;
        const int own = k == 0 ? RATE_WEIGHT : RATE_BIAS;
        const int rate = value[own].at != NULL ? own : RATE;
        if (value[rate].at != NULL)
            PLEAT__TRY(apply_rate(value, rate, model, index, error));
        if (value[init].at != NULL)
            PLEAT__TRY(apply_init(value, init, model, index, error));
    }
    return PLEAT_OK;
}

static void print_rate(struct pleat__writer *writer, int setting, double rate) {
    if (rate == 1)
        return;
    pleat__print(writer, " %s=", pleat__setting_name[setting]);
    pleat__print_number(writer, rate);
}

static bool is_usual(const struct pleat_initialiser *init, const struct pleat_initialiser *usual) {
    return init->kind == usual->kind && init->count == usual->count &&
           init->number[0] == usual->number[0] && init->number[1] == usual->number[1];
}

void pleat__settings_print(const struct pleat_model *model, const struct pleat__layer *layer,
                           struct pleat__writer *writer) {
    const struct pleat_parameter *p = model->parameter + layer->first_parameter;
    const int count = layer->parameter_count;
    if (count == 1 || (count == 2 && p[0].rate == p[1].rate))
        print_rate(writer, RATE, p[0].rate);
    else
        for (int k = 0; k < count; k++)
            print_rate(writer, k == 0 ? RATE_WEIGHT : RATE_BIAS, p[k].rate);
    for (int k = 0; k < count; k++) {
        if (is_usual(&p[k].init, &layer->usual[k]))
            continue;
        pleat__print(writer, " %s=", pleat__setting_name[k == 0 ? INIT : INIT_BIAS]);
        pleat__initialiser_print(&p[k].init, writer);
    }
}
