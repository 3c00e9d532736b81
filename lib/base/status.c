/* The sentence for each status code. */
#include <pleat/status.h>

const char *pleat_status_string(enum pleat_status status) {
    switch (status) {
    case PLEAT_OK:
        return "no error";
    case PLEAT_INVALID_ARGUMENT:
        return "a value is outside its legal range";
    case PLEAT_INVALID_SHAPE:
        return "the extents do not fit";
    case PLEAT_TYPE_MISMATCH:
        return "a tensor has the wrong element type";
    case PLEAT_SIZE_OVERFLOW:
        return "a size is too large for this machine or for the BLAS";
    case PLEAT_SCRATCH_TOO_SMALL:
        return "the scratch memory is too small";
    case PLEAT_OUT_OF_MEMORY:
        return "out of memory";
    case PLEAT_WRONG_STATE:
        return "the object is not ready for this call";
    case PLEAT_IO:
        return "the operating system reported an error";
    case PLEAT_BAD_FORMAT:
        return "the file is not in the format it should be";
    case PLEAT_UNSUPPORTED:
        return "this is not supported";
    case PLEAT_NOT_FINITE:
        return "a number is not finite";
    case PLEAT_CANCELLED:
        return "the caller asked to stop";
    }
    return "unknown status";
}
