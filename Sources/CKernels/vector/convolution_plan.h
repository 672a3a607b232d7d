// How a convolution is cut into matrix multiplications, and where their pieces lie in scratch.
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
