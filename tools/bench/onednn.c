/* Timing oneDNN 2 by its C interface. Its deconvolution is our conv_transpose; its weights count
 * output channels first, [G][OC/G][IC/G][KH][KW], which for a deconvolution is ours with two axes
 * exchanged, told by strides; its dilation counts from 0. */
#include <omp.h>
#include <stdlib.h>

#include <oneapi/dnnl/dnnl.h>

#include "bench/onednn.h"

/* The three tensors of a product, in the order of their places below. */
enum place { SOURCE, WEIGHTS, DESTINATION, PLACES };

/* One primitive: which place it writes, and its memories. */
struct product {
    dnnl_primitive_t primitive;
    enum place result;
    dnnl_memory_t plain[PLACES], own[PLACES]; /* own: what the primitive works on, perhaps plain */
    dnnl_exec_arg_t arguments[PLACES];
};

struct onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    int products;
    struct product product[2];
};

/* How the layer looks to oneDNN. */
struct shape {
    bool transpose;
    dnnl_dims_t strides, dilates, begin, end;
    dnnl_memory_desc_t plain[PLACES], wanted[PLACES];
};

static bool ok(dnnl_status_t status) {
    return status == dnnl_success;
}

/* The layout of an image of ours. */
static bool describe_image(dnnl_memory_desc_t *description, const struct pleat_tensor *image) {
    dnnl_dims_t extents = {0};
    for (int i = 0; i < 4; i++)
        extents[i] = image->extent[i];
    return ok(dnnl_memory_desc_init_by_tag(description, 4, extents, dnnl_f32, dnnl_nchw));
}

/* The layout of our tensors. */
static bool describe_plain(struct shape *shape, const struct subject *s) {
    const struct pleat_conv_params *p = &s->params;
    const int64_t kh = p->axis[0].kernel, kw = p->axis[1].kernel, g = p->groups;
    const int64_t ins = p->in_channels / g, outs = p->out_channels / g;
    const int64_t weights[DNNL_MAX_NDIMS + 1] = {g, outs, ins, kh, kw};
    const int64_t out_stride = shape->transpose ? kh * kw : ins * kh * kw;
    const int64_t in_stride = shape->transpose ? outs * kh * kw : kh * kw;
    const int64_t strides[DNNL_MAX_NDIMS + 1] = {outs * ins * kh * kw, out_stride, in_stride, kw,
                                                 1};
    const int skipped = g == 1 ? 1 : 0; /* one group is none to oneDNN */
    return describe_image(&shape->plain[SOURCE], &s->input) &&
           describe_image(&shape->plain[DESTINATION], &s->output) &&
           ok(dnnl_memory_desc_init_by_strides(&shape->plain[WEIGHTS], 5 - skipped,
                                               weights + skipped, dnnl_f32, strides + skipped));
}

static bool describe(struct shape *shape, const struct subject *s, bool own_layout) {
    *shape = (struct shape){.transpose = s->op == PLEAT_CONV_TRANSPOSE};
    for (int i = 0; i < 2; i++) {
        const struct pleat_axis *a = &s->params.axis[i];
        const int64_t in = s->input.extent[2 + i], out = s->output.extent[2 + i];
        const int64_t coarse = shape->transpose ? in : out, fine = shape->transpose ? out : in;
        shape->strides[i] = a->stride;
        shape->dilates[i] = a->dilation - 1;
        shape->begin[i] = a->padding_begin;
        shape->end[i] =
            (coarse - 1) * a->stride + a->dilation * (a->kernel - 1) + 1 - fine - a->padding_begin;
    }
    if (!describe_plain(shape, s))
        return false;
    for (int i = 0; i < PLACES; i++) {
        shape->wanted[i] = shape->plain[i];
        if (own_layout &&
            !ok(dnnl_memory_desc_init_by_tag(&shape->wanted[i], shape->plain[i].ndims,
                                             shape->plain[i].dims, dnnl_f32, dnnl_format_tag_any)))
            return false;
    }
    return true;
}

/* Creates the description of the primitive that computes a place; the gradients take the forward's
 * as a hint. */
static bool create_description(dnnl_primitive_desc_t *description, const struct shape *s,
                               enum place result, dnnl_engine_t engine,
                               const_dnnl_primitive_desc_t hint) {
    const dnnl_memory_desc_t *x = &s->wanted[SOURCE], *w = &s->wanted[WEIGHTS];
    const dnnl_memory_desc_t *y = &s->wanted[DESTINATION];
    dnnl_convolution_desc_t d; /* a deconvolution's is the same type */
    const dnnl_alg_kind_t deconvolution = dnnl_deconvolution_direct;
    const dnnl_alg_kind_t convolution = dnnl_convolution_auto;
    dnnl_status_t status;
    if (result == DESTINATION)
        status = s->transpose ? dnnl_dilated_deconvolution_forward_desc_init(
                                    &d, dnnl_forward_training, deconvolution, x, w, NULL, y,
                                    s->strides, s->dilates, s->begin, s->end)
                              : dnnl_dilated_convolution_forward_desc_init(
                                    &d, dnnl_forward_training, convolution, x, w, NULL, y,
                                    s->strides, s->dilates, s->begin, s->end);
    else if (result == SOURCE)
        status = s->transpose
                     ? dnnl_dilated_deconvolution_backward_data_desc_init(
                           &d, deconvolution, x, w, y, s->strides, s->dilates, s->begin, s->end)
                     : dnnl_dilated_convolution_backward_data_desc_init(
                           &d, convolution, x, w, y, s->strides, s->dilates, s->begin, s->end);
    else
        status =
            s->transpose
                ? dnnl_dilated_deconvolution_backward_weights_desc_init(
                      &d, deconvolution, x, w, NULL, y, s->strides, s->dilates, s->begin, s->end)
                : dnnl_dilated_convolution_backward_weights_desc_init(
                      &d, convolution, x, w, NULL, y, s->strides, s->dilates, s->begin, s->end);
    return ok(status) && ok(dnnl_primitive_desc_create(description, &d, NULL, engine, hint));
}

static bool reorder(struct onednn *peer, dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_memory_desc_t *source, *target;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive;
    if (from == to)
        return true;
    if (!ok(dnnl_memory_get_memory_desc(from, &source)) ||
        !ok(dnnl_memory_get_memory_desc(to, &target)) ||
        !ok(dnnl_reorder_primitive_desc_create(&description, source, peer->engine, target,
                                               peer->engine, NULL)))
        return false;
    bool done = ok(dnnl_primitive_create(&primitive, description));
    dnnl_primitive_desc_destroy(description);
    if (!done)
        return false;
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    done = ok(dnnl_primitive_execute(primitive, peer->stream, 2, arguments)) &&
           ok(dnnl_stream_wait(peer->stream));
    dnnl_primitive_destroy(primitive);
    return done;
}

/* Makes a memory of a place: the plain one where the layouts agree, else one of oneDNN's own. */
static bool create_memory(struct onednn *peer, struct product *product, enum place place,
                          const struct shape *shape, void *data,
                          const_dnnl_primitive_desc_t description) {
    static const int queries[PLACES][PLACES] = {
        [SOURCE] = {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
        [WEIGHTS] = {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md},
        [DESTINATION] = {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md}};
    static const int names[PLACES][PLACES] = {
        [SOURCE] = {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        [WEIGHTS] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
        [DESTINATION] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}};
    const dnnl_memory_desc_t *chosen =
        dnnl_primitive_desc_query_md(description, (dnnl_query_t)queries[product->result][place], 0);
    if (chosen == NULL ||
        !ok(dnnl_memory_create(&product->plain[place], &shape->plain[place], peer->engine, data)))
        return false;
    product->own[place] = product->plain[place];
    if (!dnnl_memory_desc_equal(chosen, &shape->plain[place])) {
        product->own[place] = NULL;
        if (!ok(dnnl_memory_create(&product->own[place], chosen, peer->engine,
                                   DNNL_MEMORY_ALLOCATE)))
            return false;
    }
    product->arguments[place] =
        (dnnl_exec_arg_t){names[product->result][place], product->own[place]};
    return place == product->result || reorder(peer, product->plain[place], product->own[place]);
}

/* Makes the primitive that computes a place and its memories. */
static bool add_product(struct onednn *peer, const struct shape *shape, const struct subject *s,
                        enum place result, const_dnnl_primitive_desc_t forward) {
    struct product *product = &peer->product[peer->products++];
    product->result = result;
    dnnl_primitive_desc_t description = NULL;
    if (result != DESTINATION &&
        !create_description(&description, shape, result, peer->engine, forward))
        return false;
    const_dnnl_primitive_desc_t used = result == DESTINATION ? forward : description;
    void *const data[PLACES] = {result == SOURCE ? s->grad_input.data : s->input.data,
                                result == WEIGHTS ? s->grad_weight.data : s->weight.data,
                                result == DESTINATION ? s->output.data : s->grad_output.data};
    bool done = ok(dnnl_primitive_create(&product->primitive, used));
    for (enum place place = SOURCE; done && place < PLACES; place++)
        done = create_memory(peer, product, place, shape, data[place], used);
    dnnl_primitive_desc_destroy(description);
    return done;
}

static bool open_all(struct onednn *peer, const struct subject *s, enum pleat_pass pass,
                     bool own_layout) {
    struct shape shape;
    dnnl_primitive_desc_t forward = NULL;
    if (!ok(dnnl_engine_create(&peer->engine, dnnl_cpu, 0)) ||
        !ok(dnnl_stream_create(&peer->stream, peer->engine, dnnl_stream_default_flags)) ||
        !describe(&shape, s, own_layout) ||
        !create_description(&forward, &shape, DESTINATION, peer->engine, NULL))
        return false;
    bool done = true;
    if (pass == PLEAT_FORWARD)
        done = add_product(peer, &shape, s, DESTINATION, forward);
    if (done && makes_grad_input(pass))
        done = add_product(peer, &shape, s, SOURCE, forward);
    if (done && makes_grad_weight(pass))
        done = add_product(peer, &shape, s, WEIGHTS, forward);
    dnnl_primitive_desc_destroy(forward);
    return done;
}

struct onednn *onednn_open(const struct subject *subject, enum pleat_pass pass, bool own_layout,
                           int threads) {
    struct onednn *peer = calloc(1, sizeof *peer);
    if (peer == NULL)
        return NULL;
    omp_set_num_threads(threads);
    if (open_all(peer, subject, pass, own_layout))
        return peer;
    onednn_close(peer);
    return NULL;
}

void onednn_close(struct onednn *peer) {
    if (peer == NULL)
        return;
    for (int i = 0; i < peer->products; i++) {
        struct product *product = &peer->product[i];
        dnnl_primitive_destroy(product->primitive);
        for (int place = 0; place < PLACES; place++) {
            if (product->own[place] != product->plain[place])
                dnnl_memory_destroy(product->own[place]);
            dnnl_memory_destroy(product->plain[place]);
        }
    }
    dnnl_stream_destroy(peer->stream);
    dnnl_engine_destroy(peer->engine);
    free(peer);
}

bool onednn_run(void *state) {
    struct onednn *peer = state;
    for (int i = 0; i < peer->products; i++)
        if (!ok(dnnl_primitive_execute(peer->product[i].primitive, peer->stream, PLACES,
                                       peer->product[i].arguments)))
            return false;
    return ok(dnnl_stream_wait(peer->stream));
}

bool onednn_unload(struct onednn *peer) {
    for (int i = 0; i < peer->products; i++) {
        const enum place result = peer->product[i].result;
        if (!reorder(peer, peer->product[i].own[result], peer->product[i].plain[result]))
            return false;
    }
    return true;
}
