/* pleat: transposed convolution in C, with every gradient. This header collects the others.
 *
 *     status.h      status codes and the detail of an error
 *     tensor.h      views of dense arrays
 *     random.h      the seeded generator
 *     size.h        what an operator makes of one axis, and which parameters reach a size
 *     dialect.h     what PyTorch, TensorFlow, Keras and ONNX mean by padding
 *     conv.h        the operators conv_transpose and conv: plan, forward, backward
 *     overlap.h     the taps that reach each pixel, gains, the checkerboard number
 *     initialise.h  what weights hold before the first step
 *     model.h       layers in a graph, compiled for an image size: forward and backward
 *     layers.h      the layers beside the operators
 *     summary.h     what a model consists of, layer by layer
 *     text.h        models as text, one layer a line
 *     receptive_field.h  which pixels of the input an output pixel depends on
 *     predict.h     a model applied to images of any size, by tiles where memory is bound
 *     labels.h      the class of each pixel
 *     loss.h        MSE, L1, Charbonnier, cross-entropy of two classes and of many
 *     variational.h the divergence and the samples of a variational autoencoder
 *     gradient.h    gradients scaled, added, clipped
 *     optimizer.h   SGD with momentum, Adam, AdamW
 *     schedule.h    learning rates over the steps
 *     average.h     the moving average of a model's parameters
 *     finite.h      where NaN or infinity stands
 *     metrics.h     peak signal-to-noise ratio, pixel accuracy, intersection over union
 *     gradcheck.h   finite differences and the adjoint test, for any function
 *
 * What reads and writes files is in pleat-io.h, libpleat-io.
 *
 * Every function that can fail returns enum pleat_status and takes an optional struct pleat_error
 * for the detail. Nothing prints, exits or keeps global state. Sizes are int64_t for extents and
 * size_t for bytes. */
#ifndef PLEAT_H
#define PLEAT_H

#include <pleat/average.h>
#include <pleat/conv.h>
#include <pleat/dialect.h>
#include <pleat/finite.h>
#include <pleat/gradcheck.h>
#include <pleat/gradient.h>
#include <pleat/initialise.h>
#include <pleat/labels.h>
#include <pleat/layers.h>
#include <pleat/loss.h>
#include <pleat/metrics.h>
#include <pleat/model.h>
#include <pleat/optimizer.h>
#include <pleat/overlap.h>
#include <pleat/predict.h>
#include <pleat/random.h>
#include <pleat/receptive_field.h>
#include <pleat/schedule.h>
#include <pleat/size.h>
#include <pleat/status.h>
#include <pleat/summary.h>
#include <pleat/tensor.h>
#include <pleat/text.h>
#include <pleat/variational.h>
#include <pleat/version.h>

#endif
