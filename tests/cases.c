/* The case table. Numbers in brackets are those of the bugs, met in other implementations, that a
 * line guards against (docs/testing.md lists them). */
#include <string.h>

#include "cases.h"

const char *const case_table[] = {
    /* one pixel, one tap, one channel */
    "i1 k1",
    "i1x1 k1 bias",
    "i1x1x1 k1 bias",
    "n2 ic3 oc5 i4x4 k1 bias",
    "n2 ic3 oc2 i3x4 k1 s2 bias",
    /* [1] bias, and its gradient, over a batch of several images */
    "n3 ic2 oc3 i4x5 k3 s2 p1 bias",
    "n4 ic1 oc1 i6 k3 s1 p1 bias",
    "n5 ic4 oc4 i3x3 k4 s2 p1 bias",
    /* [2] groups with several output channels each, and a bias */
    "n2 ic4 oc6 g2 i3x4 k3 s2 p1 bias",
    "n2 ic6 oc4 g2 i4x3 k2x3 s1x2 bias",
    "n2 ic3 oc9 g3 i5 k4 s3 bias",
    "ic4 oc8 g4 i3x3x2 k2 s2 bias",
    "n2 ic5 oc5 g5 i5x6 k3 s2 p1 op1 bias",
    "n2 ic16 oc16 g16 i6x6 k3 p1 bias",
    /* [3] everything different on every axis */
    "n2 ic3 oc6 i5x4 k3x2 s2x1 pb1x0 pe0x1 op1x0 d1x2 bias",
    "n2 ic2 oc3 i4x6 k2x5 s1x3 pb0x2 pe1x3 op0x2 d3x1 bias",
    "ic2 oc4 g2 i3x4x5 k2x3x4 s3x1x2 pb1x2x0 pe0x1x3 op2x0x1 d1x3x2 bias",
    "n2 ic3 oc2 i2x5x3 k4x1x2 s1x4x2 pb2x0x1 pe3x0x0 op0x3x1 d2x1x3",
    "ic2 oc2 i1x7 k1x4 s1x2 pb0x1 pe0x1 bias",
    "ic2 oc2 i7x1 k4x1 s2x1 pb1x0 pe1x0 bias",
    /* [4] kernel below stride: the gaps hold the bias alone */
    "n2 ic2 oc3 i4x4 k1x2 s3x4 bias",
    "ic3 oc2 i5 k2 s5 op3 bias",
    "ic2 oc2 i3x3 k3 s4 op1 bias",
    /* [5] output padding beyond the reach of every tap, and with dilation */
    "ic2 oc3 i4x4 k3 s2 op1 bias",
    "ic2 oc3 i4 k1 s4 op3 bias",
    "ic2 oc3 i4 k3 d4 op1 bias",
    "ic2 oc3 i4x3 k2 d4 op3 bias",
    "n2 ic2 oc2 i4x4 k3 s2 p1 op1 d3 bias",
    "n2 ic4 oc2 g2 i6x6x6 k2x3x4 s2x3x4 p1 op1x2x3 d1x2x3 bias",
    /* [6] a convolution whose last pixels no window reaches */
    "conv n2 ic3 oc2 i8x7 k3 s2 bias",
    "conv n2 ic2 oc4 g2 i10x9 k3x2 s4x3 p1 bias",
    "conv ic2 oc2 i11 k2 s5 bias",
    "conv ic2 oc3 i6x7x9 k2x3x2 s3x2x4 bias",
    /* [7] one pixel with padding, crops beyond one side of the kernel, size 1 */
    "ic2 oc3 i1 k5 p2 bias",
    "ic2 oc3 i1x1 k4 s2 p1 bias",
    "ic2 oc3 i4x4 k3 s1 pb5x0 pe0x5 bias",
    "ic2 oc3 i4 k2 s2 pb7 bias",
    "ic2 oc3 i4 k2 s2 pe7 bias",
    "ic2 oc2 i3x3 k3 s3 p4 bias",
    "ic2 oc2 i5x5 k3 p3 bias",
    "conv ic2 oc3 i2x2 k5 pb4x1 pe0x3 bias",
    "conv ic2 oc3 i1 k3 p1 bias",
    "conv ic2 oc3 i3x3 k2 s3 p4 bias",
    /* negative padding: rows that the bias alone reaches, or input that nothing reads */
    "n2 ic2 oc3 i4x4 k3 s2 pb-1x-2 pe-3x0 bias",
    "ic2 oc3 i4 k3 pb-2 pe3 bias",
    "ic2 oc3 i4 k3 pb3 pe-2 bias",
    "conv ic2 oc3 i7x7 k3 s2 pb-1x2 pe2x-1 bias",
    "conv ic2 oc2 i9 k2 s3 pb-2 pe-1 bias",
    /* [11] a huge kernel and stride on one axis */
    "ic2 oc1 i5 k1024 s256 bias",
    "ic3 oc2 i4 k1024 s256 p384 bias",
    "ic2 oc1 i110 k1000 bias",
    "ic2 oc2 i2x120 k2x900 p1x3 bias",
    /* kernel equal to stride: nothing overlaps */
    "n2 ic3 oc4 i5x5 k2 s2 bias",
    "n2 ic3 oc4 i3x5 k3x4 s3x4 bias",
    "ic2 oc3 i2x3x4 k2 s2 bias",
    "ic2 oc3 i5x5 k4 s4 op2 bias",
    "ic8 oc4 i6x6 k8 s8 bias",
    "ic4 oc2 i3x3 k16 s16 bias",
    /* large strides that overlap */
    "ic3 oc2 i4x4 k16 s8 p4 bias",
    "ic2 oc2 i3x5 k20 s9 p3 bias",
    "ic2 oc2 i7 k33 s16 p8 bias",
    /* rows of 16 taps and more: vectors of taps of which the last is whole, or overlaps; windows
     * beyond the fine rows; rows of taps that meet none, or every third */
    "n2 ic3 oc2 i3x5 k2x16 s1x8 p0x4 bias",
    "ic9 oc3 i2x7 k3x17 s2x5 p1x6 op1x4 bias",
    "n2 ic2 oc5 g1 i4x3 k5x31 s2x16 p2x20 bias",
    "n3 ic4 oc4 g4 i5x9 k16 s8 p4 bias",
    "n2 ic4 oc2 g2 i3x4 k7x18 s3x4 p6x2 d2x1 bias",
    "ic2 oc3 i9x2 k4x24 s6x12 p3x0 d3x1 bias",
    "n2 ic1 oc2 i2x3 k3x16 s5x40 pb1x-3 pe0x-2 op4x7 bias",
    "ic5 oc1 i40 k20 s10 p5 bias",
    "n2 ic22 oc1 i19 k40 s20 bias",
    "ic1 oc3 i2x70 k2x16 s2x3 p0x7 bias",
    "ic70 oc2 i3 k65 s7 p30 bias",
    "ic2 oc2 i1x1 k4x16 p1x5 bias",
    "conv n2 ic2 oc34 i6x66 k2x32 s2x16 p1x3 bias",
    "conv n3 ic1 oc2 i3x100 k1x33 s1x9 pb0x40 pe0x11 bias",
    "n3 ic2 oc2 i3x90 k1x16 s1x2 p0x3 bias",
    /* kernel above stride */
    "n2 ic3 oc4 i5x5 k4 s2 p1 bias",
    "n2 ic3 oc4 i6x5 k3 s1 p1 bias",
    "ic3 oc2 i6x6 k5 s3 p1 op1 bias",
    "ic2 oc3 i7x9 k7 s2 p3 op1 bias",
    "ic2 oc2 i5x6 k3 s1 p2 d2 bias",
    "ic2 oc3 i5x6 k3 s2 p2 op1 d2",
    "ic2 oc2 i6x5 k4 s3 d2 p2 bias",
    /* one channel on a side */
    "n2 ic1 oc7 i5x6 k4 s2 p1 bias",
    "n2 ic7 oc1 i5x6 k4 s2 p1 bias",
    "ic1 oc1 i9x9 k3 s2 p1 op1 bias",
    /* sizes about the widths of vectors and tiles */
    "ic7 oc8 i7x9 k3 s2 p1 bias",
    "ic8 oc9 i8x15 k4 s2 p1 bias",
    "ic15 oc16 i9x16 k3 p1 bias",
    "ic17 oc7 i15x17 k4 s2 p1 bias",
    "ic5 oc6 i3x31 k4 s2 p1 bias",
    "ic5 oc6 i3x32 k4 s2 p1 bias",
    "ic5 oc6 i3x33 k4 s2 p1 bias",
    "ic2 oc3 i2x130 k3 s2 p1 op1 bias",
    /* tiles of several panels, of wide and of small planes; transformed weights that are not kept */
    "n2 ic9 oc10 i37x29 k3 s2 p1 op1 bias",
    "n3 ic8 oc9 i24x35 k3 p1 bias",
    "n9 ic5 oc4 i6x7 k5 s2 p2 op1 bias",
    "ic104 oc104 i3x4 k4 s2 p1 bias",
    "ic2 oc3 i130x2 k3 s2 p1 op1 bias",
    "ic3 oc2 i1000 k5 s3 p1 bias",
    "ic2 oc2 i3000 k4 s2 p1 bias",
    "ic33 oc65 i4x5 k3 s2 p1 op1 bias",
    "ic2 oc2 i3x700 k5x5 s1x2 p2 bias",
    "n9 ic6 oc5 i4x4 k4 s2 p1 bias",
    "n17 ic5 oc4 i2x2 k3 s2 p1 op1 bias",
    /* direct tiles of which the last is smaller and has more runs of pixels */
    "ic8 oc1 i8x1025 k3 p1 bias",
    "ic8 oc1 i9x700 k3 s2 p1 op1 bias",
    /* rows of whole vectors, taken by strides of columns up to four, and what lies beyond them */
    "n2 ic9 oc2 i5x37 k5x7 s2x4 p1x3 op0x2 bias",
    "n2 ic8 oc2 i4x19 k3x4 s1x3 pb1x7 pe0x5 d2x1 bias",
    "ic8 oc1 i3x33 k2x5 s1x5 pb0x-2 pe0x3 bias",
    /* both gradients at once: many steps, of chunks of rows and of tiles of several groups */
    "n3 ic3 oc40 i16x16 k7 s2 p3 bias",
    "n2 ic4 oc4 g2 i40x40 k3 s2 p1 bias",
    /* phases of one fine pixel each that no tap meets */
    "n17 ic2 oc3 i2 k1 s4 bias",
    "n17 ic2 oc3 i1x2 k1 s5 op4 bias",
    "n17 ic8 oc5 i2x2x2 k3x1x1 s2x2x5 d3x1x1 bias",
    /* batches about a block of images, which small planes merge: below, one, more; least channels */
    "n15 ic9 oc5 i5x4 k3 s2 p1 op1 bias",
    "n16 ic9 oc5 i5x4 k3 s2 p1 op1 bias",
    "n37 ic5 oc9 i4x5 k5 s2 p2 bias",
    "n33 ic12 oc6 g3 i3x4 k9 s3 p4 op2 bias",
    /* layers of real networks, smaller in channels */
    "n2 ic32 oc16 i4x4 k4 s2 p1",      /* DCGAN, Radford et al. 2015 */
    "ic21 oc21 i5x6 k4 s2",            /* FCN score up-sampling, Long et al. 2015 */
    "ic5 oc5 i3x4 k16 s8",             /* FCN-8s, last layer */
    "ic14 oc1 i9x9 k9 s3 p4 op2 bias", /* FSRCNN, Dong et al. 2016 */
    "ic14 oc1 i9x9 k9 s2 p4 op1 bias",
    "ic32 oc16 i7x7 k2 s2 bias", /* U-Net, Ronneberger et al. 2015 */
    "ic8 oc4 i4x4x4 k2 s2 bias", /* 3-D U-Net, Cicek et al. 2016 */
    "ic8 oc4 i30 k16 s8 p4",     /* a vocoder's up-sampling, HiFi-GAN, Kong et al. 2020 */
    "conv ic3 oc8 i16x16 k3 s2 p1 bias",
    "conv n2 ic8 oc8 i8x8 k3 p1 bias",
    "conv n2 ic16 oc8 i8x8 k1 bias",
    "conv ic3 oc4 i20x20 k7 s2 p3 bias",
};
const int case_count = sizeof case_table / sizeof case_table[0];

struct conv_case case_variant(int i) {
    const char *text = case_table[i / CASE_VARIANTS];
    struct conv_case c = conv_case_parse(text);
    if (i % 2 == 1)
        c.dtype = PLEAT_FLOAT64;
    if (i / 2 % 2 == 1 && c.op == PLEAT_CONV_TRANSPOSE)
        c = conv_case_twin(&c);
    c.seed = (uint64_t)i;
    return c;
}
