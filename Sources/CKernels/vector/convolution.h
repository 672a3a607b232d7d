// Convolutions of any geometry as products of weights with the pixels of a frame: a tile of neighbouring output pixels
// reads the frame through every kernel position in turn, so that no patches are gathered.
#pragma once

#include "frame.h"
#include "pointwise.h"

/// Where the pieces of a convolution lie in scratch. A 1×1 convolution has a plan of its own and nothing else.
typedef struct {
  const nas_window *w;
  frame frame;
  gradient_frame gradient_frame;
  slice *slices;
  float *operand, *gradient, *line;
  pointwise_plan pointwise;
} convolution_plan;

static convolution_plan plan_convolution(const nas_window *w, scratch_cursor *cursor) {
  convolution_plan p = {.w = w, .frame = frame_of(w), .gradient_frame = gradient_frame_of(w)};
  if (is_pointwise(w)) {
    p.pointwise = plan_pointwise(w, cursor);
    return p;
  }
  p.slices = take_slices(cursor, w->kernel_h * w->kernel_w * larger(w->in_blocks, w->out_blocks));
  p.gradient = take(cursor, w->out_blocks * p.gradient_frame.floats);
  p.line = take(cursor, TILE_BLOCKS * larger(w->out_width, w->width) * VW);
  p.operand = take(cursor, w->in_blocks * p.frame.floats);
  return p;
}

static long convolution_scratch(const nas_window *w) {
  scratch_cursor cursor = {NULL, 0};
  plan_convolution(w, &cursor);
  return cursor.used;
}

static void stage_operand(const convolution_plan *p, nas_source x, long n) {
  for (long b = 0; b < p->w->in_blocks; b++)
    stage_frame(p->w, p->frame, x, b, n, 0, p->operand + b * p->frame.floats);
}

/// The slices of the forward product: every block of every kernel position.
static long forward_slices(const convolution_plan *p) {
  const nas_window *w = p->w;
  slice *s = p->slices;
  for (long ky = 0; ky < w->kernel_h; ky++)
    for (long kx = 0; kx < w->kernel_w; kx++)
      for (long b = 0; b < w->in_blocks; b++) {
        long at = (ky * w->dilation_h * p->frame.columns + kx * w->dilation_w) * VW;
        long row = (ky * w->kernel_w + kx) * w->in_blocks + b;
        *s++ = (slice){b * p->frame.floats + at, row * VW * w->out_blocks * VW, lanes_of(w->in_lanes, b)};
      }
  return s - p->slices;
}

/// Blocks o ..< o + columns of the result of one image.
static void convolve_image(const convolution_plan *p, product q, nas_sink y, long n, long o, long columns,
                           nas_sums sums) {
  const nas_window *w = p->w;
  for (long oy = 0; oy < w->out_height; oy++) {
    long pixel = (n * w->out_height + oy) * w->out_width;
    for (long j = 0; j < columns; j++) fetch_pixels(sink_at(y, o + j, pixel), w->out_width);
    q.from = frame_at(w, p->frame, p->operand, oy, 0);
    multiply(&q, w->out_width, columns);
    for (long j = 0; j < columns; j++)
      write_result(p->line + j * q.to_plane, y, o + j, pixel, w->out_width, sums);
  }
}

static void convolution_forward(const nas_window *w, nas_source x, const float *weights, const float *bias, nas_sink y,
                                long n0, long n1, nas_sums sums, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  convolution_plan p = plan_convolution(w, &cursor);
  if (is_pointwise(w)) {
    pointwise_forward(&p.pointwise, x, weights, bias, y, n0, n1, sums);
    return;
  }
  product q = {.from_step = w->stride_w * VW, .slices = p.slices, .count = forward_slices(&p)};
  q.width = w->out_blocks * VW, q.to = p.line, q.to_step = VW, q.to_plane = w->out_width * VW;
  for (long n = n0; n < n1; n++) {
    stage_operand(&p, x, n);
    for (long o = 0; o < w->out_blocks; o += TILE_BLOCKS) {
      q.weights = weights + o * VW, q.bias = bias ? bias + o * VW : NULL;
      convolve_image(&p, q, y, n, o, smaller(TILE_BLOCKS, w->out_blocks - o), sums);
    }
  }
}
