// Vectors of floats over clang's extended vectors, NAS_WIDTH lanes wide: the including file sets the width.
#pragma once

#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define VW NAS_WIDTH

typedef float vector __attribute__((ext_vector_type(VW)));
typedef vector vector_unaligned __attribute__((aligned(4)));

/// `count` rounded up to a whole number of `unit`s.
INLINE long round_up(long count, long unit) { return (count + unit - 1) / unit * unit; }
INLINE long smaller(long a, long b) { return a < b ? a : b; }
INLINE long larger(long a, long b) { return a > b ? a : b; }

INLINE vector load(const float *p) { return *(const vector_unaligned *)p; }
INLINE void store(float *p, vector v) { *(vector_unaligned *)p = v; }
INLINE void add_to(float *p, vector v) { store(p, load(p) + v); }

INLINE vector relu(vector v) { return v < 0 ? (vector)0 : v; }  // NaN passes, so that divergence shows
INLINE vector vector_max(vector a, vector b) { return b > a ? b : a; }
INLINE vector vector_min(vector a, vector b) { return b < a ? b : a; }
/// `v` in the lanes where `operand` passed its relu, 0 elsewhere.
INLINE vector where_positive(vector operand, vector v) { return operand > 0 ? v : (vector)0; }

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
