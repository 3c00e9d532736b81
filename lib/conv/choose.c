/* Which method computes a product. */
#include "conv/method.h"

#include "base/checked.h"
#include "base/error.h"

/* Channels as they are multiplied: whole multiples. */
static double padded(int64_t channels, int64_t multiple) {
    return (double)pleat__ceil_divide(channels, multiple) * (double)multiple / (double)channels;
}

/* Whether the products are those of the formula. */
static bool is_exact(const struct pleat__work *work) {
    return work->method != PLEAT_METHOD_WINOGRAD ||
           !pleat__winograd_transforms(&work->tiling.winograd);
}

/* Whether Winograd, made ready, pays: whether it is expected to be 1.15 times as fast. Its kernel
 * is 1.3 times as fast as the tiled method for the same operations, but transforming each channel of
 * a side costs as much as multiplying it by so many of the other side's: measured on 9 pairs of
 * channels by 4 kernels. Where there is nothing to transform its order of work alone must pay: not in
 * the filter product, nor where the unfold product packs its weights anew for every run of tiles. */
static bool winograd_pays(const struct pleat__work *work, enum pleat__kind kind,
                          const struct pleat__geometry *g, size_t element) {
    static const struct {
        double coarse, fine;
    } cost[PLEAT__BOTH] = {
        [PLEAT__FOLD] = {4, 13}, [PLEAT__UNFOLD] = {8, 8}, [PLEAT__FILTER] = {8, 20}};
    const int64_t rows = PLEAT__WINOGRAD_ROWS;
    const int64_t panel = PLEAT__WINOGRAD_PANEL_BYTES / (int64_t)element;
    double flops = work->flops;
    if (is_exact(work) &&
        (kind == PLEAT__FILTER || (kind == PLEAT__UNFOLD && !work->tiling.winograd.keeps_weights)))
        return false;
    if (kind != PLEAT__FOLD)
        flops *= padded(g->coarse_channels, rows);
    if (kind != PLEAT__UNFOLD)
        flops *= padded(g->fine_channels, kind == PLEAT__FILTER ? panel : rows);
    flops *= 1 + cost[kind].coarse / (double)g->coarse_channels +
             cost[kind].fine / (double)g->fine_channels;
    return 1.3 * pleat__formula_flops(g) >= 1.15 * flops;
}

/* Whether vectors over pixels beat all else, since one side of the matrices is small. The filter
 * product splits the fine rows for too few coarse channels where it is depthwise; the fold product
 * copies its coarse rows for too few sums, but for one fine channel of large planes. */
static bool is_narrow(enum pleat__kind kind, const struct pleat__geometry *g) {
    if (kind == PLEAT__FOLD)
        return g->fine_channels == 1 && pleat__coarse_pixels(g) >= 4096;
    return g->fine_channels <= 4 && (kind != PLEAT__FILTER || g->coarse_channels >= 8);
}

/* Whether vectors over pixels beat sgemm for many channels too: where a tile has many vectors and the
 * terms of a sum repay the splitting of rows. So do few terms, at which sgemm is slow, where taps
 * overlap or many channels are made of few: measured on 29 layers of fewer than 64 terms. */
static bool is_wide(enum pleat__kind kind, const struct pleat__geometry *g) {
    if (kind == PLEAT__FILTER || pleat__coarse_pixels(g) < 2048)
        return false;
    if (kind == PLEAT__FOLD)
        return g->coarse_channels >= 64;
    return g->fine_channels * pleat__taps(g) >= 64 || g->kernel[1] > g->stride[1] ||
           g->kernel[2] > g->stride[2] || g->coarse_channels >= 2 * g->fine_channels;
}

/* Whether vectors over taps, which compute the geometry, are faster than what would be taken
 * otherwise: measured on 24 layers whose rows have 16 taps and more. The filter product always was.
 * The others are not where a quarter of the lanes would be idle, nor where columns serve many
 * channels of both sides; and in the unfold product the terms of a sum must repay the adding of its
 * lanes. */
static bool suits_taps(enum pleat__kind kind, const struct pleat__geometry *g) {
    const int64_t coarse = g->coarse_channels, fine = g->fine_channels, kernel = g->kernel[2];
    const int64_t vectors = pleat__ceil_divide(kernel, 16);
    if (kind == PLEAT__FILTER)
        return true;
    if (4 * 16 * vectors > 5 * kernel)
        return false;
    if (kind == PLEAT__FOLD)
        return pleat__min(coarse, fine) < 64;
    return fine * g->kernel[1] * vectors >= 16 && coarse < 256 && (coarse > 1 || g->stride[2] >= 8);
}

/* Whether vectors over images beat every other method where there are enough images: on planes whose
 * pixels vectors do not fill well, with enough operations an element to pay for transposing it. One
 * fine channel of the fold product is a single row of sums. Winograd merges images too; its filter
 * product is the faster one for many channels. One or two channels of both sides, as of depthwise
 * layers, always pay: 1.4 to 15 times as fast on 9 layers, since the others begin anew for each group. */
static bool suits_batched(enum pleat__kind kind, const struct pleat__geometry *g,
                          enum pleat_method otherwise) {
    if (pleat__coarse_pixels(g) > 256)
        return false;
    if (pleat__max(g->coarse_channels, g->fine_channels) <= 2)
        return true;
    if (kind == PLEAT__FILTER && otherwise == PLEAT_METHOD_WINOGRAD &&
        pleat__min(g->coarse_channels, g->fine_channels) >= 64)
        return false;
    const double elements = (double)g->coarse_channels * (double)pleat__coarse_pixels(g) +
                            (double)g->fine_channels * (double)pleat__fine_pixels(g);
    return (kind != PLEAT__FOLD || g->fine_channels > 1) &&
           pleat__formula_flops(g) >= 12 * (double)g->groups * elements;
}

/* Makes work ready by that method. */
static enum pleat_status prepare(struct pleat__work *work, enum pleat__kind kind,
                                 const struct pleat__geometry *geometry, size_t element,
                                 enum pleat_method method, struct pleat_error *error) {
    *work = (struct pleat__work){.method = method, .flops = pleat__formula_flops(geometry)};
    return pleat__method(method)->prepare(work, kind, geometry, element, error);
}

/* Makes work ready by that method, if it computes the geometry. */
static bool is_ready(struct pleat__work *work, enum pleat__kind kind,
                     const struct pleat__geometry *g, size_t element, enum pleat_method method) {
    return prepare(work, kind, g, element, method, NULL) == PLEAT_OK;
}

/* The first method that suits any batch. */
static enum pleat_status choose(struct pleat__work *work, enum pleat__kind kind,
                                const struct pleat__geometry *g, size_t element, bool exact,
                                struct pleat_error *error) {
    const bool is_minimal = !exact && is_ready(work, kind, g, element, PLEAT_METHOD_WINOGRAD) &&
                            !is_exact(work) && winograd_pays(work, kind, g, element);
    if ((!is_minimal || kind == PLEAT__FOLD) &&
        is_ready(work, kind, g, element, PLEAT_METHOD_TAPS) && suits_taps(kind, g))
        return PLEAT_OK;
    if (is_narrow(kind, g) && is_ready(work, kind, g, element, PLEAT_METHOD_DIRECT))
        return PLEAT_OK;
    if (is_minimal)
        return prepare(work, kind, g, element, PLEAT_METHOD_WINOGRAD, error);
    if (is_wide(kind, g) && is_ready(work, kind, g, element, PLEAT_METHOD_DIRECT))
        return PLEAT_OK;
    if (is_ready(work, kind, g, element, PLEAT_METHOD_WINOGRAD) && is_exact(work) &&
        winograd_pays(work, kind, g, element))
        return PLEAT_OK;
    return prepare(work, kind, g, element, PLEAT_METHOD_TILED, error);
}

enum pleat_status pleat__make_ready(struct pleat__work *work, enum pleat__kind kind,
                                    const struct pleat__geometry *g, size_t element,
                                    enum pleat_method method, bool exact,
                                    struct pleat_error *error) {
    PLEAT__TRY(prepare(work, kind, g, element, method, error));
    return !exact || is_exact(work)
               ? PLEAT_OK
               : pleat__fail(error, PLEAT_INVALID_ARGUMENT, "method \"%s\" is not exact",
                             pleat_method_name(method));
}

enum pleat_status pleat__choose(struct pleat__choice *choice, enum pleat__kind kind,
                                const struct pleat__geometry *g, size_t element, bool exact,
                                struct pleat_error *error) {
    PLEAT__TRY(choose(&choice->work, kind, g, element, exact, error));
    struct pleat__work batched;
    if (suits_batched(kind, g, choice->work.method) &&
        is_ready(&batched, kind, g, element, PLEAT_METHOD_BATCHED)) {
        choice->fewer = choice->work;
        choice->work = batched;
        choice->work.least_batch = PLEAT__BATCHED_BYTES / (int64_t)element;
    }
    return PLEAT_OK;
}
