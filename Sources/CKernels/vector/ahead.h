// What will be wanted soon, made ready while a product is computed, so that memory and the units that copy work while those
// that multiply do: fetched into the cache, or staged, which is copied to floats and transformed.
#pragma once

#include "access.h"

/// `pixels` neighbouring pixels of a block that are staged: scale * from + shift, of a gradient behind a normalisation
/// scale * from + (slope * z + shift). Where `gap` is not 0, that many floats follow every `row` pixels in `to`.
typedef struct {
  const stored *from, *z;  // z: NULL but for that gradient
  const float *scale, *shift, *slope;  // of the block; scale and shift NULL where there are none
  int relu;
  float *to;
  long pixels, row, gap;
} staging;

/// Fetched: of `count` blocks as many pixels as the product has; `share` blocks with each slice. Staged: as many pixels of
/// `staged_count` blocks, `staged_share` with each slice.
typedef struct {
  const stored **blocks;
  long count, share;
  const staging *staged;
  long staged_count, staged_share;
} ahead;

INLINE ahead ahead_of(const stored **blocks, long count, const staging *staged, long staged_count, long slices) {
  return (ahead){blocks, count, (count + slices - 1) / slices, staged, staged_count, (staged_count + slices - 1) / slices};
}

/// The blocks ahead that are fetched with one slice.
typedef struct {
  const stored **blocks;
  long count;
} fetched_tile;

INLINE fetched_tile fetched_tile_of(const ahead *a, long slice) {
  long first = smaller(slice * a->share, a->count);
  return (fetched_tile){a->blocks + first, smaller(a->share, a->count - first)};
}

// Whether they are fetched line by line between the steps of a slice, since a processor has few fetches under way, and not all
// at once when it begins. Where registers are few, or hold two pixels, that takes longer than it spares.
#define SPREADS_FETCHES (NAS_REGISTERS >= 32 && PARTS == 1)

/// Of every block as many pixels as a register holds, from `pixel` on.
INLINE void fetch_parts(fetched_tile t, long pixel) {
  for (long i = 0; i < t.count; i++) fetch(t.blocks[i] + pixel * VW);
}
/// Of every block pixels `row` ..< row + rows, which leaves none to be fetched.
INLINE void fetch_tile(fetched_tile *t, const long rows, long row) {
  for (; t->count > 0; t->blocks++, t->count--) fetch_pixels(*t->blocks + row * VW, rows);
}

/// The coefficients of a staged block.
typedef struct {
  wide scale, shift, slope, least;
} staging_coefficients;

INLINE staging_coefficients staging_coefficients_of(const staging *s) {
  staging_coefficients c = {1, 0, 0, s->relu ? (wide)0 : (wide)(-__builtin_inff())};
  if (s->scale) c.scale = repeat(load(s->scale)), c.shift = repeat(load(s->shift));
  if (s->z) c.slope = repeat(load(s->slope));
  return c;
}

/// Stages pixels that lie in one row from `pixel` on, as many as a register has; `to` is where pixel 0 of the row would go.
INLINE void stage_parts(const staging *s, staging_coefficients c, long pixel, float *to) {
  const stored *from = s->from + pixel * VW;
  int whole = PARTS == 1 || pixel + 1 < s->pixels;
  wide v = whole ? load_wide(from) : load_pixels(from, 1);
  if (s->z) {
    const stored *z = s->z + pixel * VW;
    v = c.scale * v + (c.slope * (whole ? load_wide(z) : load_pixels(z, 1)) + c.shift);
  } else {
    v = v * c.scale + c.shift;
  }
  v = v < c.least ? c.least : v;  // NaN passes
  if (whole) store_wide(to + pixel * VW, v);
  else store_pixels(to + pixel * VW, 1, v);
}

INLINE float *staged_row(const staging *s, long pixel) { return s->gap ? s->to + pixel / s->row * s->gap : s->to; }

/// Stages pixels `first` ... of `count` blocks.
static void stage_from(long first, const staging *s, long count) {
  for (const staging *end = s + count; s < end; s++) {
    staging_coefficients c = staging_coefficients_of(s);
    for (long row = first, next; row < s->pixels; row = next) {
      next = s->gap ? smaller((row / s->row + 1) * s->row, s->pixels) : s->pixels;
      float *to = staged_row(s, row);
      for (long pixel = row; pixel < next; pixel += PARTS) stage_parts(s, c, pixel, to);
    }
  }
}
