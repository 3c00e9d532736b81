/* Telling all watchers. */
#include "training/watch.h"

#include "fault.h"
#include "training/curve.h"

void watch_begin(struct watch *watch, const struct watch_options *options, int64_t resumed) {
    *watch = (struct watch){.options = *options, .resumed = resumed};
    progress_start(&watch->progress, options->unit);
}

enum pleat_status watch_report(struct watch *watch, const struct pleat_train_report *report,
                               double fraction, bool last, struct pleat_error *error) {
    if (watch->options.log != NULL && watch->record.stream == NULL)
        TRY(record_open(&watch->record, watch->options.log, watch->resumed, error));
    progress_report(&watch->progress, report, fraction, last);
    TRY(record_report(&watch->record, report, error));
    if (watch->options.curve != NULL && (report->validated || last))
        return curve_draw(watch->options.log, watch->options.curve, watch->options.metric, error);
    return PLEAT_OK;
}

void watch_close(struct watch *watch) {
    record_close(&watch->record);
}
