/* Reading what is said of classes. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/loss.h>

#include "fault.h"
#include "segment/classes.h"

enum { KEYS = 5 };
static const char *const keys[KEYS] = {"classes", "class_map", "ignored", "names", "colours"};

/* The colours of the PASCAL VOC challenge's pictures: the bits of a number dealt to red, green and
 * blue in turn, the highest bits first. */
static void default_colour(int number, uint8_t colour[3]) {
    colour[0] = colour[1] = colour[2] = 0;
    for (int bit = 7; number > 0; bit--, number >>= 3)
        for (int channel = 0; channel < 3; channel++)
            colour[channel] |= (uint8_t)(((number >> channel) & 1) << bit);
}

/* Reads a number of 0..most at *text and moves it behind. */
static bool scan(const char **text, long most, long *number) {
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    *number = strtol(*text, &end, 10);
    *text = end;
    return *number <= most;
}

/* Takes the comma that divides two items; true at the end too. */
static bool next_item(const char **text) {
    if (**text == ',' && (*text)[1] != '\0') {
        ++*text;
        return true;
    }
    return **text == '\0';
}

static bool read_count(struct classes *classes, const char *text) {
    long number;
    if (!scan(&text, MAX_CLASSES, &number) || number < 1 || *text != '\0')
        return false;
    classes->count = (int)number;
    return true;
}

static bool read_map(struct classes *classes, const char *text) {
    bool told[MAX_CLASSES] = {false};
    while (*text != '\0') {
        long number, class_index;
        if (!scan(&text, 255, &number) || *text++ != '=' ||
            !scan(&text, MAX_CLASSES - 1, &class_index) || !next_item(&text))
            return false;
        classes->class_of[number] = (int32_t)class_index;
        if (!told[class_index])
            classes->list[class_index].number = (uint8_t)number;
        told[class_index] = true;
    }
    return true;
}

static bool read_ignored(struct classes *classes, const char *text) {
    while (*text != '\0') {
        long number;
        if (!scan(&text, 255, &number) || !next_item(&text))
            return false;
        classes->class_of[number] = classes->ignored;
    }
    return true;
}

static bool read_names(struct classes *classes, const char *text) {
    for (int i = 0; *text != '\0'; i++) {
        const size_t length = strcspn(text, ",");
        if (i == MAX_CLASSES || length < 1 || length >= CLASS_NAME_BYTES)
            return false;
        memcpy(classes->list[i].name, text, length);
        classes->list[i].name[length] = '\0';
        text += length;
        if (!next_item(&text))
            return false;
    }
    return true;
}

static bool read_colours(struct classes *classes, const char *text) {
    for (int i = 0; *text != '\0'; i++) {
        if (i == MAX_CLASSES || strspn(text, "0123456789abcdefABCDEF") != 6)
            return false;
        const unsigned long colour = strtoul(text, NULL, 16);
        for (int channel = 0; channel < 3; channel++)
            classes->list[i].colour[channel] = (uint8_t)(colour >> (16 - 8 * channel) & 255);
        text += 6;
        if (!next_item(&text))
            return false;
    }
    return true;
}

static void begin(struct classes *classes) {
    *classes = (struct classes){.ignored = pleat_cross_entropy_options_init().ignored};
    for (int i = 0; i < MAX_CLASSES; i++) {
        struct one_class *one = &classes->list[i];
        snprintf(one->name, sizeof one->name, "%d", i);
        default_colour(i, one->colour);
        one->number = (uint8_t)i;
        classes->class_of[i] = i;
    }
}

enum pleat_status classes_read(struct classes *classes, const struct class_texts *texts,
                               struct pleat_error *error) {
    static const struct {
        bool (*read)(struct classes *classes, const char *text);
        const char *like;
    } part[KEYS] = {{read_count, "1 to 256"},
                    {read_map, "a list such as 255=1,254=0"},
                    {read_ignored, "a list of numbers below 256"},
                    {read_names, "a list of names of 1 to 23 bytes"},
                    {read_colours, "a list of colours such as ff8000"}};
    const char *const text[KEYS] = {texts->count, texts->map, texts->ignored, texts->names,
                                    texts->colours};
    begin(classes);
    for (int i = 0; i < KEYS; i++)
        if (text[i] != NULL && !part[i].read(classes, text[i]))
            return fault(error, PLEAT_INVALID_ARGUMENT, "%s must be %s, got '%.40s'", keys[i],
                         part[i].like, text[i]);
    return PLEAT_OK;
}

struct class_texts classes_of_file(const struct pleat_safetensors *file) {
    return (struct class_texts){.count = pleat_safetensors_metadata(file, "classes"),
                                .map = pleat_safetensors_metadata(file, "class_map"),
                                .ignored = pleat_safetensors_metadata(file, "ignored"),
                                .names = pleat_safetensors_metadata(file, "names"),
                                .colours = pleat_safetensors_metadata(file, "colours")};
}

size_t classes_describe(const struct class_texts *texts, struct pleat_metadata *metadata) {
    const char *const text[KEYS] = {texts->count, texts->map, texts->ignored, texts->names,
                                    texts->colours};
    size_t count = 0;
    for (int i = 0; i < KEYS; i++)
        if (text[i] != NULL)
            metadata[count++] = (struct pleat_metadata){keys[i], text[i]};
    return count;
}
