// One block of one image with its padding written out, so that the kernels that slide windows over it have no edges.
#pragma once

#include "operand.h"

#define PIXELS 8  // output pixels that are computed together; a frame is wide enough to compute whole groups

/// The shape of a frame. Image pixel (y, x) is frame pixel (y + top, x + left); the window of output (oy, ox) starts at frame
/// pixel (oy * stride_h + shift_h, ox * stride_w + shift_w): the shifts are not 0 where the geometry crops the image. Rows of
/// the image begin at whole registers, so that these are written without crossing cache lines.
typedef struct {
  long top, left, shift_h, shift_w;
  long rows, columns;
  long floats;  // of one block
} frame;

INLINE frame frame_of(const nas_window *w) {
  frame f;
  f.top = larger(w->pad_top, 0);
  f.left = round_up(larger(w->pad_left, 0), PARTS);
  f.shift_h = f.top - w->pad_top;
  f.shift_w = f.left - w->pad_left;
  long out_columns = round_up(w->out_width, PIXELS);
  f.rows = larger(f.top + w->height,
                  f.shift_h + (w->out_height - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h + 1);
  f.columns = larger(f.left + w->width,
                     f.shift_w + (out_columns - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w + 1);
  f.columns = round_up(f.columns, PARTS);
  f.floats = f.rows * f.columns * VW;
  return f;
}

/// The first pixel of the window of output (oy, ox).
INLINE float *frame_at(const nas_window *w, frame f, float *data, long oy, long ox) {
  return data + ((oy * w->stride_h + f.shift_h) * f.columns + ox * w->stride_w + f.shift_w) * VW;
}

INLINE void fill(float *to, long vectors, vector value) {
  for (long i = 0; i < vectors * VW; i += VW) store(to + i, value);
}

/// Writes a block of image `n` into a frame, transformed, with `padding` around it.
static void stage_frame(const nas_window *w, frame f, nas_source x, long block, long n, vector padding, float *to) {
  long right = f.columns - f.left - w->width;
  fill(to, f.top * f.columns, padding);
  float *row = to + f.top * f.columns * VW;
  for (long y = 0; y < w->height; y++, row += f.columns * VW) {
    fill(row, f.left, padding);
    stage_source(x, block, (n * w->height + y) * w->width, w->width, row + f.left * VW);
    fill(row + (f.left + w->width) * VW, right, padding);
  }
  fill(row, (f.rows - f.top - w->height) * f.columns, padding);
}

/// The gradient of the result, with zeros around it, so that every pixel of the image finds one for every kernel
/// position: output (oy, ox) is pixel (oy + top, ox + left).
typedef struct {
  long top, left, rows, columns, floats;
} gradient_frame;

/// a / b, rounded down; b > 0.
INLINE long floor_divide(long a, long b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

static gradient_frame gradient_frame_of(const nas_window *w) {
  gradient_frame f;
  f.top = larger(0, -floor_divide(w->pad_top - (w->kernel_h - 1) * w->dilation_h, w->stride_h));
  f.left = round_up(larger(0, -floor_divide(w->pad_left - (w->kernel_w - 1) * w->dilation_w, w->stride_w)), PARTS);
  f.rows = f.top + larger(w->out_height, floor_divide(w->height - 1 + w->pad_top, w->stride_h) + 1);
  f.columns = f.left + larger(w->out_width, floor_divide(w->width - 1 + w->pad_left, w->stride_w) + 1);
  f.columns = round_up(f.columns, PARTS);
  f.floats = f.rows * f.columns * VW;
  return f;
}
