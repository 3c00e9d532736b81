/* What reading and writing safetensors share. */
#ifndef PLEAT_IO_SAFETENSORS_FORMAT_H
#define PLEAT_IO_SAFETENSORS_FORMAT_H

/* The format's own limit is 100 MB; this is enough for a hundred thousand tensors. */
#define PLEAT__SAFETENSORS_MOST_HEADER ((size_t)16 << 20)

/* The key that holds strings where the others hold tensors. */
#define PLEAT__SAFETENSORS_METADATA "__metadata__"

#endif
