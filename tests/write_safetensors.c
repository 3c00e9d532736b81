/* Writes a safetensors file whose contents independent_reader.sh knows. */
#include <stdio.h>
#include <stdlib.h>

#include <pleat/safetensors.h>

int main(int count, char **arguments) {
    static const float weight[] = {1, -2.5f, 0x1p-149f, 3e38f, 0, -1};
    static const double bias[] = {0.1, -1e300};
    const struct pleat_named_tensor tensors[] = {
        {"conv.weight", pleat_tensor_view(weight, PLEAT_FLOAT32, 4, (int64_t[]){1, 2, 3, 1})},
        {"conv.\xc3\xa4", pleat_tensor_view(bias, PLEAT_FLOAT64, 1, (int64_t[]){2})},
        {"none", pleat_tensor_view(NULL, PLEAT_FLOAT32, 2, (int64_t[]){0, 3})},
        {"one", pleat_tensor_view(weight, PLEAT_FLOAT32, 0, NULL)},
    };
    const struct pleat_metadata metadata[] = {{"step", "10"}, {"quote", "a \"b\" \\"}};
    struct pleat_error error;
    if (count != 2)
        return EXIT_FAILURE;
    if (pleat_safetensors_write(arguments[1], tensors, 4, metadata, 2, &error) != PLEAT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
