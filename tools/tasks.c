/* The verbs train and eval: they find the task and hand over to it. */
#include "tasks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "verbs.h"

/* In the order of the help; the last has no name. What cannot be measured by a command of its own has no
 * eval. */
static const struct task {
    const char *name;
    const char *train_summary, *eval_summary;
    int (*train)(int argc, char **argv), (*eval)(int argc, char **argv);
} tasks[] = {
    {"fit", "a network of your own on images of your own", NULL, train_fit, NULL},
    {"superres", "a network that enlarges images", "how well a network enlarges images",
     train_superres, eval_superres},
    {"segment", "a network that tells the class of each pixel",
     "how well a network tells the classes of pixels", train_segment, eval_segment},
    {"classify", "a network that tells which class an image is of",
     "how often a network tells the class of an image", train_classify, eval_classify},
    {"generate", "a network that makes images, a vae or a gan", "how well a network makes images",
     train_generate, eval_generate},
    {NULL, NULL, NULL, NULL, NULL},
};

static void print_help(const char *verb, bool train) {
    printf("Usage: pleat %s TASK [OPTION]...\n%s\n\n", verb,
           train ? "Trains a network, by backpropagation." : "Measures what a network can do.");
    for (const struct task *task = tasks; task->name != NULL; task++)
        if (train || task->eval != NULL)
            printf("  %-10s %s\n", task->name, train ? task->train_summary : task->eval_summary);
    if (train)
        puts("\nWhere an option stands in the place of the task, it is fit:\n"
             "pleat train --model net.txt --data FOLDER --out MODEL");
    printf("\npleat %s TASK --help explains a task.\n", verb);
}

static int run(const char *verb, bool train, int argc, char **argv) {
    if (argc < 2)
        return usage_error(verb, "the task is missing, such as superres");
    if (strcmp(argv[1], "--help") == 0) {
        print_help(verb, train);
        return EXIT_SUCCESS;
    }
    if (train && argv[1][0] == '-')
        return train_fit(argc, argv);
    for (const struct task *task = tasks; task->name != NULL; task++)
        if (strcmp(argv[1], task->name) == 0 && (train || task->eval != NULL))
            return (train ? task->train : task->eval)(argc - 1, argv + 1);
    return usage_error(verb, "there is no task '%s', but such as superres", argv[1]);
}

int verb_train(int argc, char **argv) {
    return run("train", true, argc, argv);
}

int verb_eval(int argc, char **argv) {
    return run("eval", false, argc, argv);
}
