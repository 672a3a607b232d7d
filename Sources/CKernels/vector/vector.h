// Vectors of floats over clang's extended vectors. The including file sets NAS_WIDTH, the lanes of a block, and
// NAS_VECTOR, the floats of a register, where that is twice as many: a register then holds a block of two neighbouring
// pixels, or two blocks of a pixel, its parts.
#pragma once

#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define VW NAS_WIDTH

#ifndef NAS_VECTOR
#define NAS_VECTOR NAS_WIDTH
#endif
#define WIDE NAS_VECTOR
#define PARTS (WIDE / VW)

typedef float vector __attribute__((ext_vector_type(VW)));
typedef vector vector_unaligned __attribute__((aligned(4)));
typedef float wide __attribute__((ext_vector_type(WIDE)));  // a register
typedef wide wide_unaligned __attribute__((aligned(4)));

/// `count` rounded up to a whole number of `unit`s.
INLINE long round_up(long count, long unit) { return (count + unit - 1) / unit * unit; }
INLINE long smaller(long a, long b) { return a < b ? a : b; }
INLINE long larger(long a, long b) { return a > b ? a : b; }

#if PARTS == 1
INLINE wide join(vector first, vector second) { return (void)second, first; }
INLINE vector part_of(wide v, const long part) { return (void)part, v; }
INLINE vector fold(wide v) { return v; }
// Of two parts only: nothing below is called where a register holds one.
INLINE wide interleave(vector first, vector second) { return join(first, second); }
INLINE vector even_lanes(wide v) { return v; }
INLINE vector odd_lanes(wide v) { return v; }
INLINE wide add_neighbours(wide first, wide second) { return first + second; }
INLINE wide load_pair(const float *p) { return *p; }
#else
INLINE wide join(vector first, vector second) {
  return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE vector part_of(wide v, const long part) { return part ? v.hi : v.lo; }
/// The sum of the parts.
INLINE vector fold(wide v) { return v.lo + v.hi; }

/// Lane i of the first in lane 2i, of the second in lane 2i + 1.
INLINE wide interleave(vector first, vector second) {
  return __builtin_shufflevector(first, second, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}
INLINE vector even_lanes(wide v) { return v.even; }
INLINE vector odd_lanes(wide v) { return v.odd; }
/// Lane i: the sum of lanes 2i and 2i + 1 of the first, and then of the second.
INLINE wide add_neighbours(wide first, wide second) {
  // Of whole registers: of halves, the compiler would make horizontal additions, which know half of the registers.
  return __builtin_shufflevector(first, second, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
         __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}
/// Two floats again and again.
INLINE wide load_pair(const float *p) {
  typedef double pairs __attribute__((ext_vector_type(WIDE / 2)));
  double both;
  memcpy(&both, p, sizeof both);
  return (wide)(pairs)both;
}
#endif

/// The same in every part.
INLINE wide repeat(vector v) { return join(v, v); }
/// The first `parts` parts, zeros behind.
INLINE wide keep_parts(wide v, const long parts) { return parts == PARTS ? v : join(part_of(v, 0), (vector)0); }

INLINE wide relu(wide v) { return v < 0 ? (wide)0 : v; }  // NaN passes, so that divergence shows
INLINE wide wide_max(wide a, wide b) { return b > a ? b : a; }
INLINE vector vector_max(vector a, vector b) { return b > a ? b : a; }
INLINE vector vector_min(vector a, vector b) { return b < a ? b : a; }
/// `v` in the lanes where `operand` passed its relu, 0 elsewhere.
INLINE wide where_positive(wide operand, wide v) { return operand > 0 ? v : (wide)0; }

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
