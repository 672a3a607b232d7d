// The inner products of matrix multiplications whose sums stay in registers: `rows` × as many as hold `blocks` blocks.
// The callers choose where the sums start, over which pieces of the operands they run and where they end.
//
// Where a register holds two blocks and the result has one, half of every register would be empty. There two lanes of
// the operand are multiplied at a time, and a register holds the sums of both, interleaved.
#pragma once

#include "access.h"

#if NAS_REGISTERS >= 32
#define TILE_ROWS 8
#else
#define TILE_ROWS 6
#endif
#define TILE_COLUMNS 2  // registers of a row
#define TILE_BLOCKS (TILE_COLUMNS * PARTS)
// A tile of one register a row has twice the rows: as many sums, so that the latency of the additions stays hidden.
#define TALL_ROWS (2 * TILE_ROWS)
// Registers of a row of a tile of outer products: with four, a pixel takes as many loads of the operand as of the gradient.
#define OUTER_COLUMNS (NAS_REGISTERS >= 32 && PARTS == 1 ? 4 : 2)
#define OUTER_BLOCKS (OUTER_COLUMNS * PARTS)
// Rows of such a tile that is four or three registers wide, two, and one.
#define WIDE_OUTER_ROWS 4
#define OUTER_ROWS (VW < 8 || NAS_REGISTERS < 32 ? 4 : 8)
#define TALL_OUTER_ROWS (VW < 2 * OUTER_ROWS ? VW : 2 * OUTER_ROWS)

/// The registers that hold `blocks` blocks, and how many of them register `j` holds.
INLINE long registers_of(const long blocks) { return (blocks + PARTS - 1) / PARTS; }
INLINE long parts_in(const long blocks, long j) { return smaller(PARTS, blocks - j * PARTS); }
/// The rows of a whole tile.
INLINE long tile_rows(const long blocks) { return registers_of(blocks) == 1 ? TALL_ROWS : TILE_ROWS; }

/// sums[i][j] += a[i * row_step] * b[j * WIDE ...]: rows are pixels. Of one block where a register has two parts, the next
/// lane of the pixels and the next row of b too; a lane behind an odd depth is 0, like its weights.
INLINE void tile_step(wide sums[TALL_ROWS][TILE_COLUMNS], const long rows, const long blocks, const float *a,
                      long row_step, const float *b, long b_width) {
  if (blocks < PARTS) {
    wide right = interleave(load(b), load(b + b_width));
    UNROLL for (long i = 0; i < rows; i++) sums[i][0] += load_pair(a + i * row_step) * right;
    return;
  }
  wide right[TILE_COLUMNS];
  UNROLL for (long j = 0; j < registers_of(blocks); j++) right[j] = load_pixels(b + j * WIDE, parts_in(blocks, j));
  UNROLL for (long i = 0; i < rows; i++) {
    wide left = a[i * row_step];
    UNROLL for (long j = 0; j < registers_of(blocks); j++) sums[i][j] += left * right[j];
  }
}

/// Adds up what was interleaved: sums[i][0], with i even, becomes a register of pixels i and i + 1.
INLINE void add_pairs(wide sums[TALL_ROWS][TILE_COLUMNS], const long rows) {
  UNROLL for (long i = 0; i < rows; i += 2)
    sums[i][0] = add_neighbours(sums[i][0], i + 1 < rows ? sums[i + 1][0] : (wide)0);
}

/// Copies a tile to memory, one pixel in every row, so that some of its rows can be walked in a loop.
INLINE void spread_tile(wide to[TALL_ROWS][TILE_COLUMNS], const long rows, const long blocks,
                        wide tile[TALL_ROWS][TILE_COLUMNS]) {
  UNROLL for (long i = 0; i < rows; i++) UNROLL for (long j = 0; j < registers_of(blocks); j++)
    to[i][j] = blocks < PARTS ? join(part_of(tile[i / PARTS * PARTS][j], i % PARTS), (vector)0) : tile[i][j];
}

/// sums[i][j] += sum over p < pixels of a[p * a_step + i] * g[p * g_step + block * g_plane ...], where j holds the
/// block: rows are lanes of the operand, columns blocks of the gradient.
INLINE void tile_outer(wide sums[TALL_OUTER_ROWS][OUTER_COLUMNS], const long rows, const long blocks, const float *a,
                       long a_step, const float *g, long g_step, long g_plane, long pixels) {
  for (long p = 0; p < pixels; p++, a += a_step, g += g_step) {
    wide right[OUTER_COLUMNS];
    UNROLL for (long j = 0; j < registers_of(blocks); j++)
      right[j] = load_parts(g + j * PARTS * g_plane, g_plane, parts_in(blocks, j));
    UNROLL for (long i = 0; i < rows; i++) {
      wide left = a[i];
      UNROLL for (long j = 0; j < registers_of(blocks); j++) sums[i][j] += left * right[j];
    }
  }
}

/// The same of one block where a register has two parts: sums[i][j], with i even, has those of rows i and i + 1 over
/// every other pixel from pixel j on.
INLINE void tile_outer_pairs(wide sums[TALL_OUTER_ROWS][OUTER_COLUMNS], const long rows, const float *a, long a_step,
                             const float *g, long g_step, long pixels) {
  for (long p = 0; p < pixels; p += 2)
    UNROLL for (long j = 0; j < 2; j++) {
      if (p + j == pixels) return;
      wide right = interleave(load(g + (p + j) * g_step), load(g + (p + j) * g_step));
      UNROLL for (long i = 0; i < rows; i += 2) sums[i][j] += load_pair(a + (p + j) * a_step + i) * right;
    }
}
