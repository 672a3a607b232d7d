// Matrix multiplication of small row-major blocks: tiles of TILE_ROWS × 2 vectors of accumulators stay in registers.
#pragma once

#include "vector.h"

#if NAS_REGISTERS >= 32
#define TILE_ROWS 8
#else
#define TILE_ROWS 6
#endif

/// One tile: c[i][j] (+)= sum over k of a[i * row_step + k * depth_step] * b[k * b_width + j], `rows` by
/// `columns` vectors.
INLINE void gemm_tile(const long rows, const long columns, const float *a, long row_step, long depth_step,
                      const float *b, long b_width, float *c, long c_width, long depth, int add) {
  vector sums[TILE_ROWS][2];
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < columns; j++) sums[i][j] = add ? load(c + i * c_width + j * VW) : (vector)0;
  }
  for (long k = 0; k < depth; k++) {
    vector right[2];
    UNROLL for (long j = 0; j < columns; j++) right[j] = load(b + j * VW);
    UNROLL for (long i = 0; i < rows; i++) {
      vector left = a[i * row_step];
      UNROLL for (long j = 0; j < columns; j++) sums[i][j] += left * right[j];
    }
    a += depth_step;
    b += b_width;
  }
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < columns; j++) store(c + i * c_width + j * VW, sums[i][j]);
  }
}

/// The rows of one panel of columns.
INLINE void gemm_panel(const long columns, const float *a, long row_step, long depth_step, const float *b, long b_width,
                       float *c, long c_width, long rows, long depth, int add) {
#define TILE(n) \
  gemm_tile(n, columns, a + i * row_step, row_step, depth_step, b, b_width, c + i * c_width, c_width, depth, add)
  long i = 0;
  for (; i + TILE_ROWS <= rows; i += TILE_ROWS) TILE(TILE_ROWS);
  switch (rows - i) {
    case 1: TILE(1); break;
    case 2: TILE(2); break;
    case 3: TILE(3); break;
    case 4: TILE(4); break;
    case 5: TILE(5); break;
#if TILE_ROWS == 8
    case 6: TILE(6); break;
    case 7: TILE(7); break;
#endif
    default: break;
  }
#undef TILE
}

/// c[rows][columns] (+)= a · b, where a[i][k] lies at i * row_step + k * depth_step, so that a may be transposed;
/// `columns` is a multiple of VW.
static void gemm(const float *a, long row_step, long depth_step, const float *b, long b_width, float *c, long c_width,
                 long rows, long columns, long depth, int add) {
  long j = 0;
  for (; j + 2 * VW <= columns; j += 2 * VW)
    gemm_panel(2, a, row_step, depth_step, b + j, b_width, c + j, c_width, rows, depth, add);
  if (j < columns) gemm_panel(1, a, row_step, depth_step, b + j, b_width, c + j, c_width, rows, depth, add);
}
