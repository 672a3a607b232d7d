// Separable convolution, backward. Strip by strip of output rows: the gradient of the depthwise result is written into a
// frame of its own, the depthwise result is computed again for the gradient of the 1×1 convolution, and the input rows
// whose windows are complete gather their gradient. A gathering input pixel keeps its sum and its value in registers, so
// that the same pass makes the gradient of the depthwise weights.
#pragma once

#include "separable.h"

typedef struct {
  separable_plan forward;
  long top, left, rows, columns;  // output (oy, ox) is pixel (oy + top, ox + left) of a frame of gradients
  long frame_floats;
  float *gradients;       // [in_blocks] frames of the gradient of the depthwise result
  float *gradient_strip;  // [out_blocks] blocks of the result's gradient
  float *unwanted;        // takes the gradient of one block's depthwise weights where it is not wanted
} separable_backward_plan;

INLINE long floor_division(long a, long b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

/// The outputs of one axis that `size` input pixels may gather from, and at least all outputs: -`before` ..< `end`.
static void gathered_outputs(long size, long out_size, long kernel, long stride, long dilation, long pad, long *before,
                             long *end) {
  *before = larger(0, -floor_division(pad - (kernel - 1) * dilation, stride));
  *end = larger(out_size, floor_division(size - 1 + pad, stride) + 1);
}

static long plan_separable_backward(separable_backward_plan *p, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  plan_separable(&p->forward, w, &cursor);
  long end;
  gathered_outputs(w->height, w->out_height, w->kernel_h, w->stride_h, w->dilation_h, w->pad_top, &p->top, &end);
  p->rows = p->top + end;
  gathered_outputs(p->forward.gathered_width, w->out_width, w->kernel_w, w->stride_w, w->dilation_w, w->pad_left, &p->left, &end);
  p->columns = p->left + end;
  p->frame_floats = p->rows * p->columns * VW;
  p->gradients = take(&cursor, w->in_blocks * p->frame_floats);
  p->gradient_strip = take(&cursor, w->out_blocks * p->forward.strip_plane);
  p->unwanted = take(&cursor, p->forward.taps * VW);
  return cursor.used;
}

static long separable_scratch(const nas_window *w) {
  separable_backward_plan p;
  return plan_separable_backward(&p, w, NULL);
}

INLINE float *gradient_at(const separable_backward_plan *p, long block, long oy, long ox) {
  return p->gradients + block * p->frame_floats + ((oy + p->top) * p->columns + ox + p->left) * VW;
}

/// The positions of a kernel, along one axis, whose outputs read input pixel i: position first + m * period is of output
/// at - m * step. With stride s all input pixels i, i + s, i + 2s ... have the same positions, and outputs one apart.
typedef struct {
  long first, period, count, at, step;
} axis_taps;

static axis_taps taps_of(long i, long pad, long kernel, long stride, long dilation) {
  axis_taps t = {0, 1, 0, 0, 0};
  while (t.first < kernel && (i + pad - t.first * dilation) % stride) t.first++;
  while (t.period * dilation % stride) t.period++;
  t.count = t.first < kernel ? (kernel - 1 - t.first) / t.period + 1 : 0;
  t.at = t.first < kernel ? (i + pad - t.first * dilation) / stride : 0;
  t.step = t.period * dilation / stride;
  return t;
}

/// Input pixels of one row, stride_w apart, which have the same taps.
typedef struct {
  long step;             // floats between two of the pixels: of the operand, its frame and dx
  long count;            // pixels
  long kernel_h, kernel_w;
  axis_taps rows, columns;
  long row_floats;       // of the frame of gradients
  const float *values;   // the transformed operand
  const float *gradient; // of the output that the first tap of the first pixel is of
  const float *weights;  // of the block
  float *dw;
  const float *raw;
  float *dx;
  int rectified, accumulate;
} gather;

/// The sums over the taps for `pixels` inputs from `first` on, whose values they are multiplied with for dw. A row of the
/// kernel has `taps` of them.
INLINE void gather_group(const gather *s, long first, const long pixels, const long taps, const long step,
                         vector sums[PIXELS], vector value[PIXELS]) {
  UNROLL for (long j = 0; j < pixels; j++) {
    sums[j] = 0;
    value[j] = load(s->values + (first + j) * s->step);
  }
  const float *row = s->gradient + first * VW;
  long period = s->columns.period * VW;
  for (long ky = s->rows.first; ky < s->kernel_h; ky += s->rows.period, row -= s->rows.step * s->row_floats) {
    long tap = (ky * s->kernel_w + s->columns.first) * VW;
    const float *weights = s->weights + tap;
    float *dw = s->dw + tap;
    for (long t = 0; t < taps; t++, weights += period, dw += period) {
      const float *g = row - t * step * VW;
      vector weight = load(weights), even = load(dw), odd = 0;
      UNROLL for (long j = 0; j < pixels; j += 2) {
        vector g0 = load(g + j * VW), g1 = load(g + (j + 1) * VW);
        sums[j] += g0 * weight;
        sums[j + 1] += g1 * weight;
        even += g0 * value[j];
        odd += g1 * value[j + 1];
      }
      store(dw, even + odd);
    }
  }
}

/// Leaves one gradient in dx and counts it.
INLINE void leave_gradient(const gather *s, long pixel, vector v, vector value, vector *first, vector *second) {
  float *to = s->dx + pixel * s->step;
  if (s->rectified) v = where_positive(value, v);
  if (s->accumulate) v += load(to);
  store(to, v);
  *first += v;
  *second += v * load(s->raw + pixel * s->step);
}

INLINE void gather_pixels(const gather *s, long first, const long pixels, const long taps, const long step,
                          vector totals[2]) {
  vector sums[PIXELS], value[PIXELS];
  gather_group(s, first, pixels, taps, step, sums, value);
  if (!s->dx) return;
  long count = smaller(pixels, s->count - first);
  if (count == pixels)
    UNROLL for (long j = 0; j < pixels; j++) leave_gradient(s, first + j, sums[j], value[j], &totals[0], &totals[1]);
  else
    for (long j = 0; j < count; j++) leave_gradient(s, first + j, sums[j], value[j], &totals[0], &totals[1]);
}

#if NAS_REGISTERS >= 32
#define GATHERED 8  // input pixels whose sums and values stay in registers
#else
#define GATHERED 4
#endif

INLINE void gather_separable_row(const gather *s, const long taps, const long step, vector totals[2]) {
  long first = 0;
  for (; s->count - first > 4; first += GATHERED) gather_pixels(s, first, GATHERED, taps, step, totals);
  if (first < s->count) gather_pixels(s, first, 4, taps, step, totals);
}

/// One row, the common numbers of taps as constants.
static void gather_any_row(const gather *s, vector totals[2]) {
#if SPEC
  if (s->columns.step == 1) switch (s->columns.count) {
    case 1: gather_separable_row(s, 1, 1, totals); return;
    case 2: gather_separable_row(s, 2, 1, totals); return;
    case 3: gather_separable_row(s, 3, 1, totals); return;
    case 4: gather_separable_row(s, 4, 1, totals); return;
    case 5: gather_separable_row(s, 5, 1, totals); return;
    case 7: gather_separable_row(s, 7, 1, totals); return;
  }
#endif
  gather_separable_row(s, s->columns.count, s->columns.step, totals);
}

/// The input rows y, y + stride_h ... < end of one block, in each the pixels x, x + stride_w ...
static void gather_block(const separable_backward_plan *p, gather s, nas_source x, nas_sink dx, long n, long block,
                         long row, long column, long end, nas_sums sums) {
  const nas_window *w = p->forward.w;
  frame f = p->forward.frame;
  vector totals[2] = {0};
  for (long y = row; y < end; y += w->stride_h) {
    long pixel = (n * w->height + y) * w->width + column;
    s.values = p->forward.operand + block * f.floats + ((f.top + y) * f.columns + f.left + column) * VW;
    s.gradient = gradient_at(p, block, s.rows.at + (y - row) / w->stride_h, s.columns.at);
    s.raw = source_at(x, block, pixel);
    s.dx = dx.data ? sink_at(dx, block, pixel) : NULL;
    gather_any_row(&s, totals);
  }
  if (dx.data) add_sums(sums, block, totals[0], totals[1]);
}

/// Input rows `from` ..< `end` of all blocks.
static void gather_rows(const separable_backward_plan *p, nas_source x, const float *depthwise, nas_sink dx,
                        float *ddepthwise, long n, long from, long end, nas_sums sums) {
  const nas_window *w = p->forward.w;
  for (long row = from; row < smaller(end, from + w->stride_h); row++)
    for (long column = 0; column < smaller(w->width, w->stride_w); column++) {
      gather s = {.step = w->stride_w * VW, .count = (w->width - column + w->stride_w - 1) / w->stride_w,
                  .kernel_h = w->kernel_h, .kernel_w = w->kernel_w, .row_floats = p->columns * VW,
                  .rows = taps_of(row, w->pad_top, w->kernel_h, w->stride_h, w->dilation_h),
                  .columns = taps_of(column, w->pad_left, w->kernel_w, w->stride_w, w->dilation_w),
                  .rectified = x.relu, .accumulate = dx.accumulate};
      for (long b = 0; b < w->in_blocks; b++) {
        s.weights = depthwise + b * p->forward.taps * VW;
        s.dw = ddepthwise ? ddepthwise + b * p->forward.taps * VW : p->unwanted;
        gather_block(p, s, x, dx, n, b, row, column, end, sums);
      }
    }
}

/// The gradient of the depthwise result for output rows oy ..< oy + rows, into its frames.
static void stage_gradients(const separable_backward_plan *p, nas_gradient dy, const float *transposed, long n, long oy,
                            long rows) {
  const nas_window *w = p->forward.w;
  long pixel = (n * w->out_height + oy) * w->out_width, pixels = rows * w->out_width;
  if (!transposed) {
    for (long b = 0; b < w->in_blocks; b++)
      for (long y = 0; y < rows; y++)
        stage_gradient(dy, b, pixel + y * w->out_width, w->out_width, gradient_at(p, b, oy + y, 0));
    return;
  }
  for (long b = 0; b < w->out_blocks; b++)
    stage_gradient(dy, b, pixel, pixels, p->gradient_strip + b * p->forward.strip_plane);
  strip_product product = {p->gradient_strip, p->forward.strip_plane, pixels, w->out_blocks, 1, VW, transposed,
                           w->in_blocks, NULL};
  nas_sink to = {gradient_at(p, 0, oy, 0), p->frame_floats, 0};
  multiply_strip(&product, to, w->out_width, (p->columns - w->out_width) * VW, (nas_sums){NULL, NULL});
}

/// The gradient of the pointwise weights: the depthwise result of the rows once more, times the gradients in the strip.
static void add_pointwise_gradient(const separable_plan *p, const float *depthwise, const float *gradient_strip,
                                   float *dpointwise, long oy, long rows) {
  const nas_window *w = p->w;
  for (long b = 0; b < w->in_blocks; b++) depthwise_strip(p, depthwise, (vector)0, b, oy, rows);
  multiply_strips(p->strip, gradient_strip, p->strip_plane, rows * w->out_width, w->in_blocks, w->out_blocks,
                  w->part_blocks, w->last_lanes, dpointwise);
}

static void separable_backward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                               const float *pointwise_transposed, nas_gradient dy, nas_sink dx, float *ddepthwise,
                               float *dpointwise, long n0, long n1, nas_sums dx_sums, float *scratch) {
  separable_backward_plan p;
  plan_separable_backward(&p, w, scratch);
  clear_operand(&p.forward);
  clear_padding(p.gradients, w->in_blocks, p.rows, p.columns, p.top, p.left, w->out_height, w->out_width);
  fill(p.unwanted, p.forward.taps, 0);
  for (long n = n0; n < n1; n++)
    for (long oy = 0, staged = 0, done = 0; oy < w->out_height; oy += p.forward.strip_rows) {
      long rows = smaller(p.forward.strip_rows, w->out_height - oy), next = oy + rows;
      stage_gradients(&p, dy, pointwise ? pointwise_transposed : NULL, n, oy, rows);
      if (pointwise && dpointwise) {
        staged = stage_separable(&p.forward, x, n, staged, read_end(w, next));
        add_pointwise_gradient(&p.forward, depthwise, p.gradient_strip, dpointwise, oy, rows);
      }
      // Input row y is complete when output row (y + pad_top) / stride_h is.
      long end = next == w->out_height ? w->height : smaller(w->height, next * w->stride_h - w->pad_top);
      if (end <= done) continue;
      staged = stage_separable(&p.forward, x, n, staged, end);
      gather_rows(&p, x, depthwise, dx, ddepthwise, n, done, end, dx_sums);
      done = end;
    }
}
