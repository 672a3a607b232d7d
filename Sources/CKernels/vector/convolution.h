// Convolution as matrix multiplication: the patches that a block of output pixels reads become the rows of a matrix.
// A 1×1 convolution of stride 1 needs no gathering; groups are separate multiplications.
#pragma once

#include "patches.h"

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
    gemm(left, in_place ? x.stride : p->depth_up, 1, right, right_width, to, to_width, rows, p->outputs_up,
         p->depth, 0);
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
