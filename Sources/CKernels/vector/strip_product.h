// Matrix products of a strip: some pixels whose blocks lie in the first cache. They are what a 1×1 convolution within
// another kernel is made of.
#pragma once

#include "operand.h"
#include "tile.h"

typedef struct {
  const float *strip;  // blocks of `pixels` vectors, `plane` floats apart, readable up to a whole tile
  long plane, pixels, blocks;
  long part_blocks, last_lanes;  // as in nas_window
  const float *weights;          // [blocks * VW][out_blocks * VW]
  long out_blocks;
  const float *bias;  // [out_blocks * VW] or NULL
} strip_product;

/// The lanes of a block that hold channels.
INLINE long strip_lanes(long block, long part_blocks, long last_lanes) {
  return block % part_blocks == part_blocks - 1 ? last_lanes : VW;
}

/// Where a tile's sums lie. A wide tile is TILE_ROWS pixels by TILE_COLUMNS blocks; a tall one is of one block only and
/// has TILE_COLUMNS times the pixels, so that both have as many sums as the registers hold.
INLINE long tile_pixel(const int tall, long i, long j) { return tall ? j * TILE_ROWS + i : i; }
INLINE long tile_block(const int tall, long j) { return tall ? 0 : j; }

/// The sums of a tall tile: those of tile_multiply for one column, for two groups of rows.
INLINE void tall_multiply(vector sums[TILE_ROWS][TILE_COLUMNS], const float *a, long row_step, const float *b,
                          long b_width, long depth) {
  for (long k = 0; k < depth; k++, b += b_width) {
    vector right = load(b);
    UNROLL for (long j = 0; j < TILE_COLUMNS; j++)
      UNROLL for (long i = 0; i < TILE_ROWS; i++) sums[i][j] += (vector)a[(j * TILE_ROWS + i) * row_step + k] * right;
  }
}

INLINE void strip_tile(const strip_product *p, const int tall, long pixel, long column,
                          vector sums[TILE_ROWS][TILE_COLUMNS]) {
  UNROLL for (long j = 0; j < TILE_COLUMNS; j++) {
    vector start = p->bias ? load(p->bias + (column + tile_block(tall, j)) * VW) : (vector)0;
    UNROLL for (long i = 0; i < TILE_ROWS; i++) sums[i][j] = start;
  }
  long width = p->out_blocks * VW;
  for (long b = 0; b < p->blocks; b++) {
    const float *a = p->strip + b * p->plane + pixel * VW, *right = p->weights + b * VW * width + column * VW;
    long depth = strip_lanes(b, p->part_blocks, p->last_lanes);
    if (tall) tall_multiply(sums, a, VW, right, width, depth);
    else tile_multiply(sums, TILE_ROWS, TILE_COLUMNS, a, VW, right, width, depth);
  }
}

/// Leaves one vector and counts it.
INLINE void leave_vector(float *to, vector v, int accumulate, vector *first, vector *second) {
  store(to, accumulate ? load(to) + v : v);
  *first += v;
  *second += v * v;
}

/// One column of tiles. A result of `row` pixels is followed by a gap of `gap` floats.
INLINE void multiply_column(const strip_product *p, const int tall, long column, nas_sink y, long row, long gap,
                            nas_sums sums) {
  const long count = tall ? TILE_COLUMNS * TILE_ROWS : TILE_ROWS;
  vector first[TILE_COLUMNS] = {0}, second[TILE_COLUMNS] = {0};
  for (long pixel = 0; pixel < p->pixels; pixel += count) {
    vector tile[TILE_ROWS][TILE_COLUMNS];
    strip_tile(p, tall, pixel, column, tile);
    float *to = y.data + column * y.plane + pixel * VW + pixel / row * gap;
    long fits = row - pixel % row, left = smaller(count, p->pixels - pixel);
    if (fits >= count && left >= count) {
      UNROLL for (long j = 0; j < TILE_COLUMNS; j++) UNROLL for (long i = 0; i < TILE_ROWS; i++)
        leave_vector(to + tile_block(tall, j) * y.plane + tile_pixel(tall, i, j) * VW, tile[i][j], y.accumulate,
                     &first[j], &second[j]);
      continue;
    }
    for (long j = 0; j < TILE_COLUMNS; j++)
      for (long i = 0; i < TILE_ROWS; i++) {
        long at = tile_pixel(tall, i, j);
        if (at >= left) break;
        leave_vector(to + tile_block(tall, j) * y.plane + at * VW + (at >= fits ? (at - fits) / row + 1 : 0) * gap,
                     tile[i][j], y.accumulate, &first[j], &second[j]);
      }
  }
  UNROLL for (long j = 0; j < TILE_COLUMNS; j++)
    add_sums(sums, column + tile_block(tall, j), first[j], second[j]);
}

static void multiply_wide(const strip_product *p, long column, nas_sink y, long row, long gap, nas_sums sums) {
  multiply_column(p, 0, column, y, row, gap, sums);
}

static void multiply_tall(const strip_product *p, long column, nas_sink y, long row, long gap, nas_sums sums) {
  multiply_column(p, 1, column, y, row, gap, sums);
}

/// y = strip · weights + bias, and its sums. Rows of `row` pixels of the result lie `gap` floats apart.
static void multiply_strip(const strip_product *p, nas_sink y, long row, long gap, nas_sums sums) {
  long column = 0;
  for (; column + TILE_COLUMNS <= p->out_blocks; column += TILE_COLUMNS) multiply_wide(p, column, y, row, gap, sums);
  for (; column < p->out_blocks; column++) multiply_tall(p, column, y, row, gap, sums);
}

// The product of two strips, over their pixels: rows are lanes of one, columns blocks of the other.
#define STRIP_OUTER_ROWS (VW < 8 ? VW : VW / 2)

/// to[lane][column] += sum over pixels of a[lane] * g[column], for STRIP_OUTER_ROWS lanes and one or two columns; `width` is of `to`.
INLINE void strip_outer(const float *a, const float *g, long g_plane, long pixels, float *to, long width,
                       const long columns) {
  vector sums[TILE_ROWS][TILE_COLUMNS];
  UNROLL for (long i = 0; i < STRIP_OUTER_ROWS; i++) UNROLL for (long j = 0; j < columns; j++) sums[i][j] = 0;
  tile_outer(sums, STRIP_OUTER_ROWS, columns, a, VW, g, VW, g_plane, pixels);
  UNROLL for (long i = 0; i < STRIP_OUTER_ROWS; i++) UNROLL for (long j = 0; j < columns; j++)
    add_to(to + i * width + j * VW, sums[i][j]);
}

/// The same for all the lanes of a block and one column.
INLINE void outer_block(const float *a, const float *g, long pixels, float *to, long width) {
  vector sums[VW];
  UNROLL for (long i = 0; i < VW; i++) sums[i] = 0;
  for (long p = 0; p < pixels; p++, a += VW, g += VW) {
    vector right = load(g);
    UNROLL for (long i = 0; i < VW; i++) sums[i] += (vector)a[i] * right;
  }
  UNROLL for (long i = 0; i < VW; i++) add_to(to + i * width, sums[i]);
}

/// to [blocks * VW][columns * VW] += strip, transposed, · g, for all of a strip's blocks; `p` says nothing of weights here.
static void multiply_strips(const float *strip, const float *g, long plane, long pixels, long blocks, long columns,
                            long part_blocks, long last_lanes, float *to) {
  long width = columns * VW;
  for (long column = 0; column < columns; column += TILE_COLUMNS)
    for (long b = 0; b < blocks; b++) {
      const float *a = strip + b * plane, *right = g + column * plane;
      float *at = to + b * VW * width + column * VW;
      if (column + 1 == columns) {
        outer_block(a, right, pixels, at, width);
        continue;
      }
      long lanes = strip_lanes(b, part_blocks, last_lanes);
      for (long i = 0; i < lanes; i += STRIP_OUTER_ROWS)
        strip_outer(a + i, right, plane, pixels, at + i * width, width, TILE_COLUMNS);
    }
}
