// The matrix products of convolutions, cut into tiles whose sums stay in registers: pixels · weights, and for the
// gradient of the weights operandᵀ · gradient.
#pragma once

#include "tile.h"

// A tile of one column has twice the rows: as many sums, so that the latency of the additions stays hidden.
#define TALL_ROWS (2 * TILE_ROWS)
// Rows of the outer products divide the lanes of a block.
#define OUTER_ROWS (VW < 8 || NAS_REGISTERS < 32 ? 4 : 8)
#define TALL_OUTER_ROWS (VW < 2 * OUTER_ROWS ? VW : 2 * OUTER_ROWS)

#define CACHE_LINE 16  // floats

/// A slice of the depth of a product: the first `lanes` channels of a block, seen through one kernel position. Where it
/// starts, in floats from a pixel and from the weights.
typedef struct {
  long from, weights, lanes;
} slice;

/// What will be wanted soon, fetched from memory while a product is computed: of `count` blocks as many pixels as the
/// product has; `share` blocks with each slice.
typedef struct {
  const float **blocks;
  long count, share;
} ahead;

/// to = from · weights + bias, for neighbouring pixels.
typedef struct {
  const float *from;
  long from_step;  // floats between two pixels
  const slice *slices;
  long count;  // of the slices
  const float *weights;
  long width;         // floats of a row of weights
  const float *bias;  // or NULL
  float *to;
  long to_step, to_plane;  // floats between two pixels, two blocks
  ahead ahead;
} product;

/// Fetches pixels `row` ..< row + rows of the blocks ahead whose turn it is at slice `k`.
INLINE void fetch_ahead(const ahead *a, const long rows, long row, long k) {
  for (long i = k * a->share, end = smaller(i + a->share, a->count); i < end; i++) {
    const float *pixels = a->blocks[i] + row * VW;
    UNROLL for (long j = 0; j < rows; j += CACHE_LINE / VW) __builtin_prefetch(pixels + j * VW);
  }
}

/// The sums of `rows` pixels from `row` on.
INLINE void tile_sums(const product *p, const long from_step, const long rows, const long columns, long row,
                      vector sums[TALL_ROWS][TILE_COLUMNS]) {
  UNROLL for (long j = 0; j < columns; j++) {
    vector start = p->bias ? load(p->bias + j * VW) : (vector)0;
    UNROLL for (long i = 0; i < rows; i++) sums[i][j] = start;
  }
  const float *from = p->from + row * from_step;
  for (long k = 0; k < p->count; k++) {
    slice s = p->slices[k];
    if (p->ahead.count) fetch_ahead(&p->ahead, rows, row, k);
    tile_multiply(sums, rows, columns, from + s.from, from_step, p->weights + s.weights, p->width, s.lanes);
  }
}

INLINE void multiply_tile(const product *p, const long from_step, const long rows, const long columns, long row) {
  vector sums[TALL_ROWS][TILE_COLUMNS];
  tile_sums(p, from_step, rows, columns, row, sums);
  float *to = p->to + row * p->to_step;
  UNROLL for (long j = 0; j < columns; j++) {
    UNROLL for (long i = 0; i < rows; i++) store(to + i * p->to_step + j * p->to_plane, sums[i][j]);
  }
}

/// `rows` pixels, `columns` blocks of the result.
INLINE void multiply_columns(const product *p, const long from_step, long rows, const long columns) {
  const long tall = columns == 1 ? TALL_ROWS : TILE_ROWS;
  long i = 0;
  for (; i + tall <= rows; i += tall) multiply_tile(p, from_step, tall, columns, i);
  if (tall > TILE_ROWS && i + TILE_ROWS <= rows) {
    multiply_tile(p, from_step, TILE_ROWS, columns, i);
    i += TILE_ROWS;
  }
  switch (rows - i) {
    case 1: multiply_tile(p, from_step, 1, columns, i); break;
    case 2: multiply_tile(p, from_step, 2, columns, i); break;
    case 3: multiply_tile(p, from_step, 3, columns, i); break;
    case 4: multiply_tile(p, from_step, 4, columns, i); break;
    case 5: multiply_tile(p, from_step, 5, columns, i); break;
#if TILE_ROWS > 6
    case 6: multiply_tile(p, from_step, 6, columns, i); break;
    case 7: multiply_tile(p, from_step, 7, columns, i); break;
#endif
    default: break;
  }
}

/// A known step leaves the addresses to the instructions.
static void multiply(const product *p, long rows, long columns) {
  if (p->from_step == VW && columns == 2) multiply_columns(p, VW, rows, 2);
  else if (p->from_step == VW) multiply_columns(p, VW, rows, 1);
  else if (columns == 2) multiply_columns(p, p->from_step, rows, 2);
  else multiply_columns(p, p->from_step, rows, 1);
}

/// `lines` lines of neighbouring pixels of one block of an operand, and of the gradients that they meet.
typedef struct {
  const float *from;
  long from_step, from_line;  // floats between two pixels, two lines
  const float *gradient;
  long gradient_line, gradient_plane;
  long lines, pixels;
} strip;

INLINE void outer_tile(const strip *s, const long rows, const long columns, long row, float *dw, long width) {
  vector sums[TALL_OUTER_ROWS][TILE_COLUMNS];
  float *to = dw + row * width;
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < columns; j++) sums[i][j] = load(to + i * width + j * VW);
  }
  for (long y = 0; y < s->lines; y++)
    tile_outer(sums, rows, columns, s->from + y * s->from_line + row, s->from_step, s->gradient + y * s->gradient_line,
               VW, s->gradient_plane, s->pixels);
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < columns; j++) store(to + i * width + j * VW, sums[i][j]);
  }
}

INLINE void outer_columns(const strip *s, long lanes, const long columns, float *dw, long width) {
  const long tall = columns == 1 ? TALL_OUTER_ROWS : OUTER_ROWS;
  long i = 0;
  for (; i + tall <= lanes; i += tall) outer_tile(s, tall, columns, i, dw, width);
  if (tall > OUTER_ROWS && i + OUTER_ROWS <= lanes) {
    outer_tile(s, OUTER_ROWS, columns, i, dw, width);
    i += OUTER_ROWS;
  }
  switch (lanes - i) {
    case 1: outer_tile(s, 1, columns, i, dw, width); break;
    case 2: outer_tile(s, 2, columns, i, dw, width); break;
    case 3: outer_tile(s, 3, columns, i, dw, width); break;
#if VW > 8
    case 4: outer_tile(s, 4, columns, i, dw, width); break;
    case 5: outer_tile(s, 5, columns, i, dw, width); break;
    case 6: outer_tile(s, 6, columns, i, dw, width); break;
    case 7: outer_tile(s, 7, columns, i, dw, width); break;
#endif
    default: break;
  }
}

/// dw[lanes][blocks * VW] += strip of the operandᵀ · strip of the gradient, rows of dw `width` floats apart.
static void add_outer(const strip *s, long lanes, long blocks, float *dw, long width) {
  strip part = *s;
  for (long j = 0; j < blocks; j += 2, part.gradient += 2 * s->gradient_plane)
    if (j + 1 < blocks) outer_columns(&part, lanes, 2, dw + j * VW, width);
    else outer_columns(&part, lanes, 1, dw + j * VW, width);
}
