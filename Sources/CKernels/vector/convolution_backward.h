// The backward pass of a convolution: the gradient of the weights from strips of output rows; that of the operand
// gathered, pixel by pixel of the image, from the outputs that read it.
#pragma once

#include "convolution.h"
#include "pointwise_backward.h"

#define STRIP_PIXELS 128  // of the outer products: operand and gradient of a strip fit the nearest cache

/// Writes a block of the gradient of image `n` into its frame.
static void stage_gradient_frame(const convolution_plan *p, nas_gradient dy, long block, long n) {
  const nas_window *w = p->w;
  gradient_frame f = p->gradient_frame;
  float *row = p->gradient + block * f.floats;
  clear(row, f.top * f.columns);
  row += f.top * f.columns * VW;
  for (long oy = 0; oy < w->out_height; oy++, row += f.columns * VW) {
    clear(row, f.left);
    stage_gradient(dy, block, (n * w->out_height + oy) * w->out_width, w->out_width, row + f.left * VW);
    clear(row + (f.left + w->out_width) * VW, f.columns - f.left - w->out_width);
  }
  clear(row, (f.rows - f.top - w->out_height) * f.columns);
}

/// dw += the outer products of `lines` output rows, from row `oy`.
static void add_weight_gradient(const convolution_plan *p, long oy, long lines, float *dw) {
  const nas_window *w = p->w;
  gradient_frame f = p->gradient_frame;
  strip s = {.from_step = w->stride_w * VW, .from_line = w->stride_h * p->frame.columns * VW, .lines = lines};
  s.gradient = p->gradient + ((oy + f.top) * f.columns + f.left) * VW;
  s.gradient_line = f.columns * VW, s.gradient_plane = f.floats, s.pixels = w->out_width;
  const float *first = frame_at(w, p->frame, p->operand, oy, 0);
  long width = w->out_blocks * VW;
  for (long ky = 0; ky < w->kernel_h; ky++)
    for (long kx = 0; kx < w->kernel_w; kx++)
      for (long b = 0; b < w->in_blocks; b++, dw += VW * width) {
        s.from = first + b * p->frame.floats + (ky * w->dilation_h * p->frame.columns + kx * w->dilation_w) * VW;
        add_outer(&s, lanes_of(w->in_lanes, b), w->out_blocks, dw, width);
      }
}

/// The slices of the product that gathers the gradients of image pixels: of those with (y + pad_top) % stride_h == ry
/// and (x + pad_left) % stride_w == rx, every output that reads them through some kernel position, relative to output
/// ((y + pad_top) / stride_h, (x + pad_left) / stride_w).
static long gather_slices(const convolution_plan *p, long ry, long rx) {
  const nas_window *w = p->w;
  slice *s = p->slices;
  for (long ky = 0; ky < w->kernel_h; ky++)
    for (long kx = 0; kx < w->kernel_w; kx++) {
      long y = ry - ky * w->dilation_h, x = rx - kx * w->dilation_w;
      if (y % w->stride_h || x % w->stride_w) continue;
      long at = (y / w->stride_h * p->gradient_frame.columns + x / w->stride_w) * VW;
      for (long b = 0; b < w->out_blocks; b++) {
        long row = (ky * w->kernel_w + kx) * w->out_blocks + b;
        long weights = row * VW * w->in_blocks * VW;
        *s++ = (slice){b * p->gradient_frame.floats + at, weights, lanes_of(w->out_lanes, b)};
      }
    }
  return s - p->slices;
}

/// One row of `columns` blocks of the gradient of the operand, to the line in scratch.
static void gather_row(const convolution_plan *p, product q, long y, long columns) {
  const nas_window *w = p->w;
  gradient_frame f = p->gradient_frame;
  long qy = floor_divide(y + w->pad_top, w->stride_h), ry = y + w->pad_top - qy * w->stride_h;
  for (long x = 0; x < smaller(w->stride_w, w->width); x++) {
    long qx = floor_divide(x + w->pad_left, w->stride_w), rx = x + w->pad_left - qx * w->stride_w;
    q.count = gather_slices(p, ry, rx);
    q.from = p->gradient + ((qy + f.top) * f.columns + qx + f.left) * VW;
    q.to = p->line + x * VW;
    multiply(&q, (w->width - x + w->stride_w - 1) / w->stride_w, columns);
  }
}

/// The gradient of the operand of image `n`, whose gradient frame is staged.
static void input_gradient(const convolution_plan *p, nas_source x, const float *transposed, nas_sink dx, long n,
                           nas_sums sums) {
  const nas_window *w = p->w;
  product q = {.from_step = VW, .slices = p->slices, .width = w->in_blocks * VW};
  q.to_step = w->stride_w * VW, q.to_plane = w->width * VW;
  for (long c = 0; c < w->in_blocks; c += TILE_BLOCKS) {
    long columns = smaller(TILE_BLOCKS, w->in_blocks - c);
    q.weights = transposed + c * VW;
    for (long y = 0; y < w->height; y++) {
      long pixel = (n * w->height + y) * w->width;
      gather_row(p, q, y, columns);
      for (long j = 0; j < columns; j++)
        write_gradient(x, p->line + j * q.to_plane, dx, c + j, pixel, w->width, sums);
    }
  }
}

static void weight_gradient(const convolution_plan *p, nas_source x, float *dw, long n) {
  long lines = larger(1, STRIP_PIXELS / p->w->out_width), height = p->w->out_height;
  stage_operand(p, x, n);
  for (long oy = 0; oy < height; oy += lines) add_weight_gradient(p, oy, smaller(lines, height - oy), dw);
}

static void convolution_backward(const nas_window *w, nas_source x, const float *transposed, nas_gradient dy,
                                 nas_sink dx, float *dw, long n0, long n1, nas_sums dx_sums, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  convolution_plan p = plan_convolution(w, &cursor);
  if (is_pointwise(w)) {
    pointwise_backward(&p.pointwise, x, transposed, dy, dx, dw, n0, n1, dx_sums);
    return;
  }
  for (long n = n0; n < n1; n++) {
    for (long b = 0; b < w->out_blocks; b++) stage_gradient_frame(&p, dy, b, n);
    if (dw) weight_gradient(&p, x, dw, n);
    if (dx.data) input_gradient(&p, x, transposed, dx, n, dx_sums);
  }
}
