/* Drawing latents. */
#include "generate/noise.h"

#include <pleat/random.h>

/* Each of the three numbers is scrambled by the generator before the next is added, so that none of
 * them undoes another. */
static struct pleat_random generator_of(uint64_t seed, enum noise_purpose purpose, int64_t number) {
    struct pleat_random random = pleat_random_seed(seed);
    random = pleat_random_seed(pleat_random_bits(&random) + (uint64_t)purpose);
    return pleat_random_seed(pleat_random_bits(&random) + (uint64_t)number);
}

void noise_fill(const struct pleat_tensor *tensor, uint64_t seed, enum noise_purpose purpose,
                int64_t number) {
    struct pleat_random random = generator_of(seed, purpose, number);
    float *value = tensor->data;
    for (int64_t i = 0; i < pleat_tensor_size(tensor); i++)
        value[i] = (float)pleat_random_normal(&random);
}
