// Vectors of floats over clang's extended vectors, NAS_WIDTH lanes wide: the including file sets the width.
#pragma once

#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define VW NAS_WIDTH

typedef float vector4 __attribute__((ext_vector_type(4)));
typedef float vector8 __attribute__((ext_vector_type(8)));
typedef float vector16 __attribute__((ext_vector_type(16)));
typedef float vector __attribute__((ext_vector_type(VW)));
typedef vector vector_unaligned __attribute__((aligned(4)));
typedef vector4 vector4_unaligned __attribute__((aligned(4)));
typedef vector8 vector8_unaligned __attribute__((aligned(4)));

/// `count` rounded up to a whole number of `unit`s.
INLINE long round_up(long count, long unit) { return (count + unit - 1) / unit * unit; }
INLINE long smaller(long a, long b) { return a < b ? a : b; }
INLINE long larger(long a, long b) { return a > b ? a : b; }

INLINE vector load(const float *p) { return *(const vector_unaligned *)p; }
INLINE void store(float *p, vector v) { *(vector_unaligned *)p = v; }

/// The first `lanes` floats; the others are 0 and their memory is not touched.
INLINE vector4 load4(const float *p, long lanes) {
  if (lanes >= 4) return *(const vector4_unaligned *)p;
  vector4 v = 0;
  if (lanes > 0) v[0] = p[0];
  if (lanes > 1) v[1] = p[1];
  if (lanes > 2) v[2] = p[2];
  return v;
}
INLINE void store4(float *p, vector4 v, long lanes) {
  if (lanes >= 4) {
    *(vector4_unaligned *)p = v;
    return;
  }
  if (lanes > 0) p[0] = v[0];
  if (lanes > 1) p[1] = v[1];
  if (lanes > 2) p[2] = v[2];
}

#if VW >= 8
INLINE vector8 load8(const float *p, long lanes) {
  if (lanes >= 8) return *(const vector8_unaligned *)p;
  return __builtin_shufflevector(load4(p, lanes), load4(p + 4, lanes - 4), 0, 1, 2, 3, 4, 5, 6, 7);
}
INLINE void store8(float *p, vector8 v, long lanes) {
  if (lanes >= 8) {
    *(vector8_unaligned *)p = v;
    return;
  }
  store4(p, v.lo, lanes);
  store4(p + 4, v.hi, lanes - 4);
}
#endif

/// A vector at the end of a row: as many lanes as there are.
INLINE vector load_lanes(const float *p, long lanes) {
#if VW == 4
  return load4(p, lanes);
#elif VW == 8
  return load8(p, lanes);
#else
  if (lanes >= 16) return load(p);
  return __builtin_shufflevector(load8(p, lanes), load8(p + 8, lanes - 8), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                 14, 15);
#endif
}
INLINE void store_lanes(float *p, vector v, long lanes) {
#if VW == 4
  store4(p, v, lanes);
#elif VW == 8
  store8(p, v, lanes);
#else
  if (lanes >= 16) {
    store(p, v);
    return;
  }
  store8(p, v.lo, lanes);
  store8(p + 8, v.hi, lanes - 8);
#endif
}

INLINE vector relu(vector v) { return v < 0 ? (vector)0 : v; }  // NaN passes, so that divergence shows
INLINE vector vector_max(vector a, vector b) { return b > a ? b : a; }
INLINE vector vector_min(vector a, vector b) { return b < a ? b : a; }
/// `v` in the lanes where `operand` passed its relu, 0 elsewhere.
INLINE vector where_positive(vector operand, vector v) { return operand > 0 ? v : (vector)0; }

/// Adds lane by lane to a row of sums.
INLINE void add_lanes(float *to, vector v, long lanes) { store_lanes(to, load_lanes(to, lanes) + v, lanes); }

/// Hands out pieces of the caller's scratch memory, each on a cache line; without a base it only counts.
typedef struct {
  float *base;
  long used;
} scratch_cursor;

INLINE float *take(scratch_cursor *cursor, long floats) {
  float *piece = cursor->base ? cursor->base + cursor->used : NULL;
  cursor->used += round_up(floats, 16);
  return piece;
}
