/* Measuring a network on the batches of a loader. */
#ifndef PLEAT_TOOLS_FIT_MEASURE_H
#define PLEAT_TOOLS_FIT_MEASURE_H

#include "fit/task.h"

/* Runs the model, compiled for inference, on each batch, and overwrites *metric with PSNR in dB (mean
 * over the images, clipped to 0..1), mean intersection over union or accuracy, by the task, and *loss
 * with the trainer's. */
enum pleat_status fit_measure(const struct fit_task *task, struct pleat_loader *held_out,
                              struct pleat_trainer *trainer, double *metric, double *loss,
                              struct pleat_error *error);

/* A pleat_feed's work: the batch of a loader, whose labels bce sees as an image. */
enum pleat_status fit_feed(const struct fit_task *task, struct pleat_loader *loader, int64_t step,
                           struct pleat_batch *batch, struct pleat_error *error);

#endif
