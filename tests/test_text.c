/* Models as text: what is written, what is read, what is refused and where; hostile texts. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pleat/pleat-io.h>

#include "failing_memory.h"
#include "files.h"
#include "model_check.h"
#include "suites.h"
#include "support.h"

static void set_rate(struct pleat_model *model, const char *parameter, double rate) {
    OK(pleat_model_set_rate, model, pleat_model_find_parameter(model, parameter), rate);
}

static void set_init(struct pleat_model *model, const char *parameter,
                     struct pleat_initialiser init) {
    OK(pleat_model_set_initialiser, model, pleat_model_find_parameter(model, parameter), &init);
}

/* Every kind, with parameters that differ between axes and ends; it takes images of 8 x 6. */
static struct pleat_model *every_kind(enum pleat_dtype dtype) {
    struct pleat_model *model;
    struct pleat_conv_params conv = pleat_conv_params_init(2, 4, 6, 3, 1, 1),
                             up = pleat_conv_params_init(2, 6, 4, 4, 2, 1);
    struct pleat_pool_params pool = pleat_pool_params_init(2, 2, 2, 0);
    const struct pleat_batch_norm_params norm = {.epsilon = 0.001, .momentum = 0.25};
    const struct pleat_pad_params pad = {2, {1, 0}, {-1, 2}};
    conv.groups = 2;
    conv.axis[0].dilation = 2;
    conv.axis[0].padding_end = 3;
    up.axis[1].output_padding = 1;
    up.axis[1].stride = 3;
    pool.axis[1].kernel = 3;
    pool.axis[0].padding = 1;
    OK(pleat_model_create, &model, dtype);
    OK(pleat_model_add_input, model, "an image", 4, 2);
    OK(pleat_model_add_input, model, "vector", 3, 0);
    OK(pleat_model_add_conv, model, "conv", "an image", &conv, 0);
    OK(pleat_model_add_batch_norm, model, "norm", "conv", &norm);
    OK(pleat_model_add_leaky_relu, model, "leaky", "norm", 0.1);
    OK(pleat_model_add_conv_transpose, model, "up", "leaky", &up, 1);
    OK(pleat_model_add_prelu, model, "prelu", "up");
    OK(pleat_model_add_max_pool, model, "pool", "prelu", &pool);
    OK(pleat_model_add_pad, model, "pad", "pool", &pad);
    OK(pleat_model_add_sigmoid, model, "sigmoid", "pad");
    OK(pleat_model_add_dropout, model, "dropout", "sigmoid", NULL, 0.3);
    OK(pleat_model_add_relu, model, "relu", "sigmoid");
    OK(pleat_model_add_dropout, model, "masked", "dropout", "relu", 0.5);
    OK(pleat_model_add_shared, model, "again", "masked", "conv");
    OK(pleat_model_add_shared, model, "third", "masked", "again");
    OK(pleat_model_add_concatenate, model, "both", 2, ((const char *const[]){"again", "third"}));
    OK(pleat_model_add_pixel_shuffle, model, "shuffle", "both", 2);
    OK(pleat_model_add_upsample, model, "nearest", "shuffle", PLEAT_UPSAMPLE_NEAREST, 2);
    OK(pleat_model_add_upsample, model, "linear", "nearest", PLEAT_UPSAMPLE_LINEAR, 1);
    OK(pleat_model_add_softmax, model, "softmax", "linear");
    OK(pleat_model_add_dense, model, "dense", "vector", 24, 1);
    OK(pleat_model_add_tanh, model, "tanh", "dense");
    OK(pleat_model_add_reshape, model, "reshape", "tanh", 2, 2, ((int64_t[]){4, 3}));
    OK(pleat_model_add_reshape, model, "flat", "reshape", 24, 0, NULL);
    OK(pleat_model_add_sum, model, "sum", 2, ((const char *const[]){"flat", "tanh"}));
    OK(pleat_model_mark_output, model, "sum");
    OK(pleat_model_mark_output, model, "softmax");
    set_rate(model, "conv.weight", 0.5);
    set_rate(model, "up.bias", 0);
    set_rate(model, "norm.weight", 1e-3);
    set_rate(model, "norm.bias", 1e-3);
    set_init(model, "up.weight",
             (struct pleat_initialiser){PLEAT_INITIALISER_NORMAL, 2, {-1, 0.1}});
    set_init(model, "up.bias", (struct pleat_initialiser){PLEAT_INITIALISER_CONSTANT, 1, {1}});
    set_init(model, "dense.weight",
             (struct pleat_initialiser){PLEAT_INITIALISER_GLOROT_UNIFORM, 0, {0}});
    set_init(model, "prelu.weight",
             (struct pleat_initialiser){PLEAT_INITIALISER_CONSTANT, 1, {1.0 / 3}});
    return model;
}

static const char every_text[] =
    "\"an image\" = input channels=4\n"
    "vector = input channels=3 rank=0\n"
    "conv = conv \"an image\" out=6 kernel=3 dilation=2,1 padding=1,1,3,1 groups=2 bias=no "
    "rate=0.5\n"
    "norm = batch_norm conv epsilon=0.001 momentum=0.25 rate=0.001\n"
    "leaky = leaky_relu norm slope=0.1\n"
    "up = conv_transpose leaky out=4 kernel=4 stride=2,3 output_padding=0,1 padding=1 rate.bias=0 "
    "init=normal:-1,0.1 init.bias=ones\n"
    "prelu = prelu up init=constant:0.3333333333333333\n"
    "pool = max_pool prelu kernel=2,3 stride=2 padding=1,0\n"
    "pad = pad pool padding=1,0,-1,2\n"
    "sigmoid = sigmoid pad\n"
    "dropout = dropout sigmoid probability=0.3\n"
    "relu = relu sigmoid\n"
    "masked = dropout dropout relu probability=0.5\n"
    "again = shared masked layer=conv\n"
    "third = shared masked layer=conv\n"
    "both = concatenate again third\n"
    "shuffle = pixel_shuffle both factor=2\n"
    "nearest = upsample shuffle factor=2\n"
    "linear = upsample nearest factor=1 method=linear\n"
    "softmax = softmax linear\n"
    "dense = dense vector out=24 init=glorot_uniform\n"
    "tanh = tanh dense\n"
    "reshape = reshape tanh channels=2 extent=4,3\n"
    "flat = reshape reshape channels=24\n"
    "sum = sum flat tanh\n"
    "output sum\n"
    "output softmax\n";

/* Fails the test unless the model is written as this. */
static void assert_text(const struct pleat_model *model, const char *expected) {
    char *text;
    OK(pleat_text_write, &text, model);
    ck_assert_str_eq(text, expected);
    pleat_text_free(text);
}

static struct pleat_model *read_model(const char *text, enum pleat_dtype dtype) {
    struct pleat_model *model;
    OK(pleat_text_read, &model, text, dtype);
    return model;
}

/* Compiles for training and runs one forward and one backward. */
static void run(struct pleat_model *model) {
    const int64_t image[] = {2, 4, 8, 6}, vector[] = {2, 3};
    const struct pleat_compile_options options = compile_options(PLEAT_TRAINING, 2, 8, 6, 0);
    struct pleat_tensor inputs[2], grads[2];
    struct pleat_random random = pleat_random_seed(4);
    OK(pleat_model_compile, model, &options);
    OK(pleat_tensor_allocate, &inputs[0], PLEAT_FLOAT64, 4, image);
    OK(pleat_tensor_allocate, &inputs[1], PLEAT_FLOAT64, 2, vector);
    for (int i = 0; i < 2; i++) {
        const struct pleat_tensor *y = pleat_model_output_at(model, i);
        OK(pleat_tensor_allocate, &grads[i], PLEAT_FLOAT64, y->rank, y->extent);
        fill_reals(&inputs[i], &random);
        fill_reals(&grads[i], &random);
    }
    pleat_model_zero_grad(model);
    OK(pleat_model_forward_all, model, 2, inputs);
    OK(pleat_model_backward_all, model, 2, grads);
    for (int i = 0; i < 2; i++) {
        pleat_tensor_free(&inputs[i]);
        pleat_tensor_free(&grads[i]);
    }
}

/* The model that was built by calls, and the one that was read, do the same in the same bits. */
START_TEST(every_kind_round_trips) {
    struct pleat_model *built = every_kind(PLEAT_FLOAT64);
    assert_text(built, every_text);
    struct pleat_model *made = read_model(every_text, PLEAT_FLOAT64);
    assert_text(made, every_text);
    OK(pleat_model_initialise, built, 3);
    OK(pleat_model_initialise, made, 3);
    run(built);
    run(made);
    assert_text(made, every_text);
    for (int i = 0; i < 2; i++) {
        void *expected = tensor_bytes(pleat_model_output_at(built, i));
        assert_bytes(pleat_model_output_at(made, i), expected, "output");
        free(expected);
    }
    ck_assert_int_eq(pleat_model_parameter_count(made), pleat_model_parameter_count(built));
    for (int i = 0; i < pleat_model_parameter_count(made); i++) {
        const struct pleat_parameter p = pleat_model_parameter(made, i),
                                     q = pleat_model_parameter(built, i);
        ck_assert_str_eq(p.name, q.name);
        ck_assert(p.rate == q.rate);
        void *expected = tensor_bytes(&q.grad);
        assert_bytes(&p.grad, expected, p.name);
        free(expected);
    }
    pleat_model_free(built);
    pleat_model_free(made);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* Texts that mean the same, and how they are written. */
static const struct {
    const char *text, *written;
} spellings[] = {
    {"", ""},
    {"\n  # nothing\n\r\n\t", ""},
    {"a=input channels=1", "a = input channels=1\n"},
    {"  a  =  input   rank=3\tchannels=2 # why\r\nb = relu a\r\n",
     "a = input channels=2 rank=3\nb = relu a\n"},
    {"a = input channels=1\n\"\\x62\\\"\\\\\" = relu a#b\noutput = tanh \"b\\\"\\\\\"\noutput "
     "output",
     "a = input channels=1\n\"b\\\"\\\\\" = relu a\noutput = tanh \"b\\\"\\\\\"\noutput output\n"},
    {"gr\xc3\xb6\xc3\x9f"
     "e = input channels=1\n\"\\x0a\\x7f\" = relu gr\xc3\xb6\xc3\x9f"
     "e",
     "gr\xc3\xb6\xc3\x9f"
     "e = input channels=1\n\"\\x0a\\x7f\" = relu gr\xc3\xb6\xc3\x9f"
     "e\n"},
    {"a = input channels=1\nb = conv a kernel=3,3 out=2 padding=1,1,1,1 stride=1,1 bias=yes rate=1",
     "a = input channels=1\nb = conv a out=2 kernel=3 padding=1\n"},
    {"a = input channels=1\nb = max_pool a kernel=2,3 stride=2,3",
     "a = input channels=1\nb = max_pool a kernel=2,3\n"},
    {"a = input channels=1\nb = max_pool a kernel=2 stride=1",
     "a = input channels=1\nb = max_pool a kernel=2 stride=1\n"},
    /* Keras's paddings. */
    {"a = input channels=1\nb = conv a out=1 kernel=4,3 padding=same",
     "a = input channels=1\nb = conv a out=1 kernel=4,3 padding=1,1,2,1\n"},
    {"a = input channels=1\nb = conv a out=1 kernel=5 stride=2 padding=same",
     "a = input channels=1\nb = conv a out=1 kernel=5 stride=2 padding=1,1,2,2\n"},
    {"a = input channels=1\nb = conv a out=1 kernel=5 padding=valid",
     "a = input channels=1\nb = conv a out=1 kernel=5\n"},
    {"a = input channels=1\nb = conv_transpose a out=1 kernel=3 stride=2 padding=same",
     "a = input channels=1\nb = conv_transpose a out=1 kernel=3 stride=2 padding=0,0,1,1\n"},
    {"a = input channels=1\nb = conv_transpose a out=1 kernel=2 stride=3 padding=same",
     "a = input channels=1\nb = conv_transpose a out=1 kernel=2 stride=3 output_padding=1\n"},
    {"a = input channels=1\nb = conv_transpose a out=1 kernel=2 stride=3 padding=valid",
     "a = input channels=1\nb = conv_transpose a out=1 kernel=2 stride=3 output_padding=1\n"},
    /* Settings. */
    {"a = input channels=1\nb = conv a out=1 kernel=1 rate=0.5 rate.weight=2 init=he "
     "init.bias=zeros",
     "a = input channels=1\nb = conv a out=1 kernel=1 rate.weight=2 rate.bias=0.5\n"},
    {"a = input channels=1\nb = conv_transpose a out=1 kernel=4 stride=2 init=bilinear",
     "a = input channels=1\nb = conv_transpose a out=1 kernel=4 stride=2 init=bilinear\n"},
    {"a = input channels=1\nb = conv_transpose a out=1 kernel=4 stride=2 init=icnr_uniform:0.20",
     "a = input channels=1\nb = conv_transpose a out=1 kernel=4 stride=2 init=icnr_uniform:0.2\n"},
    {"a = input channels=1\nb = prelu a init=uniform:0,1e-3",
     "a = input channels=1\nb = prelu a init=uniform:0,0.001\n"},
    {"a = input channels=1\nb = relu a\nc = tanh a\noutput c b",
     "a = input channels=1\nb = relu a\nc = tanh a\noutput c\noutput b\n"},
};

enum { SPELLINGS = sizeof spellings / sizeof *spellings };

START_TEST(spelled) {
    struct pleat_model *model = read_model(spellings[_i].text, PLEAT_FLOAT32);
    assert_text(model, spellings[_i].written);
    pleat_model_free(model);
    model = read_model(spellings[_i].written, PLEAT_FLOAT32);
    assert_text(model, spellings[_i].written);
    pleat_model_free(model);
}
END_TEST

#define HEAD "# two lines\nx = input channels=2\n"

static const struct {
    const char *text;
    enum pleat_status status;
    const char *message;
} refusals[] = {
    /* What is no line of the format. */
    {"pleat", PLEAT_BAD_FORMAT, "line 1: 'pleat' must be followed by '='"},
    {"output", PLEAT_BAD_FORMAT, "line 1: 'output' must be followed by '='"},
    {HEAD "a b = relu x", PLEAT_BAD_FORMAT, "line 3: 'a' must be followed by '='"},
    {HEAD "= relu x", PLEAT_BAD_FORMAT, "line 3: '' is no name of 1 to 95 bytes"},
    {HEAD "\"\" = relu x", PLEAT_BAD_FORMAT, "line 3: '\"\"' is no name of 1 to 95 bytes"},
    {HEAD "\"\\y\" = relu x", PLEAT_BAD_FORMAT, "is no name"},
    {HEAD "\"\\x00\" = relu x", PLEAT_BAD_FORMAT, "is no name"},
    {HEAD "\"\\x4\" = relu x", PLEAT_BAD_FORMAT, "is no name"},
    {HEAD "\"a = relu x", PLEAT_BAD_FORMAT, "line 3: a quote is not closed"},
    {HEAD "\"a\\", PLEAT_BAD_FORMAT, "line 3: a quote is not closed"},
    {HEAD "a = relu \"x", PLEAT_BAD_FORMAT, "line 3: layer \"a\": a quote is not closed"},
    {HEAD "a = rellu x", PLEAT_BAD_FORMAT,
     "line 3: layer \"a\": 'rellu' is no kind of layer: there are input conv conv_transpose"},
    {HEAD "a =", PLEAT_BAD_FORMAT, "line 3: layer \"a\": '' is no kind of layer"},
    {HEAD "a = # relu", PLEAT_BAD_FORMAT, "line 3: layer \"a\": '' is no kind of layer"},
    {HEAD "a = conv x kernel = 3", PLEAT_BAD_FORMAT, "'=' stands alone"},
    {HEAD "a = conv x kernel= 3", PLEAT_BAD_FORMAT, "kernel= needs a value right behind it"},
    {HEAD "a = conv x kernel=3 kernel=3", PLEAT_BAD_FORMAT, "kernel is given twice"},
    {HEAD "a = conv x rate=3 rate=3", PLEAT_BAD_FORMAT, "rate is given twice"},
    {HEAD "a = conv x kernl=3", PLEAT_BAD_FORMAT,
     "line 3: layer \"a\": conv has no key 'kernl': it has out kernel stride dilation padding "
     "groups "
     "bias rate rate.weight rate.bias init init.bias"},
    {HEAD "a = prelu x rate.bias=3", PLEAT_BAD_FORMAT,
     "prelu has no key 'rate.bias': it has rate rate.weight init"},
    {HEAD "a = relu x slope=3", PLEAT_BAD_FORMAT, "relu has no key 'slope', and no other"},
    {HEAD "output x a=3", PLEAT_BAD_FORMAT, "line 3: output has no key 'a', and no other"},
    {HEAD "a = relu", PLEAT_BAD_FORMAT, "relu reads one layer, got 0"},
    {HEAD "a = dropout x x x probability=0", PLEAT_BAD_FORMAT,
     "dropout reads 1 to 2 layers, got 3"},
    {HEAD "a = input x channels=1", PLEAT_BAD_FORMAT, "input reads no layer, got 1"},
    {HEAD "a = sum x x x x x x x x x", PLEAT_BAD_FORMAT, "more than 8 names"},
    {HEAD "a = conv x kernel=3", PLEAT_BAD_FORMAT, "line 3: layer \"a\": conv needs out="},
    /* Names. */
    {HEAD "a = relu y", PLEAT_BAD_FORMAT, "line 3: layer \"a\": there is no layer \"y\""},
    {HEAD "a = relu b\n\nb = relu x", PLEAT_BAD_FORMAT,
     "line 3: layer \"a\": layer \"b\" comes after what reads it, in line 5"},
    {HEAD "x = relu x", PLEAT_BAD_FORMAT, "layer \"x\": the name is that of the layer in line 2"},
    {HEAD "output y", PLEAT_BAD_FORMAT, "line 3: there is no layer \"y\""},
    {HEAD "a = relu x\noutput a\noutput a", PLEAT_INVALID_ARGUMENT, "line 5: \"a\" is an output"},
    {HEAD "output x", PLEAT_INVALID_ARGUMENT, "line 3: \"x\" is an input"},
    {HEAD "a = shared x layer=b", PLEAT_INVALID_ARGUMENT, "line 3: layer \"a\": no layer added"},
    {HEAD "a = shared x layer=\"\"", PLEAT_BAD_FORMAT, "layer must be the name of a layer"},
    /* Values. */
    {"x = input channels=1.5", PLEAT_BAD_FORMAT, "channels must be an integer, got '1.5'"},
    {"x = input channels=", PLEAT_BAD_FORMAT, "channels= needs a value"},
    {"x = input channels=+1", PLEAT_BAD_FORMAT, "channels must be an integer, got '+1'"},
    {"x = input channels=9223372036854775808", PLEAT_BAD_FORMAT, "must be an integer"},
    {"x = input channels=0", PLEAT_INVALID_ARGUMENT, "layer \"x\": channels must be at least 1"},
    {"x = input channels=1 rank=4294967298", PLEAT_INVALID_ARGUMENT, "rank must be 0 to 3"},
    {"x = input channels=1 rank=-4294967294", PLEAT_INVALID_ARGUMENT, "rank must be 0 to 3"},
    {HEAD "up = conv_transpose x out=1 kernel=0", PLEAT_INVALID_ARGUMENT,
     "line 3: layer \"up\": kernel_h must be at least 1, got 0"},
    {HEAD "a = conv x out=1 kernel=3,", PLEAT_BAD_FORMAT,
     "kernel must be one integer, or one for each axis, such as 2 or 2,1, got '3,'"},
    {HEAD "a = conv x out=1 kernel=3,3,3", PLEAT_BAD_FORMAT, "kernel must be"},
    {HEAD "a = conv x out=1 kernel=3 padding=1,1,1", PLEAT_BAD_FORMAT,
     "padding must be same, valid"},
    {HEAD "a = conv x out=1 kernel=3 padding=1,1,1,1,1,1,1", PLEAT_BAD_FORMAT, "padding must be"},
    {HEAD "a = conv x out=1 kernel=0 padding=same", PLEAT_BAD_FORMAT, "out of range, got 'same'"},
    {HEAD "a = conv_transpose x out=1 kernel=3 stride=2 output_padding=1 padding=same",
     PLEAT_BAD_FORMAT, "padding must be integers where output_padding is given"},
    {HEAD "a = conv x out=1 kernel=3 bias=1", PLEAT_BAD_FORMAT, "bias must be yes or no, got '1'"},
    {HEAD "a = conv x out=3 kernel=3 groups=2", PLEAT_INVALID_SHAPE, "groups"},
    {HEAD "a = pad x padding=1,2,3", PLEAT_BAD_FORMAT, "padding must be one integer, one for each"},
    {HEAD "a = pad x padding=same", PLEAT_BAD_FORMAT, "padding must be one integer, one for each"},
    {HEAD "a = upsample x factor=2 method=cubic", PLEAT_BAD_FORMAT,
     "method must be nearest or linear"},
    {HEAD "a = reshape x channels=1 extent=", PLEAT_BAD_FORMAT, "extent= needs"},
    {HEAD "a = reshape x channels=1 extent=1,1,1,1", PLEAT_BAD_FORMAT,
     "extent must be one to three"},
    {HEAD "a = leaky_relu x slope=inf", PLEAT_BAD_FORMAT, "slope must be a number, got 'inf'"},
    {HEAD "a = leaky_relu x slope=nan", PLEAT_BAD_FORMAT, "slope must be a number"},
    {HEAD "a = leaky_relu x slope=0x1", PLEAT_BAD_FORMAT, "slope must be a number"},
    {HEAD "a = leaky_relu x slope=1e999", PLEAT_BAD_FORMAT, "slope must be a number"},
    {HEAD "a = leaky_relu x slope=-1", PLEAT_INVALID_ARGUMENT,
     "slope must be finite and at least 0"},
    {HEAD "a = dense x out=3", PLEAT_INVALID_SHAPE, "layer \"a\": dense reads vectors"},
    {HEAD "a = conv x out=1 kernel=3 rate=fast", PLEAT_BAD_FORMAT,
     "rate must be a number, got 'fast'"},
    {HEAD "a = conv x out=1 kernel=3 rate=-1", PLEAT_INVALID_ARGUMENT, "rate must be finite and"},
    {HEAD "a = conv x out=1 kernel=3 bias=no rate.bias=1", PLEAT_BAD_FORMAT,
     "rate.bias: the layer has no bias"},
    {HEAD "a = conv x out=1 kernel=3 bias=no init.bias=ones", PLEAT_BAD_FORMAT,
     "init.bias: the layer has no bias"},
    {HEAD "a = conv x out=1 kernel=3 init=her", PLEAT_BAD_FORMAT,
     "init is 'her', no initialiser such as he or normal:0.01: there are constant normal"},
    {HEAD "a = conv x out=1 kernel=3 init=zeros:", PLEAT_BAD_FORMAT, "init is 'zeros:'"},
    {HEAD "a = conv x out=1 kernel=3 init=normal:", PLEAT_BAD_FORMAT, "init is 'normal:'"},
    {HEAD "a = conv x out=1 kernel=3 init=normal:1,2,3", PLEAT_BAD_FORMAT,
     "init is 'normal:1,2,3'"},
    {HEAD "a = conv x out=1 kernel=3 init=normal", PLEAT_INVALID_ARGUMENT, "takes 1 to 2 numbers"},
    {HEAD "a = conv x out=1 kernel=3 init=normal:-1", PLEAT_INVALID_ARGUMENT, "deviation must be"},
    {HEAD "a = conv x out=1 kernel=3 init.bias=he", PLEAT_INVALID_ARGUMENT,
     "is for weights of conv"},
    {HEAD "a = conv x out=1 kernel=3 init=bilinear", PLEAT_INVALID_ARGUMENT,
     "conv_transpose alone"},
    {HEAD "a = conv_transpose x out=1 kernel=4 stride=2 init=bilinear", PLEAT_INVALID_ARGUMENT,
     "in_channels must be out_channels"},
    {HEAD "a = conv_transpose x out=1 kernel=3 stride=2 init=icnr", PLEAT_INVALID_ARGUMENT, "ICNR"},
    {HEAD "a = conv x out=1152921504606846976 kernel=3", PLEAT_SIZE_OVERFLOW,
     "line 3: layer \"a\""},
};

START_TEST(refused) {
    struct pleat_model *model = NULL;
    REFUSED(refusals[_i].status, refusals[_i].message, pleat_text_read, &model, refusals[_i].text,
            PLEAT_FLOAT32);
    ck_assert_ptr_null(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

START_TEST(arguments) {
    struct pleat_model *model = read_model(HEAD, PLEAT_FLOAT64);
    char *text;
    ck_assert_int_eq(pleat_model_dtype(model), PLEAT_FLOAT64);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_text_read, NULL, "", PLEAT_FLOAT32);
    REFUSED(PLEAT_INVALID_ARGUMENT, "text", pleat_text_read, &model, NULL, PLEAT_FLOAT32);
    REFUSED(PLEAT_INVALID_ARGUMENT, "dtype", pleat_text_read, &model, "", (enum pleat_dtype)7);
    REFUSED(PLEAT_INVALID_ARGUMENT, "text", pleat_text_write, NULL, model);
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_text_write, &text, NULL);
    ck_assert_int_eq(pleat_text_read(&model, "x", PLEAT_FLOAT32, NULL), PLEAT_BAD_FORMAT);
    pleat_text_free(NULL);
    pleat_model_free(model);
}
END_TEST

/* A name of as many bytes as there may be, all to be escaped, and one more. */
START_TEST(longest_name) {
    char text[600] = "", *end = text + sprintf(text, "\"");
    for (int i = 0; i < PLEAT_MAX_NAME; i++)
        end += sprintf(end, "\\x01");
    strcpy(end, "\" = input channels=1\n");
    struct pleat_model *model = read_model(text, PLEAT_FLOAT32);
    assert_text(model, text);
    pleat_model_free(model);
    strcpy(end, "a\" = input channels=1\n");
    REFUSED(PLEAT_BAD_FORMAT, "is no name of 1 to 95 bytes", pleat_text_read, &model, text,
            PLEAT_FLOAT32);
}
END_TEST

/* Numbers are written so that they are read as they were, in any locale. */
START_TEST(numbers) {
    static const char *const locales[] = {"C", "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"};
    if (setlocale(LC_ALL, locales[_i]) == NULL)
        return; /* it is not installed */
    const double slopes[] = {0, 0.1, 1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, 123456.789};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        struct pleat_model *model;
        char *text, *again, *end;
        OK(pleat_model_create, &model, PLEAT_FLOAT32);
        OK(pleat_model_add_input, model, "x", 1, 0);
        OK(pleat_model_add_leaky_relu, model, "y", "x", slopes[i]);
        OK(pleat_text_write, &text, model);
        pleat_model_free(model);
        model = read_model(text, PLEAT_FLOAT32);
        OK(pleat_text_write, &again, model);
        ck_assert_str_eq(text, again);
        ck_assert_ptr_null(strchr(text, ','));
        setlocale(LC_ALL, "C");
        ck_assert(strtod(strstr(text, "slope=") + 6, &end) == slopes[i] && *end == '\n');
        setlocale(LC_ALL, locales[_i]);
        pleat_text_free(text);
        pleat_text_free(again);
        pleat_model_free(model);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

static enum pleat_status read_and_write(const char *text, struct pleat_error *error) {
    struct pleat_model *model;
    char *written;
    enum pleat_status status = pleat_text_read(&model, text, PLEAT_FLOAT32, error);
    if (status != PLEAT_OK)
        return status;
    status = pleat_text_write(&written, model, error);
    if (status == PLEAT_OK)
        pleat_text_free(written);
    pleat_model_free(model);
    return status;
}

START_TEST(memory_fails) {
    walk_failing_memory(read_and_write, every_text);
}
END_TEST

static const char *const networks[] = {"dcgan_generator", "fsrcnn_x3", "unet", "vae_decoder",
                                       "vae_encoder"};
enum { NETWORKS = sizeof networks / sizeof *networks };

static const char *network_path(int index) {
    static char path[512];
    snprintf(path, sizeof path, "%s/%s.txt", NETWORK_FOLDER, networks[index]);
    return path;
}

/* The networks of examples/: read, initialised, compiled for training, and of what extents. */
START_TEST(examples) {
    static const struct {
        int parameters;
        int64_t in, out[4];
    } expected[] = {{8, 0, {3, 1, 28, 28}},
                    {23, 10, {3, 1, 30, 30}},
                    {50, 16, {3, 2, 16, 16}},
                    {6, 0, {3, 1, 28, 28}},
                    {8, 28, {3, 16}}};
    struct pleat_model *model;
    OK(pleat_text_read_file, &model, network_path(_i), PLEAT_FLOAT32);
    ck_assert_int_eq(pleat_model_parameter_count(model), expected[_i].parameters);
    OK(pleat_model_initialise, model, 1);
    const struct pleat_compile_options options =
        compile_options(PLEAT_TRAINING, 3, expected[_i].in, expected[_i].in, 0);
    OK(pleat_model_compile, model, &options);
    ck_assert_mem_eq(pleat_model_output(model)->extent, expected[_i].out, sizeof expected[_i].out);
    char *text;
    OK(pleat_text_write, &text, model);
    struct pleat_model *again = read_model(text, PLEAT_FLOAT32);
    assert_text(again, text);
    pleat_text_free(text);
    pleat_model_free(again);
    pleat_model_free(model);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

static enum pleat_status read_file(const char *path, struct pleat_error *error) {
    struct pleat_model *model;
    const enum pleat_status status = pleat_text_read_file(&model, path, PLEAT_FLOAT32, error);
    if (status == PLEAT_OK)
        pleat_model_free(model);
    return status;
}

START_TEST(file_refusals) {
    struct pleat_model *model;
    REFUSED(PLEAT_INVALID_ARGUMENT, "model", pleat_text_read_file, NULL, "x", PLEAT_FLOAT32);
    REFUSED(PLEAT_INVALID_ARGUMENT, "path", pleat_text_read_file, &model, NULL, PLEAT_FLOAT32);
    REFUSED(PLEAT_IO, "nowhere", pleat_text_read_file, &model, file_path("nowhere"), PLEAT_FLOAT32);
    file_store(file_path("zero"), HEAD "\0", sizeof HEAD);
    REFUSED(PLEAT_BAD_FORMAT, "zero: a byte 0", pleat_text_read_file, &model, file_path("zero"),
            PLEAT_FLOAT32);
    file_store(file_path("slip"), HEAD "a = b", sizeof HEAD "a = b" - 1);
    REFUSED(PLEAT_BAD_FORMAT, "slip: line 3: layer \"a\": 'b' is no kind", pleat_text_read_file,
            &model, file_path("slip"), PLEAT_FLOAT32);
    file_store(file_path("good"), every_text, sizeof every_text - 1);
    walk_failing_memory(read_file, file_path("good"));
}
END_TEST

/* Appends at most that many bytes. */
static void append(char *text, size_t capacity, const char *more, size_t length) {
    const size_t used = strlen(text);
    length = length < capacity - 1 - used ? length : capacity - 1 - used;
    memcpy(text + used, more, length);
    text[used + length] = '\0';
}

/* Changes the text at random: bytes, words of texts and extreme numbers put in, over or out, and
 * lines moved to the end. */
static void mutate(char *text, size_t capacity, struct pleat_random *random) {
    static const char *const words[] = {"0",
                                        "-1",
                                        "2",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "4294967296",
                                        "1e308",
                                        "-0",
                                        "=",
                                        "\"",
                                        "\\",
                                        "#",
                                        "\n",
                                        " ",
                                        ",",
                                        ":",
                                        "same",
                                        "valid",
                                        "he",
                                        "icnr:0.5",
                                        "normal:1,2",
                                        " rate=2",
                                        " init=uniform:1",
                                        " init.bias=ones",
                                        " conv ",
                                        " shared ",
                                        " layer=conv",
                                        " concatenate ",
                                        " sum ",
                                        " relu",
                                        " reshape",
                                        "\noutput ",
                                        " kernel=2",
                                        " out=3",
                                        " channels=4",
                                        " padding=1,2,3,4",
                                        " extent=2,2",
                                        " groups=2",
                                        "rank=1",
                                        "rank=3",
                                        "\x7f",
                                        "\xff",
                                        "\\x41",
                                        "dense"};
    const size_t length = strlen(text), at = (size_t)pleat_random_below(random, length + 1);
    const size_t cut = (size_t)pleat_random_below(random, 4) *
                       (size_t)pleat_random_below(random, 6), /* often none */
        behind = at + cut < length ? at + cut : length;
    char *rest = malloc(length - behind + 1);
    memcpy(rest, text + behind, length - behind + 1);
    text[at] = '\0';
    const uint64_t choice = pleat_random_below(random, 8);
    const char byte[2] = {(char)(1 + pleat_random_below(random, 255)), '\0'};
    const char *line = strchr(rest, '\n');
    if (choice < 5) {
        const char *word = words[pleat_random_below(random, sizeof words / sizeof *words)];
        append(text, capacity, word, strlen(word));
    } else if (choice == 5)
        append(text, capacity, byte, 1);
    if (choice == 6 && line != NULL) {
        append(text, capacity, line + 1, strlen(line + 1));
        append(text, capacity, rest, (size_t)(line - rest) + 1);
    } else
        append(text, capacity, rest, strlen(rest));
    free(rest);
}

/* Reads a text that may be anything; what was read is written, and read again, the same. */
static bool survives(const char *text) {
    struct pleat_model *model, *again;
    struct pleat_error error = {.message = ""};
    char *written;
    const enum pleat_status status = pleat_text_read(&model, text, PLEAT_FLOAT32, &error);
    if (status != PLEAT_OK) {
        ck_assert_msg(strncmp(error.message, "line ", 5) == 0, "%s", error.message);
        return false;
    }
    OK(pleat_text_write, &written, model);
    OK(pleat_text_read, &again, written, PLEAT_FLOAT32);
    assert_text(again, written);
    pleat_text_free(written);
    pleat_model_free(model);
    pleat_model_free(again);
    return true;
}

START_TEST(random_texts) {
    enum { CAPACITY = 8192 };
    static char text[CAPACITY];
    const uint64_t count = environment_number("PLEAT_TEST_COUNT", 20000);
    struct pleat_random random = pleat_random_seed(environment_number("PLEAT_TEST_SEED", 1));
    uint64_t read = 0;
    failing_memory_cap((size_t)1 << 16);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t changes = 1 + pleat_random_below(&random, 3);
        strcpy(text, pleat_random_below(&random, 4) == 0
                         ? every_text
                         : spellings[pleat_random_below(&random, SPELLINGS)].text);
        for (uint64_t k = 0; k < changes; k++)
            mutate(text, CAPACITY, &random);
        read += survives(text);
    }
    failing_memory_cap(SIZE_MAX);
    ck_assert_uint_gt(read, count / 40); /* else nothing was tried but refusals */
    ck_assert_uint_lt(read, count / 2);
    ck_assert_int_eq(failing_memory_outstanding(), 0);
}
END_TEST

/* A file of many layers and of a long line takes no limit but memory. */
START_TEST(long_texts) {
    enum { LAYERS = 2000, BYTES = 200000 };
    char *text = malloc(BYTES), *end = text + sprintf(text, "l0 = input channels=1 #");
    memset(end, '=', 50000);
    end += 50000;
    *end++ = '\n';
    for (int i = 1; i < LAYERS; i++)
        end += sprintf(end, "l%d = relu l%d\n", i, i - 1);
    struct pleat_model *model = read_model(text, PLEAT_FLOAT32);
    ck_assert_int_eq(pleat_model_layer_count(model), LAYERS);
    char *expected = malloc(BYTES);
    snprintf(expected, BYTES, "l0 = input channels=1%s", strchr(text, '\n'));
    assert_text(model, expected);
    pleat_model_free(model);
    free(expected);
    free(text);
}
END_TEST

static Suite *suite(void) {
    Suite *result = suite_create("text");
    suite_add_loop(result, "every kind", every_kind_round_trips, 1);
    suite_add_loop(result, "spellings", spelled, SPELLINGS);
    suite_add_loop(result, "refusals", refused, sizeof refusals / sizeof *refusals);
    suite_add_loop(result, "arguments", arguments, 1);
    suite_add_loop(result, "longest name", longest_name, 1);
    suite_add_loop(result, "numbers", numbers, 4);
    suite_add_loop(result, "memory fails", memory_fails, 1);
    suite_add_loop(result, "examples", examples, NETWORKS);
    suite_add_loop(result, "random texts", random_texts, 1);
    suite_add_loop(result, "long texts", long_texts, 1);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, files_setup, files_teardown);
    tcase_add_test(files, file_refusals);
    suite_add_tcase(result, files);
    return result;
}

int main(void) {
    return run_suite(suite());
}
