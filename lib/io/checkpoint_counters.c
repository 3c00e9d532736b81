/* Numbers of a training in the metadata of its checkpoint. */
#include "io/checkpoint_counters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/layers.h>

#include "base/error.h"

static const char steps_key[] = "optimizer/steps", updates_key[] = "average/updates",
                  random_key[] = "random/state", seed_key[] = "dropout/seed",
                  step_key[] = "dropout/step";

void pleat__checkpoint_key(char text[PLEAT__COUNTER_KEY], const char *part, const char *key) {
    const char *name = part != NULL ? part : "";
    snprintf(text, PLEAT__COUNTER_KEY, "%s%s%s", name, name[0] != '\0' ? "/" : "", key);
}

/* Appends a counter and returns its text, to be filled. */
static char *append(struct pleat__counter *counters, size_t *count,
                    const struct pleat_checkpoint_part *part, const char *key) {
    pleat__checkpoint_key(counters[*count].key, part->name, key);
    return counters[(*count)++].text;
}

size_t pleat__counters_print(struct pleat__counter counters[PLEAT__COUNTERS],
                             const struct pleat_checkpoint_part *part) {
    const struct pleat_training *training = &part->training;
    const size_t bytes = PLEAT__COUNTER_BYTES;
    size_t count = 0;
    uint64_t seed = 0, step = 0;
    if (training->optimizer != NULL)
        snprintf(append(counters, &count, part, steps_key), bytes, "%" PRId64,
                 pleat_optimizer_steps(training->optimizer));
    if (training->average != NULL)
        snprintf(append(counters, &count, part, updates_key), bytes, "%" PRId64,
                 pleat_average_updates(training->average));
    if (training->random != NULL) {
        const uint64_t *s = training->random->state;
        snprintf(append(counters, &count, part, random_key), bytes,
                 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, s[0], s[1], s[2], s[3]);
    }
    (void)!pleat_model_dropout(part->model, &seed, &step, NULL);
    snprintf(append(counters, &count, part, seed_key), bytes, "%" PRIu64, seed);
    snprintf(append(counters, &count, part, step_key), bytes, "%" PRIu64, step);
    return count;
}

/* A text of the metadata and its key with the part's name. */
struct entry {
    char key[PLEAT__COUNTER_KEY];
    const char *text;
};

/* Looks up a text, which must be there just where its object is held; else it is NULL. */
static enum pleat_status find(struct entry *entry, const struct pleat_safetensors *file,
                              const struct pleat_checkpoint_part *part, const char *key, bool held,
                              struct pleat_error *error) {
    pleat__checkpoint_key(entry->key, part->name, key);
    entry->text = pleat_safetensors_metadata(file, entry->key);
    if (held && entry->text == NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT, "the file's metadata has no \"%s\"",
                           entry->key);
    if (!held && entry->text != NULL)
        return pleat__fail(error, PLEAT_BAD_FORMAT,
                           "the file's metadata has \"%s\", which nothing here takes", entry->key);
    return PLEAT_OK;
}

static enum pleat_status malformed(const struct entry *entry, struct pleat_error *error) {
    return pleat__fail(error, PLEAT_BAD_FORMAT, "\"%s\" of the file's metadata is \"%.70s\"",
                       entry->key, entry->text);
}

/* Reads decimal digits alone, a number of at most `most`; nothing where there is no text. */
static enum pleat_status parse_number(uint64_t *number, uint64_t most, const struct entry *entry,
                                      struct pleat_error *error) {
    if (entry->text == NULL)
        return PLEAT_OK;
    errno = 0;
    const unsigned long long read = strtoull(entry->text, NULL, 10);
    if (*entry->text == '\0' || entry->text[strspn(entry->text, "0123456789")] != '\0' ||
        errno != 0 || read > most)
        return malformed(entry, error);
    *number = read;
    return PLEAT_OK;
}

/* Reads four numbers of 16 hexadecimal digits; the generator never leaves four zeros. */
static enum pleat_status parse_random(struct pleat_random *random, const struct entry *entry,
                                      struct pleat_error *error) {
    uint64_t any = 0;
    if (entry->text == NULL)
        return PLEAT_OK;
    if (strlen(entry->text) != 64 || strspn(entry->text, "0123456789abcdef") != 64)
        return malformed(entry, error);
    for (int i = 0; i < 4; i++) {
        char digits[17] = "";
        memcpy(digits, entry->text + (ptrdiff_t)16 * i, 16);
        random->state[i] = strtoull(digits, NULL, 16);
        any |= random->state[i];
    }
    return any != 0 ? PLEAT_OK : malformed(entry, error);
}

enum pleat_status pleat__counters_read(struct pleat__counts *counts,
                                       const struct pleat_checkpoint_part *part,
                                       const struct pleat_safetensors *file,
                                       struct pleat_error *error) {
    const struct pleat_training *training = &part->training;
    struct entry steps, updates, random, seed, step;
    uint64_t steps_taken = 0, updates_made = 0;
    PLEAT__TRY(find(&steps, file, part, steps_key, training->optimizer != NULL, error));
    PLEAT__TRY(find(&updates, file, part, updates_key, training->average != NULL, error));
    PLEAT__TRY(find(&random, file, part, random_key, training->random != NULL, error));
    PLEAT__TRY(find(&seed, file, part, seed_key, true, error));
    PLEAT__TRY(find(&step, file, part, step_key, true, error));
    *counts = (struct pleat__counts){.steps = 0};
    PLEAT__TRY(parse_number(&steps_taken, INT64_MAX, &steps, error));
    PLEAT__TRY(parse_number(&updates_made, INT64_MAX, &updates, error));
    PLEAT__TRY(parse_number(&counts->dropout_seed, UINT64_MAX, &seed, error));
    PLEAT__TRY(parse_number(&counts->dropout_step, UINT64_MAX, &step, error));
    counts->steps = (int64_t)steps_taken;
    counts->updates = (int64_t)updates_made;
    return parse_random(&counts->random, &random, error);
}
