// The inner products of matrix multiplications whose sums stay in registers: `rows` × as many as hold `blocks` blocks.
// The callers choose where the sums start, over which pieces of the operands they run and where they end.
#pragma once

#include "vector.h"

#if NAS_REGISTERS >= 32
#define TILE_ROWS 8
#else
#define TILE_ROWS 6
#endif
#define TILE_COLUMNS 2  // registers of a row
#define TILE_BLOCKS (TILE_COLUMNS * PARTS)

/// The registers that hold `blocks` blocks, and how many of them register `j` holds.
INLINE long registers_of(const long blocks) { return (blocks + PARTS - 1) / PARTS; }
INLINE long parts_in(const long blocks, long j) { return smaller(PARTS, blocks - j * PARTS); }

/// sums[i][j] += sum over k < depth of a[i * row_step + k] * b[k * b_width + j * WIDE ...]: rows are pixels, k runs
/// through the lanes of a block.
INLINE void tile_multiply(wide sums[TILE_ROWS][TILE_COLUMNS], const long rows, const long blocks, const float *a,
                          long row_step, const float *b, long b_width, long depth) {
  for (long k = 0; k < depth; k++, b += b_width) {
    wide right[TILE_COLUMNS];
    UNROLL for (long j = 0; j < registers_of(blocks); j++) right[j] = load_pixels(b + j * WIDE, parts_in(blocks, j));
    UNROLL for (long i = 0; i < rows; i++) {
      wide left = a[i * row_step + k];
      UNROLL for (long j = 0; j < registers_of(blocks); j++) sums[i][j] += left * right[j];
    }
  }
}

/// sums[i][j] += sum over p < pixels of a[p * a_step + i] * g[p * g_step + block * g_plane ...], where j holds the
/// block: rows are lanes of the operand, columns blocks of the gradient.
INLINE void tile_outer(wide sums[TILE_ROWS][TILE_COLUMNS], const long rows, const long blocks, const float *a,
                       long a_step, const float *g, long g_step, long g_plane, long pixels) {
  for (long p = 0; p < pixels; p++, a += a_step, g += g_step) {
    wide right[TILE_COLUMNS];
    UNROLL for (long j = 0; j < registers_of(blocks); j++)
      right[j] = load_parts(g + j * PARTS * g_plane, g_plane, parts_in(blocks, j));
    UNROLL for (long i = 0; i < rows; i++) {
      wide left = a[i];
      UNROLL for (long j = 0; j < registers_of(blocks); j++) sums[i][j] += left * right[j];
    }
  }
}
