// The product of a gradient with transposed weights that leaves the registers as the gradient of a 1×1 convolution's operand:
// where the operand passed its relu, added to what is there if the sink accumulates, and counted on the way.
#pragma once

#include "operand.h"
#include "products.h"

typedef struct {
  product product;  // of pixels that can be read up to a whole tile; `to` is not looked at
  nas_source x;
  nas_sink dx;
  long pixel, pixels;  // of the operand
} gradient_product;

/// One register of a row of the tile: where its first pixel is read and left, and what was left.
typedef struct {
  const stored *raw;
  stored *to;
  affine transform;
  wide totals[2], products[2];
} gradient_column;

/// Where register `j` holds blocks `block` + j * PARTS ..., or two pixels of one.
INLINE gradient_column gradient_column_of(const gradient_product *g, const long blocks, long block, long j) {
  long first = block + j * PARTS;
  gradient_column c = {.raw = source_at(g->x, first, g->pixel), .to = sink_at(g->dx, first, g->pixel)};
  c.transform = load_affine(g->x, first);
  if (g->x.scale && parts_in(blocks, j) > 1) {
    affine second = load_affine(g->x, first + 1);
    c.transform.scale = join(part_of(c.transform.scale, 0), part_of(second.scale, 0));
    c.transform.shift = join(part_of(c.transform.shift, 0), part_of(second.shift, 0));
  }
  return c;
}

/// Leaves the first `parts` parts of a register, `plane` values apart in dx, at pixel `at`.
INLINE void leave_product(gradient_column *c, const gradient_product *g, int reads, long raw_plane, long to_plane, long at,
                          const long parts, const long turn, wide v) {
  wide raw = reads ? load_parts(c->raw + at * VW, raw_plane, parts) : (wide)0;
  stored *to = c->to + at * VW;
  if (g->x.relu) v = where_positive(raw * c->transform.scale + c->transform.shift, v);
  if (g->dx.accumulate) v += load_parts(to, to_plane, parts);
  store_parts(to, to_plane, parts, v);
  c->totals[turn] += v;
  c->products[turn] += v * raw;
}

/// Leaves the first `left` pixels of a tile from pixel `row` on.
INLINE void leave_gradient_tile(gradient_column *columns, const gradient_product *g, int reads, const long rows,
                                const long blocks, long row, const long left, wide tile[TALL_ROWS][TILE_COLUMNS]) {
  const long step = blocks < PARTS ? PARTS : 1;
  UNROLL for (long i = 0; i < left; i += step) UNROLL for (long j = 0; j < registers_of(blocks); j++) {
    if (blocks < PARTS)
      leave_product(&columns[j], g, reads, VW, VW, row + i, smaller(PARTS, left - i), i / PARTS % 2, tile[i][j]);
    else
      leave_product(&columns[j], g, reads, g->x.plane, g->dx.plane, row + i, parts_in(blocks, j), i % 2, tile[i][j]);
  }
}

/// The same where `left` is less than the tile has.
INLINE void leave_last_gradients(gradient_column *columns, const gradient_product *g, int reads, const long rows,
                                 const long blocks, long row, long left, wide tile[TALL_ROWS][TILE_COLUMNS]) {
  wide kept[TALL_ROWS][TILE_COLUMNS];  // in memory, so that the tile itself need not be
  UNROLL for (long i = 0; i < rows; i++) UNROLL for (long j = 0; j < registers_of(blocks); j++)
    kept[i][j] = blocks < PARTS ? join(part_of(tile[i / PARTS * PARTS][j], i % PARTS), (vector)0) : tile[i][j];
  for (long i = 0; i < left; i++) {
    wide one[TALL_ROWS][TILE_COLUMNS];
    UNROLL for (long j = 0; j < registers_of(blocks); j++) one[0][j] = kept[i][j];
    leave_gradient_tile(columns, g, reads, rows, blocks, row + i, 1, one);
  }
}

/// `blocks` blocks of the operand from `block` on.
INLINE void multiply_gradient_columns(const gradient_product *g, const long blocks, long block, nas_sums sums) {
  const long rows = registers_of(blocks) == 1 ? TALL_ROWS : TILE_ROWS;
  int reads = g->x.relu || (g->x.data && sums.second);
  gradient_column columns[TILE_COLUMNS];
  UNROLL for (long j = 0; j < registers_of(blocks); j++) columns[j] = gradient_column_of(g, blocks, block, j);
  UNROLL for (long j = 0; j < registers_of(blocks); j++) UNROLL for (long k = 0; k < 2; k++)
    columns[j].totals[k] = columns[j].products[k] = 0;
  for (long row = 0; row < g->pixels; row += rows) {
    wide tile[TALL_ROWS][TILE_COLUMNS];
    tile_sums(&g->product, VW, rows, blocks, row, tile);
    if (row + rows <= g->pixels) leave_gradient_tile(columns, g, reads, rows, blocks, row, rows, tile);
    else leave_last_gradients(columns, g, reads, rows, blocks, row, g->pixels - row, tile);
  }
  UNROLL for (long j = 0; j < registers_of(blocks); j++) {
    wide total = columns[j].totals[0] + columns[j].totals[1];
    wide products = columns[j].products[0] + columns[j].products[1];
    if (blocks < PARTS) add_sums(sums, block, fold(total), fold(products));
    else
      UNROLL for (long i = 0; i < parts_in(blocks, j); i++)
        add_sums(sums, block + j * PARTS + i, part_of(total, i), part_of(products, i));
  }
}

/// At most TILE_BLOCKS blocks of the operand from `block` on, and the sums of them.
static void multiply_gradient(const gradient_product *g, long blocks, long block, nas_sums sums) {
  switch (blocks) {
    case 1: multiply_gradient_columns(g, 1, block, sums); break;
    case 2: multiply_gradient_columns(g, 2, block, sums); break;
#if TILE_BLOCKS > 2
    case 3: multiply_gradient_columns(g, 3, block, sums); break;
    case 4: multiply_gradient_columns(g, 4, block, sums); break;
#endif
  }
}
