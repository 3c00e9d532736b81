/* Numbers of a training in the metadata of its checkpoint. */
#include "io/checkpoint_counters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char steps_key[] = "optimizer/steps", updates_key[] = "average/updates",
                  random_key[] = "random/state";

size_t pleat__counters_print(struct pleat__counter counters[PLEAT__COUNTERS],
                             const struct pleat_training *training) {
    size_t count = 0;
    if (training->optimizer != NULL) {
        struct pleat__counter *c = &counters[count++];
        c->key = steps_key;
        snprintf(c->text, sizeof c->text, "%" PRId64, pleat_optimizer_steps(training->optimizer));
    }
    if (training->average != NULL) {
        struct pleat__counter *c = &counters[count++];
        c->key = updates_key;
        snprintf(c->text, sizeof c->text, "%" PRId64, pleat_average_updates(training->average));
    }
    if (training->random != NULL) {
        const uint64_t *s = training->random->state;
        struct pleat__counter *c = &counters[count++];
        c->key = random_key;
        snprintf(c->text, sizeof c->text, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64,
                 s[0], s[1], s[2], s[3]);
    }
    return count;
}

/* Looks up a text, which must be there just where its object is held; else it is NULL. */
static enum pleat_status find(const char **text, const struct pleat_safetensors *file,
                              const char *key, bool held, struct pleat_error *error) {
    *text = pleat_safetensors_metadata(file, key);
    if (held && *text == NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "the file's metadata has no \"%s\"", key);
    if (!held && *text != NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "the file's metadata has \"%s\", which nothing here takes", key);
    return PLEAT_OK;
}

static enum pleat_status malformed(const char *key, const char *text, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_BAD_FORMAT, "\"%s\" of the file's metadata is \"%.70s\"", key,
                       text);
}

/* Reads decimal digits alone. */
static enum pleat_status parse_count(int64_t *count, const char *key, const char *text,
                                     struct pleat_error *error) {
    errno = 0;
    const long long number = strtoll(text, NULL, 10);
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' || errno != 0)
        return malformed(key, text, error);
    *count = number;
    return PLEAT_OK;
}

/* Reads four numbers of 16 hexadecimal digits; the generator never leaves four zeros. */
static enum pleat_status parse_random(struct pleat_random *random, const char *key,
                                      const char *text, struct pleat_error *error) {
    uint64_t any = 0;
    if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return malformed(key, text, error);
    for (int i = 0; i < 4; i++) {
        char digits[17] = "";
        memcpy(digits, text + (ptrdiff_t)16 * i, 16);
        random->state[i] = strtoull(digits, NULL, 16);
        any |= random->state[i];
    }
    return any != 0 ? PLEAT_OK : malformed(key, text, error);
}

enum pleat_status pleat__counters_read(struct pleat__counts *counts,
                                       const struct pleat_training *training,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error) {
    const char *steps, *updates, *random;
    PLEAT__TRY(find(&steps, file, steps_key, training->optimizer != NULL, error));
    PLEAT__TRY(find(&updates, file, updates_key, training->average != NULL, error));
    PLEAT__TRY(find(&random, file, random_key, training->random != NULL, error));
    *counts = (struct pleat__counts){.steps = 0};
    if (steps != NULL)
        PLEAT__TRY(parse_count(&counts->steps, steps_key, steps, error));
    if (updates != NULL)
        PLEAT__TRY(parse_count(&counts->updates, updates_key, updates, error));
    if (random != NULL)
        PLEAT__TRY(parse_random(&counts->random, random_key, random, error));
    return PLEAT_OK;
}
