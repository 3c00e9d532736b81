/* A transposed convolution, 2x2 pixels to 3x3, and the gradient of its filter. */
#include <pleat/pleat.h>
#include <stdio.h>

int main(void) {
    const int64_t small[4] = {1, 1, 2, 2}, large[4] = {1, 1, 3, 3};
    float x[4] = {1, 2, 3, 4}, w[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1}, y[9], grad[9] = {0};
    const struct pleat_tensor input = pleat_tensor_view(x, PLEAT_FLOAT32, 4, small);
    const struct pleat_tensor weight = pleat_tensor_view(w, PLEAT_FLOAT32, 4, large);
    const struct pleat_tensor output = pleat_tensor_view(y, PLEAT_FLOAT32, 4, large);
    const struct pleat_tensor grad_weight = pleat_tensor_view(grad, PLEAT_FLOAT32, 4, large);
    /* 2 axes, 1 channel to 1, filter 3x3, stride 2, padding 1; L = |y|^2 / 2, so that dL/dy = y */
    const struct pleat_conv_params params = pleat_conv_params_init(2, 1, 1, 3, 2, 1);
    struct pleat_plan *plan;
    static char scratch[65536]; /* enough for this one; pleat_plan_scratch_size tells */
    if (pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &params, small + 2, NULL, NULL) ||
        pleat_plan_forward(plan, &input, &weight, NULL, &output, scratch, sizeof scratch, NULL) ||
        pleat_plan_backward(plan, &input, NULL, &output, NULL, &grad_weight, NULL, scratch,
                            sizeof scratch, NULL))
        return 1;
    for (int i = 0; i < 9; i++)
        printf("y %2g  dL/dw %3g%s", y[i], grad[i], i % 3 == 2 ? "\n" : "   |   ");
    pleat_plan_free(plan);
}
