/* The classes of a segmentation: how files of labels stand for them, what they are called, how they are
 * drawn. */
#ifndef PLEAT_TOOLS_CLASSES_H
#define PLEAT_TOOLS_CLASSES_H

#include <stdint.h>

#include <pleat/data.h>
#include <pleat/safetensors.h>

#define MAX_CLASSES 256
#define CLASS_NAME_BYTES 24

/* As they are typed, and stored in checkpoints; NULL: nothing is said. */
struct class_texts {
    const char *count;   /* "11" */
    const char *map;     /* "255=1": numbers in the files and the classes that they stand for */
    const char *ignored; /* "11": the number of pixels that do not count */
    const char *names;   /* "cell,membrane" */
    const char *colours; /* "ff0000,00ff00" */
};

struct one_class {
    char name[CLASS_NAME_BYTES]; /* its number unless it is named */
    uint8_t colour[3];
    uint8_t number; /* of its pixels in files of labels */
};

struct classes {
    int count; /* 1..MAX_CLASSES; 0: not told */
    int32_t ignored;
    int32_t class_of[256]; /* as pleat_source_options has it */
    struct one_class list[MAX_CLASSES];
};

/* Overwrites *classes with what the texts mean. PLEAT_INVALID_ARGUMENT: they mean nothing. */
enum pleat_status classes_read(struct classes *classes, const struct class_texts *texts,
                               struct pleat_error *error);

/* The texts of a checkpoint, which belong to the file. */
struct class_texts classes_of_file(const struct pleat_safetensors *file);

/* Overwrites metadata[5] with what a checkpoint should hold of texts, each told, and returns how many
 * there are. */
size_t classes_describe(const struct class_texts *texts, struct pleat_metadata *metadata);

#endif
