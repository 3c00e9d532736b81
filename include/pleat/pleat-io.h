/* libpleat-io: files for pleat. This header collects the others.
 *
 *     image.h        PNG and JPEG, luma and colour planes
 *     resize.h       nearest, bilinear and MATLAB's bicubic
 *     npy.h          NumPy arrays
 *     safetensors.h  named tensors, the format of checkpoints
 *     checkpoint.h   the parameters of a model and the state of its training, saved and loaded
 *     text_file.h    models as text, read from files
 *     dataset.h      idx files and folders of images, in memory
 *     data.h         sources of images with labels or second images, decoded when asked for
 *     augment.h      samples cropped, turned and changed at random
 *     batch.h        what goes into a model and what should come out
 *     loader.h       batches made ahead by background threads
 *     trainer.h      the loop of a training: watched, kept, stopped, resumed
 *
 * Errors are libpleat's (status.h); a message about a file that is read or written begins with
 * its name, but what loads a checkpoint gets one that has been read and does not know it. Whatever
 * a file holds is checked before it is believed; whatever is written appears whole or not at all. */
#ifndef PLEAT_IO_H
#define PLEAT_IO_H

#include <pleat/augment.h>
#include <pleat/batch.h>
#include <pleat/checkpoint.h>
#include <pleat/data.h>
#include <pleat/dataset.h>
#include <pleat/image.h>
#include <pleat/loader.h>
#include <pleat/npy.h>
#include <pleat/resize.h>
#include <pleat/safetensors.h>
#include <pleat/text_file.h>
#include <pleat/trainer.h>

#endif
