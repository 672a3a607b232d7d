// Convolution as matrix multiplication: the patches that a block of output pixels reads become the rows of a matrix.
// A 1×1 convolution of stride 1 needs no gathering; groups are separate multiplications.
#pragma once

#include "gemm.h"
#include "operand.h"

/// One group of a convolution, its block sizes, and where its pieces lie in scratch.
typedef struct {
  const nas_window *w;
  long channels, outputs;          // of the group
  long depth, depth_up, outputs_up;  // kernel_h * kernel_w * channels; both rounded up to whole vectors
  long block;                      // output pixels that are multiplied at a time
  int pointwise;                   // output pixel i reads exactly input pixel i
  float *patches, *result, *right, *transposed, *gradient, *image;
} convolution_plan;

static long plan_convolution(convolution_plan *p, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  p->w = w;
  p->channels = w->channels / w->groups;
  p->outputs = w->out_channels / w->groups;
  p->depth = w->kernel_h * w->kernel_w * p->channels;
  p->depth_up = round_up(p->depth, VW);
  p->outputs_up = round_up(p->outputs, VW);
  p->pointwise = w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 && w->pad_top == 0 &&
                 w->pad_left == 0 && w->out_height == w->height && w->out_width == w->width;
  p->block = larger(TILE_ROWS, smaller(16 * TILE_ROWS, 8192 / p->depth_up / TILE_ROWS * TILE_ROWS));
  p->patches = take(&cursor, p->block * p->depth_up);
  p->result = take(&cursor, p->block * larger(p->depth_up, p->outputs_up));
  p->right = take(&cursor, p->depth * p->outputs_up);
  p->transposed = take(&cursor, p->outputs * p->depth_up);
  p->gradient = take(&cursor, p->block * p->outputs_up);
  p->image = take(&cursor, p->pointwise ? 0 : w->height * w->width * round_up(p->channels, VW));
  return cursor.used;
}

static long convolution_scratch(const nas_window *w) {
  convolution_plan plan;
  return plan_convolution(&plan, w, NULL);
}

/// One output pixel: its image and the top left corner of its window.
typedef struct {
  long image, top, left;
} window_corner;

INLINE window_corner corner_of(const nas_window *w, long out) {
  long ox = out % w->out_width, rest = out / w->out_width;
  return (window_corner){rest / w->out_height, rest % w->out_height * w->stride_h - w->pad_top,
                         ox * w->stride_w - w->pad_left};
}

/// The input pixel that a window reads through a kernel position, or -1.
INLINE long pixel_read(const nas_window *w, window_corner at, long ky, long kx) {
  long iy = at.top + ky * w->dilation_h, ix = at.left + kx * w->dilation_w;
  if (iy < 0 || iy >= w->height || ix < 0 || ix >= w->width) return -1;
  return (at.image * w->height + iy) * w->width + ix;
}

/// One kernel position of a block of patches, so that an operand's scale is loaded once per vector of channels.
static void gather_tap(const convolution_plan *p, nas_source x, long pixel, long rows, long ky, long kx) {
  const nas_window *w = p->w;
  float *tap = p->patches + (ky * w->kernel_w + kx) * p->channels;
  for (long c = 0; c < p->channels; c += VW) {
    long lanes = p->channels - c;
    affine t = load_affine(x, c, lanes);
    window_corner at = corner_of(w, pixel);
    for (long r = 0; r < rows; r++) {
      long from = pixel_read(w, at, ky, kx);
      store_lanes(tap + r * p->depth_up + c, from < 0 ? (vector)0 : read_source(x, t, from, c, lanes), lanes);
      at.left += w->stride_w;
      if (at.left + w->pad_left >= w->out_width * w->stride_w) at = corner_of(w, pixel + r + 1);
    }
  }
}

/// Gathers the patches of `rows` output pixels, transformed; padding is 0.
static void gather_patches(const convolution_plan *p, nas_source x, long pixel, long rows) {
  if (p->pointwise) {
    stage_source(x, pixel, rows, p->channels, p->patches, p->depth_up);
    return;
  }
  for (long ky = 0; ky < p->w->kernel_h; ky++)
    for (long kx = 0; kx < p->w->kernel_w; kx++) gather_tap(p, x, pixel, rows, ky, kx);
}

/// Copies the weights of a group to rows of whole vectors, the rest 0.
static void pad_weights(const convolution_plan *p, const float *weights, float *to) {
  for (long k = 0; k < p->depth; k++)
    for (long o = 0; o < p->outputs; o += VW)
      store(to + k * p->outputs_up + o, load_lanes(weights + k * p->w->out_channels + o, p->outputs - o));
}

static void convolve_group(const convolution_plan *p, nas_source x, const float *weights, nas_sink y, long first,
                           long last, float *sum, float *sum_squares) {
  int whole = p->outputs == p->outputs_up, in_place = p->pointwise && is_plain(x);
  if (!whole) pad_weights(p, weights, p->right);
  const float *right = whole ? weights : p->right;
  long right_width = whole ? p->w->out_channels : p->outputs_up;
  for (long pixel = first; pixel < last; pixel += p->block) {
    long rows = smaller(p->block, last - pixel);
    if (!in_place) gather_patches(p, x, pixel, rows);
    const float *left = in_place ? x.data + pixel * x.stride : p->patches;
    int direct = whole && !y.accumulate;
    float *to = direct ? y.data + pixel * y.stride : p->result;
    long to_width = direct ? y.stride : p->outputs_up;
    gemm(left, in_place ? x.stride : p->depth_up, 1, right, right_width, to, to_width, rows, p->outputs_up, p->depth, 0);
    if (!direct) write_rows(to, to_width, y, pixel, rows, p->outputs);
    add_moments(to, to_width, rows, p->outputs, sum, sum_squares);
  }
}

static void convolution_forward(const nas_window *w, nas_source x, const float *weights, nas_sink y, long n0, long n1,
                                float *sum, float *sum_squares, float *scratch) {
  convolution_plan p;
  plan_convolution(&p, w, scratch);
  long pixels = w->out_height * w->out_width;
  for (long g = 0; g < w->groups; g++) {
    long o = g * p.outputs;
    convolve_group(&p, source_from(x, g * p.channels), weights + o, sink_from(y, o), n0 * pixels, n1 * pixels,
                   sum ? sum + o : NULL, sum_squares ? sum_squares + o : NULL);
  }
}
