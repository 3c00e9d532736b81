/* A transposed convolution, 2x2 pixels to 3x3, and the gradient of its filter. */
#include <stdio.h>
#include <stdlib.h>
#include <pleat/pleat.h>

int main(void) {
    const int64_t in[4] = {1, 1, 2, 2}, filter[4] = {1, 1, 3, 3}, out[4] = {1, 1, 3, 3};
    float x[4] = {1, 2, 3, 4}, y[9], w[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1}, grad[9] = {0};
    const struct pleat_tensor input = pleat_tensor_view(x, PLEAT_FLOAT32, 4, in);
    const struct pleat_tensor weight = pleat_tensor_view(w, PLEAT_FLOAT32, 4, filter);
    const struct pleat_tensor output = pleat_tensor_view(y, PLEAT_FLOAT32, 4, out);
    const struct pleat_tensor grad_weight = pleat_tensor_view(grad, PLEAT_FLOAT32, 4, filter);
    /* 2 spatial axes, 1 channel to 1 channel, filter 3x3, stride 2, padding 1 */
    const struct pleat_conv_params params = pleat_conv_params_init(2, 1, 1, 3, 2, 1);
    struct pleat_plan *plan;
    if (pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &params, in + 2, NULL, NULL) != PLEAT_OK)
        return EXIT_FAILURE;
    const size_t forward = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    const size_t backward = pleat_plan_scratch_size(plan, PLEAT_BACKWARD, NULL);
    void *scratch = malloc(forward > backward ? forward : backward);
    /* y, and then dL/dw for L = |y|^2 / 2, whose dL/dy is y */
    if (pleat_plan_forward(plan, &input, &weight, NULL, &output, scratch, forward, NULL) ||
        pleat_plan_backward(plan, &input, NULL, &output, NULL, &grad_weight, NULL, scratch,
                            backward, NULL))
        return EXIT_FAILURE;
    for (int i = 0; i < 9; i++)
        printf("y %2g  dL/dw %3g%s", y[i], grad[i], i % 3 == 2 ? "\n" : "   |   ");
    free(scratch);
    pleat_plan_free(plan);
}
