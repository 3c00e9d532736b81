/* The verbs of the program. Each is called with argv[0] the verb's name and its own options behind
 * it, prints its result to standard output and its errors to standard error, and returns the
 * program's exit status: EXIT_SUCCESS, EXIT_FAILURE or EXIT_USAGE. */
#ifndef PLEAT_TOOLS_VERBS_H
#define PLEAT_TOOLS_VERBS_H

/* What the user typed is no command of this program. */
#define EXIT_USAGE 2

int verb_explain(int argc, char **argv);
int verb_apply(int argc, char **argv);
int verb_bench(int argc, char **argv);
int verb_eval(int argc, char **argv);
int verb_generate(int argc, char **argv);
int verb_gradcheck(int argc, char **argv);
int verb_inspect(int argc, char **argv);
int verb_predict(int argc, char **argv);
int verb_segment(int argc, char **argv);
int verb_summary(int argc, char **argv);
int verb_train(int argc, char **argv);
int verb_upscale(int argc, char **argv);

#endif
