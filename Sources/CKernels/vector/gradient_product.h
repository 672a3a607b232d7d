// The product of a gradient with transposed weights that leaves the registers as the gradient of a 1×1 convolution's operand:
// where the operand passed its relu, added to what is there if the sink accumulates, and counted on the way.
#pragma once

#include "strip_product.h"

typedef struct {
  product product;  // of pixels that can be read up to a whole tile; `to` is not looked at
  nas_source x;
  nas_sink dx;
  long pixel, pixels;  // of the operand
  // A rectified operand's blocks as they are staged, or NULL: without sums they say all that is wanted of it, from nearer.
  const float *staged;
  long staged_plane;
} gradient_product;

/// One register of a row of the tile: where its first pixel is read and left.
typedef struct {
  const stored *raw;
  const float *staged;
  stored *to;
  affine transform;
} gradient_column;

/// Where register `j` holds blocks `block` + j * PARTS ..., or two pixels of one.
INLINE gradient_column gradient_column_of(const gradient_product *g, const long blocks, long block, long j) {
  long first = block + j * PARTS;
  gradient_column c = {.raw = source_at(g->x, first, g->pixel), .to = sink_at(g->dx, first, g->pixel)};
  c.transform = load_affine(g->x, first);
  if (g->staged) c.staged = g->staged + j * PARTS * g->staged_plane;
  if (g->x.scale && parts_in(blocks, j) > 1) {
    affine second = load_affine(g->x, first + 1);
    c.transform.scale = join(part_of(c.transform.scale, 0), part_of(second.scale, 0));
    c.transform.shift = join(part_of(c.transform.shift, 0), part_of(second.shift, 0));
  }
  return c;
}

/// Values between two parts of a register, where it is read and left.
typedef struct {
  long raw, staged, to;
} part_planes;

/// Leaves the first `parts` parts of register `j` of a row at pixel `at`, and counts them in accumulator `turn` if there are `sums`;
/// else the operand is staged.
INLINE void leave_product(const gradient_column *c, const gradient_product *g, int reads, const part_planes planes, long at,
                          const long parts, wide v, strip_sums *sums, const long j, const long turn) {
  wide raw = sums && reads ? load_parts(c->raw + at * VW, planes.raw, parts) : (wide)0;
  stored *to = c->to + at * VW;
  if (!sums) v = where_positive(load_parts(c->staged + at * VW, planes.staged, parts), v);
  else if (g->x.relu) v = where_positive(raw * c->transform.scale + c->transform.shift, v);
  if (g->dx.accumulate) v += load_parts(to, planes.to, parts);
  store_parts(to, planes.to, parts, v);
  if (!sums) return;
  sums->first[j][turn] += v;
  sums->second[j][turn] += v * raw;
}

/// Leaves the first `left` pixels of a tile from pixel `row` on, and counts them if there are `sums`.
INLINE void leave_gradient_tile(const gradient_column *columns, const gradient_product *g, int reads, const long blocks,
                                long row, const long left, wide tile[TALL_ROWS][TILE_COLUMNS], strip_sums *sums) {
  const long step = blocks < PARTS ? PARTS : 1;
  const part_planes pixels = {VW, VW, VW}, planes = {g->x.plane, g->staged_plane, g->dx.plane};
  UNROLL for (long i = 0; i < left; i += step) UNROLL for (long j = 0; j < registers_of(blocks); j++) {
    if (blocks < PARTS)
      leave_product(&columns[j], g, reads, pixels, row + i, smaller(PARTS, left - i), tile[i][j], sums, j, i / PARTS % 2);
    else leave_product(&columns[j], g, reads, planes, row + i, parts_in(blocks, j), tile[i][j], sums, j, i % 2);
  }
}

/// `blocks` blocks of the operand from `block` on; not counted, they are staged.
INLINE void multiply_gradient_columns(const gradient_product *g, const int counts, const long blocks, long block,
                                      nas_sums sums) {
  const long rows = tile_rows(blocks);
  int reads = g->x.relu || (g->x.data && sums.second);
  gradient_column columns[TILE_COLUMNS];
  UNROLL for (long j = 0; j < registers_of(blocks); j++) columns[j] = gradient_column_of(g, blocks, block, j);
  strip_sums all = {{{0}}, {{0}}}, *found = counts ? &all : NULL;
  for (long row = 0; row < g->pixels; row += rows) {
    wide tile[TALL_ROWS][TILE_COLUMNS];
    tile_sums(&g->product, VW, rows, blocks, row, tile);
    if (row + rows <= g->pixels) {
      leave_gradient_tile(columns, g, reads, blocks, row, rows, tile, found);
      continue;
    }
    wide kept[TALL_ROWS][TILE_COLUMNS];
    spread_tile(kept, rows, blocks, tile);
    for (long i = 0; row + i < g->pixels; i++) leave_gradient_tile(columns, g, reads, blocks, row + i, 1, kept + i, found);
  }
  if (counts) add_strip_sums(&all, blocks, block, sums);
}

/// At most TILE_BLOCKS blocks of the operand from `block` on, and the sums of them.
static void multiply_gradient(const gradient_product *g, long blocks, long block, nas_sums sums) {
#define COLUMNS(blocks)                                                              \
  if (counts) multiply_gradient_columns(g, 1, blocks, block, sums);                  \
  else multiply_gradient_columns(g, 0, blocks, block, sums)
  int counts = sums.first || sums.second || !g->staged;
  switch (blocks) {
    case 1: COLUMNS(1); break;
    case 2: COLUMNS(2); break;
#if TILE_BLOCKS > 2
    case 3: COLUMNS(3); break;
    case 4: COLUMNS(4); break;
#endif
  }
#undef COLUMNS
}
