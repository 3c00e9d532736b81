/* Models as text, one layer a line: read, and written. docs/models.md has every kind with its keys.
 *
 *     # FSRCNN, three times as large
 *     image    = input channels=1
 *     features = conv image out=56 kernel=5 padding=2
 *     act      = prelu features
 *     up       = conv_transpose act out=1 kernel=9 stride=3 padding=4 output_padding=2 rate=0.1
 *
 *     text   = { line "\n" }
 *     line   = [ layer | "output" name { name } ] [ "#" anything ]
 *     layer  = name "=" kind { name } { key "=" value }      the names are those of its inputs
 *
 * Words stand between blanks; key, "=" and value are one word. A name that has blanks, '"', '#',
 * '=' or control characters in it stands in quotes, where \" \\ and \xHH are such a byte. Layers
 * come in the order of pleat_model_add_...; `output` marks outputs. A text also holds how
 * parameters begin (pleat_model_set_initialiser) and their rates (pleat_model_set_rate), so that it
 * and a seed make a model that can be trained. It does not hold the element type, numbers of
 * parameters, or what a compile chooses. */
#ifndef PLEAT_TEXT_H
#define PLEAT_TEXT_H

#include <pleat/export.h>
#include <pleat/model.h>
#include <pleat/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the model that the text, ended by a 0, describes, of that type, and overwrites *model with
 * it; freed by pleat_model_free. Its filters are zeros: call pleat_model_initialise, or load them.
 * The text may be as long as memory allows, and is taken for hostile.
 *
 * Messages begin with the line, such as "line 7: layer "up": stride_h must be at least 1, got 0".
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL, no such dtype. PLEAT_BAD_FORMAT: what the format does not
 * allow: an unknown kind, key or layer, a key twice or missing, a value that is none. Else the
 * status of the call that adds the layer (model.h, layers.h). PLEAT_OUT_OF_MEMORY. Cost: as the
 * calls, of which each looks at all layers before. */
PLEAT_API PLEAT_NODISCARD enum pleat_status pleat_text_read(struct pleat_model **model,
                                                            const char *text,
                                                            enum pleat_dtype dtype,
                                                            struct pleat_error *error);

/* Writes the model, compiled or not and however it was made, and overwrites *text with it, ended by
 * a 0; freed by pleat_text_free. What is as it would be anyway is left out. Reading it makes a
 * model whose layers, names, parameters, rates, initialisers and outputs are the same, and writing
 * that one the same text, byte for byte.
 *
 * PLEAT_INVALID_ARGUMENT: a pointer NULL. PLEAT_OUT_OF_MEMORY. */
PLEAT_API PLEAT_NODISCARD enum pleat_status
pleat_text_write(char **text, const struct pleat_model *model, struct pleat_error *error);

/* Frees a text; NULL is allowed. */
PLEAT_API void pleat_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
