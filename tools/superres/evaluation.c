/* Walking a data set in portions, so that its pairs need not all be in memory. */
#include <math.h>
#include <stdlib.h>

#include "superres/evaluation.h"
#include "fault.h"
#include "superres/parallel.h"
#include "superres/score.h"

/* Images whose pairs are in memory at once. */
#define PORTION 256

/* What every round knows. */
struct portion {
    const struct pleat_dataset *dataset;
    size_t first;
    int64_t scale;
    struct pair *pairs;
};

static enum pleat_status make_pair(void *context, size_t index, struct pleat_error *error) {
    const struct portion *portion = context;
    return pair_make_of(&portion->pairs[index], portion->dataset, portion->first + index,
                        portion->scale, error);
}

static const enum pleat_resize_method interpolation[METHOD_NETWORK] = {
    [METHOD_NEAREST] = PLEAT_NEAREST,
    [METHOD_BILINEAR] = PLEAT_BILINEAR,
    [METHOD_BICUBIC] = PLEAT_BICUBIC};

/* Fills in the figures of images first..first + count - 1. */
static enum pleat_status run_portion(struct evaluation *evaluation,
                                     const struct upsampler *upsampler, struct portion *portion,
                                     size_t count, int64_t border, struct pleat_error *error) {
    TRY(parallel_for(count, upsampler->threads, make_pair, portion, error));
    for (int method = 0; method < METHOD_NETWORK; method++)
        if (evaluation->wanted[method])
            TRY(score_interpolation(portion->pairs, count, interpolation[method], border,
                                    upsampler->threads, evaluation->psnr[method] + portion->first,
                                    error));
    if (!evaluation->wanted[METHOD_NETWORK])
        return PLEAT_OK;
    return score_network(upsampler, portion->pairs, count, border,
                         evaluation->psnr[METHOD_NETWORK] + portion->first, error);
}

/* Takes the means over the images whose figures are all finite. */
static void take_means(struct evaluation *evaluation) {
    for (size_t i = 0; i < evaluation->count; i++) {
        bool exact = false;
        for (int method = 0; method < METHODS; method++)
            exact = exact || (evaluation->wanted[method] && isinf(evaluation->psnr[method][i]));
        evaluation->exact += exact;
        for (int method = 0; method < METHODS; method++)
            if (evaluation->wanted[method] && !exact)
                evaluation->mean[method] += evaluation->psnr[method][i];
    }
    const double rest = (double)(evaluation->count - evaluation->exact);
    for (int method = 0; method < METHODS; method++)
        evaluation->mean[method] = rest > 0 ? evaluation->mean[method] / rest : INFINITY;
}

enum pleat_status evaluation_run(struct evaluation *evaluation, const struct upsampler *upsampler,
                                 const struct pleat_dataset *dataset, int64_t border,
                                 struct pleat_error *error) {
    const size_t count = evaluation->count = pleat_dataset_count(dataset);
    for (int method = 0; method < METHODS; method++) {
        evaluation->psnr[method] =
            evaluation->wanted[method] ? malloc(count * sizeof(double)) : NULL;
        if (evaluation->wanted[method] && evaluation->psnr[method] == NULL)
            return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", count);
    }
    for (size_t first = 0; first < count; first += PORTION) {
        const size_t part = count - first < PORTION ? count - first : PORTION;
        struct portion portion = {.dataset = dataset,
                                  .first = first,
                                  .scale = upsampler->scale,
                                  .pairs = pairs_allocate(part)};
        if (portion.pairs == NULL)
            return fault(error, PLEAT_OUT_OF_MEMORY, "no memory for %zu images", part);
        const enum pleat_status status =
            run_portion(evaluation, upsampler, &portion, part, border, error);
        pairs_free(portion.pairs, part);
        TRY(status);
    }
    take_means(evaluation);
    return PLEAT_OK;
}

void evaluation_free(struct evaluation *evaluation) {
    for (int method = 0; method < METHODS; method++)
        free(evaluation->psnr[method]);
}
