/* The verb explain: the article on transposed convolution, live. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explanation.h"
#include "interrupt.h"
#include "options.h"
#include "verbs.h"

static const char verb[] = "explain";

/* The article's two cases, and one that overlaps: a square each. */
static const struct {
    int64_t in, filter, stride, output_padding;
} cases[] = {{4, 3, 4, 1}, {4, 4, 4, 0}, {4, 6, 4, 0}};

struct request {
    int64_t article_case; /* 1 to 3; 0: none was asked for */
    struct integers in, filter, stride, padding, output_padding, dilation;
    const char *picture;
};

static void print_help(void) {
    fputs("Usage: pleat explain [OPTION]...\n"
          "Explains a transposed convolution of an image of coloured pixels by a filter of ones:\n"
          "sizes, steps, which input reaches which output, overlap; and draws it.\n\n"
          "  --case N              1: the article's 4x4 input, 3x3 filter, stride 4, output "
          "padding 1\n"
          "                        2: the article's 4x4 input, 4x4 filter, stride 4\n"
          "                        3: 4x4 input, 6x6 filter, stride 4, which overlaps\n"
          "                        (1 where no option gives a size)\n"
          "  --input-size H[,W]    pixels of the input (4)\n"
          "  --filter K[,K]        taps of the filter (3)\n"
          "  --stride S[,S]        output pixels from one input pixel to the next (1)\n"
          "  --padding P[,P]       rows and columns cropped at each side, or begins then ends:\n"
          "                        top,left,bottom,right (0)\n"
          "  --output-padding P[,P]  rows and columns added at the end (0)\n"
          "  --dilation D[,D]      output pixels from one tap to the next (1)\n"
          "  --picture FILE        draw the picture, PNG or SVG by the ending of FILE\n",
          stdout);
}

/* Reads the options into *request. Returns EXIT_SUCCESS, the status to end with, or -1 where the
 * help was asked for. */
static int read_request(int argc, char **argv, struct request *request) {
    enum { CASE = 1, IN, FILTER, STRIDE, PADDING, OUTPUT_PADDING, DILATION, PICTURE, HELP };
    static const struct option options[] = {
        {"case", required_argument, NULL, CASE},
        {"input-size", required_argument, NULL, IN},
        {"filter", required_argument, NULL, FILTER},
        {"stride", required_argument, NULL, STRIDE},
        {"padding", required_argument, NULL, PADDING},
        {"output-padding", required_argument, NULL, OUTPUT_PADDING},
        {"dilation", required_argument, NULL, DILATION},
        {"picture", required_argument, NULL, PICTURE},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0}};
    struct integers *const lists[] = {[IN] = &request->in,
                                      [FILTER] = &request->filter,
                                      [STRIDE] = &request->stride,
                                      [PADDING] = &request->padding,
                                      [OUTPUT_PADDING] = &request->output_padding,
                                      [DILATION] = &request->dilation};
    int option, index = 0;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, &index)) != -1) {
        if (option == HELP)
            return -1;
        if (option == '?' || option == ':')
            return option_error(verb, argv, option);
        if (option == PICTURE) {
            request->picture = optarg;
        } else if (option == CASE) {
            if (!read_integer(verb, "--case", optarg, 1, 3, &request->article_case))
                return EXIT_USAGE;
        } else {
            char name[32];
            snprintf(name, sizeof name, "--%s", options[index].name);
            if (!read_integers(verb, name, optarg, lists[option]))
                return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return usage_error(verb, "there is nothing to do with '%s'", argv[optind]);
    return EXIT_SUCCESS;
}

/* Turns the request into axes: those of the case where there is one, changed by what was given
 * beside it. */
static bool make_axes(struct request *request, struct pleat_axis axes[2], int64_t in[2]) {
    const bool given = request->in.count + request->filter.count + request->stride.count +
                           request->padding.count + request->output_padding.count +
                           request->dilation.count >
                       0;
    if (!given && request->article_case == 0)
        request->article_case = 1;
    int64_t size = 4, kernel = 3, step = 1, added = 0;
    if (request->article_case > 0) {
        size = cases[request->article_case - 1].in;
        kernel = cases[request->article_case - 1].filter;
        step = cases[request->article_case - 1].stride;
        added = cases[request->article_case - 1].output_padding;
    }
    if (given)
        request->article_case = 0;
    int64_t filter[2], stride[2], dilation[2], begin[2], end[2], output_padding[2];
    if (!spread_integers(verb, "--input-size", &request->in, 2, size, in) ||
        !spread_integers(verb, "--filter", &request->filter, 2, kernel, filter) ||
        !spread_integers(verb, "--stride", &request->stride, 2, step, stride) ||
        !spread_integers(verb, "--dilation", &request->dilation, 2, 1, dilation) ||
        !spread_integers(verb, "--output-padding", &request->output_padding, 2, added,
                         output_padding) ||
        !spread_paddings(verb, "--padding", &request->padding, 2, begin, end))
        return false;
    for (int a = 0; a < 2; a++)
        axes[a] = (struct pleat_axis){.kernel = filter[a],
                                      .stride = stride[a],
                                      .dilation = dilation[a],
                                      .padding_begin = begin[a],
                                      .padding_end = end[a],
                                      .output_padding = output_padding[a]};
    return true;
}

int verb_explain(int argc, char **argv) {
    struct request request = {0};
    const int status = read_request(argc, argv, &request);
    if (status == -1) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (status != EXIT_SUCCESS)
        return status;
    struct pleat_axis axes[2];
    int64_t in[2];
    if (!make_axes(&request, axes, in))
        return EXIT_USAGE;
    struct explanation explanation = {0};
    struct pleat_error error;
    struct interrupt_hold hold;
    const char *reason;
    int result = EXIT_SUCCESS;
    interrupt_hold(&hold);
    if (explain(&explanation, axes, in, &error) != PLEAT_OK)
        result = library_failure(verb, &error);
    else if (request.picture != NULL && !explanation_draw(&explanation, request.picture, &reason))
        result = failure(verb, "%s: %s", request.picture, reason);
    else
        explanation_print(&explanation, (int)request.article_case);
    interrupt_release(&hold);
    explanation_free(&explanation);
    return result;
}
