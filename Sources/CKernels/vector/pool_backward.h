// The backward pass of pooling. Averages spread each gradient over its window; extremes are found again from the
// operand and take the whole gradient.
#pragma once

#include "pool.h"

/// Whether a row of windows is three neighbouring columns each, one column apart.
INLINE int is_three_at_stride_one(const nas_window *w) {
  return w->kernel_w == 3 && w->stride_w == 1 && w->dilation_w == 1;
}

/// Spreads one row of shared gradients over the columns of its windows, into `second_line`.
static void spread_columns(const window_stage *s, long v) {
  const nas_window w = *s->w;
  for (long x = 0; x < w.out_width; x++) {
    vector g = load(s->line + x * CHUNK + v * VW);
    float *to = s->second_line + x * w.stride_w * CHUNK + v * VW;
    for (long kx = 0; kx < w.kernel_w; kx++, to += w.dilation_w * CHUNK) store(to, load(to) + g);
  }
}

/// The same for windows of three neighbours at stride 1: the sum of three gradients that follow each other.
static void spread_three_columns(const window_stage *s, long v) {
  const float *line = s->line + v * VW;
  float *to = s->second_line + v * VW;
  vector before = 0, last = 0;
  for (long x = 0; x < s->w->out_width; x++) {
    vector g = load(line + x * CHUNK);
    store(to + x * CHUNK, before + last + g);
    before = last;
    last = g;
  }
  store(to + s->w->out_width * CHUNK, before + last);
  store(to + (s->w->out_width + 1) * CHUNK, last);
}

/// Spreads one row of shared gradients over its windows: first along the columns, then to the rows.
static void spread_average(const window_stage *s, long vectors) {
  const nas_window w = *s->w;
  long columns = (w.out_width - 1) * w.stride_w + (w.kernel_w - 1) * w.dilation_w + 1;
  fill_columns(s->second_line, 0, columns, 0);
  for (long v = 0; v < vectors; v++)
    if (is_three_at_stride_one(&w)) spread_three_columns(s, v);
    else spread_columns(s, v);
  for (long ky = 0; ky < w.kernel_h; ky++) {
    float *to = s->targets[ky];
    const float *from = s->second_line;
    for (long j = 0; j < columns * CHUNK; j += CHUNK)
      for (long c = 0; c < vectors * VW; c += VW) store(to + j + c, load(to + j + c) + load(from + j + c));
  }
}

/// Gives each gradient of one row to the first extreme of its window.
static void route_extreme(const window_stage *s, const nas_pool kind, long vectors) {
  const nas_window w = *s->w;
  for (long v = 0; v < vectors; v++)
    for (long x = 0; x < w.out_width; x++) {
      long at = x * w.stride_w * CHUNK + v * VW, step = w.dilation_w * CHUNK;
      vector best = load(s->rows[0] + at), gradient = load(s->line + x * CHUNK + v * VW);
      for (long ky = 0; ky < w.kernel_h; ky++)
        for (long kx = 0; kx < w.kernel_w; kx++) best = combine(kind, best, load(s->rows[ky] + at + kx * step));
      for (long ky = 0; ky < w.kernel_h; ky++) {
        const float *row = s->rows[ky] + at;
        float *to = s->targets[ky] + at;
        for (long kx = 0; kx < w.kernel_w; kx++) {
          vector value = load(row + kx * step);
          store(to + kx * step, load(to + kx * step) + (value == best ? gradient : (vector)0));
          gradient = value == best ? (vector)0 : gradient;  // what is given is gone
        }
      }
    }
}

/// The same for 3×3 windows at stride 1; the sums of the columns that the next windows share stay in registers.
INLINE void route_three_by_three(const window_stage *s, const nas_pool kind, long vectors) {
  const float *rows[3] = {s->rows[0], s->rows[1], s->rows[2]};
  float *targets[3] = {s->targets[0], s->targets[1], s->targets[2]};
  long width = s->w->out_width;
  for (long v = 0; v < vectors; v++) {
    vector pending[3][2] = {0};
    const float *line = s->line + v * VW;
    for (long x = 0; x < width; x++) {
      long at = x * CHUNK + v * VW;
      vector best = load(rows[0] + at), gradient = load(line + x * CHUNK);
      UNROLL for (long k = 1; k < 9; k++) best = combine(kind, best, load(rows[k / 3] + at + k % 3 * CHUNK));
      UNROLL for (long ky = 0; ky < 3; ky++) {
        vector given[3];
        UNROLL for (long kx = 0; kx < 3; kx++) {
          vector value = load(rows[ky] + at + kx * CHUNK);
          given[kx] = value == best ? gradient : (vector)0;
          gradient = value == best ? (vector)0 : gradient;
        }
        store(targets[ky] + at, load(targets[ky] + at) + (pending[ky][0] + given[0]));
        pending[ky][0] = pending[ky][1] + given[1];
        pending[ky][1] = given[2];
      }
    }
    UNROLL for (long ky = 0; ky < 3; ky++) UNROLL for (long j = 0; j < 2; j++) {
      float *to = targets[ky] + (width + j) * CHUNK + v * VW;
      store(to, load(to) + pending[ky][j]);
    }
  }
}

static void route_row(const window_stage *s, nas_pool kind, long vectors) {
  int three = s->w->kernel_h == 3 && is_three_at_stride_one(s->w);
  if (three && kind == NAS_POOL_MAX) route_three_by_three(s, NAS_POOL_MAX, vectors);
  else if (three) route_three_by_three(s, NAS_POOL_MIN, vectors);
  else if (kind == NAS_POOL_MAX) route_extreme(s, NAS_POOL_MAX, vectors);
  else route_extreme(s, NAS_POOL_MIN, vectors);
}

static void pool_image_backward(pool_plan *p, nas_source x, nas_gradient dy, nas_sink dx, long n, long lanes) {
  window_stage *s = &p->stage;
  const nas_window *w = s->w;
  long vectors = (lanes + VW - 1) / VW;
  begin_image(s, p->padding, 1);
  for (long oy = 0; oy < w->out_height; oy++) {
    if (p->kind != NAS_POOL_AVERAGE) stage_rows(s, x, n, oy, lanes, p->padding);
    open_gradients(s, x, dx, n, oy, lanes);
    stage_gradient(dy, (n * w->out_height + oy) * w->out_width, w->out_width, lanes, s->line, CHUNK);
    if (p->kind == NAS_POOL_AVERAGE) {
      apply_share(p, oy, vectors);
      spread_average(s, vectors);
    } else {
      route_row(s, p->kind, vectors);
    }
  }
  close_gradients(s, x, dx, n, w->height, lanes);
}

static void pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                          long n1, float *scratch) {
  pool_plan p;
  plan_pool(&p, kind, w, scratch);
  share_columns(&p);
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < w->channels; c += CHUNK)
      pool_image_backward(&p, source_from(x, c), gradient_from(dy, c), sink_from(dx, c), n,
                          smaller(CHUNK, w->channels - c));
}
