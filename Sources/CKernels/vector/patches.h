// Gathering the patches that output pixels read, and scattering their gradients back, one run of an output row
// at a time.
#pragma once

#include "convolution_plan.h"

/// Neighbouring pixels of one output row: `count` from column `column`, at `row` of a block.
typedef struct {
  long image, line, column, count, row;
} output_run;

/// The next run of a block that starts at output pixel `pixel` and has `rows` rows, of which `row` are done.
INLINE output_run next_run(const nas_window *w, long pixel, long row, long rows) {
  long at = pixel + row, column = at % w->out_width, line = at / w->out_width;
  long count = smaller(w->out_width - column, rows - row);
  return (output_run){line / w->out_height, line % w->out_height, column, count, row};
}

/// The part of a run whose windows have kernel positions kx ..< kx + taps of row ky inside the image: its columns, and
/// the input pixel of the first.
typedef struct {
  long first, last, pixel;
} inside_run;

INLINE inside_run run_inside(const nas_window *w, output_run run, long ky, long kx, long taps) {
  long end = run.column + run.count, y = run.line * w->stride_h - w->pad_top + ky * w->dilation_h;
  long left = kx * w->dilation_w - w->pad_left, room = w->width - left - (taps - 1) * w->dilation_w;
  if (y < 0 || y >= w->height) return (inside_run){run.column, run.column, 0};
  long first = left < 0 ? (-left + w->stride_w - 1) / w->stride_w : 0;
  long last = room > 0 ? (room + w->stride_w - 1) / w->stride_w : 0;
  first = larger(run.column, smaller(first, end));
  last = larger(first, smaller(last, end));
  return (inside_run){first, last, (run.image * w->height + y) * w->width + first * w->stride_w + left};
}

INLINE void clear_columns(float *to, long width, long count, long channels) {
  for (long r = 0; r < count; r++)
    for (long c = 0; c < channels; c++) to[r * width + c] = 0;
}

/// Copies one vector of channels of `count` pixels, `step` pixels apart, transformed.
INLINE void copy_channels(nas_source x, long pixel, long step, long count, float *to, long width, long c, long lanes) {
  affine t = load_affine(x, c, lanes);
  for (long r = 0; r < count; r++)
    store_lanes(to + r * width + c, read_source(x, t, pixel + r * step, c, lanes), lanes);
}

/// Kernel positions kx ..< kx + taps of one run; more than one at a time only where the image is dense and unscaled.
static void gather_run(const convolution_plan *p, nas_source x, output_run run, long ky, long kx, long taps) {
  inside_run in = run_inside(p->w, run, ky, kx, taps);
  float *to = p->patches + run.row * p->depth_up + (ky * p->w->kernel_w + kx) * p->channels;
  long channels = taps * p->channels, before = in.first - run.column, after = run.column + run.count - in.last;
  float *body = to + before * p->depth_up, *rest = to + (in.last - run.column) * p->depth_up;
  if (taps == 1) {
    clear_columns(to, p->depth_up, before, channels);
    clear_columns(rest, p->depth_up, after, channels);
  } else {
    output_run left = run, right = run;
    left.count = before;
    right.column = in.last, right.count = after, right.row += in.last - run.column;
    for (long k = kx; before && k < kx + taps; k++) gather_run(p, x, left, ky, k, 1);
    for (long k = kx; after && k < kx + taps; k++) gather_run(p, x, right, ky, k, 1);
  }
  for (long c = 0; c < channels; c += VW)
    if (channels - c >= VW) copy_channels(x, in.pixel, p->w->stride_w, in.last - in.first, body, p->depth_up, c, VW);
    else copy_channels(x, in.pixel, p->w->stride_w, in.last - in.first, body, p->depth_up, c, channels - c);
}

/// Gathers the patches of `rows` output pixels, transformed; padding is 0.
static void gather_patches(const convolution_plan *p, nas_source x, long pixel, long rows) {
  const nas_window *w = p->w;
  if (p->pointwise) {
    stage_source(x, pixel, rows, p->channels, p->patches, p->depth_up);
    return;
  }
  int dense = !x.scale && x.stride == p->channels && w->dilation_w == 1;
  long taps = dense ? w->kernel_w : 1;
  for (long row = 0; row < rows;) {
    output_run run = next_run(w, pixel, row, rows);
    for (long ky = 0; ky < w->kernel_h; ky++)
      for (long kx = 0; kx < w->kernel_w; kx += taps) gather_run(p, x, run, ky, kx, taps);
    row += run.count;
  }
}

/// Adds one kernel position's gradients of one run to the image in scratch.
static void scatter_run(const convolution_plan *p, output_run run, long ky, long kx) {
  inside_run in = run_inside(p->w, run, ky, kx, 1);
  long width = round_up(p->channels, VW), image = run.image * p->w->height * p->w->width;
  const float *from = p->result + (run.row + in.first - run.column) * p->depth_up;
  from += (ky * p->w->kernel_w + kx) * p->channels;
  float *to = p->image + (in.pixel - image) * width;
  for (long r = 0; r < in.last - in.first; r++, from += p->depth_up, to += p->w->stride_w * width)
    for (long c = 0; c < p->channels; c += VW) store(to + c, load(to + c) + load_lanes(from + c, p->channels - c));
}

/// Adds the gradients of the patches of `rows` output pixels of one image to the image in scratch.
static void scatter_patches(const convolution_plan *p, long pixel, long rows) {
  const nas_window *w = p->w;
  for (long row = 0; row < rows;) {
    output_run run = next_run(w, pixel, row, rows);
    for (long ky = 0; ky < w->kernel_h; ky++)
      for (long kx = 0; kx < w->kernel_w; kx++) scatter_run(p, run, ky, kx);
    row += run.count;
  }
}
