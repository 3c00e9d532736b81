/* oneDNN's deconvolution and convolution, as peers to be timed beside ours. Built where configure
 * was given --with-onednn. */
#ifndef PLEAT_TOOLS_BENCH_ONEDNN_H
#define PLEAT_TOOLS_BENCH_ONEDNN_H

#include "bench/subject.h"

struct onednn;

/* Makes a pass of the subject ready: on the subject's own tensors (NCHW, our weights' layout), or
 * with every layout oneDNN's choice, where reordering is not part of what is timed. NULL where oneDNN
 * cannot. */
struct onednn *onednn_open(const struct subject *subject, enum pleat_pass pass, bool own_layout,
                           int threads);
void onednn_close(struct onednn *peer);

/* Executes the pass (grad_weight is overwritten) of a struct onednn; false where it failed. */
bool onednn_run(void *peer);

/* Reorders the results into the subject's tensors. */
bool onednn_unload(struct onednn *peer);

#endif
