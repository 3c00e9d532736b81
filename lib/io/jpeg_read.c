/* Decoding JPEG (ITU-T T.81, JFIF) with libjpeg. */
#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "io/decode.h"

/* A progressive file may hold any number of scans over the whole image: honest ones have a dozen.
 */
#define MOST_SCANS 200

/* One decoding. Everything that must survive libjpeg's longjmp lies here. */
struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr callbacks;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    struct pleat_error error; /* status PLEAT_OK until something fails */
    struct pleat_image image;
};

static _Noreturn void on_error(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
        pleat__fail(&reader->error, PLEAT_OUT_OF_MEMORY, "no memory for the JPEG");
    else
        pleat__fail(&reader->error, PLEAT_BAD_FORMAT, "a damaged JPEG: %s", message);
    longjmp(reader->jump, 1);
}

/* libjpeg warns (level -1) where it made up pixels for a damaged or truncated file. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0)
        on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    struct reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number > MOST_SCANS) {
        pleat__fail(&reader->error, PLEAT_UNSUPPORTED, "a JPEG of more than %d scans", MOST_SCANS);
        longjmp(reader->jump, 1);
    }
}

/* Grey stays grey, YCbCr and RGB become RGB. */
static enum pleat_status choose_colours(struct jpeg_decompress_struct *jpeg,
                                        struct pleat_error *error) {
    const J_COLOR_SPACE space = jpeg->jpeg_color_space;
    if (space != JCS_GRAYSCALE && space != JCS_YCbCr && space != JCS_RGB)
        return pleat__fail(error, PLEAT_UNSUPPORTED,
                           "a JPEG of %d channels that is neither grey nor RGB nor YCbCr",
                           jpeg->num_components);
    jpeg->out_color_space = space == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
    return PLEAT_OK;
}

/* Huffman's codes have at least one bit for the mean of every block of 8 x 8 (T.81, F.1.2.1 and
 * G.1.2.1): a short file cannot claim a huge image. Arithmetic coding has no such bound. */
static enum pleat_status check_size(const struct jpeg_decompress_struct *jpeg, size_t bytes,
                                    struct pleat_error *error) {
    uint64_t blocks = 0;
    for (int i = 0; i < jpeg->num_components; i++)
        blocks +=
            (uint64_t)jpeg->comp_info[i].width_in_blocks * jpeg->comp_info[i].height_in_blocks;
    if (!jpeg->arith_code && blocks / 8 > bytes)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "a damaged JPEG: too short for its width and height");
    return PLEAT_OK;
}

static void read_image(struct reader *reader, const unsigned char *data, size_t bytes) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    if (setjmp(reader->jump) != 0)
        return;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, data, bytes);
    jpeg_read_header(jpeg, TRUE);
    if (choose_colours(jpeg, &reader->error) != PLEAT_OK ||
        check_size(jpeg, bytes, &reader->error) != PLEAT_OK)
        return;
    const int channels = jpeg->out_color_space == JCS_RGB ? 3 : 1;
    if (pleat_image_allocate(&reader->image, jpeg->image_width, jpeg->image_height, channels,
                             &reader->error) != PLEAT_OK)
        return;
    jpeg_start_decompress(jpeg);
    const size_t row = (size_t)reader->image.width * (size_t)channels;
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW line = reader->image.pixels + jpeg->output_scanline * row;
        jpeg_read_scanlines(jpeg, &line, 1);
    }
    jpeg_finish_decompress(jpeg);
}

enum pleat_status pleat__jpeg_decode(struct pleat_image *image, const unsigned char *data,
                                     size_t bytes, struct pleat_error *error) {
    struct reader reader = {.error = {.status = PLEAT_OK}};
    reader.jpeg.err = jpeg_std_error(&reader.callbacks);
    reader.jpeg.client_data = &reader;
    reader.callbacks.error_exit = on_error;
    reader.callbacks.emit_message = on_message;
    reader.progress.progress_monitor = on_progress;
    read_image(&reader, data, bytes);
    jpeg_destroy_decompress(&reader.jpeg);
    if (reader.error.status != PLEAT_OK) {
        pleat_image_free(&reader.image);
        return pleat__fail(error, reader.error.status, "%s", reader.error.message);
    }
    *image = reader.image;
    return PLEAT_OK;
}
