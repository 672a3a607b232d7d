// Pooling. Forward, windows are separable: first the rows of a window, then the columns of what came out.
#pragma once

#include <math.h>

#include "window.h"

typedef struct {
  window_stage stage;
  float *share;  // [out_width]: 1 / columns of the window inside the image, 0 where there are none
  nas_pool kind;
  float padding;  // never the extreme; nothing to a sum
} pool_plan;

static long plan_pool(pool_plan *p, nas_pool kind, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  plan_window(&p->stage, w, &cursor);
  p->share = take(&cursor, w->out_width);
  p->kind = kind;
  p->padding = kind == NAS_POOL_AVERAGE ? 0 : kind == NAS_POOL_MAX ? -INFINITY : INFINITY;
  return cursor.used;
}

static long pool_scratch(const nas_window *w) {
  pool_plan plan;
  return plan_pool(&plan, NAS_POOL_MAX, w, NULL);
}

/// 1 / the number of window positions inside the image along one axis, or 0.
INLINE float share_inside(long start, long kernel, long dilation, long size) {
  long count = 0;
  for (long k = 0; k < kernel; k++) {
    long at = start + k * dilation;
    count += at >= 0 && at < size;
  }
  return count ? 1 / (float)count : 0;
}

static void share_columns(const pool_plan *p) {
  const nas_window *w = p->stage.w;
  for (long x = 0; x < w->out_width; x++)
    p->share[x] = share_inside(x * w->stride_w - w->pad_left, w->kernel_w, w->dilation_w, w->width);
}
INLINE float share_of_row(const nas_window *w, long oy) {
  return share_inside(oy * w->stride_h - w->pad_top, w->kernel_h, w->dilation_h, w->height);
}

INLINE vector combine(const nas_pool kind, vector a, vector b) {
  if (kind == NAS_POOL_AVERAGE) return a + b;
  return kind == NAS_POOL_MAX ? vector_max(a, b) : vector_min(a, b);
}

/// The rows of the windows, combined into `second_line`.
INLINE void combine_rows(const window_stage *s, const nas_pool kind, long first, long last) {
  float *middle = s->second_line;
  for (long ky = 0; ky < s->w->kernel_h; ky++) {
    const float *row = s->rows[ky];
    for (long j = first; j < last; j += CHUNK)
      store(middle + j, ky ? combine(kind, load(middle + j), load(row + j)) : load(row + j));
  }
}

/// One output row into `line`.
INLINE void pool_row(const window_stage *s, const nas_pool kind, long vectors, const long kernel_h,
                     const long kernel_w) {
  const nas_window w = *s->w;
  long columns = (w.out_width - 1) * w.stride_w + (kernel_w - 1) * w.dilation_w + 1;
  float *middle = s->second_line, *line = s->line;
  for (long v = 0; v < vectors; v++) {
    if (kernel_h == 3) {
      const float *top = s->rows[0], *centre = s->rows[1], *bottom = s->rows[2];
      for (long j = v * VW; j < columns * CHUNK; j += CHUNK)
        store(middle + j, combine(kind, combine(kind, load(top + j), load(centre + j)), load(bottom + j)));
    } else {
      combine_rows(s, kind, v * VW, columns * CHUNK);
    }
    for (long x = 0; x < w.out_width; x++) {
      const float *from = middle + x * w.stride_w * CHUNK + v * VW;
      vector best = load(from);
      for (long kx = 1; kx < kernel_w; kx++) best = combine(kind, best, load(from + kx * w.dilation_w * CHUNK));
      store(line + x * CHUNK + v * VW, best);
    }
  }
}

static void pool_any_row(const window_stage *s, nas_pool kind, long vectors) {
  long kernel_h = s->w->kernel_h, kernel_w = s->w->kernel_w;
  int three = kernel_h == 3 && kernel_w == 3;
  if (three && kind == NAS_POOL_MAX) pool_row(s, NAS_POOL_MAX, vectors, 3, 3);
  else if (three && kind == NAS_POOL_AVERAGE) pool_row(s, NAS_POOL_AVERAGE, vectors, 3, 3);
  else if (kind == NAS_POOL_MAX) pool_row(s, NAS_POOL_MAX, vectors, kernel_h, kernel_w);
  else if (kind == NAS_POOL_MIN) pool_row(s, NAS_POOL_MIN, vectors, kernel_h, kernel_w);
  else pool_row(s, NAS_POOL_AVERAGE, vectors, kernel_h, kernel_w);
}

/// Multiplies the row by each window's share (averages), or clears what has no pixel inside the image (extremes).
static void apply_share(const pool_plan *p, long oy, long vectors) {
  float share_y = share_of_row(p->stage.w, oy);
  for (long x = 0; x < p->stage.w->out_width; x++) {
    float share = share_y * p->share[x];
    if (p->kind != NAS_POOL_AVERAGE && share > 0) continue;
    float *at = p->stage.line + x * CHUNK;
    for (long v = 0; v < vectors; v++) store(at + v * VW, share > 0 ? load(at + v * VW) * share : (vector)0);
  }
}

static void pool_image(pool_plan *p, nas_source x, nas_sink y, long n, long lanes, float *sum, float *sum_squares) {
  const nas_window *w = p->stage.w;
  long vectors = (lanes + VW - 1) / VW;
  begin_image(&p->stage, p->padding, 0);
  for (long oy = 0; oy < w->out_height; oy++) {
    stage_rows(&p->stage, x, n, oy, lanes, p->padding);
    pool_any_row(&p->stage, p->kind, vectors);
    apply_share(p, oy, vectors);
    write_rows(p->stage.line, CHUNK, y, (n * w->out_height + oy) * w->out_width, w->out_width, lanes);
    add_moments(p->stage.line, CHUNK, w->out_width, lanes, sum, sum_squares);
  }
}

static void pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1, float *sum,
                         float *sum_squares, float *scratch) {
  pool_plan p;
  plan_pool(&p, kind, w, scratch);
  share_columns(&p);
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < w->channels; c += CHUNK)
      pool_image(&p, source_from(x, c), sink_from(y, c), n, smaller(CHUNK, w->channels - c), sum ? sum + c : NULL,
                 sum_squares ? sum_squares + c : NULL);
}
