/* Prints how many pixels of an image have exactly a colour: count_colour FILE RRGGBB. */
#include <stdio.h>
#include <stdlib.h>

#include <pleat/pleat-io.h>

int main(int argc, char **argv) {
    struct pleat_image image;
    struct pleat_error error;
    if (argc != 3)
        return EXIT_FAILURE;
    if (pleat_image_read(&image, argv[1], &error) != PLEAT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return EXIT_FAILURE;
    }
    const unsigned long colour = strtoul(argv[2], NULL, 16);
    long count = 0;
    for (int64_t i = 0; i < image.width * image.height && image.channels == 3; i++) {
        const uint8_t *p = image.pixels + 3 * i;
        count += ((unsigned long)p[0] << 16 | (unsigned long)p[1] << 8 | p[2]) == colour;
    }
    printf("%ld\n", count);
    pleat_image_free(&image);
    return EXIT_SUCCESS;
}
