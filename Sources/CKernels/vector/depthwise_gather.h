// The gradients of a depthwise convolution: every input pixel gathers those of the outputs that read it. Its sum and
// its value stay in registers, so that the same pass makes the gradient of the weights.
//
// With stride s, pixels that lie s apart are read through the same positions of the kernel, by outputs that lie one
// apart: each of these sets of pixels is gathered as with stride 1, through fewer taps. The taps are walked in plain
// loops: there is enough to do for each, and known numbers of them are slower, except where a register holds two pixels.
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
  long step, count;  // values between two of the pixels, and how many there are
  long kernel_h, kernel_w;
  axis_taps rows, columns;
  const float *gradient;  // of the first tap's output, of the first pixel: those of the others follow
  long row_floats;        // between two rows of outputs
  const float *weights;
  float *dw;            // [taps] registers, whose parts are sums of their own
  const float *values;  // the transformed operand
  const stored *raw;    // the operand itself, or NULL where nothing is counted
  stored *dx;           // or NULL
  long ahead;           // values to where the gradients of the next strip go
  int rectified, accumulate;
} gather;

#if NAS_REGISTERS >= 32
#define GATHERED 8  // registers of pixels whose sums and values stay there
#else
#define GATHERED 4
#endif
#define FEW_GATHERED 4  // for the end of a row

/// Pixels from `pixel` on, as `parts` parts; `apart`: they are no neighbours.
OVERLOADED wide load_gathered(const float *pixels, const gather *g, const int apart, long pixel, const long parts) {
  const float *from = pixels + pixel * g->step;
  return apart ? load_parts(from, g->step, parts) : load_pixels(from, parts);
}
#if !STORES_FLOATS
OVERLOADED wide load_gathered(const stored *pixels, const gather *g, const int apart, long pixel, const long parts) {
  const stored *from = pixels + pixel * g->step;
  return apart ? load_parts(from, g->step, parts) : load_pixels(from, parts);
}
#endif

/// Adds what tap `tap` passes on to the sums of `count` registers of pixels, and its gradient to dw.
INLINE void gather_tap(const gather *g, const float *from, long tap, const long count, wide sums[GATHERED],
                       const wide value[GATHERED]) {
  wide weight = repeat(load(g->weights + tap * VW)), even = load_wide(g->dw + tap * WIDE), odd = 0;
  UNROLL for (long j = 0; j < count; j += 2) {
    wide g0 = load_wide(from + j * WIDE), g1 = load_wide(from + (j + 1) * WIDE);
    sums[j] += g0 * weight;
    sums[j + 1] += g1 * weight;
    even += g0 * value[j];
    odd += g1 * value[j + 1];
  }
  store_wide(g->dw + tap * WIDE, even + odd);
}

/// The sums over the taps for `count` registers of pixels from pixel `first` on. `kernel_w`, unless 0, says that all taps of so
/// wide a kernel's rows read the pixels, from outputs that follow each other.
INLINE void gather_sums(const gather *g, const int apart, long first, const long count, const long kernel_w,
                        wide sums[GATHERED], wide value[GATHERED]) {
  UNROLL for (long j = 0; j < count; j++) {
    sums[j] = 0;
    value[j] = load_gathered(g->values, g, apart, first + j * PARTS, PARTS);
  }
  const float *row = g->gradient + first * VW;
  for (long ky = g->rows.first; ky < g->kernel_h; ky += g->rows.period, row -= g->rows.step * g->row_floats) {
    const float *from = row;
    long tap = ky * g->kernel_w;
    if (kernel_w)
      UNROLL for (long kx = 0; kx < kernel_w; kx++) gather_tap(g, from - kx * VW, tap + kx, count, sums, value);
    else
      for (long kx = g->columns.first; kx < g->kernel_w; kx += g->columns.period, from -= g->columns.step * VW)
        gather_tap(g, from, tap + kx, count, sums, value);
  }
}

/// Leaves the gradients of `parts` pixels in dx and counts them.
INLINE void leave_gradient(const gather *g, const int apart, long pixel, const long parts, wide v, wide value,
                           wide totals[2]) {
  stored *to = g->dx + pixel * g->step;
  fetch(to + g->ahead);
  if (PARTS > 1 && parts > 1 && apart) fetch(to + g->ahead + g->step);
  v = keep_parts(v, parts);
  if (g->rectified) v = where_positive(value, v);
  if (g->accumulate) v += load_gathered(g->dx, g, apart, pixel, parts);
  if (apart) store_parts(to, g->step, parts, v);
  else store_pixels(to, parts, v);
  if (!g->raw) return;
  totals[0] += v;
  totals[1] += v * load_gathered(g->raw, g, apart, pixel, parts);
}

/// Some registers of pixels from `first` on; those past the last are computed, from zeros behind the image, but not
/// left.
INLINE void gather_group(const gather *g, const int apart, long first, const long registers, wide totals[2]) {
  wide sums[GATHERED], value[GATHERED];
  int dense = PARTS > 1 && g->columns.first == 0 && g->columns.period == 1 && g->columns.step == 1;
  if (dense && g->kernel_w == 3) gather_sums(g, apart, first, registers, 3, sums, value);
  else if (dense && g->kernel_w == 5) gather_sums(g, apart, first, registers, 5, sums, value);
  else gather_sums(g, apart, first, registers, 0, sums, value);
  if (!g->dx) return;
  long count = smaller(registers * PARTS, g->count - first);
  if (count == registers * PARTS)
    UNROLL for (long j = 0; j < registers; j++)
      leave_gradient(g, apart, first + j * PARTS, PARTS, sums[j], value[j], totals);
  else
    for (long j = 0; j * PARTS < count; j++)
      if (count - j * PARTS < PARTS) leave_gradient(g, apart, first + j * PARTS, 1, sums[j], value[j], totals);
      else leave_gradient(g, apart, first + j * PARTS, PARTS, sums[j], value[j], totals);
}

INLINE void gather_line(const gather *g, const int apart, wide totals[2]) {
  long first = 0;
  for (; g->count - first > FEW_GATHERED * PARTS; first += GATHERED * PARTS)
    gather_group(g, apart, first, GATHERED, totals);
  if (first < g->count) gather_group(g, apart, first, FEW_GATHERED, totals);
}

/// Adds to `totals` the sums of what is left in dx and of its product with the operand.
static void gather_pixels(const gather *g, wide totals[2]) {
  if (PARTS > 1 && g->step == VW) gather_line(g, 0, totals);
  else gather_line(g, 1, totals);
}
