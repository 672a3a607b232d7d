// The gradients of a depthwise convolution: every input pixel gathers those of the outputs that read it. Its sum and
// its value stay in registers, so that the same pass makes the gradient of the weights.
//
// With stride s, pixels that lie s apart are read through the same positions of the kernel, by outputs that lie one
// apart: each of these sets of pixels is gathered as with stride 1, through fewer taps. The taps are walked in plain
// loops: there is enough to do for each, and known numbers of them are slower.
#pragma once

#include "separable.h"

/// The positions of a kernel, along one axis, that read a pixel: position first + m * period belongs to output
/// output - m * step.
typedef struct {
  long first, period, output, step;
} axis_taps;

/// Of a pixel that lies `at` pixels behind the start of output 0's window.
static axis_taps taps_of(long at, long kernel, long stride, long dilation) {
  axis_taps t = {0, 1, 0, 0};
  while (t.first < kernel && (at - t.first * dilation) % stride) t.first++;
  while (t.period * dilation % stride) t.period++;
  if (t.first < kernel) t.output = (at - t.first * dilation) / stride;
  t.step = t.period * dilation / stride;
  return t;
}

/// Pixels of one row and block that have the same taps.
typedef struct {
  long step, count;  // floats between two of the pixels, and how many there are
  long kernel_h, kernel_w;
  axis_taps rows, columns;
  const float *gradient;  // of the first tap's output, of the first pixel: those of the others follow
  long row_floats;        // between two rows of outputs
  const float *weights;
  float *dw;
  const float *values;  // the transformed operand
  const float *raw;     // the operand itself
  float *dx;            // or NULL
  int rectified, accumulate;
} gather;

#if NAS_REGISTERS >= 32
#define GATHERED 8  // pixels whose sums and values stay in registers
#else
#define GATHERED 4
#endif

/// The sums over the taps for `pixels` pixels from `first` on.
INLINE void gather_sums(const gather *g, long first, const long pixels, vector sums[GATHERED], vector value[GATHERED]) {
  UNROLL for (long j = 0; j < pixels; j++) {
    sums[j] = 0;
    value[j] = load(g->values + (first + j) * g->step);
  }
  const float *row = g->gradient + first * VW;
  for (long ky = g->rows.first; ky < g->kernel_h; ky += g->rows.period, row -= g->rows.step * g->row_floats) {
    const float *from = row;
    for (long kx = g->columns.first; kx < g->kernel_w; kx += g->columns.period, from -= g->columns.step * VW) {
      long tap = (ky * g->kernel_w + kx) * VW;
      vector weight = load(g->weights + tap), even = load(g->dw + tap), odd = 0;
      UNROLL for (long j = 0; j < pixels; j += 2) {
        vector g0 = load(from + j * VW), g1 = load(from + (j + 1) * VW);
        sums[j] += g0 * weight;
        sums[j + 1] += g1 * weight;
        even += g0 * value[j];
        odd += g1 * value[j + 1];
      }
      store(g->dw + tap, even + odd);
    }
  }
}

/// Leaves the gradient of one pixel in dx and counts it.
INLINE void leave_gradient(const gather *g, long pixel, vector v, vector value, vector totals[2]) {
  float *to = g->dx + pixel * g->step;
  if (g->rectified) v = where_positive(value, v);
  if (g->accumulate) v += load(to);
  store(to, v);
  totals[0] += v;
  totals[1] += v * load(g->raw + pixel * g->step);
}

/// Some pixels from `first` on; those past the last are computed, from zeros behind the image, but not left.
INLINE void gather_group(const gather *g, long first, const long pixels, vector totals[2]) {
  vector sums[GATHERED], value[GATHERED];
  gather_sums(g, first, pixels, sums, value);
  if (!g->dx) return;
  long count = smaller(pixels, g->count - first);
  if (count == pixels)
    UNROLL for (long j = 0; j < pixels; j++) leave_gradient(g, first + j, sums[j], value[j], totals);
  else
    for (long j = 0; j < count; j++) leave_gradient(g, first + j, sums[j], value[j], totals);
}

/// Adds to `totals` the sums of what is left in dx and of its product with the operand.
static void gather_pixels(const gather *g, vector totals[2]) {
  long first = 0;
  for (; g->count - first > 4; first += GATHERED) gather_group(g, first, GATHERED, totals);
  if (first < g->count) gather_group(g, first, 4, totals);
}
