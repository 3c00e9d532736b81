/* Several threads of the caller execute one plan at once, each with scratch of its own: the bits of
 * one alone. Without check's fork, as OpenBLAS and OpenMP demand; tests/openblas.sh runs it with
 * each build of OpenBLAS, of which the serial one computes wrongly where calls are not kept apart.
 * pthreads alone start the callers, so that ThreadSanitizer sees who waits for whom; with
 * PLEAT_TEST_PLAN_THREADS=1 there is no OpenMP team within. */
#include <cblas.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/conv.h>
#include <pleat/random.h>

#include "conv_case.h"

enum { CALLERS = 4, ROUNDS = 50 };

/* The first makes many short calls of sgemm, where the serial OpenBLAS's race shows; the last
 * four transform weights by blocks, have several direct tiles, items of taps, and blocks of images. */
static const char *const lines[] = {
    "n64 ic144 oc16 i8x16 k2 s2 bias tiled",      "n2 ic32 oc24 i12x12 k5 s2 p2 op1 d2 bias tiled",
    "n2 ic48 oc32 i16x16 k2 s2 bias tiled",       "n1 ic16 oc16 i4x6x6 k3 s2 p1 op1 bias",
    "n2 ic32 oc32 i12x12 k4 s2 p1 bias",          "n2 ic24 oc1 i20x20 k9 s3 p4 op2 bias",
    "n2 ic104 oc104 i3x4 k4 s2 p1 bias winograd", "n1 ic8 oc1 i8x1025 k3 p1 bias direct",
    "n2 ic5 oc3 i9x30 k16 s8 p4 bias taps",       "n37 ic12 oc9 i5x4 k3 s2 p1 op1 bias batched",
};
enum { LINES = sizeof lines / sizeof lines[0] };

/* Everything that one caller has of its own. */
struct caller {
    const struct pleat_plan *plan;
    const struct pleat_packed_weight *packed; /* shared; NULL: its own weight as it is */
    const struct conv_case *c;
    struct pleat_tensor input, weight, bias, output, grad_output;
    struct pleat_tensor grad_input, grad_weight, grad_bias;
    void *scratch;
    size_t scratch_bytes;
    const struct caller *expected; /* or NULL */
    bool failed;
};

static struct pleat_tensor make(int rank, const int64_t *extent, uint64_t seed) {
    struct pleat_tensor tensor = {.dtype = PLEAT_FLOAT32, .rank = rank};
    memcpy(tensor.extent, extent, (size_t)rank * sizeof *extent);
    float *data = malloc((size_t)pleat_tensor_size(&tensor) * sizeof *data);
    struct pleat_random random = pleat_random_seed(seed);
    for (int64_t i = 0; i < pleat_tensor_size(&tensor); i++)
        data[i] = (float)pleat_random_uniform(&random) - 0.5F;
    tensor.data = data;
    return tensor;
}

static void make_caller(struct caller *caller, const struct pleat_plan *plan,
                        const struct conv_case *c) {
    int64_t extent[PLEAT_MAX_RANK];
    *caller = (struct caller){.plan = plan, .c = c};
    int rank = pleat_plan_input_extent(plan, c->batch, extent);
    caller->input = make(rank, extent, 1);
    caller->grad_input = make(rank, extent, 2);
    rank = pleat_plan_output_extent(plan, c->batch, extent);
    caller->output = make(rank, extent, 3);
    caller->grad_output = make(rank, extent, 4);
    rank = pleat_plan_weight_extent(plan, extent);
    caller->weight = make(rank, extent, 5);
    caller->grad_weight = make(rank, extent, 6);
    caller->bias = make(1, &c->params.out_channels, 7);
    caller->grad_bias = make(1, &c->params.out_channels, 8);
    const size_t forward = pleat_plan_scratch_size(plan, PLEAT_FORWARD, NULL);
    const size_t backward = pleat_plan_scratch_size(plan, PLEAT_BACKWARD, NULL);
    caller->scratch_bytes = forward > backward ? forward : backward;
    caller->scratch = malloc(caller->scratch_bytes);
}

static void free_caller(struct caller *caller) {
    struct pleat_tensor *tensors[] = {
        &caller->input,       &caller->weight,     &caller->bias,        &caller->output,
        &caller->grad_output, &caller->grad_input, &caller->grad_weight, &caller->grad_bias};
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++)
        free(tensors[i]->data);
    free(caller->scratch);
}

static bool same(const struct pleat_tensor *a, const struct pleat_tensor *b) {
    return memcmp(a->data, b->data, (size_t)pleat_tensor_size(a) * sizeof(float)) == 0;
}

static enum pleat_status run_forward(const struct caller *c, struct pleat_error *error) {
    return c->packed != NULL
               ? pleat_plan_forward_packed(c->plan, &c->input, c->packed, &c->bias, &c->output,
                                           c->scratch, c->scratch_bytes, error)
               : pleat_plan_forward(c->plan, &c->input, &c->weight, &c->bias, &c->output,
                                    c->scratch, c->scratch_bytes, error);
}

/* Executes both passes, the parameters' gradients from 0, and compares with what was expected. */
static void execute(struct caller *caller) {
    memset(caller->grad_weight.data, 0,
           (size_t)pleat_tensor_size(&caller->grad_weight) * sizeof(float));
    memset(caller->grad_bias.data, 0,
           (size_t)pleat_tensor_size(&caller->grad_bias) * sizeof(float));
    struct pleat_error error = {0};
    if (run_forward(caller, &error) != PLEAT_OK ||
        pleat_plan_backward(caller->plan, &caller->input, &caller->weight, &caller->grad_output,
                            &caller->grad_input, &caller->grad_weight, &caller->grad_bias,
                            caller->scratch, caller->scratch_bytes, &error) != PLEAT_OK)
        caller->failed = true;
    const struct caller *e = caller->expected;
    if (e != NULL &&
        !(same(&caller->output, &e->output) && same(&caller->grad_input, &e->grad_input) &&
          same(&caller->grad_weight, &e->grad_weight) && same(&caller->grad_bias, &e->grad_bias)))
        caller->failed = true;
}

static void *execute_often(void *argument) {
    struct caller *caller = argument;
    for (int i = 0; i < ROUNDS && !caller->failed; i++)
        execute(caller);
    return NULL;
}

/* Whether all callers at once get the bits of one alone. */
static bool check_shared_plan(const char *line, int threads) {
    const struct conv_case c = conv_case_parse(line);
    struct pleat_plan_options options = pleat_plan_options_init();
    options.threads = threads;
    options.method = c.method;
    struct pleat_plan *plan = NULL;
    struct pleat_error error = {0};
    if (pleat_plan_create(&plan, c.op, &c.params, c.in, &options, &error) != PLEAT_OK) {
        printf("%s: %s\n", line, error.message);
        return false;
    }
    struct caller alone, callers[CALLERS];
    make_caller(&alone, plan, &c);
    execute(&alone);
    struct pleat_packed_weight *packed = NULL;
    const bool is_packed =
        pleat_packed_weight_create(&packed, plan, &alone.weight, &error) == PLEAT_OK;
    bool passed = !alone.failed && is_packed;
    pthread_t threads_of[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        make_caller(&callers[i], plan, &c);
        callers[i].expected = &alone;
        callers[i].packed = i % 2 == 0 ? NULL : packed;
        pthread_create(&threads_of[i], NULL, execute_often, &callers[i]);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads_of[i], NULL);
        passed = passed && !callers[i].failed;
        free_caller(&callers[i]);
    }
    free_caller(&alone);
    pleat_packed_weight_free(packed);
    pleat_plan_free(plan);
    printf("%s: %s, %d threads a plan\n", passed ? "ok" : "OTHER BITS", line, threads);
    return passed;
}

int main(void) {
    static const char *const builds[] = {"serial", "pthread", "openmp"};
    const char *wanted = getenv("PLEAT_TEST_OPENBLAS"), *build = builds[openblas_get_parallel()];
    printf("OpenBLAS: %s, %s\n", build, openblas_get_corename());
    if (wanted != NULL && strcmp(wanted, build) != 0) {
        printf("not the build that was asked for: %s\n", wanted);
        return EXIT_FAILURE;
    }
    const char *only = getenv("PLEAT_TEST_PLAN_THREADS");
    const int blas_before = openblas_get_num_threads(), omp_before = omp_get_max_threads();
    bool passed = true;
    for (int threads = 1; threads <= 2; threads++)
        for (int i = 0; i < LINES; i++)
            if (only == NULL || atoi(only) == threads)
                passed = check_shared_plan(lines[i], threads) && passed;
    if (openblas_get_num_threads() != blas_before || omp_get_max_threads() != omp_before) {
        printf("the numbers of threads were not put back\n");
        passed = false;
    }
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
