// Pooling, forward. Rows of the image enter a ring that is kept as long as windows read them, so that all of the work
// stays in the first-level cache.
#pragma once

#include "pool_three.h"

typedef struct {
  nas_pool kind;
  pool_axis across, down;
  long next;  // image row that enters the ring next
  long rows;  // of the ring
  const float **taps;
  float *staged, *ring, *line, *zeros;
} pool_plan;

static long plan_pool(pool_plan *p, nas_pool kind, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  *p = (pool_plan){.kind = kind, .across = axis_across(w), .down = axis_down(w)};
  measure_axis(&p->across, &cursor);
  measure_axis(&p->down, &cursor);
  p->rows = rows_of_ring(&p->down);
  p->taps = (const float **)take(&cursor, larger(w->kernel_h, w->kernel_w) * 2);
  p->staged = take(&cursor, w->width * VW);
  p->ring = take(&cursor, p->rows * larger(w->width, w->out_width) * VW);
  p->line = take(&cursor, w->out_width * VW);
  p->zeros = take(&cursor, w->width * VW);
  return cursor.used;
}

/// Fetches, from as many pixels behind, what output row `oy` reads that none before it does, and where it goes.
INLINE void fetch_pooled(const pool_plan *p, nas_source x, nas_sink y, long block, long n, long oy) {
  const pool_axis *down = &p->down, *across = &p->across;
  long row = n * down->size + window_start(down, oy) + window_span(down) - down->stride;
  fetch_pixels(source_at(x, block, row * across->size + PIXELS_AHEAD), down->stride * across->size);
  fetch_pixels(sink_at(y, block, (n * down->outputs + oy) * across->outputs + PIXELS_AHEAD), across->outputs);
}

INLINE int has_sums(nas_sums sums) { return sums.first || sums.second; }

/// An image whose rows' columns are combined before the rows.
static void pool_image(pool_plan *p, nas_source x, nas_sink y, long block, long n, nas_sums sums) {
  const pool_axis *down = &p->down, *across = &p->across;
  long width = across->outputs;
  int plain = is_plain(x);
  for (long oy = 0; oy < down->outputs; oy++) {
    fetch_pooled(p, x, y, block, n, oy);
    for (; p->next < smaller(window_start(down, oy) + window_span(down), down->size); p->next++) {
      long pixel = (n * down->size + p->next) * across->size;
      if (!plain) stage_source(x, block, pixel, across->size, p->staged);
      combine_columns(p->kind, across, plain ? source_floats(x, block, pixel) : p->staged, p->taps,
                      ring_row(p->ring, p->rows, width, p->next));
    }
    long count = taps_inside(down, oy), pixel = (n * down->outputs + oy) * width;
    for (long k = 0; k < count; k++) p->taps[k] = ring_row(p->ring, p->rows, width, tap_at(down, oy, k));
    float *to = !STORES_FLOATS || y.accumulate || has_sums(sums) ? p->line : as_floats(sink_at(y, block, pixel));
    combine_rows(p->kind, count, p->taps, width, 1 / (float)taps_counted(down, oy), to);
    if (to == p->line) write_result(to, y, block, pixel, width, sums);
  }
}

/// An image of 3×3 windows.
static void pool_image_three(pool_plan *p, nas_source x, nas_sink y, long block, long n, nas_sums sums) {
  const pool_axis *down = &p->down, *across = &p->across;
  int plain = is_plain(x);
  for (long oy = 0; oy < down->outputs; oy++) {
    fetch_pooled(p, x, y, block, n, oy);
    long start = window_start(down, oy), first = n * down->size, pixel = (n * down->outputs + oy) * across->outputs;
    for (; !plain && p->next < smaller(start + 3, down->size); p->next++)
      stage_source(x, block, (first + p->next) * across->size, across->size,
                   ring_row(p->ring, p->rows, across->size, p->next));
    const float *rows[3];
    for (long k = 0; k < 3; k++) {
      long from = standing_row(p->kind, down, start, start + k);
      if (from < 0) rows[k] = p->zeros;
      else if (plain) rows[k] = source_floats(x, block, (first + from) * across->size);
      else rows[k] = ring_row(p->ring, p->rows, across->size, from);
    }
    float *to = !STORES_FLOATS || has_sums(sums) ? p->line : as_floats(sink_at(y, block, pixel));
    three_factors factors = average_factors(across, taps_counted(down, oy));
    combine_three_rows(p->kind, to != p->line && y.accumulate, across, rows, factors, to);
    if (to == p->line) write_result(to, y, block, pixel, across->outputs, sums);
  }
}

static void pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1, nas_sums sums,
                         float *scratch) {
  pool_plan p;
  plan_pool(&p, kind, w, scratch);
  int three = has_three_neighbours(&p.across) && has_three_neighbours(&p.down);
  memset(p.zeros, 0, sizeof(float) * (size_t)(w->width * VW));
  for (long block = 0; block < w->in_blocks; block++)
    for (long n = n0; n < n1; n++) {
      p.next = 0;
      if (three) pool_image_three(&p, x, y, block, n, sums);
      else pool_image(&p, x, y, block, n, sums);
    }
}
