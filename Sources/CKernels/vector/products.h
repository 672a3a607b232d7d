// The matrix products of convolutions, cut into tiles whose sums stay in registers: pixels · weights, and for the
// gradient of the weights operandᵀ · gradient.
#pragma once

#include "ahead.h"
#include "tile.h"

/// A slice of the depth of a product: the first `lanes` channels of a block, seen through one kernel position. Where it
/// starts, in floats from a pixel and from the weights.
typedef struct {
  long from, weights, lanes;
} slice;

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

/// The lanes of the operand that one step multiplies.
INLINE long step_lanes(const long blocks) { return blocks < PARTS ? 2 : 1; }

/// One step of the product of a slice with `rows` pixels, if it has lane `k`; returns the lane that is next.
INLINE long multiply_lane(const product *p, const long from_step, const long rows, const long blocks, const float *from,
                          const float *weights, long lanes, long k, wide sums[TALL_ROWS][TILE_COLUMNS]) {
  if (k >= lanes) return k;
  tile_step(sums, rows, blocks, from + k, from_step, weights + k * p->width, p->width);
  return k + step_lanes(blocks);
}

/// The product of one slice with pixels `row` ..< row + rows, between whose steps the same pixels of `count` blocks are
/// staged, two at a time, since a low tile has fewer pixels than a slice has steps, and those of others are fetched.
INLINE void multiply_slice(const product *p, const long from_step, const long rows, const long blocks, long row, slice s,
                           const staging *staged, long count, fetched_tile fetched,
                           wide sums[TALL_ROWS][TILE_COLUMNS]) {
  const float *from = p->from + row * from_step + s.from, *weights = p->weights + s.weights;
  long k = 0;
  for (; count > 0; staged += 2, count -= 2, fetched.count = 0) {
    const staging *second = count > 1 ? staged + 1 : NULL;
    staging_coefficients c = staging_coefficients_of(staged), d = staging_coefficients_of(second ? second : staged);
    float *to = staged_row(staged, row), *second_to = second ? staged_row(second, row) : NULL;
    for (long pixel = row; pixel < row + rows; pixel += PARTS) {
      k = multiply_lane(p, from_step, rows, blocks, from, weights, s.lanes, k, sums);
      if (pixel < staged->pixels) stage_parts(staged, c, pixel, to);
      if (second && pixel < second->pixels) stage_parts(second, d, pixel, second_to);
      fetch_parts(fetched, pixel);
    }
  }
  for (long pixel = row; pixel < row + rows && fetched.count > 0; pixel += PARTS) {
    k = multiply_lane(p, from_step, rows, blocks, from, weights, s.lanes, k, sums);
    fetch_parts(fetched, pixel);
  }
  // The same step without multiply_lane's question, which would take longer.
  for (; k < s.lanes; k += step_lanes(blocks))
    tile_step(sums, rows, blocks, from + k, from_step, weights + k * p->width, p->width);
}

/// The sums of `rows` pixels from `row` on. Where less than a register's blocks are asked for, sums[i][0] has the pixels
/// from i on, for every i that is a multiple of PARTS.
INLINE void tile_sums(const product *p, const long from_step, const long rows, const long blocks, long row,
                      wide sums[TALL_ROWS][TILE_COLUMNS]) {
  UNROLL for (long j = 0; j < registers_of(blocks); j++) {
    wide start = p->bias ? load_pixels(p->bias + j * WIDE, parts_in(blocks, j)) : (wide)0;
    if (blocks < PARTS) start = interleave(part_of(start, 0), (vector)0);
    UNROLL for (long i = 0; i < rows; i++) sums[i][j] = start;
  }
  for (long k = 0; k < p->count; k++) {
    fetched_tile fetched = fetched_tile_of(&p->ahead, k);
    if (!SPREADS_FETCHES) fetch_tile(&fetched, rows, row);
    long first = smaller(k * p->ahead.staged_share, p->ahead.staged_count);
    long count = smaller(p->ahead.staged_share, p->ahead.staged_count - first);
    multiply_slice(p, from_step, rows, blocks, row, p->slices[k], p->ahead.staged + first, count, fetched, sums);
  }
  if (blocks < PARTS) add_pairs(sums, rows);
}

INLINE void multiply_tile(const product *p, const long from_step, const long rows, const long blocks, long row) {
  wide sums[TALL_ROWS][TILE_COLUMNS];
  tile_sums(p, from_step, rows, blocks, row, sums);
  float *to = p->to + row * p->to_step;
  if (blocks < PARTS) {
    UNROLL for (long i = 0; i < rows; i += PARTS)
      store_parts(to + i * p->to_step, p->to_step, smaller(PARTS, rows - i), sums[i][0]);
    return;
  }
  UNROLL for (long j = 0; j < registers_of(blocks); j++) {
    UNROLL for (long i = 0; i < rows; i++)
      store_parts(to + i * p->to_step + j * PARTS * p->to_plane, p->to_plane, parts_in(blocks, j), sums[i][j]);
  }
}

/// `rows` pixels, `blocks` blocks of the result.
INLINE void multiply_columns(const product *p, const long from_step, long rows, const long blocks) {
  const long tall = tile_rows(blocks);
  long i = 0;
  for (; i + tall <= rows; i += tall) multiply_tile(p, from_step, tall, blocks, i);
  if (tall > TILE_ROWS && i + TILE_ROWS <= rows) {
    multiply_tile(p, from_step, TILE_ROWS, blocks, i);
    i += TILE_ROWS;
  }
  switch (rows - i) {
    case 1: multiply_tile(p, from_step, 1, blocks, i); break;
    case 2: multiply_tile(p, from_step, 2, blocks, i); break;
    case 3: multiply_tile(p, from_step, 3, blocks, i); break;
    case 4: multiply_tile(p, from_step, 4, blocks, i); break;
    case 5: multiply_tile(p, from_step, 5, blocks, i); break;
#if TILE_ROWS > 6
    case 6: multiply_tile(p, from_step, 6, blocks, i); break;
    case 7: multiply_tile(p, from_step, 7, blocks, i); break;
#endif
    default: break;
  }
}

/// A known step leaves the addresses to the instructions.
static void multiply(const product *p, long rows, long blocks) {
  int follow = p->from_step == VW;
  switch (blocks) {
    case 1: return follow ? multiply_columns(p, VW, rows, 1) : multiply_columns(p, p->from_step, rows, 1);
    case 2: return follow ? multiply_columns(p, VW, rows, 2) : multiply_columns(p, p->from_step, rows, 2);
#if TILE_BLOCKS > 2
    case 3: return follow ? multiply_columns(p, VW, rows, 3) : multiply_columns(p, p->from_step, rows, 3);
    case 4: return follow ? multiply_columns(p, VW, rows, 4) : multiply_columns(p, p->from_step, rows, 4);
#endif
  }
}

/// `lines` lines of neighbouring pixels of one block of an operand, and of the gradients that they meet.
typedef struct {
  const float *from;
  long from_step, from_line;  // floats between two pixels, two lines
  const float *gradient;
  long gradient_line, gradient_plane;
  long lines, pixels;
} strip;

/// The tile of one block where a register has two parts.
INLINE void outer_tile_pairs(const strip *s, const long rows, long row, float *dw, long width) {
  wide sums[TALL_OUTER_ROWS][OUTER_COLUMNS];
  float *to = dw + row * width;
  UNROLL for (long i = 0; i < rows; i += 2) {
    sums[i][0] = interleave(load(to + i * width), load(to + (i + 1) * width));
    sums[i][1] = 0;
  }
  for (long y = 0; y < s->lines; y++)
    tile_outer_pairs(sums, rows, s->from + y * s->from_line + row, s->from_step, s->gradient + y * s->gradient_line, VW,
                     s->pixels);
  UNROLL for (long i = 0; i < rows; i += 2) {
    wide both = sums[i][0] + sums[i][1];
    store(to + i * width, even_lanes(both));
    store(to + (i + 1) * width, odd_lanes(both));
  }
}

INLINE void outer_tile(const strip *s, const long rows, const long blocks, long row, float *dw, long width) {
  if (blocks < PARTS) {
    outer_tile_pairs(s, rows, row, dw, width);
    return;
  }
  wide sums[TALL_OUTER_ROWS][OUTER_COLUMNS];
  float *to = dw + row * width;
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < registers_of(blocks); j++)
      sums[i][j] = load_pixels(to + i * width + j * WIDE, parts_in(blocks, j));
  }
  for (long y = 0; y < s->lines; y++)
    tile_outer(sums, rows, blocks, s->from + y * s->from_line + row, s->from_step, s->gradient + y * s->gradient_line,
               VW, s->gradient_plane, s->pixels);
  UNROLL for (long i = 0; i < rows; i++) {
    UNROLL for (long j = 0; j < registers_of(blocks); j++)
      store_pixels(to + i * width + j * WIDE, parts_in(blocks, j), sums[i][j]);
  }
}

/// The rows of the next tile where `left` lanes are left, up to a multiple of four: few rows have too few sums at a time
/// to hide the latency of the additions, so that some lanes without a channel, which are 0, cost nothing.
INLINE long outer_rows(long left, const long registers) {
  long rows = (left + 3) / 4 * 4;
  if (registers > 2) return WIDE_OUTER_ROWS;
  if (registers == 1) return smaller(rows, TALL_OUTER_ROWS);
  return rows == 12 && NAS_REGISTERS >= 32 ? rows : smaller(rows, OUTER_ROWS);
}

INLINE void outer_columns(const strip *s, long lanes, const long blocks, float *dw, long width) {
  for (long i = 0, rows; i < lanes; i += rows) {
    rows = outer_rows(lanes - i, registers_of(blocks));
    switch (rows) {
      case 4: outer_tile(s, 4, blocks, i, dw, width); break;
#if VW > 4
      case 8: outer_tile(s, 8, blocks, i, dw, width); break;
#endif
#if VW > 8
      case 12: outer_tile(s, 12, blocks, i, dw, width); break;
      case 16: outer_tile(s, 16, blocks, i, dw, width); break;
#endif
    }
  }
}

/// dw[lanes][blocks * VW] += strip of the operandᵀ · strip of the gradient, rows of dw `width` floats apart.
static void add_outer(const strip *s, long lanes, long blocks, float *dw, long width) {
  strip part = *s;
  for (long j = 0; j < blocks; j += OUTER_BLOCKS, part.gradient += OUTER_BLOCKS * s->gradient_plane) {
    float *to = dw + j * VW;
    switch (smaller(OUTER_BLOCKS, blocks - j)) {
      case 1: outer_columns(&part, lanes, 1, to, width); break;
      case 2: outer_columns(&part, lanes, 2, to, width); break;
#if OUTER_BLOCKS > 2
      case 3: outer_columns(&part, lanes, 3, to, width); break;
      case 4: outer_columns(&part, lanes, 4, to, width); break;
#endif
    }
  }
}
