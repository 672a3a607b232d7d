// The product of weights with a strip: some pixels whose blocks lie in the nearest cache. The result leaves the
// registers for where it is wanted, and is counted on the way.
#pragma once

#include "operand.h"
#include "products.h"

typedef struct {
  product product;  // of a strip that can be read up to a whole tile; `to` is not looked at
  long pixels, blocks;
  long plane;     // values between two blocks of the result
  int accumulate;  // whether it is added to what is there
  long row, gap;  // every `row` pixels of the result are followed by `gap` values
} strip_product;

/// Two sums of two accumulators each, whose additions need not wait for each other.
typedef struct {
  wide first[2], second[2];
} strip_sums;

INLINE wide count_result(strip_sums *sums, const long k, wide v) {
  sums->first[k] += v;
  sums->second[k] += v * v;
  return v;
}

/// Adds the sums of the blocks from `column` on.
INLINE void add_strip_sums(const strip_sums *s, const long blocks, long column, nas_sums sums) {
  const long registers = registers_of(blocks);
  UNROLL for (long j = 0; j < registers; j++) {
    wide first = registers == 1 ? s->first[0] + s->first[1] : s->first[j];
    wide second = registers == 1 ? s->second[0] + s->second[1] : s->second[j];
    if (blocks < PARTS) add_sums(sums, column, fold(first), fold(second));
    else
      UNROLL for (long i = 0; i < parts_in(blocks, j); i++)
        add_sums(sums, column + j * PARTS + i, part_of(first, i), part_of(second, i));
  }
}

// To scratch, and to where values are stored.
#define DESTINATION float
#include "strip_product_to.h"
#undef DESTINATION
#if !STORES_FLOATS
#define DESTINATION stored
#include "strip_product_to.h"
#undef DESTINATION
#endif
