// Separable convolution, backward. Strip by strip of output rows: the gradient of the depthwise result is written into
// a frame of its own, the depthwise result, kept or computed again, makes the gradient of the 1×1 convolution, and the
// input rows whose gradients are complete are gathered.
#pragma once

#include "depthwise_gather.h"

typedef struct {
  separable_plan forward;
  gradient_frame frame;
  float *gradients;       // [in_blocks] frames of the gradient of the depthwise result
  float *gradient_strip;  // [out_blocks] blocks of the result's gradient
  const stored **ahead;   // what the next strip will want
  float *unwanted;        // takes the gradient of one block's depthwise weights where it is not wanted
  float *parts;           // [in_blocks][taps] registers: that gradient, where a register has several parts
} separable_backward_plan;

static long plan_separable_backward(separable_backward_plan *p, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  nas_window wide = widened(w);
  plan_separable(&p->forward, w, &cursor);
  p->frame = gradient_frame_of(&wide);
  p->gradients = take(&cursor, w->in_blocks * p->frame.floats);
  p->gradient_strip = take(&cursor, w->out_blocks * p->forward.strip_plane);
  long ahead = 2 * w->out_blocks + (1 + w->stride_h * w->stride_w) * w->in_blocks;
  p->ahead = (const stored **)(void *)take(&cursor, ahead * (long)(sizeof(stored *) / sizeof(float)));
  p->unwanted = take(&cursor, p->forward.taps * VW);
  p->parts = take(&cursor, PARTS > 1 ? w->in_blocks * p->forward.taps * WIDE : 0);
  return cursor.used;
}

static long separable_scratch(const nas_window *w) {
  separable_backward_plan p;
  return plan_separable_backward(&p, w, NULL);
}

INLINE float *gradient_at(const separable_backward_plan *p, long block, long oy, long ox) {
  gradient_frame f = p->frame;
  return p->gradients + block * f.floats + ((oy + f.top) * f.columns + ox + f.left) * VW;
}

/// The gradient of the depthwise result for output rows oy ..< oy + rows, into its frames: that of the result itself
/// where there is no 1×1 convolution.
static void stage_gradient_rows(const separable_backward_plan *p, nas_gradient dy, long n, long oy, long rows) {
  const nas_window *w = p->forward.w;
  for (long b = 0; b < w->in_blocks; b++)
    for (long y = oy; y < oy + rows; y++)
      stage_gradient(dy, b, (n * w->out_height + y) * w->out_width, w->out_width, gradient_at(p, b, y, 0));
}

/// The same behind a 1×1 convolution: the product of the result's gradient, which stays in the strip, and the
/// transposed weights.
static void multiply_gradient_rows(const separable_backward_plan *p, nas_gradient dy, product q, long n, long oy,
                                   long rows) {
  const nas_window *w = p->forward.w;
  long pixel = (n * w->out_height + oy) * w->out_width, pixels = rows * w->out_width;
  for (long b = 0; b < w->out_blocks; b++)
    stage_gradient(dy, b, pixel, pixels, p->gradient_strip + b * p->forward.strip_plane);
  strip_product s = {.product = q, .pixels = pixels, .blocks = w->in_blocks, .row = w->out_width};
  s.plane = p->frame.floats, s.gap = (p->frame.columns - w->out_width) * VW;
  multiply_strip(s, gradient_at(p, 0, oy, 0), (nas_sums){NULL, NULL});
}

/// The gradient of the pointwise weights: the depthwise result of the rows, times the gradients in the strip. Where it was not
/// kept, the operand's rows before `staged` are staged.
static void add_pointwise_gradient(const separable_backward_plan *p, nas_source x, const float *depthwise,
                                   nas_kept kept, float *dpointwise, long n, long oy, long rows, long staged) {
  const nas_window *w = p->forward.w;
  long plane = p->forward.strip_plane, width = w->out_blocks * VW;
  strip s = {.from_step = VW, .gradient = p->gradient_strip, .gradient_plane = plane, .lines = 1,
             .pixels = rows * w->out_width};
  for (long b = 0; b < w->in_blocks; b++) {
    if (kept.data) {
      s.from = kept.data + b * kept.plane + (n * w->out_height + oy) * w->out_width * VW;
    } else {
      depthwise_strip(&p->forward, depthwise, (wide)0, b, oy, rows, row_at(&p->forward, x, b, n, staged));
      s.from = p->forward.strip + b * plane;
    }
    add_outer(&s, lanes_of(w->in_lanes, b), w->out_blocks, dpointwise + b * VW * width, width);
  }
}

/// Input rows row, row + stride_h ... < end of one block, in each the pixels column, column + stride_w ...
static void gather_block(const separable_backward_plan *p, gather g, nas_source x, nas_sink dx, long n, long block,
                         long row, long column, long end, nas_sums sums) {
  const nas_window *w = p->forward.w;
  frame f = p->forward.frame;
  wide totals[2] = {0};
  for (long y = row; y < end; y += w->stride_h) {
    long pixel = (n * w->height + y) * w->width + column;
    g.values = p->forward.operand + block * f.floats + ((f.top + y) * f.columns + f.left + column) * VW;
    g.gradient = gradient_at(p, block, g.rows.output + (y - row) / w->stride_h, g.columns.output);
    g.raw = sums.first || sums.second ? source_at(x, block, pixel) : NULL;
    g.dx = dx.data ? sink_at(dx, block, pixel) : NULL;
    gather_pixels(&g, totals);
  }
  if (dx.data) add_sums(sums, block, fold(totals[0]), fold(totals[1]));
}

/// Input rows `from` ..< `end` of all blocks.
static void gather_rows(const separable_backward_plan *p, nas_source x, const float *depthwise, nas_sink dx,
                        float *ddepthwise, long n, long from, long end, nas_sums sums) {
  const nas_window *w = p->forward.w;
  long block = p->forward.taps * VW;
  for (long row = from; row < smaller(end, from + w->stride_h); row++)
    for (long column = 0; column < smaller(w->width, w->stride_w); column++) {
      gather g = {.step = w->stride_w * VW, .count = (w->width - column + w->stride_w - 1) / w->stride_w,
                  .kernel_h = w->kernel_h, .kernel_w = w->kernel_w, .row_floats = p->frame.columns * VW,
                  .rectified = x.relu, .accumulate = dx.accumulate};
      g.ahead = p->forward.strip_rows * w->stride_h * w->width * VW;
      g.rows = taps_of(row + w->pad_top, w->kernel_h, w->stride_h, w->dilation_h);
      g.columns = taps_of(column + w->pad_left, w->kernel_w, w->stride_w, w->dilation_w);
      for (long b = 0; b < w->in_blocks; b++) {
        g.weights = depthwise + b * block;
        g.dw = PARTS > 1 ? p->parts + b * block * PARTS : ddepthwise ? ddepthwise + b * block : p->unwanted;
        gather_block(p, g, x, dx, n, b, row, column, end, sums);
      }
    }
}

/// What the strip behind output rows oy ..< oy + rows will want of the result's gradient, of what was kept and, where the
/// depthwise result is not computed again, which fetches it, of the operand.
static ahead backward_strip_ahead(const separable_backward_plan *p, nas_source x, nas_kept kept, nas_gradient dy, long n,
                                  long oy, long rows) {
  const nas_window *w = p->forward.w;
  const stored **to = p->ahead;
  long count = 0, pixel = (n * w->out_height + oy + rows) * w->out_width;
  for (long b = 0; b < w->out_blocks; b++) {
    to[count++] = gradient_data_at(dy, b, pixel);
    if (dy.a) to[count++] = gradient_z_at(dy, b, pixel);
  }
  long parts = w->stride_h * w->stride_w, unread = smaller(read_end(w, oy + rows), w->height);
  for (long b = 0; kept.data && b < w->in_blocks; b++) {
    if (STORES_FLOATS) to[count++] = (const stored *)(kept.data + b * kept.plane + pixel * VW);
    const stored *rows_ahead = row_at(&p->forward, x, b, n, unread);
    for (long part = 0; part < parts; part++) to[count++] = rows_ahead + part * rows * w->out_width * VW;
  }
  return ahead_of(to, count, NULL, 0, w->out_blocks);
}

/// Registers of several parts take the gradient of the depthwise weights of one image, from zero on, so that it does
/// not depend on which images are worked on together.
static void clear_parts(const separable_backward_plan *p) {
  if (PARTS > 1) fill(p->parts, p->forward.w->in_blocks * p->forward.taps * PARTS, 0);
}
static void add_parts(const separable_backward_plan *p, float *ddepthwise) {
  if (PARTS == 1 || !ddepthwise) return;
  for (long tap = 0; tap < p->forward.w->in_blocks * p->forward.taps; tap++)
    add_to(ddepthwise + tap * VW, fold(load_wide(p->parts + tap * WIDE)));
}

/// Plans, writes the zeros around frames, and prepares the product of the result's gradient with the transposed weights.
static product begin_separable_backward(separable_backward_plan *p, const nas_window *w,
                                        const float *pointwise_transposed, float *scratch) {
  plan_separable_backward(p, w, scratch);
  clear_operand(&p->forward);
  gradient_frame f = p->frame;
  clear_padding(p->gradients, w->in_blocks, f.rows, f.columns, f.top, f.left, w->out_height, w->out_width);
  fill(p->unwanted, p->forward.taps, 0);
  long width = w->in_blocks * VW;
  for (long b = 0; b < w->out_blocks; b++)
    p->forward.slices[b] = (slice){b * p->forward.strip_plane, b * VW * width, lanes_of(w->out_lanes, b)};
  return (product){.from = p->gradient_strip, .slices = p->forward.slices, .count = w->out_blocks,
                   .weights = pointwise_transposed, .width = width};
}

static void separable_backward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                               const float *pointwise_transposed, nas_kept kept, nas_gradient dy, nas_sink dx,
                               float *ddepthwise, float *dpointwise, long n0, long n1, nas_sums dx_sums,
                               float *scratch) {
  separable_backward_plan p;
  product q = begin_separable_backward(&p, w, pointwise_transposed, scratch);
  for (long n = n0; n < n1; n++, add_parts(&p, ddepthwise)) {
    clear_parts(&p);
    for (long oy = 0, staged = 0, done = 0; oy < w->out_height; oy += p.forward.strip_rows) {
      long rows = smaller(p.forward.strip_rows, w->out_height - oy), next = oy + rows;
      if (pointwise) {
        q.ahead = backward_strip_ahead(&p, x, kept, dy, n, oy, rows);
        multiply_gradient_rows(&p, dy, q, n, oy, rows);
      } else {
        stage_gradient_rows(&p, dy, n, oy, rows);
      }
      if (pointwise && dpointwise) {
        if (!kept.data) staged = stage_rows(&p.forward, x, n, staged, read_end(w, next));
        add_pointwise_gradient(&p, x, depthwise, kept, dpointwise, n, oy, rows, staged);
      }
      // Input row y is complete when output row (y + pad_top) / stride_h is.
      long end = next == w->out_height ? w->height : smaller(w->height, next * w->stride_h - w->pad_top);
      if (end <= done) continue;
      staged = stage_rows(&p.forward, x, n, staged, end);
      gather_rows(&p, x, depthwise, dx, ddepthwise, n, done, end, dx_sums);
      done = end;
    }
  }
}
