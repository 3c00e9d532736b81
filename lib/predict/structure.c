/* The structure of a model, from the spacings of its layers on each axis. */
#include "predict/structure.h"

#include "predict/spacing.h"

#include "base/error.h"
#include "base/memory.h"

/* With one input, every layer depends on it and has a spacing. */
static void find_blocks(const struct pleat_model *model, const struct pleat__spacing *spacing,
                        int axis, struct pleat__structure *structure) {
    for (int k = 0; k < pleat__output_count(model); k++) {
        const struct pleat__spacing *s = &spacing[pleat__output(model, k)];
        structure->block[k][axis] = structure->period[axis] / s->in * s->out;
    }
}

enum pleat_status pleat__find_structure(const struct pleat_model *model,
                                        struct pleat__structure *structure,
                                        struct pleat_error *error) {
    const int outputs = pleat__output_count(model);
    struct pleat__spacing *spacing = pleat__allocate((size_t)model->layer_count, sizeof *spacing);
    if (spacing == NULL)
        return pleat__fail(error, PLEAT_OUT_OF_MEMORY, "no memory for the model's layers");
    *structure = (struct pleat__structure){.rank = model->layer[model->input[0]]->rank};
    enum pleat_status status = PLEAT_OK;
    for (int axis = 0; status == PLEAT_OK && axis < structure->rank; axis++) {
        status = pleat__find_spacing(model, 0, 0, outputs - 1, axis, spacing,
                                     &structure->period[axis], &structure->obstacle);
        if (status == PLEAT_OK)
            find_blocks(model, spacing, axis, structure);
    }
    pleat__free(spacing);
    structure->cuttable = status == PLEAT_OK;
    if (status == PLEAT_SIZE_OVERFLOW)
        return pleat__fail(error, status, "%s", structure->obstacle.message);
    return PLEAT_OK;
}
