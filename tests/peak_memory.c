/* The peak memory of a call: above what the process had after a warm-up sgemm, it is the tensors and
 * the scratch, and no more than SLACK beside. A program of its own, with the library itself, since
 * what others leave behind would count. PLEAT_TEST_LARGE=1 takes the layers of gigabytes. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pleat/conv.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INSTRUMENTED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define INSTRUMENTED
#endif

enum {
    EXIT_SKIP = 77,
    THREADS = 2,
    WARM_UP = 1024,
    /* Bytes: OpenBLAS's packing buffer and a stack for the second thread, which the warm-up did not
     * need, and the kernel's counters, which lag by some pages; half of this was measured. */
    SLACK = 1 << 20
};

static const struct shape {
    const char *name;
    bool large;
    int64_t channels, filters, rows, columns, kernel, stride, padding;
} shapes[] = {
    {"128 -> 64, k2 s2, 64x64", false, 128, 64, 64, 64, 2, 2, 0},
    {"8 -> 8, k4 s2, 512x512", false, 8, 8, 512, 512, 4, 2, 1},
    {"56 -> 1, k9 s2, 256x256", false, 56, 1, 256, 256, 9, 2, 4},
    {"64 -> 64, k3 s1, 128x128", false, 64, 64, 128, 128, 3, 1, 1},
    {"128 -> 64, k2 s2, 256x256", true, 128, 64, 256, 256, 2, 2, 0},
    {"8 -> 8, k4 s2, 4096x4096", true, 8, 8, 4096, 4096, 4, 2, 1},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* A line of /proc/self/status in bytes, or 0 where there is none. */
static size_t status_bytes(const char *name) {
    FILE *stream = fopen("/proc/self/status", "r");
    size_t kilobytes = 0;
    char line[256];
    while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = strtoul(line + strlen(name), NULL, 10);
    if (stream != NULL)
        fclose(stream);
    return kilobytes * 1024;
}

/* What has to be there: its views, and their bytes in all. */
struct memory {
    struct pleat_tensor tensor[5];
    int tensors;
    void *scratch;
    size_t bytes;
};

static bool add_tensor(struct memory *m, int rank, const int64_t *extent) {
    struct pleat_tensor *t = &m->tensor[m->tensors];
    if (pleat_tensor_allocate(t, PLEAT_FLOAT32, rank, extent, NULL) != PLEAT_OK)
        return false;
    m->tensors++;
    const size_t size = (size_t)pleat_tensor_size(t);
    for (size_t i = 0; i < size; i++)
        ((float *)t->data)[i] = (float)(i % 5) - 2;
    m->bytes += size * sizeof(float);
    return true;
}

/* The tensors of a pass in the order: input, weight, output or its gradient, then, backward, the
 * gradients of input and weight. */
static bool allocate(struct memory *m, const struct pleat_plan *plan, enum pleat_pass pass) {
    int64_t in[PLEAT_MAX_RANK], filter[PLEAT_MAX_RANK], out[PLEAT_MAX_RANK];
    const int rank = pleat_plan_input_extent(plan, 1, in);
    pleat_plan_weight_extent(plan, filter);
    pleat_plan_output_extent(plan, 1, out);
    const size_t scratch = pleat_plan_scratch_size(plan, pass, NULL);
    *m = (struct memory){.scratch = malloc(scratch), .bytes = scratch};
    if (m->scratch == NULL)
        return false;
    memset(m->scratch, 0xff, scratch);
    return add_tensor(m, rank, in) && add_tensor(m, rank, filter) && add_tensor(m, rank, out) &&
           (pass == PLEAT_FORWARD || (add_tensor(m, rank, in) && add_tensor(m, rank, filter)));
}

static void release(struct memory *m) {
    for (int i = 0; i < m->tensors; i++)
        pleat_tensor_free(&m->tensor[i]);
    free(m->scratch);
}

static enum pleat_status execute(const struct pleat_plan *plan, enum pleat_pass pass,
                                 const struct memory *m) {
    const struct pleat_tensor *t = m->tensor;
    const size_t scratch = pleat_plan_scratch_size(plan, pass, NULL);
    if (pass == PLEAT_FORWARD)
        return pleat_plan_forward(plan, &t[0], &t[1], NULL, &t[2], m->scratch, scratch, NULL);
    return pleat_plan_backward(plan, &t[0], &t[1], &t[2], &t[3], &t[4], NULL, m->scratch, scratch,
                               NULL);
}

/* Executes a pass; true where its peak is what it should be. */
static bool check_pass(const struct shape *s, const struct pleat_plan *plan, enum pleat_pass pass,
                       size_t before) {
    struct memory m;
    const bool done = allocate(&m, plan, pass) && execute(plan, pass, &m) == PLEAT_OK;
    const size_t peak = status_bytes("VmHWM:") - before;
    release(&m);
    const bool good = done && peak >= m.bytes - SLACK && peak <= m.bytes + SLACK;
    printf("%s, %s: peak %.2f MiB, tensors and scratch %.2f MiB, difference %+.2f MiB of %.0f%s\n",
           s->name, pleat_pass_name(pass), (double)peak / 0x1p20, (double)m.bytes / 0x1p20,
           ((double)peak - (double)m.bytes) / 0x1p20, SLACK / 0x1p20, good ? "" : ": WRONG");
    return good;
}

/* A process for each pass: a peak never falls again. */
static int run_pass(const struct shape *s, enum pleat_pass pass) {
    float *matrices = malloc(3 * WARM_UP * WARM_UP * sizeof *matrices);
    if (matrices == NULL)
        return EXIT_FAILURE;
    for (int i = 0; i < 3 * WARM_UP * WARM_UP; i++)
        matrices[i] = 1;
    openblas_set_num_threads(THREADS);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, WARM_UP, WARM_UP, WARM_UP, 1, matrices,
                WARM_UP, matrices + WARM_UP * WARM_UP, WARM_UP, 0, matrices + 2 * WARM_UP * WARM_UP,
                WARM_UP);
    const size_t before = status_bytes("VmHWM:");
    const struct pleat_conv_params params =
        pleat_conv_params_init(2, s->channels, s->filters, s->kernel, s->stride, s->padding);
    const int64_t in[2] = {s->rows, s->columns};
    struct pleat_plan_options options = pleat_plan_options_init();
    options.threads = THREADS;
    struct pleat_plan *plan;
    if (pleat_plan_create(&plan, PLEAT_CONV_TRANSPOSE, &params, in, &options, NULL) != PLEAT_OK)
        return EXIT_FAILURE;
    const bool good = check_pass(s, plan, pass, before);
    pleat_plan_free(plan);
    free(matrices);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Runs this program again for one pass of one shape, and returns its exit status. */
static int run_process(const char *shape, const char *pass) {
    const pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "peak_memory", shape, pass, (char *)NULL);
        _exit(EXIT_FAILURE);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return EXIT_FAILURE;
    return WEXITSTATUS(status);
}

/* Whether the machine has three times what the shape's tensors take, of 4 bytes an element. */
static bool has_memory(const struct shape *s) {
    const double pixels = (double)s->rows * (double)s->columns;
    const double bytes = 4 * pixels * (double)(s->channels + s->filters * s->stride * s->stride);
    return 3 * bytes < (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv) {
    if (argc == 3)
        return run_pass(&shapes[atoi(argv[1])], (enum pleat_pass)atoi(argv[2]));
#ifdef INSTRUMENTED
    puts("skipped: sanitizers take memory of their own");
    return EXIT_SKIP;
#endif
    if (status_bytes("VmHWM:") == 0) {
        puts("skipped: /proc/self/status does not tell the peak");
        return EXIT_SKIP;
    }
    const char *wanted = getenv("PLEAT_TEST_LARGE");
    int status = EXIT_SUCCESS;
    for (int i = 0; i < SHAPES; i++) {
        char shape[16], pass[16];
        if (shapes[i].large != (wanted != NULL))
            continue;
        if (!has_memory(&shapes[i])) {
            printf("%s: skipped: too little memory\n", shapes[i].name);
            continue;
        }
        for (int p = PLEAT_FORWARD; p <= PLEAT_BACKWARD; p++) {
            snprintf(shape, sizeof shape, "%d", i);
            snprintf(pass, sizeof pass, "%d", p);
            if (run_process(shape, pass) != EXIT_SUCCESS)
                status = EXIT_FAILURE;
        }
    }
    return status;
}
