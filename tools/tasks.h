/* The tasks that networks are trained for: each has a folder of its own. A task's functions are called
 * with argv[0] its name and its own options behind it, as verbs are (verbs.h). */
#ifndef PLEAT_TOOLS_TASKS_H
#define PLEAT_TOOLS_TASKS_H

int train_fit(int argc, char **argv);
int train_segment(int argc, char **argv);
int eval_segment(int argc, char **argv);
int train_superres(int argc, char **argv);
int eval_superres(int argc, char **argv);
int train_classify(int argc, char **argv);
int eval_classify(int argc, char **argv);
int train_generate(int argc, char **argv);
int eval_generate(int argc, char **argv);

#endif
