// The inner products of matrix multiplications whose sums stay in registers: `rows` × `columns` vectors of accumulators.
// The callers choose where the sums start, over which pieces of the operands they run and where they end.
#pragma once

#include "vector.h"

#if NAS_REGISTERS >= 32
#define TILE_ROWS 8
#else
#define TILE_ROWS 6
#endif
#define TILE_COLUMNS 2

/// sums[i][j] += sum over k < depth of a[i * row_step + k] * b[k * b_width + j * VW ...]: rows are pixels, k runs through
/// the lanes of a block.
INLINE void tile_multiply(vector sums[TILE_ROWS][TILE_COLUMNS], const long rows, const long columns, const float *a,
                          long row_step, const float *b, long b_width, long depth) {
  for (long k = 0; k < depth; k++, b += b_width) {
    vector right[TILE_COLUMNS];
    UNROLL for (long j = 0; j < columns; j++) right[j] = load(b + j * VW);
    UNROLL for (long i = 0; i < rows; i++) {
      vector left = a[i * row_step + k];
      UNROLL for (long j = 0; j < columns; j++) sums[i][j] += left * right[j];
    }
  }
}

/// sums[i][j] += sum over p < pixels of a[p * a_step + i] * g[p * g_step + j * g_plane ...]: rows are lanes of the operand,
/// columns blocks of the gradient.
INLINE void tile_outer(vector sums[TILE_ROWS][TILE_COLUMNS], const long rows, const long columns, const float *a,
                       long a_step, const float *g, long g_step, long g_plane, long pixels) {
  for (long p = 0; p < pixels; p++, a += a_step, g += g_step) {
    vector right[TILE_COLUMNS];
    UNROLL for (long j = 0; j < columns; j++) right[j] = load(g + j * g_plane);
    UNROLL for (long i = 0; i < rows; i++) {
      vector left = a[i];
      UNROLL for (long j = 0; j < columns; j++) sums[i][j] += left * right[j];
    }
  }
}
