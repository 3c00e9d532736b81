/* Making a layer ready, and executing it. */
#include <math.h>
#include <stdlib.h>

#include <pleat/random.h>

#include "bench/subject.h"
#include "fault.h"

/* Where memory begins within its page moves times by some percent: let it be the same each time. */
enum { PAGE = 4096 };

bool makes_grad_input(enum pleat_pass pass) {
    return pass == PLEAT_BACKWARD || pass == PLEAT_BACKWARD_INPUT;
}

bool makes_grad_weight(enum pleat_pass pass) {
    return pass == PLEAT_BACKWARD || pass == PLEAT_BACKWARD_FILTER;
}

/* The parameters and the input's extents of the operator that the layer is timed as. */
static enum pleat_status choose_side(struct subject *s, int64_t in[2], struct pleat_error *error) {
    const struct layer *layer = s->layer;
    s->params = layer->params;
    for (int axis = 0; axis < 2; axis++) {
        in[axis] = layer->in[axis];
        if (s->op == PLEAT_CONV_TRANSPOSE)
            continue;
        TRY(pleat_size_conv_transpose(in[axis], &layer->params.axis[axis], &in[axis], error));
        s->params.axis[axis].output_padding = 0;
    }
    if (s->op == PLEAT_CONV) {
        s->params.in_channels = layer->params.out_channels;
        s->params.out_channels = layer->params.in_channels;
    }
    return PLEAT_OK;
}

static void fill(const struct pleat_tensor *tensor, struct pleat_random *random) {
    float *data = tensor->data;
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        data[i] = (float)(2 * pleat_random_uniform(random) - 1);
}

static void fill_value(const struct pleat_tensor *tensor, float value) {
    float *data = tensor->data;
    const int64_t size = pleat_tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        data[i] = value;
}

static enum pleat_status allocate_tensors(struct subject *s, struct pleat_error *error) {
    int64_t in[PLEAT_MAX_RANK], out[PLEAT_MAX_RANK], filter[PLEAT_MAX_RANK];
    const int rank = pleat_plan_input_extent(s->plan, s->layer->batch, in);
    pleat_plan_output_extent(s->plan, s->layer->batch, out);
    pleat_plan_weight_extent(s->plan, filter);
    const struct {
        struct pleat_tensor *tensor;
        const int64_t *extent;
    } wanted[] = {{&s->input, in},        {&s->weight, filter}, {&s->output, out},
                  {&s->grad_output, out}, {&s->grad_input, in}, {&s->grad_weight, filter}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        TRY(pleat_tensor_allocate(wanted[i].tensor, PLEAT_FLOAT32, rank, wanted[i].extent, error));
    struct pleat_random random = pleat_random_seed(1);
    fill(&s->input, &random);
    fill(&s->weight, &random);
    fill(&s->grad_output, &random);
    return PLEAT_OK;
}

static enum pleat_status open_all(struct subject *s, const struct pleat_plan_options *options,
                                  bool packed, struct pleat_error *error) {
    int64_t in[2];
    TRY(choose_side(s, in, error));
    TRY(pleat_plan_create(&s->plan, s->op, &s->params, in, options, error));
    TRY(allocate_tensors(s, error));
    if (packed)
        TRY(pleat_packed_weight_create(&s->packed, s->plan, &s->weight, error));
    const size_t forward = pleat_plan_scratch_size(s->plan, PLEAT_FORWARD, NULL);
    const size_t backward = pleat_plan_scratch_size(s->plan, PLEAT_BACKWARD, NULL);
    s->scratch_bytes = forward > backward ? forward : backward;
    s->scratch_bytes += PAGE - s->scratch_bytes % PAGE;
    s->scratch = aligned_alloc(PAGE, s->scratch_bytes);
    if (s->scratch == NULL)
        return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for the scratch");
    return PLEAT_OK;
}

enum pleat_status subject_open(struct subject *subject, const struct layer *layer,
                               enum pleat_operator op, const struct pleat_plan_options *options,
                               bool packed, struct pleat_error *error) {
    *subject = (struct subject){.layer = layer, .op = op};
    const enum pleat_status status = open_all(subject, options, packed, error);
    if (status != PLEAT_OK)
        subject_close(subject);
    return status;
}

void subject_close(struct subject *s) {
    struct pleat_tensor *const tensors[] = {&s->input,       &s->weight,     &s->output,
                                            &s->grad_output, &s->grad_input, &s->grad_weight};
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++)
        pleat_tensor_free(tensors[i]);
    free(s->scratch);
    pleat_packed_weight_free(s->packed);
    pleat_plan_free(s->plan);
    *s = (struct subject){0};
}

enum pleat_status subject_run(const struct subject *s, enum pleat_pass pass,
                              struct pleat_error *error) {
    if (pass == PLEAT_FORWARD && s->packed != NULL)
        return pleat_plan_forward_packed(s->plan, &s->input, s->packed, NULL, &s->output,
                                         s->scratch, s->scratch_bytes, error);
    if (pass == PLEAT_FORWARD)
        return pleat_plan_forward(s->plan, &s->input, &s->weight, NULL, &s->output, s->scratch,
                                  s->scratch_bytes, error);
    const bool input = makes_grad_input(pass), weight = makes_grad_weight(pass);
    return pleat_plan_backward(s->plan, weight ? &s->input : NULL, input ? &s->weight : NULL,
                               &s->grad_output, input ? &s->grad_input : NULL,
                               weight ? &s->grad_weight : NULL, NULL, s->scratch, s->scratch_bytes,
                               error);
}

void subject_clear(const struct subject *s, enum pleat_pass pass) {
    if (pass == PLEAT_FORWARD)
        fill_value(&s->output, NAN);
    if (makes_grad_input(pass))
        fill_value(&s->grad_input, NAN);
    if (makes_grad_weight(pass))
        fill_value(&s->grad_weight, 0);
}
