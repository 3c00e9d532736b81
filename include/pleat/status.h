/* Status codes and the optional detail of an error. */
#ifndef PLEAT_STATUS_H
#define PLEAT_STATUS_H

#include <pleat/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a function says of its call. Every function that can fail returns one of these; on any
 * but PLEAT_OK its outputs are as they were before the call. New codes are only added at the
 * end. */
enum pleat_status {
    PLEAT_OK,                /* the call did what its docstring says */
    PLEAT_INVALID_ARGUMENT,  /* a value outside its legal range, or NULL where it is not allowed */
    PLEAT_INVALID_SHAPE,     /* extents that do not fit the parameters, or each other */
    PLEAT_TYPE_MISMATCH,     /* a tensor whose element type is not the one expected */
    PLEAT_SIZE_OVERFLOW,     /* a size that no integer of this machine, or of the BLAS, can hold */
    PLEAT_SCRATCH_TOO_SMALL, /* scratch memory below the minimum that the query tells */
    PLEAT_OUT_OF_MEMORY,     /* the allocator returned NULL */
    PLEAT_WRONG_STATE,       /* an object used before it is ready, such as a model not compiled */
    PLEAT_IO,                /* the operating system refused to open, read, write or rename */
    PLEAT_BAD_FORMAT,        /* a file whose contents are not what its format demands */
    PLEAT_UNSUPPORTED,       /* legal in the format or the mathematics, but not implemented here */
    PLEAT_NOT_FINITE,        /* NaN or infinity where there should be none */
    PLEAT_CANCELLED          /* for callbacks: the caller wants to stop */
};

/* The detail of an error: which field, what was asked, what would do. A function that takes
 * `struct pleat_error *error` fills it when it fails and leaves it alone when it does not; NULL
 * means that no detail is wanted. */
struct pleat_error {
    enum pleat_status status;
    char message[256]; /* one sentence, ending in 0, such as "stride_h must be at least 1, got 0" */
};

/* Returns a sentence for a code, for every code and for values that are none; never NULL. */
PLEAT_API const char *pleat_status_string(enum pleat_status status);

#ifdef __cplusplus
}
#endif

#endif
