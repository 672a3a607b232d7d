// The backward pass of a depthwise convolution. With stride 1 each input pixel gathers the gradients of the windows
// that read it, in registers, and multiplies them with its own value for the gradient of the weights in the same pass;
// other geometries scatter.
#pragma once

#include "depthwise.h"

#define GATHERED 4  // input pixels whose sums and values stay in registers

/// One input row: dx into `line`, dw added to. `values` is the transformed operand, padded with 0.
INLINE void gather_gradients(const depthwise_plan *p, const float *values, const float *weights, float *dw,
                             long vectors, const long kernel_w) {
  const window_stage *s = &p->stage;
  for (long v = 0; v < vectors; v++)
    for (long x = 0; x < s->w->width; x += GATHERED) {
      vector sums[GATHERED], value[GATHERED];
      UNROLL for (long j = 0; j < GATHERED; j++) {
        sums[j] = 0;
        value[j] = load(values + (x + j) * CHUNK + v * VW);
      }
      long tap = v * VW;
      for (long ky = 0; ky < s->w->kernel_h; ky++) {
        const float *g = s->rows[ky] + (x + kernel_w - 1) * CHUNK + v * VW;
        for (long kx = 0; kx < kernel_w; kx++, tap += CHUNK) {
          vector weight = load(weights + tap), even = load(dw + tap), odd = 0;
          UNROLL for (long j = 0; j < GATHERED; j += 2) {
            vector g0 = load(g + (j - kx) * CHUNK), g1 = load(g + (j + 1 - kx) * CHUNK);
            sums[j] += g0 * weight;
            sums[j + 1] += g1 * weight;
            even += g0 * value[j];
            odd += g1 * value[j + 1];
          }
          store(dw + tap, even + odd);
        }
      }
      UNROLL for (long j = 0; j < GATHERED; j++) store(s->second_line + (x + j) * CHUNK + v * VW, sums[j]);
    }
}

/// Stages one output row of the gradient so that column j is output column j + pad_left - (kernel_w - 1).
static void stage_gradient_row(const depthwise_plan *p, nas_gradient dy, long n, long oy, long lanes) {
  const nas_window *w = p->stage.w;
  float *row = p->gradient_rows + oy % w->kernel_h * p->gradient_columns * CHUNK;
  long offset = w->kernel_w - 1 - w->pad_left;
  long first = inside(0, offset, p->gradient_columns), last = inside(first, offset + w->out_width, p->gradient_columns);
  fill_columns(row, 0, first, 0);
  if (last > first)
    stage_gradient(dy, (n * w->out_height + oy) * w->out_width + first - offset, last - first, lanes,
                   row + first * CHUNK, CHUNK);
  fill_columns(row, last, p->gradient_columns, 0);
}

static void gather_row(const depthwise_plan *p, const float *values, long chunk, long vectors) {
  const float *weights = p->weights + chunk * p->taps * CHUNK;
  float *dw = p->dw + chunk * p->taps * CHUNK;
  switch (p->stage.w->kernel_w) {
    case 3: gather_gradients(p, values, weights, dw, vectors, 3); break;
    case 5: gather_gradients(p, values, weights, dw, vectors, 5); break;
    case 7: gather_gradients(p, values, weights, dw, vectors, 7); break;
    default: gather_gradients(p, values, weights, dw, vectors, p->stage.w->kernel_w);
  }
}

/// One image and chunk with stride and dilation 1.
static void gather_image(depthwise_plan *p, nas_source x, nas_gradient dy, nas_sink dx, long n, long chunk) {
  const nas_window *w = p->stage.w;
  long lanes = smaller(CHUNK, w->channels - chunk * CHUNK), staged = 0;
  float *values = p->stage.ring;
  fill_columns(p->gradient_outside, 0, p->gradient_columns, 0);
  fill_columns(values, w->width, round_up(w->width, PIXELS), 0);
  for (long y = 0; y < w->height; y++) {
    long pixel = (n * w->height + y) * w->width, end = smaller(w->out_height, y + w->pad_top + 1);
    for (staged = larger(staged, y + w->pad_top - w->kernel_h + 1); staged < end; staged++)
      stage_gradient_row(p, dy, n, staged, lanes);
    for (long ky = 0; ky < w->kernel_h; ky++) {
      long oy = y + w->pad_top - ky;
      p->stage.rows[ky] = oy < 0 || oy >= w->out_height
                              ? p->gradient_outside
                              : p->gradient_rows + oy % w->kernel_h * p->gradient_columns * CHUNK;
    }
    stage_source(x, pixel, w->width, lanes, values, CHUNK);
    gather_row(p, values, chunk, (lanes + VW - 1) / VW);
    if (dx.data) write_masked(x, p->stage.second_line, CHUNK, dx, pixel, w->width, lanes);
  }
}

/// One kernel position of one output row: adds to a row of gradients and to the gradient of the weight.
INLINE void scatter_tap(const float *from, const float *gradient, float *to, vector weight, float *dw, long step,
                        long count) {
  vector sums[4] = {0};
  for (long x = 0; x < count; x += 4) UNROLL for (long j = 0; j < 4; j++) {
    vector g = load(gradient + (x + j) * CHUNK);
    float *at = to + (x + j) * step;
    store(at, load(at) + g * weight);
    sums[j] += g * load(from + (x + j) * step);
  }
  store(dw, load(dw) + ((sums[0] + sums[1]) + (sums[2] + sums[3])));
}

/// One output row of any geometry; the gradients in `line` are padded with 0 to whole groups of pixels.
static void scatter_row(const window_stage *s, const float *weights, float *dw, long vectors) {
  const nas_window w = *s->w;
  const float *line = s->line;
  long count = round_up(w.out_width, 4);
  for (long ky = 0; ky < w.kernel_h; ky++) {
    const float *from = s->rows[ky];
    float *to = s->targets[ky];
    for (long kx = 0; kx < w.kernel_w; kx++, weights += CHUNK, dw += CHUNK)
      for (long c = 0; c < vectors * VW; c += VW) {
        long at = kx * w.dilation_w * CHUNK + c;
        vector weight = load(weights + c);
        if (w.stride_w == 2) scatter_tap(from + at, line + c, to + at, weight, dw + c, 2 * CHUNK, count);
        else scatter_tap(from + at, line + c, to + at, weight, dw + c, w.stride_w * CHUNK, count);
      }
  }
}

static void scatter_image(depthwise_plan *p, nas_source x, nas_gradient dy, nas_sink dx, long n, long chunk) {
  const nas_window *w = p->stage.w;
  long lanes = smaller(CHUNK, w->channels - chunk * CHUNK), at = chunk * p->taps * CHUNK;
  begin_image(&p->stage, 0, 1);
  for (long oy = 0; oy < w->out_height; oy++) {
    stage_rows(&p->stage, x, n, oy, lanes, 0);
    open_gradients(&p->stage, x, dx, n, oy, lanes);
    stage_gradient(dy, (n * w->out_height + oy) * w->out_width, w->out_width, lanes, p->stage.line, CHUNK);
    fill_columns(p->stage.line, w->out_width, p->stage.out_columns, 0);
    scatter_row(&p->stage, p->weights + at, p->dw + at, (lanes + VW - 1) / VW);
  }
  close_gradients(&p->stage, x, dx, n, w->height, lanes);
}

static void depthwise_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                               float *dw, long n0, long n1, float *scratch) {
  depthwise_plan p;
  plan_depthwise(&p, w, scratch);
  chunk_weights(&p, weights, w->channels);
  memset(p.dw, 0, sizeof(float) * (size_t)(p.chunks * p.taps * CHUNK));
  int gathers = w->stride_h == 1 && w->stride_w == 1 && w->dilation_h == 1 && w->dilation_w == 1;
  for (long n = n0; n < n1; n++)
    for (long k = 0; k < p.chunks; k++) {
      long c = k * CHUNK;
      if (gathers) gather_image(&p, source_from(x, c), gradient_from(dy, c), sink_from(dx, c), n, k);
      else scatter_image(&p, source_from(x, c), gradient_from(dy, c), sink_from(dx, c), n, k);
    }
  for (long k = 0; dw && k < p.chunks; k++)
    for (long t = 0; t < p.taps; t++)
      for (long c = k * CHUNK; c < smaller(w->channels, (k + 1) * CHUNK); c += VW)
        add_lanes(dw + t * w->channels + c, load(p.dw + (k * p.taps + t) * CHUNK + c - k * CHUNK), w->channels - c);
}
