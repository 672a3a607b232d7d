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
  int alternates;  // whether two accumulators take turns in tiles of several registers a row as well
} strip_product;

/// Two sums of two accumulators each for every register of a row, whose additions need not wait for each other.
typedef struct {
  wide first[TILE_COLUMNS][2], second[TILE_COLUMNS][2];
} strip_sums;

INLINE wide count_result(strip_sums *sums, const long j, const long turn, wide v) {
  sums->first[j][turn] += v;
  sums->second[j][turn] += v * v;
  return v;
}

/// Adds the sums of the blocks from `column` on.
INLINE void add_strip_sums(const strip_sums *s, const long blocks, long column, nas_sums sums) {
  const long registers = registers_of(blocks);
  UNROLL for (long j = 0; j < registers; j++) {
    wide first = s->first[j][0] + s->first[j][1], second = s->second[j][0] + s->second[j][1];
    if (blocks < PARTS) add_sums(sums, column, fold(first), fold(second));
    else
      UNROLL for (long i = 0; i < parts_in(blocks, j); i++)
        add_sums(sums, column + j * PARTS + i, part_of(first, i), part_of(second, i));
  }
}

/// Pixels of the tiles of a strip's first blocks, between whose products others are staged.
INLINE long staging_rows(long blocks) { return tile_rows(smaller(blocks, TILE_BLOCKS)); }

// To scratch, and to where values are stored.
#define DESTINATION float
#include "strip_product_to.h"
#undef DESTINATION
#if !STORES_FLOATS
#define DESTINATION stored
#include "strip_product_to.h"
#undef DESTINATION
#endif
