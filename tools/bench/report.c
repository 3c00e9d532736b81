/* Printing the result of a run. */
#include <math.h>
#include <stdio.h>

#include "bench/report.h"

const enum pleat_pass report_passes[PASSES] = {PLEAT_FORWARD, PLEAT_BACKWARD_INPUT,
                                               PLEAT_BACKWARD_FILTER, PLEAT_BACKWARD};

double row_gflops(const struct row *row) {
    return row->flops / row->best * 1e-6;
}

double row_share(const struct report *report, const struct row *row) {
    return row_gflops(row) / report->yardstick->sgemm_gflops;
}

double row_attained(const struct report *report, const struct row *row) {
    const double memory = row->flops / row->bytes * yardstick_triad(report->yardstick);
    const double sgemm = report->yardstick->sgemm_gflops;
    return row_gflops(row) / (memory < sgemm ? memory : sgemm);
}

void report_print_tsv(const struct report *report) {
    fputs("name\tpass\tthreads\tbest_ms\tmedian_ms\tgflops\tshare_of_sgemm\tscratch_bytes\tmethod",
          stdout);
    fputs(report->peers ? "\tonednn_nchw_ms\tonednn_own_ms\n" : "\n", stdout);
    for (int i = 0; i < report->rows; i++) {
        const struct row *row = &report->row[i];
        printf("%s\t%s\t%d\t%.4f\t%.4f\t%.2f\t%.4f\t%zu\t%s", row->layer->name,
               pleat_pass_name(row->pass), report->yardstick->threads, row->best, row->median,
               row_gflops(row), row_share(report, row), row->scratch_bytes, row->method);
        for (int p = 0; p < PEERS && report->peers; p++)
            printf(row->peer[p] > 0 ? "\t%.4f" : "\t", row->peer[p]);
        putchar('\n');
    }
}

static void print_row(const struct report *report, const struct row *row) {
    printf("%-12s %-15s %9.3f %9.3f %8.1f %6.2f %6.2f %8zu  %-15s", row->layer->name,
           pleat_pass_name(row->pass), row->best, row->median, row_gflops(row),
           row_share(report, row), row_attained(report, row), row->scratch_bytes / 1024,
           row->method);
    for (int p = 0; p < PEERS && report->peers; p++) {
        if (row->peer[p] > 0)
            printf(" %9.3f %5.2f", row->peer[p], row->peer[p] / row->best);
        else
            printf(" %9s %5s", "-", "-");
    }
    if (row->checked.elements == row->checked.of)
        puts("  all");
    else
        printf("  %lld samples\n", (long long)row->checked.elements);
}

/* The geometric means of a pass, where it has rows. */
static void print_means(const struct report *report, enum pleat_pass pass) {
    double share = 0, attained = 0, peer[PEERS] = {0}, least[PEERS] = {INFINITY, INFINITY};
    int rows = 0, timed[PEERS] = {0};
    for (int i = 0; i < report->rows; i++) {
        const struct row *row = &report->row[i];
        if (row->pass != pass)
            continue;
        rows++;
        share += log(row_share(report, row));
        attained += log(row_attained(report, row));
        for (int p = 0; p < PEERS; p++)
            if (row->peer[p] > 0) {
                timed[p]++;
                peer[p] += log(row->peer[p] / row->best);
                least[p] = fmin(least[p], row->peer[p] / row->best);
            }
    }
    if (rows == 0)
        return;
    printf("%s, %d layer%s: %.3f of sgemm, %.3f of what is attainable", pleat_pass_name(pass), rows,
           rows == 1 ? "" : "s", exp(share / rows), exp(attained / rows));
    static const char *const names[PEERS] = {"oneDNN in NCHW", "oneDNN in its own layout"};
    for (int p = 0; p < PEERS; p++)
        if (timed[p] > 0)
            printf("; %s takes %.2f times as long (at least %.2f)", names[p],
                   exp(peer[p] / timed[p]), least[p]);
    putchar('\n');
}

void report_print(const struct report *report) {
    const struct yardstick *y = report->yardstick;
    printf("%s, float32, threads %d, %s%s\n",
           report->op == PLEAT_CONV_TRANSPOSE ? "conv_transpose"
                                              : "conv (input and output of each layer exchanged)",
           y->threads, report->packed ? "weights packed before, " : "",
           report->cold ? "caches emptied before each call" : "caches warm");
    printf("sgemm 2048^3: %.1f GFLOP/s, best of %d; triad: %.1f GB/s, the median; both taken "
           "between the "
           "layers\n",
           y->sgemm_gflops, y->sgemms, yardstick_triad(y));
    printf("every result was checked first, against plain sums in double: all elements or random "
           "samples,\nwithin %g of the sum of the absolute terms\n\n",
           CHECK_TOLERANCE);
    printf("%-12s %-15s %9s %9s %8s %6s %6s %8s  %-15s", "layer", "pass", "best ms", "median",
           "GFLOP/s", "sgemm", "attain", "scratch", "method");
    if (report->peers)
        printf(" %9s %5s %9s %5s", "oneDNN", "x", "own", "x");
    puts("  checked");
    for (int i = 0; i < report->rows; i++)
        print_row(report, &report->row[i]);
    puts("\ngeometric means");
    for (int i = 0; i < PASSES; i++)
        print_means(report, report_passes[i]);
}
