// The product of weights with a strip: some pixels whose blocks lie in the nearest cache. The result leaves the
// registers for where it is wanted, and is counted on the way.
#pragma once

#include "operand.h"
#include "products.h"

typedef struct {
  product product;  // of a strip that can be read up to a whole tile; `to` is not looked at
  long pixels, columns;
  nas_sink to;
  long row, gap;  // every `row` pixels of the result are followed by `gap` floats
} strip_product;

/// Leaves one vector and counts it.
INLINE void leave_result(float *to, vector v, int accumulate, vector *first, vector *second) {
  store(to, accumulate ? load(to) + v : v);
  *first += v;
  *second += v * v;
}

/// One or two blocks of the result. Sums go to two accumulators each, whose additions need not wait for each other.
INLINE void multiply_strip_columns(const strip_product *s, const long columns, long column, nas_sums sums) {
  const long rows = columns == 1 ? TALL_ROWS : TILE_ROWS;
  product p = s->product;
  p.weights += column * VW;
  if (p.bias) p.bias += column * VW;
  vector first[2] = {0}, second[2] = {0};
  for (long pixel = 0; pixel < s->pixels; pixel += rows) {
    vector tile[TALL_ROWS][TILE_COLUMNS];
    tile_sums(&p, VW, rows, columns, pixel, tile);
    float *to = s->to.data + column * s->to.plane + pixel * VW + pixel / s->row * s->gap;
    long fits = s->row - pixel % s->row, left = smaller(rows, s->pixels - pixel);
    if (fits >= rows && left == rows) {
      UNROLL for (long i = 0; i < rows; i++) UNROLL for (long j = 0; j < columns; j++) {
        long k = columns == 1 ? i % 2 : j;
        leave_result(to + j * s->to.plane + i * VW, tile[i][j], s->to.accumulate, &first[k], &second[k]);
      }
      continue;
    }
    for (long i = 0; i < left; i++)
      for (long j = 0; j < columns; j++) {
        float *at = to + j * s->to.plane + i * VW + (i < fits ? 0 : ((i - fits) / s->row + 1) * s->gap);
        leave_result(at, tile[i][j], s->to.accumulate, &first[j], &second[j]);
      }
  }
  if (columns == 1) {
    add_sums(sums, column, first[0] + first[1], second[0] + second[1]);
  } else {
    UNROLL for (long j = 0; j < columns; j++) add_sums(sums, column + j, first[j], second[j]);
  }
}

static void multiply_strip_wide(const strip_product *s, long column, nas_sums sums) {
  multiply_strip_columns(s, TILE_COLUMNS, column, sums);
}

static void multiply_strip_tall(const strip_product *s, long column, nas_sums sums) {
  multiply_strip_columns(s, 1, column, sums);
}

/// All the blocks of the result, and the sums of it and of its square.
static void multiply_strip(strip_product s, nas_sums sums) {
  long column = 0;
  for (; column + TILE_COLUMNS <= s.columns; column += TILE_COLUMNS, s.product.ahead.count = 0)
    multiply_strip_wide(&s, column, sums);
  for (; column < s.columns; column++, s.product.ahead.count = 0) multiply_strip_tall(&s, column, sums);
}
