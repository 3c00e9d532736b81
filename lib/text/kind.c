/* The table of the kinds. */
#include "text/kind.h"

#include "base/checked.h"

#define AT(field) offsetof(struct pleat__arguments, field)
#define CONV(name_, field, ...)                                                                    \
    {                                                                                              \
        .name = name_, .at = AT(conv.axis[0].field), .step = sizeof(struct pleat_axis),            \
        .end = AT(conv.axis[0].padding_end), __VA_ARGS__                                           \
    }
#define POOL(name_, field, ...)                                                                    \
    {                                                                                              \
        .name = name_, .at = AT(pool.axis[0].field), .step = sizeof(struct pleat_pool_axis),       \
        .type = PLEAT__KEY_AXES, __VA_ARGS__                                                       \
    }

/* The keys that conv and conv_transpose have in common; "same" needs those before it. */
#define CONV_OUT                                                                                   \
    { .name = "out", .required = true, .at = AT(conv.out_channels) }
#define CONV_KERNEL CONV("kernel", kernel, .type = PLEAT__KEY_AXES, .required = true)
#define CONV_STRIDE CONV("stride", stride, .type = PLEAT__KEY_AXES, .usual = 1)
#define CONV_DILATION CONV("dilation", dilation, .type = PLEAT__KEY_AXES, .usual = 1)
#define CONV_PADDING CONV("padding", padding_begin, .type = PLEAT__KEY_CONV_PADDING)
#define CONV_GROUPS                                                                                \
    { .name = "groups", .usual = 1, .at = AT(conv.groups) }
#define BIAS                                                                                       \
    { .name = "bias", .type = PLEAT__KEY_SWITCH, .usual = 1, .at = AT(bias) }
#define FACTOR                                                                                     \
    { .name = "factor", .required = true, .at = AT(factor) }

/* One function a kind, with the arguments of all. */
#define ADD(kind)                                                                                  \
    static enum pleat_status add_##kind(                                                           \
        struct pleat_model *model, const char *name, int count, const char *const *input,          \
        const struct pleat__arguments *arguments, struct pleat_error *error)
/* And one of a kind that has an input and no key. */
#define ADD_PLAIN(kind)                                                                            \
    ADD(kind) {                                                                                    \
        (void)count, (void)arguments;                                                              \
        return pleat_model_add_##kind(model, name, input[0], error);                               \
    }

/* The rank of an input is any integer, which the function refuses as an int. */
ADD(input) {
    (void)count, (void)input;
    const int rank = (int)pleat__min(pleat__max(arguments->rank, -1), PLEAT_MAX_AXES + 1);
    return pleat_model_add_input(model, name, arguments->channels, rank, error);
}

ADD(conv) {
    (void)count;
    return pleat_model_add_conv(model, name, input[0], &arguments->conv, (int)arguments->bias,
                                error);
}

ADD(conv_transpose) {
    (void)count;
    return pleat_model_add_conv_transpose(model, name, input[0], &arguments->conv,
                                          (int)arguments->bias, error);
}

ADD(dense) {
    (void)count;
    return pleat_model_add_dense(model, name, input[0], arguments->channels, (int)arguments->bias,
                                 error);
}

ADD(max_pool) {
    (void)count;
    return pleat_model_add_max_pool(model, name, input[0], &arguments->pool, error);
}

ADD(batch_norm) {
    (void)count;
    return pleat_model_add_batch_norm(model, name, input[0], &arguments->norm, error);
}

ADD(dropout) {
    return pleat_model_add_dropout(model, name, input[0], count > 1 ? input[1] : NULL,
                                   arguments->probability, error);
}

ADD(upsample) {
    (void)count;
    return pleat_model_add_upsample(model, name, input[0], (enum pleat_upsampling)arguments->method,
                                    arguments->factor, error);
}

ADD(pixel_shuffle) {
    (void)count;
    return pleat_model_add_pixel_shuffle(model, name, input[0], arguments->factor, error);
}

ADD(pad) {
    (void)count;
    return pleat_model_add_pad(model, name, input[0], &arguments->pad, error);
}

ADD(reshape) {
    (void)count;
    return pleat_model_add_reshape(model, name, input[0], arguments->channels, (int)arguments->rank,
                                   arguments->extent, error);
}

ADD(sum) {
    (void)arguments;
    return pleat_model_add_sum(model, name, count, input, error);
}

ADD(concatenate) {
    (void)arguments;
    return pleat_model_add_concatenate(model, name, count, input, error);
}

ADD(leaky_relu) {
    (void)count;
    return pleat_model_add_leaky_relu(model, name, input[0], arguments->slope, error);
}

ADD(shared) {
    (void)count;
    return pleat_model_add_shared(model, name, input[0], arguments->original, error);
}

ADD_PLAIN(prelu)
ADD_PLAIN(relu)
ADD_PLAIN(sigmoid)
ADD_PLAIN(softmax)
ADD_PLAIN(tanh)

static const struct pleat__text_kind kinds[] = {
    {"input",
     0,
     0,
     0,
     {{.name = "channels", .required = true, .at = AT(channels)},
      {.name = "rank", .usual = 2, .at = AT(rank)}},
     add_input},
    {"conv",
     1,
     1,
     2,
     {CONV_OUT, CONV_KERNEL, CONV_STRIDE, CONV_DILATION, CONV_PADDING, CONV_GROUPS, BIAS},
     add_conv},
    {"conv_transpose",
     1,
     1,
     2,
     {CONV_OUT, CONV_KERNEL, CONV_STRIDE, CONV_DILATION,
      CONV("output_padding", output_padding, .type = PLEAT__KEY_AXES), CONV_PADDING, CONV_GROUPS,
      BIAS},
     add_conv_transpose},
    {"dense", 1, 1, 2, {{.name = "out", .required = true, .at = AT(channels)}, BIAS}, add_dense},
    {"max_pool",
     1,
     1,
     0,
     {POOL("kernel", kernel, .required = true), POOL("stride", stride, .like_before = true),
      POOL("padding", padding, .usual = 0)},
     add_max_pool},
    {"batch_norm",
     1,
     1,
     2,
     {{.name = "epsilon", .type = PLEAT__KEY_NUMBER, .usual = 1e-5, .at = AT(norm.epsilon)},
      {.name = "momentum", .type = PLEAT__KEY_NUMBER, .usual = 0.1, .at = AT(norm.momentum)}},
     add_batch_norm},
    {"dropout",
     1,
     2,
     0,
     {{.name = "probability", .type = PLEAT__KEY_NUMBER, .required = true, .at = AT(probability)}},
     add_dropout},
    {"upsample",
     1,
     1,
     0,
     {FACTOR, {.name = "method", .type = PLEAT__KEY_METHOD, .at = AT(method)}},
     add_upsample},
    {"pixel_shuffle", 1, 1, 0, {FACTOR}, add_pixel_shuffle},
    {"pad",
     1,
     1,
     0,
     {{.name = "padding",
       .type = PLEAT__KEY_PADDING,
       .at = AT(pad.begin),
       .end = AT(pad.end),
       .step = sizeof(int64_t)}},
     add_pad},
    {"reshape",
     1,
     1,
     0,
     {{.name = "channels", .required = true, .at = AT(channels)},
      {.name = "extent", .type = PLEAT__KEY_EXTENT, .at = AT(extent), .step = sizeof(int64_t)}},
     add_reshape},
    {"sum", 1, PLEAT_MAX_INPUTS, 0, {{0}}, add_sum},
    {"concatenate", 1, PLEAT_MAX_INPUTS, 0, {{0}}, add_concatenate},
    {"relu", 1, 1, 0, {{0}}, add_relu},
    {"leaky_relu",
     1,
     1,
     0,
     {{.name = "slope", .type = PLEAT__KEY_NUMBER, .required = true, .at = AT(slope)}},
     add_leaky_relu},
    {"prelu", 1, 1, 1, {{0}}, add_prelu},
    {"sigmoid", 1, 1, 0, {{0}}, add_sigmoid},
    {"tanh", 1, 1, 0, {{0}}, add_tanh},
    {"softmax", 1, 1, 0, {{0}}, add_softmax},
    {"shared",
     1,
     1,
     0,
     {{.name = "layer", .type = PLEAT__KEY_NAME, .required = true, .at = AT(original)}},
     add_shared},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct pleat__text_kind *pleat__text_find_kind(struct pleat__word word) {
    for (int i = 0; i < KINDS; i++)
        if (pleat__word_is(word, kinds[i].word))
            return &kinds[i];
    return NULL;
}

void pleat__text_print_kinds(struct pleat__writer *writer) {
    for (int i = 0; i < KINDS; i++)
        pleat__print(writer, "%s%s", i > 0 ? " " : "", kinds[i].word);
}
