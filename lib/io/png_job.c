/* libpng's callbacks for errors and memory. */
#include "base/error.h"
#include "base/memory.h"
#include "io/png_job.h"

void pleat__png_on_error(png_structp png, png_const_charp message) {
    struct pleat__png_job *job = png_get_error_ptr(png);
    if (job->error.status == PLEAT_OK) {
        if (job->memory_ran_out)
            pleat__fail(&job->error, PLEAT_OUT_OF_MEMORY, "no memory for the PNG");
        else
            pleat__fail(&job->error, PLEAT_BAD_FORMAT, "a damaged PNG: %s", message);
    }
    png_longjmp(png, 1);
}

void pleat__png_on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

png_voidp pleat__png_allocate(png_structp png, png_alloc_size_t bytes) {
    struct pleat__png_job *job = png_get_mem_ptr(png);
    void *memory = pleat__allocate(bytes, 1);
    job->memory_ran_out = job->memory_ran_out || memory == NULL;
    return memory;
}

void pleat__png_free(png_structp png, png_voidp memory) {
    (void)png;
    pleat__free(memory);
}
