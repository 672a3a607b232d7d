// Windows of 3×3 neighbours that reach at most one pixel out of the image, the common case: their rows and columns are
// combined in one walk, in registers.
#pragma once

#include "pool_axis.h"

INLINE int has_three_neighbours(const pool_axis *a) {
  return a->kernel == 3 && a->dilation == 1 && a->stride <= 2 && a->size >= 2 && (a->pad == 0 || a->pad == 1) &&
         window_start(a, a->outputs - 1) + 3 <= a->size + 1;
}

/// What the columns of a window are multiplied with: first, whole ones, last.
typedef struct {
  float first, whole, last;
} three_factors;

/// For averages of windows that count `rows` rows.
INLINE three_factors average_factors(const pool_axis *a, long rows) {
  return (three_factors){1 / (float)(rows * taps_counted(a, 0)), 1 / (float)(rows * 3),
                         1 / (float)(rows * taps_counted(a, a->outputs - 1))};
}

INLINE vector combine_three(const nas_pool kind, vector a, vector b, vector c) {
  return combine(kind, combine(kind, a, b), c);
}
INLINE vector column_at(const nas_pool kind, const float *const rows[3], long at) {
  return combine_three(kind, load(rows[0] + at), load(rows[1] + at), load(rows[2] + at));
}

INLINE void leave(const int adds, float *to, vector v) { store(to, adds ? load(to) + v : v); }

/// One row of windows. What lies outside the image is 0 to a sum and a repetition to an extreme.
INLINE void three_by_three(const nas_pool kind, const long stride, const int adds, const pool_axis *a,
                           const float *const rows[3], three_factors factors, float *to) {
  const int sums = kind == NAS_POOL_AVERAGE;
  long reaches_out = window_start(a, a->outputs - 1) + 3 > a->size, at = a->pad ? 0 : VW;
  vector left = sums && a->pad ? (vector)0 : column_at(kind, rows, 0), centre = 0, right;
  vector factor = factors.first;
  if (stride == 1) {
    centre = column_at(kind, rows, at);
    at += VW;
  }
  for (long o = 0; o < a->outputs - reaches_out; o++, to += VW) {
    if (stride == 2) centre = column_at(kind, rows, at);
    right = column_at(kind, rows, at + (stride - 1) * VW);
    vector v = combine_three(kind, left, centre, right);
    leave(adds, to, sums ? v * factor : v);
    factor = factors.whole;
    left = stride == 1 ? centre : right;
    centre = right;
    at += stride * VW;
  }
  if (!reaches_out) return;
  if (stride == 2) centre = column_at(kind, rows, at);
  right = sums ? (vector)0 : centre;
  vector v = combine_three(kind, left, centre, right);
  leave(adds, to, sums ? v * factors.last : v);
}

INLINE void three_by_three_of(const nas_pool kind, int adds, const pool_axis *a, const float *const rows[3],
                              three_factors factors, float *to) {
  if (a->stride == 1 && adds) three_by_three(kind, 1, 1, a, rows, factors, to);
  else if (a->stride == 1) three_by_three(kind, 1, 0, a, rows, factors, to);
  else if (adds) three_by_three(kind, 2, 1, a, rows, factors, to);
  else three_by_three(kind, 2, 0, a, rows, factors, to);
}

/// One row of windows, written or added to what is there.
static void combine_three_rows(nas_pool kind, int adds, const pool_axis *a, const float *const rows[3],
                               three_factors factors, float *to) {
  switch (kind) {
    case NAS_POOL_MAX: return three_by_three_of(NAS_POOL_MAX, adds, a, rows, factors, to);
    case NAS_POOL_MIN: return three_by_three_of(NAS_POOL_MIN, adds, a, rows, factors, to);
    case NAS_POOL_AVERAGE: return three_by_three_of(NAS_POOL_AVERAGE, adds, a, rows, factors, to);
  }
}

/// The row that stands for row `y` of a window that starts at row `start`: outside the image the centre's to an
/// extreme, and none (-1), zeros, to a sum.
INLINE long standing_row(nas_pool kind, const pool_axis *down, long start, long y) {
  if (y >= 0 && y < down->size) return y;
  return kind == NAS_POOL_AVERAGE ? -1 : start + 1;
}
