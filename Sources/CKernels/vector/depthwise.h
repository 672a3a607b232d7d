// Depthwise convolution: every channel has its own kernel, so that channels are the lanes.
#pragma once

#include "window.h"

/// The stage of the windows and the weights (and their gradient) in chunks: [chunk][kernel_h * kernel_w][CHUNK].
typedef struct {
  window_stage stage;
  long taps, chunks;
  float *weights, *dw;
  float *gradient_rows, *gradient_outside;  // of the gathering backward pass: kernel_h output rows
  long gradient_columns;
} depthwise_plan;

static long plan_depthwise(depthwise_plan *p, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  plan_window(&p->stage, w, &cursor);
  p->taps = w->kernel_h * w->kernel_w;
  p->chunks = (w->channels + CHUNK - 1) / CHUNK;
  p->weights = take(&cursor, p->chunks * p->taps * CHUNK);
  p->dw = take(&cursor, p->chunks * p->taps * CHUNK);
  p->gradient_columns = round_up(w->width, PIXELS) + w->kernel_w - 1;
  p->gradient_rows = take(&cursor, w->kernel_h * p->gradient_columns * CHUNK);
  p->gradient_outside = take(&cursor, p->gradient_columns * CHUNK);
  return cursor.used;
}

static long depthwise_scratch(const nas_window *w) {
  depthwise_plan plan;
  return plan_depthwise(&plan, w, NULL);
}

/// Reorders weights [taps][channels] to chunks whose missing channels are 0.
static void chunk_weights(const depthwise_plan *p, const float *weights, long channels) {
  for (long k = 0; k < p->chunks; k++)
    for (long t = 0; t < p->taps; t++)
      for (long c = 0; c < CHUNK; c += VW)
        store(p->weights + (k * p->taps + t) * CHUNK + c,
              load_lanes(weights + t * channels + k * CHUNK + c, channels - k * CHUNK - c));
}

/// One output row of one chunk: PIXELS accumulators of a vector each.
INLINE void depthwise_row(const window_stage *s, const float *weights, long vectors, const long kernel_w,
                          const long stride, const long dilation) {
  for (long v = 0; v < vectors; v++)
    for (long x = 0; x < s->out_columns; x += PIXELS) {
      vector sums[PIXELS];
      UNROLL for (long j = 0; j < PIXELS; j++) sums[j] = 0;
      const float *weight = weights + v * VW;
      for (long ky = 0; ky < s->w->kernel_h; ky++) {
        const float *from = s->rows[ky] + x * stride * CHUNK + v * VW;
        for (long kx = 0; kx < kernel_w; kx++, weight += CHUNK) {
          vector k = load(weight);
          UNROLL for (long j = 0; j < PIXELS; j++)
            sums[j] += load(from + (j * stride + kx * dilation) * CHUNK) * k;
        }
      }
      UNROLL for (long j = 0; j < PIXELS; j++) store(s->line + (x + j) * CHUNK + v * VW, sums[j]);
    }
}

/// The row kernel with the common widths, strides and dilations as constants.
static void depthwise_any_row(const window_stage *s, const float *weights, long vectors) {
  const nas_window *w = s->w;
#define ROW(kernel, stride, dilation)                                                    \
  if (w->kernel_w == kernel && w->stride_w == stride && w->dilation_w == dilation) {     \
    depthwise_row(s, weights, vectors, kernel, stride, dilation);                        \
    return;                                                                              \
  }
  ROW(3, 1, 1) ROW(5, 1, 1) ROW(7, 1, 1) ROW(3, 2, 1) ROW(5, 2, 1) ROW(7, 2, 1)
#undef ROW
  depthwise_row(s, weights, vectors, w->kernel_w, w->stride_w, w->dilation_w);
}

static void depthwise_image(depthwise_plan *p, nas_source x, nas_sink y, long n, long chunk, float *sum,
                            float *sum_squares) {
  const nas_window *w = p->stage.w;
  long lanes = smaller(CHUNK, w->channels - chunk * CHUNK), vectors = (lanes + VW - 1) / VW;
  begin_image(&p->stage, 0, 0);
  for (long oy = 0; oy < w->out_height; oy++) {
    stage_rows(&p->stage, x, n, oy, lanes, 0);
    depthwise_any_row(&p->stage, p->weights + chunk * p->taps * CHUNK, vectors);
    write_rows(p->stage.line, CHUNK, y, (n * w->out_height + oy) * w->out_width, w->out_width, lanes);
    add_moments(p->stage.line, CHUNK, w->out_width, lanes, sum, sum_squares);
  }
}

static void depthwise_forward(const nas_window *w, nas_source x, const float *weights, nas_sink y, long n0, long n1,
                              float *sum, float *sum_squares, float *scratch) {
  depthwise_plan p;
  plan_depthwise(&p, w, scratch);
  chunk_weights(&p, weights, w->channels);
  for (long n = n0; n < n1; n++)
    for (long k = 0; k < p.chunks; k++) {
      long c = k * CHUNK;
      depthwise_image(&p, source_from(x, c), sink_from(y, c), n, k, sum ? sum + c : NULL,
                      sum_squares ? sum_squares + c : NULL);
    }
}
