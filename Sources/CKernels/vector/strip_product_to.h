// How the product of weights with a strip leaves the registers, for results of one type, DESTINATION: included once for each.

/// Leaves the first `parts` parts of a register `plane` floats apart, and counts them.
OVERLOADED void leave_result(DESTINATION *to, long plane, const long parts, wide v, const int adds, strip_sums *sums,
                             const long j, const long turn) {
  count_result(sums, j, turn, v);
  store_parts(to, plane, parts, adds ? load_parts(to, plane, parts) + v : v);
}

/// Leaves a whole tile of neighbouring pixels.
OVERLOADED void leave_tile(const strip_product *s, const int adds, const int alternates, const long rows,
                           const long blocks, DESTINATION *to, wide tile[TALL_ROWS][TILE_COLUMNS], strip_sums *sums) {
  const long registers = registers_of(blocks);
  long plane = s->plane;
  if (blocks < PARTS) {
    UNROLL for (long i = 0; i < rows; i += PARTS) {
      wide v = count_result(sums, 0, i / PARTS % 2, tile[i][0]);
      store_wide(to + i * VW, adds ? load_wide(to + i * VW) + v : v);
    }
    return;
  }
  UNROLL for (long i = 0; i < rows; i++) UNROLL for (long j = 0; j < registers; j++)
    leave_result(to + j * PARTS * plane + i * VW, plane, parts_in(blocks, j), tile[i][j], adds, sums,
                 j, registers == 1 || alternates ? i % 2 : 0);
}

/// Leaves the first `left` pixels of a tile, of which `fits` are in the first row.
OVERLOADED void leave_pixels(const strip_product *s, const long rows, const long blocks, DESTINATION *to,
                         wide tile[TALL_ROWS][TILE_COLUMNS], long left, long fits, strip_sums *sums) {
  const long registers = registers_of(blocks);
  long plane = s->plane;
  wide kept[TALL_ROWS][TILE_COLUMNS];
  spread_tile(kept, rows, blocks, tile);
  for (long i = 0; i < left; i++) {
    DESTINATION *at = to + i * VW + (i < fits ? 0 : ((i - fits) / s->row + 1) * s->gap);
    UNROLL for (long j = 0; j < registers; j++) {
      DESTINATION *register_at = at + j * PARTS * plane;
      if (s->accumulate) leave_result(register_at, plane, parts_in(blocks, j), kept[i][j], 1, sums, j, 0);
      else leave_result(register_at, plane, parts_in(blocks, j), kept[i][j], 0, sums, j, 0);
    }
  }
}

/// Some blocks of the result.
OVERLOADED void multiply_strip_columns(const strip_product *s, DESTINATION *to, const int alternates, const long blocks,
                                       long column, nas_sums sums) {
  const long rows = tile_rows(blocks);
  product p = s->product;
  p.weights += column * VW;
  if (p.bias) p.bias += column * VW;
  strip_sums found = {{{0}}, {{0}}};
  to += column * s->plane;
  for (long pixel = 0, fits = s->row; pixel < s->pixels; pixel += rows, to += rows * VW, fits -= rows) {
    // Counted along: a division would take longer than a row of the tile.
    for (; fits <= 0; fits += s->row) to += s->gap;
    wide tile[TALL_ROWS][TILE_COLUMNS];
    tile_sums(&p, VW, rows, blocks, pixel, tile);
    long left = smaller(rows, s->pixels - pixel);
    if (fits < rows || left < rows) leave_pixels(s, rows, blocks, to, tile, left, fits, &found);
    else if (s->accumulate) leave_tile(s, 1, alternates, rows, blocks, to, tile, &found);
    else leave_tile(s, 0, alternates, rows, blocks, to, tile, &found);
  }
  add_strip_sums(&found, blocks, column, sums);
}

static OVERLOAD void multiply_strip_one(const strip_product *s, DESTINATION *to, long column, nas_sums sums) {
  multiply_strip_columns(s, to, 1, 1, column, sums);
}
static OVERLOAD void multiply_strip_two(const strip_product *s, DESTINATION *to, long column, nas_sums sums) {
  if (s->alternates) multiply_strip_columns(s, to, 1, 2, column, sums);
  else multiply_strip_columns(s, to, 0, 2, column, sums);
}
#if TILE_BLOCKS > 2
static OVERLOAD void multiply_strip_three(const strip_product *s, DESTINATION *to, long column, nas_sums sums) {
  if (s->alternates) multiply_strip_columns(s, to, 1, 3, column, sums);
  else multiply_strip_columns(s, to, 0, 3, column, sums);
}
static OVERLOAD void multiply_strip_four(const strip_product *s, DESTINATION *to, long column, nas_sums sums) {
  if (s->alternates) multiply_strip_columns(s, to, 1, 4, column, sums);
  else multiply_strip_columns(s, to, 0, 4, column, sums);
}
#endif

/// All the blocks of the result, and the sums of it and of its square. Staged is whatever the product wants staged, also
/// what is longer than the strip.
static OVERLOAD void multiply_strip(strip_product s, DESTINATION *to, nas_sums sums) {
  ahead wanted = s.product.ahead;
  for (long column = 0; column < s.blocks; column += TILE_BLOCKS, s.product.ahead = (ahead){0})
    switch (smaller(TILE_BLOCKS, s.blocks - column)) {
      case 1: multiply_strip_one(&s, to, column, sums); break;
      case 2: multiply_strip_two(&s, to, column, sums); break;
#if TILE_BLOCKS > 2
      case 3: multiply_strip_three(&s, to, column, sums); break;
      case 4: multiply_strip_four(&s, to, column, sums); break;
#endif
    }
  stage_from(round_up(s.pixels, staging_rows(s.blocks)), wanted.staged, wanted.staged_count);
}
