/* The verb bench: times each layer of a table, or whole steps. */
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/request.h"
#include "bench/steps.h"
#include "options.h"
#include "verbs.h"
#ifdef PLEAT_ONEDNN
#include "bench/onednn.h"
#endif

/* Measurements of sgemm in a run. */
enum { FEWEST_SGEMMS = 10 };

struct run {
    const struct request *request;
    struct layers layers;
    struct yardstick yardstick;
    struct flush *flush; /* NULL where caches are left alone */
    struct report report;
};

static int layer_failure(const struct run *run, const struct layer *layer, const char *message) {
    return failure(bench_verb, "%s, line %d: %s: %s", run->request->file, layer->line, layer->name,
                   message);
}

/* The subject as a contestant. */
struct pass_of_subject {
    const struct subject *subject;
    enum pleat_pass pass;
};

static bool run_subject(void *state) {
    const struct pass_of_subject *p = state;
    return subject_run(p->subject, p->pass, NULL) == PLEAT_OK;
}

/* Executes a pass and checks it. */
static bool check_subject(const struct subject *subject, enum pleat_pass pass,
                          struct checked *checked, char message[CHECK_MESSAGE]) {
    struct pleat_error error;
    subject_clear(subject, pass);
    if (subject_run(subject, pass, &error) == PLEAT_OK)
        return check_pass(subject, pass, checked, message);
    snprintf(message, CHECK_MESSAGE, "%.*s", CHECK_MESSAGE - 1, error.message);
    return false;
}

#ifdef PLEAT_ONEDNN
/* Makes a peer ready; NULL where oneDNN cannot compute the pass, or computes it wrongly. */
static struct onednn *open_peer(const struct run *run, const struct subject *subject,
                                enum pleat_pass pass, bool own_layout) {
    struct onednn *peer = onednn_open(subject, pass, own_layout, run->yardstick.threads);
    struct checked checked = {0, 0};
    char message[CHECK_MESSAGE];
    subject_clear(subject, pass);
    if (peer != NULL && onednn_run(peer) && onednn_unload(peer) &&
        check_pass(subject, pass, &checked, message))
        return peer;
    onednn_close(peer);
    return NULL;
}

/* Times the contestant beside oneDNN, which takes turns with it. */
static bool measure_row(const struct run *run, const struct subject *subject, struct row *row,
                        struct contestant ours) {
    struct onednn *peers[PEERS] = {NULL};
    struct contestant contestants[1 + PEERS] = {ours};
    int count = 1, place[PEERS] = {0};
    for (int p = 0; p < PEERS && run->report.peers; p++) {
        peers[p] = open_peer(run, subject, row->pass, p == 1);
        if (peers[p] != NULL) {
            place[p] = count;
            contestants[count++] = (struct contestant){.run = onednn_run, .state = peers[p]};
        }
    }
    const int calls =
        measure(contestants, count, run->request->milliseconds, run->flush, run->yardstick.threads);
    row->best = contestants[0].best;
    row->median = contestants[0].median;
    for (int p = 0; p < PEERS; p++) {
        row->peer[p] = place[p] > 0 ? contestants[place[p]].best : 0;
        onednn_close(peers[p]);
    }
    return calls > 0;
}
#else
static bool measure_row(const struct run *run, const struct subject *subject, struct row *row,
                        struct contestant ours) {
    (void)subject;
    const int calls =
        measure(&ours, 1, run->request->milliseconds, run->flush, run->yardstick.threads);
    row->best = ours.best;
    row->median = ours.median;
    return calls > 0;
}
#endif

/* The method of a product for the layer's batch. */
static enum pleat_method method_of(const struct subject *subject,
                                   const struct pleat_product_description *p) {
    return subject->layer->batch < p->least_batch ? p->fewer : p->method;
}

/* The numbers of a row that need no measurement. */
static void describe_row(const struct subject *subject, struct row *row) {
    struct pleat_plan_description d;
    if (pleat_plan_describe(subject->plan, row->pass, &d, NULL) != PLEAT_OK)
        return;
    const double batch = (double)subject->layer->batch;
    const double filter = 4 * (double)pleat_tensor_size(&subject->weight);
    row->scratch_bytes = d.scratch_bytes;
    for (int i = 0; i < d.products; i++) {
        row->flops += batch * d.product[i].formula_flops;
        row->bytes += batch * (d.product[i].bytes - filter) + filter;
    }
    const char *first = pleat_method_name(method_of(subject, &d.product[0]));
    const char *last = pleat_method_name(method_of(subject, &d.product[d.products - 1]));
    snprintf(row->method, sizeof row->method, strcmp(first, last) == 0 ? "%s" : "%s+%s", first,
             last);
}

/* Checks and times the passes that are wanted of one layer. */
static int time_layer(struct run *run, const struct subject *subject) {
    char message[CHECK_MESSAGE];
    for (int i = 0; i < PASSES; i++) {
        if (!run->request->wanted[i])
            continue;
        struct row *row = &run->report.row[run->report.rows];
        *row = (struct row){.layer = subject->layer, .pass = report_passes[i]};
        describe_row(subject, row);
        if (!check_subject(subject, row->pass, &row->checked, message))
            return layer_failure(run, subject->layer, message);
        struct pass_of_subject state = {subject, row->pass};
        if (!measure_row(run, subject, row,
                         (struct contestant){.run = run_subject, .state = &state}))
            return layer_failure(run, subject->layer, "a measurement failed");
        run->report.rows++;
    }
    return EXIT_SUCCESS;
}

static int describe_layer(const struct run *run, const struct subject *subject) {
    for (int i = 0; i < PASSES; i++) {
        struct pleat_plan_description d;
        struct pleat_error error;
        if (!run->request->wanted[i] || report_passes[i] == PLEAT_BACKWARD)
            continue;
        if (pleat_plan_describe(subject->plan, report_passes[i], &d, &error) != PLEAT_OK)
            return layer_failure(run, subject->layer, error.message);
        const struct pleat_product_description *p = &d.product[0];
        printf("%-12s %-15s %s, %s: %s\n", subject->layer->name, pleat_pass_name(p->pass),
               pleat_method_name(p->method), pleat_instructions_name(d.instructions), p->tiles);
        printf("%28s an image: %.4g MFLOP (%.4g by the formula), %.4g MB, bound by %s\n", "",
               p->flops * 1e-6, p->formula_flops * 1e-6, p->bytes * 1e-6,
               pleat_bound_name(p->bound));
        printf("%28s scratch %zu KiB of %d threads, at least %zu KiB\n", "", d.scratch_bytes / 1024,
               d.threads, d.minimum_bytes / 1024);
    }
    return EXIT_SUCCESS;
}

/* Says on a terminal how far the run has come. */
static void show_progress(const struct layer *layer) {
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-60s\r", layer != NULL ? layer->name : "");
}

static int run_layer(struct run *run, const struct layer *layer) {
    const struct request *r = run->request;
    struct subject subject;
    struct pleat_error error;
    struct pleat_plan_options options = r->options;
    options.threads = run->yardstick.threads;
    if (subject_open(&subject, layer, r->op, &options, r->packed, &error) != PLEAT_OK)
        return layer_failure(run, layer, error.message);
    show_progress(layer);
    const int status = r->describe ? describe_layer(run, &subject) : time_layer(run, &subject);
    show_progress(NULL);
    subject_close(&subject);
    return status;
}

/* Every layer that is wanted; between them, and as often again as it takes, sgemm. */
static int run_layers(struct run *run) {
    int count = 0, status = EXIT_SUCCESS;
    for (int i = 0; i < run->layers.count && status == EXIT_SUCCESS; i++) {
        if (!request_wants(run->request, run->layers.layer[i].name))
            continue;
        if (!run->request->describe)
            yardstick_measure(&run->yardstick);
        status = run_layer(run, &run->layers.layer[i]);
        count++;
    }
    if (status != EXIT_SUCCESS || run->request->describe)
        return status;
    if (count == 0)
        return failure(bench_verb, "%s has none of the layers asked for", run->request->file);
    do
        yardstick_measure(&run->yardstick);
    while (run->yardstick.sgemms < FEWEST_SGEMMS);
    return EXIT_SUCCESS;
}

static int print_report(const struct run *run) {
    const char *reason = "";
    (run->request->tsv ? report_print_tsv : report_print)(&run->report);
    if (run->request->picture != NULL && !report_draw(&run->report, run->request->picture, &reason))
        return failure(bench_verb, "cannot draw %s: %s", run->request->picture, reason);
    return EXIT_SUCCESS;
}

/* Takes the memory of a run, and gives it the layers. */
static int run_all(struct run *run, int threads) {
    const struct request *r = run->request;
    struct pleat_error error;
    if (layers_read(&run->layers, r->file, &error) != PLEAT_OK)
        return library_failure(bench_verb, &error);
    run->report.row = calloc((size_t)run->layers.count * PASSES, sizeof *run->report.row);
    if (!yardstick_open(&run->yardstick, threads) || run->report.row == NULL ||
        (r->cold && (run->flush = flush_open()) == NULL))
        return failure(bench_verb, "no memory to measure with");
    const int status = run_layers(run);
    return status != EXIT_SUCCESS || r->describe ? status : print_report(run);
}

/* A table of layers, from the reading of its file to its report. */
static int time_table(const struct request *request, int threads) {
    struct run run = {.request = request,
                      .report = {.yardstick = &run.yardstick,
                                 .op = request->op,
                                 .packed = request->packed,
                                 .cold = request->cold}};
#ifdef PLEAT_ONEDNN
    run.report.peers = !request->alone;
#endif
    const int status = run_all(&run, threads);
    yardstick_close(&run.yardstick);
    flush_close(run.flush);
    free(run.report.row);
    layers_free(&run.layers);
    return status;
}

int verb_bench(int argc, char **argv) {
    struct request request;
    int status = request_read(argc, argv, &request);
    if (status == EXIT_SUCCESS) {
        const int threads =
            request.options.threads > 0 ? request.options.threads : omp_get_max_threads();
        status = (request.steps ? steps_run : time_table)(&request, threads);
    }
    free(request.names);
    return status == -1 ? EXIT_SUCCESS : status;
}
