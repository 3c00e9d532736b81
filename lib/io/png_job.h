/* What reading and writing PNG share: libpng's errors become a status, its memory is ours. */
#ifndef PLEAT_IO_PNG_JOB_H
#define PLEAT_IO_PNG_JOB_H

#include <png.h>
#include <stdbool.h>

#include <pleat/status.h>

/* One call of libpng. Everything that must survive its longjmp lies here. */
struct pleat__png_job {
    struct pleat_error error; /* status PLEAT_OK until something fails */
    bool memory_ran_out;
};

/* libpng's error function, whose argument is the job: records the error and jumps, unless the error
 * is there already. */
PNG_NORETURN void pleat__png_on_error(png_structp png, png_const_charp message);

/* Warnings are about what does not touch the pixels, such as an odd colour profile: nothing. */
void pleat__png_on_warning(png_structp png, png_const_charp message);

/* libpng's memory functions, whose argument is the job. */
png_voidp pleat__png_allocate(png_structp png, png_alloc_size_t bytes);
void pleat__png_free(png_structp png, png_voidp memory);

#endif
