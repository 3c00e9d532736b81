/* Attributes of public functions. */
#ifndef PLEAT_EXPORT_H
#define PLEAT_EXPORT_H

#if defined(__GNUC__)
#define PLEAT_API __attribute__((visibility("default")))
#define PLEAT_NODISCARD __attribute__((warn_unused_result))
#else
#define PLEAT_API
#define PLEAT_NODISCARD
#endif

#endif
