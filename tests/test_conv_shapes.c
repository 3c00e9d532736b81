/* The layers of conformance/shapes.tsv, as conv_transpose and as the conv of the same weight with
 * input and output gradient exchanged. Those up to 0.1 GFLOP are compared with the oracle whole;
 * larger ones, with PLEAT_TEST_LARGE=1, at a thousand elements of each result. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conv_run.h"
#include "data.h"
#include "reference.h"
#include "suites.h"

#define WHOLE_MULTIPLY_ADDS 5e7 /* 0.1 GFLOP */

enum { MAX_SHAPES = 512, SAMPLES = 1000 };

static struct conv_case shapes[MAX_SHAPES];
static int whole[MAX_SHAPES], large[MAX_SHAPES];
static int whole_count, large_count;

/* The columns of the table. */
enum column { NAME, SOURCE, RANK, N, CIN, IN, COUT, K, S, PAD, OP, D, G, BIAS, COLUMNS };

/* Splits a line at its tabs; missing columns are empty. */
static void split(char *line, const char *columns[COLUMNS]) {
    line[strcspn(line, "\r\n")] = '\0';
    for (int i = 0; i < COLUMNS; i++) {
        columns[i] = line;
        line += strcspn(line, "\t");
        if (*line == '\t')
            *line++ = '\0';
    }
}

/* Adds output padding such as "1x0x1". Other libraries also take a negative one, and any large one:
 * what pleat refuses is the same as a padding at the end. */
static void add_output_padding(struct conv_case *c, const char *text) {
    for (int a = 0; a < c->params.rank; a++) {
        struct pleat_axis *axis = &c->params.axis[a];
        char *end;
        const int64_t pixels = strtoll(text, &end, 10);
        text = *end == 'x' ? end + 1 : end;
        c->out[a] += pixels;
        if (pixels >= 0 && (pixels < axis->stride || pixels < axis->dilation))
            axis->output_padding = pixels;
        else
            axis->padding_end -= pixels;
    }
}

/* Reads the table into shapes; returns the number of its rows. */
static int load(FILE *file) {
    char line[1024];
    int count = 0;
    if (fgets(line, sizeof line, file) == NULL)
        return 0;
    while (count < MAX_SHAPES && fgets(line, sizeof line, file) != NULL) {
        const char *v[COLUMNS];
        char text[CONV_CASE_TEXT];
        split(line, v);
        const bool bias = strcmp(v[BIAS], "1") == 0 || strcmp(v[BIAS], "True") == 0;
        snprintf(text, sizeof text, "n%s ic%s i%s oc%s k%s s%s p%s d%s g%s%s seed%d", v[N], v[CIN],
                 v[IN], v[COUT], v[K], v[S], v[PAD], v[D], v[G], bias ? " bias" : "", count);
        shapes[count] = conv_case_parse(text);
        add_output_padding(&shapes[count], v[OP]);
        if (conv_case_cost(&shapes[count]) <= WHOLE_MULTIPLY_ADDS)
            whole[whole_count++] = count;
        else
            large[large_count++] = count;
        count++;
    }
    fclose(file);
    return count;
}

static struct conv_case shape(int index, int variant) {
    return variant == 0 ? shapes[index] : conv_case_twin(&shapes[index]);
}

START_TEST(small_shapes) {
    const struct conv_case c = shape(whole[_i / 2], _i % 2);
    check_against_oracle(&c, 0, true);
}
END_TEST

/* What a sample of a result must be, by the oracle. */
struct arrays {
    double *input, *weight, *bias, *grad_output;
};
typedef double element(const struct conv_case *c, const struct arrays *a, int64_t i, double *terms);

static double output_at(const struct conv_case *c, const struct arrays *a, int64_t i,
                        double *terms) {
    return reference_output_at(c, a->input, a->weight, c->bias ? a->bias : NULL, i, terms);
}

static double grad_input_at(const struct conv_case *c, const struct arrays *a, int64_t i,
                            double *terms) {
    return reference_grad_input_at(c, a->weight, a->grad_output, i, terms);
}

static double grad_weight_at(const struct conv_case *c, const struct arrays *a, int64_t i,
                             double *terms) {
    return reference_grad_weight_at(c, a->input, a->grad_output, i, terms);
}

static double grad_bias_at(const struct conv_case *c, const struct arrays *a, int64_t i,
                           double *terms) {
    return reference_grad_bias_at(c, a->grad_output, i, terms);
}

/* Compares the first, the last and random elements. The largest sum of |terms| is that of the
 * samples. */
static void check_samples(const struct conv_run *run, const struct pleat_tensor *result,
                          const struct arrays *a, element *expected_at, const char *name) {
    struct pleat_random random = pleat_random_seed(run->c.seed);
    const int64_t size = pleat_tensor_size(result);
    int64_t index[SAMPLES];
    double difference[SAMPLES], terms[SAMPLES], largest = 0;
    int samples = 0;
    for (; samples < SAMPLES && samples < 2 * size; samples++) {
        const int64_t i = samples == 0   ? 0
                          : samples == 1 ? size - 1
                                         : (int64_t)pleat_random_below(&random, (uint64_t)size);
        index[samples] = i;
        difference[samples] =
            fabs(tensor_get(result, i) - expected_at(&run->c, a, i, &terms[samples]));
        largest = fmax(largest, terms[samples]);
    }
    const bool levels = conv_run_levels(run, result);
    const double tolerance = real_tolerance(&run->c);
    for (int i = 0; i < samples; i++)
        if (!(difference[i] <= tolerance * (levels ? largest : terms[i])))
            ck_abort_msg("%s: %s: element %lld is %.9g, off by %.3g", run->text, name,
                         (long long)index[i], tensor_get(result, index[i]), difference[i]);
}

START_TEST(large_shapes) {
    const struct conv_case c = shape(large[_i / 2], _i % 2);
    struct conv_run run;
    conv_run_begin(&run, &c, 0, fill_reals);
    fill_value(&run.grad_weight, 0);
    fill_value(&run.grad_bias, 0);
    conv_run_forward(&run, conv_run_scratch(&run, PLEAT_FORWARD));
    conv_run_backward(&run, WANT_ALL, conv_run_scratch(&run, PLEAT_BACKWARD));
    struct arrays a = {tensor_to_double(&run.input), tensor_to_double(&run.weight),
                       tensor_to_double(&run.bias), tensor_to_double(&run.grad_output)};
    check_samples(&run, &run.output, &a, output_at, "output");
    check_samples(&run, &run.grad_input, &a, grad_input_at, "grad_input");
    check_samples(&run, &run.grad_weight, &a, grad_weight_at, "grad_weight");
    check_samples(&run, &run.grad_bias, &a, grad_bias_at, "grad_bias");
    free(a.input), free(a.weight), free(a.bias), free(a.grad_output);
    conv_run_end(&run);
}
END_TEST

int main(void) {
    const int count = load(data_open("conformance/shapes.tsv"));
    const bool run_large = environment_number("PLEAT_TEST_LARGE", 0) > 0;
    printf("%d shapes, conv_transpose and conv: %d whole, %d large ones %s\n", count, whole_count,
           large_count, run_large ? "by samples" : "left to make bigcheck");
    fflush(stdout);
    if (count < 208)
        return EXIT_FAILURE;
    Suite *suite = suite_create("conv: shapes");
    suite_add_loop(suite, "small shapes", small_shapes, 2 * whole_count);
    if (run_large) {
        TCase *tcase = tcase_create("large shapes");
        tcase_set_timeout(tcase, 1800);
        tcase_add_loop_test(tcase, large_shapes, 0, 2 * large_count);
        suite_add_tcase(suite, tcase);
    }
    return run_suite(suite);
}
