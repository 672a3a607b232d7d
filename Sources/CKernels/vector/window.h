// Sliding windows over an image, CHUNK channels at a time: the rows that one output row reads are kept in a ring, with
// their padding written out, so that the kernels have no edges. Gradients of those rows have a ring of the same shape.
#pragma once

#include "operand.h"

#define CHUNK 16   // channels: one cache line
#define PIXELS 8  // output pixels that are computed together; rows are padded to a multiple of it

/// The staged rows of one image and one chunk of channels. Column j is image column j - left; the window of output
/// column 0 starts at column `shift` (not 0 where the geometry crops the image).
typedef struct {
  const nas_window *w;
  long span;  // image rows from the first to the last that a window reads
  long left, shift, columns, out_columns;
  long staged, written;  // image rows that are staged, and whose gradient is written
  float *ring, *outside;
  float *gradient_ring, *spill;
  const float **rows;  // [kernel_h]: where each row of the current window starts
  float **targets;     // the same of the gradient rows
  float *line, *second_line;  // one output row, one row of `columns`
} window_stage;

INLINE long inside(long low, long v, long high) { return larger(low, smaller(v, high)); }

static void plan_window(window_stage *s, const nas_window *w, scratch_cursor *cursor) {
  long span_w = (w->kernel_w - 1) * w->dilation_w + 1;
  s->w = w;
  s->span = (w->kernel_h - 1) * w->dilation_h + 1;
  s->left = larger(w->pad_left, 0);
  s->shift = s->left - w->pad_left;
  s->out_columns = round_up(w->out_width, PIXELS);
  s->columns = larger(s->shift + (s->out_columns - 1) * w->stride_w + span_w, s->left + round_up(w->width, PIXELS));
  long row = s->columns * CHUNK;
  s->ring = take(cursor, s->span * row);
  s->outside = take(cursor, row);
  s->gradient_ring = take(cursor, s->span * row);
  s->spill = take(cursor, row);
  s->rows = (const float **)take(cursor, 2 * w->kernel_h);
  s->targets = (float **)take(cursor, 2 * w->kernel_h);
  s->line = take(cursor, s->out_columns * CHUNK);
  s->second_line = take(cursor, row);
}

INLINE void fill_columns(float *row, long from, long to, vector value) {
  for (long i = from * CHUNK; i < to * CHUNK; i += VW) store(row + i, value);
}

/// Starts an image.
static void begin_image(window_stage *s, float padding, int gradients) {
  s->staged = s->written = 0;
  fill_columns(s->outside, 0, s->columns, padding);
  if (!gradients) return;
  fill_columns(s->spill, 0, s->columns, 0);
  memset(s->gradient_ring, 0, sizeof(float) * (size_t)(s->span * s->columns * CHUNK));
}

INLINE float *ring_row(const window_stage *s, float *ring, long y) { return ring + y % s->span * s->columns * CHUNK; }

/// Stages the rows that output row `oy` of image `n` reads and points `rows` at them.
static void stage_rows(window_stage *s, nas_source x, long n, long oy, long lanes, float padding) {
  const nas_window *w = s->w;
  long top = oy * w->stride_h - w->pad_top, end = smaller(w->height, top + s->span);
  long last = smaller(s->left + w->width, s->columns);
  for (long y = larger(s->staged, top); y < end; y++) {
    float *row = ring_row(s, s->ring, y);
    fill_columns(row, 0, s->left, padding);
    stage_source(x, (n * w->height + y) * w->width, last - s->left, lanes, row + s->left * CHUNK, CHUNK);
    fill_columns(row, last, s->columns, padding);
  }
  s->staged = larger(s->staged, end);
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long y = top + ky * w->dilation_h;
    s->rows[ky] = (y < 0 || y >= w->height ? s->outside : ring_row(s, s->ring, y)) + s->shift * CHUNK;
  }
}

/// Writes the gradients of rows before `end`, which no later window reads, and clears them.
static void close_gradients(window_stage *s, nas_source x, nas_sink dx, long n, long end, long lanes) {
  const nas_window *w = s->w;
  for (; s->written < smaller(end, w->height); s->written++) {
    float *row = ring_row(s, s->gradient_ring, s->written);
    long pixel = (n * w->height + s->written) * w->width;
    if (dx.data) write_masked(x, row + s->left * CHUNK, CHUNK, dx, pixel, w->width, lanes);
    memset(row, 0, sizeof(float) * (size_t)(s->columns * CHUNK));
  }
}

/// Points `targets` at the gradients of the rows that output row `oy` reads, after writing the rows before them: their
/// places in the ring are wanted.
static void open_gradients(window_stage *s, nas_source x, nas_sink dx, long n, long oy, long lanes) {
  const nas_window *w = s->w;
  close_gradients(s, x, dx, n, oy * w->stride_h - w->pad_top, lanes);
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long y = oy * w->stride_h - w->pad_top + ky * w->dilation_h;
    s->targets[ky] = (y < 0 || y >= w->height ? s->spill : ring_row(s, s->gradient_ring, y)) + s->shift * CHUNK;
  }
}
