// The backward pass of a convolution: two matrix multiplications per block of output pixels.
#pragma once

#include "convolution.h"

/// transposed[o][k] = weights[k][o], rows of whole vectors.
static void transpose_weights(const convolution_plan *p, const float *weights) {
  memset(p->transposed, 0, sizeof(float) * (size_t)(p->outputs * p->depth_up));
  for (long k = 0; k < p->depth; k++)
    for (long o = 0; o < p->outputs; o++) p->transposed[o * p->depth_up + k] = weights[k * p->w->out_channels + o];
}

/// What one block needs: its gradient as a matrix of whole vectors, in place where it can be.
static const float *block_gradient(const convolution_plan *p, nas_gradient dy, long pixel, long rows, long *width) {
  if (!dy.a && p->outputs == p->outputs_up) {
    *width = dy.stride;
    return dy.data + pixel * dy.stride;
  }
  stage_gradient(dy, pixel, rows, p->outputs, p->gradient, p->outputs_up);
  *width = p->outputs_up;
  return p->gradient;
}

/// dw[depth][outputs] += patchesᵀ · gradient.
static void add_weight_gradient(const convolution_plan *p, nas_source x, const float *gradient, long width, float *dw,
                                long dw_width, long pixel, long rows) {
  int in_place = p->pointwise && is_plain(x);
  if (!in_place) gather_patches(p, x, pixel, rows);
  gemm(in_place ? x.data + pixel * x.stride : p->patches, 1, in_place ? x.stride : p->depth_up, gradient, width, dw,
       dw_width, p->depth, p->outputs_up, rows, 1);
}

/// The output pixels first ..< last, all of one image unless the convolution is pointwise.
static void backward_pixels(const convolution_plan *p, nas_source x, nas_gradient dy, nas_sink dx, float *dw,
                            long dw_width, long first, long last) {
  for (long pixel = first; pixel < last; pixel += p->block) {
    long rows = smaller(p->block, last - pixel), width;
    const float *gradient = block_gradient(p, dy, pixel, rows, &width);
    if (dw) add_weight_gradient(p, x, gradient, width, dw, dw_width, pixel, rows);
    if (!dx.data) continue;
    gemm(gradient, width, 1, p->transposed, p->depth_up, p->result, p->depth_up, rows, p->depth_up, p->outputs, 0);
    if (p->pointwise) write_masked(x, p->result, p->depth_up, dx, pixel, rows, p->channels);
    else scatter_patches(p, pixel, rows);
  }
}

static void backward_images(const convolution_plan *p, nas_source x, nas_gradient dy, nas_sink dx, float *dw,
                            long dw_width, long n0, long n1) {
  const nas_window *w = p->w;
  long outputs = w->out_height * w->out_width, inputs = w->height * w->width, width = round_up(p->channels, VW);
  if (p->pointwise) {
    backward_pixels(p, x, dy, dx, dw, dw_width, n0 * outputs, n1 * outputs);
    return;
  }
  for (long n = n0; n < n1; n++) {
    if (dx.data) memset(p->image, 0, sizeof(float) * (size_t)(inputs * width));
    backward_pixels(p, x, dy, dx, dw, dw_width, n * outputs, (n + 1) * outputs);
    if (dx.data) write_masked(x, p->image, width, dx, n * inputs, inputs, p->channels);
  }
}

/// One group; where its outputs are not whole vectors, the gradient of the weights is summed in scratch.
static void backward_group(const convolution_plan *p, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                           float *dw, long n0, long n1) {
  if (dx.data) transpose_weights(p, weights);
  if (!dw || p->outputs == p->outputs_up) {
    backward_images(p, x, dy, dx, dw, p->w->out_channels, n0, n1);
    return;
  }
  memset(p->right, 0, sizeof(float) * (size_t)(p->depth * p->outputs_up));
  backward_images(p, x, dy, dx, p->right, p->outputs_up, n0, n1);
  for (long k = 0; k < p->depth; k++)
    for (long o = 0; o < p->outputs; o += VW)
      add_lanes(dw + k * p->w->out_channels + o, load(p->right + k * p->outputs_up + o), p->outputs - o);
}

static void convolution_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                                 float *dw, long n0, long n1, float *scratch) {
  convolution_plan p;
  plan_convolution(&p, w, scratch);
  for (long g = 0; g < w->groups; g++) {
    long c = g * p.channels, o = g * p.outputs;
    backward_group(&p, source_from(x, c), weights + o, gradient_from(dy, o), sink_from(dx, c), dw ? dw + o : NULL, n0,
                   n1);
  }
}
