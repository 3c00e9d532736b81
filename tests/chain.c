#include "chain.h"

#include <stdio.h>
#include <string.h>

#include "model_check.h"
#include "support.h"

struct chain chain_begin(enum pleat_dtype dtype, int64_t channels, int rank) {
    struct chain chain = {.rank = rank, .channels = channels, .last = "image"};
    OK(pleat_model_create, &chain.model, dtype);
    OK(pleat_model_add_input, chain.model, "image", channels, rank);
    return chain;
}

/* Writes the next layer's name into name. */
static void next_name(struct chain *chain, char name[CHAIN_NAME]) {
    snprintf(name, CHAIN_NAME, "l%d", chain->count++);
}

void chain_operator(struct chain *chain, enum pleat_operator op, struct pleat_conv_params params) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    params.rank = chain->rank;
    params.in_channels = chain->channels;
    if (op == PLEAT_CONV)
        OK(pleat_model_add_conv, chain->model, name, chain->last, &params, 1);
    else
        OK(pleat_model_add_conv_transpose, chain->model, name, chain->last, &params, 1);
    strcpy(chain->last, name);
    chain->channels = params.out_channels;
}

void chain_conv(struct chain *chain, int64_t out_channels, int64_t kernel, int64_t stride,
                int64_t padding) {
    chain_operator(chain, PLEAT_CONV,
                   pleat_conv_params_init(3, 1, out_channels, kernel, stride, padding));
}

void chain_transpose(struct chain *chain, int64_t out_channels, int64_t kernel, int64_t stride,
                     int64_t padding) {
    chain_operator(chain, PLEAT_CONV_TRANSPOSE,
                   pleat_conv_params_init(3, 1, out_channels, kernel, stride, padding));
}

void chain_pool(struct chain *chain, int64_t kernel, int64_t stride, int64_t padding) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    const struct pleat_pool_params params =
        pleat_pool_params_init(chain->rank, kernel, stride, padding);
    OK(pleat_model_add_max_pool, chain->model, name, chain->last, &params);
    strcpy(chain->last, name);
}

void chain_upsample(struct chain *chain, enum pleat_upsampling method, int64_t factor) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    OK(pleat_model_add_upsample, chain->model, name, chain->last, method, factor);
    strcpy(chain->last, name);
}

void chain_shuffle(struct chain *chain, int64_t factor) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    OK(pleat_model_add_pixel_shuffle, chain->model, name, chain->last, factor);
    strcpy(chain->last, name);
    chain->channels /= factor * factor;
}

void chain_pad(struct chain *chain, int64_t begin, int64_t end) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    const struct pleat_pad_params params = {
        .rank = chain->rank, .begin = {begin, begin, begin}, .end = {end, end, end}};
    OK(pleat_model_add_pad, chain->model, name, chain->last, &params);
    strcpy(chain->last, name);
}

void chain_leaky(struct chain *chain) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    OK(pleat_model_add_leaky_relu, chain->model, name, chain->last, 0.1);
    strcpy(chain->last, name);
}

void chain_sum(struct chain *chain, const char *other) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    const char *const inputs[] = {chain->last, other};
    OK(pleat_model_add_sum, chain->model, name, 2, inputs);
    strcpy(chain->last, name);
}

void chain_concatenate(struct chain *chain, const char *other, int64_t channels) {
    char name[CHAIN_NAME];
    next_name(chain, name);
    const char *const inputs[] = {other, chain->last};
    OK(pleat_model_add_concatenate, chain->model, name, 2, inputs);
    strcpy(chain->last, name);
    chain->channels += channels;
}

/* The two convolutions of a level. */
static void add_level(struct chain *chain, int64_t width) {
    for (int i = 0; i < 2; i++) {
        chain_conv(chain, width, 3, 1, 1);
        chain_leaky(chain);
    }
}

struct pleat_model *make_unet(enum pleat_dtype dtype, int levels, int64_t width) {
    struct chain chain = chain_begin(dtype, 1, 2);
    char skip[8][CHAIN_NAME];
    for (int level = 0; level < levels; level++) {
        add_level(&chain, width << level);
        strcpy(skip[level], chain.last);
        chain_pool(&chain, 2, 2, 0);
    }
    add_level(&chain, width << levels);
    for (int level = levels - 1; level >= 0; level--) {
        chain_transpose(&chain, width << level, 2, 2, 0);
        chain_concatenate(&chain, skip[level], width << level);
        add_level(&chain, width << level);
    }
    chain_conv(&chain, 2, 1, 1, 0);
    return chain.model;
}

void fill_positive(struct pleat_model *model, uint64_t seed) {
    struct pleat_random random = pleat_random_seed(seed);
    for (int i = 0; i < pleat_model_parameter_count(model); i++) {
        const struct pleat_parameter p = pleat_model_parameter(model, i);
        const double fan =
            p.value.rank > 1 ? (double)pleat_tensor_size(&p.value) / (double)p.value.extent[0] : 1;
        fill_reals(&p.value, &random);
        for (int64_t k = 0; k < pleat_tensor_size(&p.value); k++)
            tensor_set(&p.value, k, (1 + tensor_get(&p.value, k) / 2) / fan);
    }
}
