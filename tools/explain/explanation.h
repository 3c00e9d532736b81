/* One transposed convolution of a coloured image, worked out by the library: what `pleat explain`
 * prints and draws. */
#ifndef PLEAT_TOOLS_EXPLANATION_H
#define PLEAT_TOOLS_EXPLANATION_H

#include <stdbool.h>

#include <pleat/pleat.h>

/* Axes in the order height, width; pixels as [row][column]. Channels are red, green and blue, each
 * on its own (depthwise), by filters of ones. Freed by explanation_free. */
struct explanation {
    struct pleat_conv_params params;
    int64_t in[2], out[2];
    struct pleat_tensor input;  /* float32 [1][3][in], 0 to 255 */
    struct pleat_tensor output; /* float32 [1][3][out], the sums, not clipped */
    struct pleat_tensor map;    /* float64 [out], the taps that reach each pixel */
    int64_t *count[2];          /* the same on each axis, [out] */
    double checkerboard;
};

/* The most pixels that an axis of what is explained may have. */
enum { MOST_PIXELS = 4096 };

/* Works everything out for an input of in[2] pixels. Zero-initialise *explanation before, and free
 * it whatever is returned. PLEAT_UNSUPPORTED: more than MOST_PIXELS. */
enum pleat_status explain(struct explanation *explanation, const struct pleat_axis axes[2],
                          const int64_t in[2], struct pleat_error *error);
void explanation_free(struct explanation *explanation);

/* Whether height and width have the same parameters. */
bool explanation_is_square(const struct explanation *explanation);

/* Returns channel c of a pixel, 0 to 1, of an image [1][3][rows][columns], what is above 255
 * clipped. */
double image_channel(const struct pleat_tensor *image, int c, int64_t row, int64_t column);

/* Returns the largest value of the output, before clipping. */
double explanation_largest_sum(const struct explanation *explanation);

/* Prints formulas, steps, reach and overlap to standard output. article_case is 1 to 3, or 0 where
 * the numbers are the user's. */
void explanation_print(const struct explanation *explanation, int article_case);

/* Draws the picture into a file, PNG or SVG by the ending of its name. Returns false, and points
 * *reason to a sentence, where that failed. */
bool explanation_draw(const struct explanation *explanation, const char *file, const char **reason);

#endif
