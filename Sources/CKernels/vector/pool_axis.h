// The windows of a pooling along one axis, and the combination of what they hold. Windows are separable: an axis at a
// time. Only what lies inside the image is combined, so nothing stands for padding.
#pragma once

#include "operand.h"

/// first ..< last
typedef struct {
  long first, last;
} range;

/// The windows along one axis: output o reads o * stride - pad + k * dilation for k < kernel.
typedef struct {
  long size, outputs, kernel, stride, dilation, pad;
  range *inside;  // of each output: its taps inside the image
  range whole;    // the outputs that have all their taps there
  int counts_padding;  // as in nas_window
} pool_axis;

INLINE pool_axis axis_across(const nas_window *w) {
  return (pool_axis){w->width, w->out_width, w->kernel_w, w->stride_w, w->dilation_w, w->pad_left, NULL, {0, 0},
                     w->counts_padding};
}
INLINE pool_axis axis_down(const nas_window *w) {
  return (pool_axis){w->height, w->out_height, w->kernel_h, w->stride_h, w->dilation_h, w->pad_top, NULL, {0, 0},
                     w->counts_padding};
}
INLINE long window_start(const pool_axis *a, long o) { return o * a->stride - a->pad; }
INLINE long window_span(const pool_axis *a) { return (a->kernel - 1) * a->dilation + 1; }
INLINE long taps_inside(const pool_axis *a, long o) { return a->inside[o].last - a->inside[o].first; }
/// What an average along the axis divides the sum of those taps by.
INLINE long taps_counted(const pool_axis *a, long o) { return a->counts_padding ? a->kernel : taps_inside(a, o); }
/// Where tap `k` of those that output `o` has inside the image lies.
INLINE long tap_at(const pool_axis *a, long o, long k) {
  return window_start(a, o) + (a->inside[o].first + k) * a->dilation;
}

/// How many steps it takes from 0 to `distance` or beyond; none where it is not ahead.
INLINE long steps_to(long distance, long step) { return distance > 0 ? (distance + step - 1) / step : 0; }

/// Finds the taps inside the image; without memory it only counts what that takes.
static void measure_axis(pool_axis *a, scratch_cursor *cursor) {
  a->inside = (range *)take(cursor, a->outputs * (long)(sizeof(range) / sizeof(float)));
  if (!a->inside) return;
  a->whole = (range){a->outputs, a->outputs};
  for (long o = 0; o < a->outputs; o++) {
    long start = window_start(a, o), first = steps_to(-start, a->dilation);
    long last = larger(first, smaller(a->kernel, steps_to(a->size - start, a->dilation)));
    a->inside[o] = (range){first, last};
    if (last - first < a->kernel) continue;
    a->whole = (range){smaller(a->whole.first, o), o + 1};
  }
}

INLINE vector combine(const nas_pool kind, vector a, vector b) {
  if (kind == NAS_POOL_AVERAGE) return a + b;
  return kind == NAS_POOL_MAX ? vector_max(a, b) : vector_min(a, b);
}

#define FEW 7  // taps whose addresses are kept in registers

/// to[i] = the combination of taps[k][i * step] over k < count, a sum times `factor`. `few`: count is a constant.
INLINE void combine_counted(const nas_pool kind, const int few, const long count, const float *const *taps, long step,
                            long n, float factor, float *to) {
  const float *kept[FEW];
  for (long k = 0; few && k < count; k++) kept[k] = taps[k];
  const float *const *from = few ? kept : taps;
  for (long i = 0; i < n; i++) {
    vector best = load(from[0] + i * step * VW);
    for (long k = 1; k < count; k++) best = combine(kind, best, load(from[k] + i * step * VW));
    store(to + i * VW, kind == NAS_POOL_AVERAGE ? best * factor : best);
  }
}

INLINE void combine_taps(const nas_pool kind, long count, const float *const *taps, long step, long n, float factor,
                         float *to) {
  switch (count) {
    case 2: return combine_counted(kind, 1, 2, taps, step, n, factor, to);
    case 3: return combine_counted(kind, 1, 3, taps, step, n, factor, to);
    case 5: return combine_counted(kind, 1, 5, taps, step, n, factor, to);
    case 7: return combine_counted(kind, 1, 7, taps, step, n, factor, to);
    default: return combine_counted(kind, 0, count, taps, step, n, factor, to);
  }
}

/// The rows of a row of windows; 0 where there are none.
static void combine_rows(nas_pool kind, long count, const float *const *rows, long width, float factor, float *to) {
  if (!count) {
    memset(to, 0, sizeof(float) * (size_t)(width * VW));
    return;
  }
  switch (kind) {
    case NAS_POOL_MAX: return combine_taps(NAS_POOL_MAX, count, rows, 1, width, factor, to);
    case NAS_POOL_MIN: return combine_taps(NAS_POOL_MIN, count, rows, 1, width, factor, to);
    case NAS_POOL_AVERAGE: return combine_taps(NAS_POOL_AVERAGE, count, rows, 1, width, factor, to);
  }
}

/// A window that lies partly or wholly outside the image.
INLINE void combine_edge(const nas_pool kind, const int averages, const pool_axis *a, const float *row, long o,
                         float *to) {
  const float *from = row + tap_at(a, o, 0) * VW;
  long count = taps_inside(a, o);
  vector best = count ? load(from) : (vector)0;
  for (long k = 1; k < count; k++) best = combine(kind, best, load(from + k * a->dilation * VW));
  store(to + o * VW, averages && count ? best / (float)taps_counted(a, o) : best);
}

INLINE void combine_columns_of(const nas_pool kind, const int averages, const pool_axis *a, const float *row,
                               const float **taps, float *to) {
  float factor = averages ? 1 / (float)a->kernel : 1;
  for (long o = 0; o < a->whole.first; o++) combine_edge(kind, averages, a, row, o, to);
  for (long k = 0; k < a->kernel; k++) taps[k] = row + (window_start(a, a->whole.first) + k * a->dilation) * VW;
  combine_taps(kind, a->kernel, taps, a->stride, a->whole.last - a->whole.first, factor, to + a->whole.first * VW);
  for (long o = a->whole.last; o < a->outputs; o++) combine_edge(kind, averages, a, row, o, to);
}

/// The columns of the windows across one row of the image; 0 where there are none. `taps` has room for a window.
static void combine_columns(nas_pool kind, const pool_axis *a, const float *row, const float **taps, float *to) {
  switch (kind) {
    case NAS_POOL_MAX: return combine_columns_of(NAS_POOL_MAX, 0, a, row, taps, to);
    case NAS_POOL_MIN: return combine_columns_of(NAS_POOL_MIN, 0, a, row, taps, to);
    case NAS_POOL_AVERAGE: return combine_columns_of(NAS_POOL_AVERAGE, 1, a, row, taps, to);
  }
}

/// The same as sums.
static void sum_columns(const pool_axis *a, const float *row, const float **taps, float *to) {
  combine_columns_of(NAS_POOL_AVERAGE, 0, a, row, taps, to);
}

/// The rows of a ring that holds what a window spans: a power of two, so that finding a row's place takes no division.
INLINE long rows_of_ring(const pool_axis *a) {
  long rows = 1;
  while (rows < window_span(a)) rows *= 2;
  return rows;
}
/// The place of row `y` in a ring of `rows` rows of `width` pixels.
INLINE float *ring_row(float *ring, long rows, long width, long y) { return ring + (y & (rows - 1)) * width * VW; }
