// 1×1 convolutions: products of a few output pixels at a time, whose operand is staged transformed and without the pixels
// that a stride skips.
#pragma once

#include "operand.h"
#include "strip_product.h"

// Output pixels that are worked on at a time: so few that what is staged and fetched for them stays in the nearest
// cache, and so many that preparing them takes little of the time; multiples of the tiles' rows. The forward pass takes
// FORWARD_PIXELS, or several times as many while all of them are no more than those of so many blocks.
#define FORWARD_PIXELS TALL_ROWS
#define FORWARD_BLOCKS 24
#define FORWARD_TIMES 8  // at most
#define BACKWARD_PIXELS (48 * PARTS)
#define ROWS_AHEAD 4  // rows of a result whose pixels a strided convolution fetches ahead

typedef struct {
  const nas_window *w;
  int dense;  // output pixel i reads exactly pixel i
  long forward_pixels;
  slice *slices;
  const stored **ahead;
  staging *staged;
  float *operand, *gradient, *line;
} pointwise_plan;

INLINE int is_pointwise(const nas_window *w) { return w->kernel_h == 1 && w->kernel_w == 1; }

INLINE slice *take_slices(scratch_cursor *cursor, long count) {
  return (slice *)(void *)take(cursor, count * (long)(sizeof(slice) / sizeof(float)));
}

INLINE staging *take_stagings(scratch_cursor *cursor, long count) {
  return (staging *)(void *)take(cursor, count * (long)(sizeof(staging) / sizeof(float)));
}

/// The channels that block `block` of the operand holds.
INLINE long lanes_of(nas_lanes lanes, long block) { return (block + 1) % lanes.part_blocks ? VW : lanes.last_lanes; }

static pointwise_plan plan_pointwise(const nas_window *w, scratch_cursor *cursor) {
  pointwise_plan p = {.w = w};
  p.dense = w->stride_h == 1 && w->stride_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
            w->out_height == w->height && w->out_width == w->width;
  p.forward_pixels = FORWARD_PIXELS * larger(1, smaller(FORWARD_TIMES, FORWARD_BLOCKS / w->in_blocks));
  p.slices = take_slices(cursor, larger(w->in_blocks, w->out_blocks));
  long ahead = larger(w->in_blocks + w->out_blocks, 2 * TILE_BLOCKS + 2 * w->out_blocks);
  p.ahead = (const stored **)(void *)take(cursor, ahead * (long)(sizeof(stored *) / sizeof(float)));
  p.staged = take_stagings(cursor, larger(w->in_blocks, TILE_BLOCKS + w->out_blocks));
  p.operand = take(cursor, 2 * larger(w->in_blocks * p.forward_pixels, TILE_BLOCKS * BACKWARD_PIXELS) * VW);
  p.gradient = take(cursor, 2 * w->out_blocks * BACKWARD_PIXELS * VW);
  p.line = take(cursor, TILE_BLOCKS * BACKWARD_PIXELS * VW);
  return p;
}

/// Copies `count` pixels of one block that lie `step` pixels apart, transformed, and fetches those `ahead` pixels behind.
/// What lies behind the operand's end does no harm.
static void stage_apart(nas_source x, long block, long pixel, long step, long count, long ahead, float *to) {
  const stored *from = source_at(x, block, pixel);
  affine t = load_affine(x, block);
  long i = 0;
  for (; i + PARTS <= count; i += PARTS, from += PARTS * step * VW) {
    UNROLL for (long j = 0; j < PARTS; j++) fetch(from + (ahead + j * step) * VW);
    wide v = transform(load_parts(from, step * VW, PARTS), t, 0);
    store_wide(to + i * VW, x.relu ? relu(v) : v);
  }
  if (PARTS > 1 && i < count) {
    wide v = transform(load_pixels(from, 1), t, 0);
    store_pixels(to + i * VW, 1, x.relu ? relu(v) : v);
  }
}

/// Of the outputs from ..< to of a row that reads row y of the image, those that read a pixel inside it: first ..< end.
typedef struct {
  long first, end;
} readers;

INLINE readers readers_of(const nas_window *w, long y, long from, long to) {
  long first = w->pad_left > 0 ? (w->pad_left + w->stride_w - 1) / w->stride_w : 0, room = w->width + w->pad_left;
  long end = room > 0 ? (room + w->stride_w - 1) / w->stride_w : 0;
  first = y < 0 || y >= w->height ? to : smaller(larger(first, from), to);
  return (readers){first, larger(first, smaller(end, to))};
}

/// The pixels that the outputs ox ..< end of row oy of image `n` read; those outside the image are 0.
static void stage_run(const nas_window *w, nas_source x, long block, long n, long oy, long ox, long end, float *to) {
  long y = oy * w->stride_h - w->pad_top;
  readers r = readers_of(w, y, ox, end);
  clear(to, r.first - ox);
  if (r.first < r.end)
    stage_apart(x, block, (n * w->height + y) * w->width + r.first * w->stride_w - w->pad_left, w->stride_w,
                r.end - r.first, ROWS_AHEAD * w->stride_h * w->width, to + (r.first - ox) * VW);
  clear(to + (r.end - ox) * VW, end - r.end);
}

/// The pixels of one block that the outputs `pixel` ..< pixel + count of the batch read.
static void stage_pixels(const pointwise_plan *p, nas_source x, long block, long pixel, long count, float *to) {
  if (p->dense) {
    stage_source(x, block, pixel, count, to);
    return;
  }
  long width = p->w->out_width, height = p->w->out_height;
  for (long done = 0; done < count;) {
    long ox = (pixel + done) % width, line = (pixel + done) / width, run = smaller(width - ox, count - done);
    stage_run(p->w, x, block, line / height, line % height, ox, ox + run, to + done * VW);
    done += run;
  }
}

/// How `count` pixels of one block of an operand are staged.
INLINE staging staging_of(nas_source x, long block, long pixel, long count, float *to) {
  const float *scale = x.scale ? x.scale + block * VW : NULL, *shift = x.scale ? x.shift + block * VW : NULL;
  return (staging){.from = source_at(x, block, pixel), .scale = scale, .shift = shift, .relu = x.relu, .to = to,
                   .pixels = count};
}

/// Whether `count` outputs read the operand where it is: if it is as the products want it, and whole tiles.
INLINE int reads_in_place(const pointwise_plan *p, nas_source x, long count) {
  return p->dense && is_plain(x) && count == p->forward_pixels;
}

/// What the `count` outputs from `pixel` on want staged in `to`, and what is fetched: where they go, and what they read in
/// place, or what the outputs behind them want staged. The operand of a strided convolution is fetched and staged when it is
/// needed.
static ahead forward_ahead(const pointwise_plan *p, nas_source x, nas_sink y, long pixel, long count, float *to) {
  if (count == 0) return (ahead){0};
  long blocks = p->dense ? p->w->in_blocks : 0, results = p->w->out_blocks;
  long staged = reads_in_place(p, x, count) ? 0 : blocks;
  for (long b = 0; b < blocks; b++) p->ahead[b] = source_at(x, b, staged ? pixel + count : pixel);
  for (long b = 0; b < results; b++) p->ahead[blocks + b] = sink_at(y, b, pixel);
  for (long b = 0; b < staged; b++) p->staged[b] = staging_of(x, b, pixel, count, to + b * p->forward_pixels * VW);
  return ahead_of(p->ahead, blocks + results, p->staged, staged, p->w->in_blocks);
}

/// The product of `count` outputs' operand, which is at `staged` unless it is read in place.
static product forward_product(const pointwise_plan *p, nas_source x, const float *weights, const float *bias, long pixel,
                               long count, const float *staged) {
  const nas_window *w = p->w;
  int in_place = reads_in_place(p, x, count);
  long width = w->out_blocks * VW, plane = in_place ? x.plane : p->forward_pixels * VW;
  for (long b = 0; b < w->in_blocks; b++) p->slices[b] = (slice){b * plane, b * VW * width, lanes_of(w->in_lanes, b)};
  return (product){.from = in_place ? source_floats(x, 0, pixel) : staged, .from_step = VW, .slices = p->slices,
                   .count = w->in_blocks, .weights = weights, .width = width, .bias = bias};
}

/// While the product of some outputs is computed, the operand of the next ones is staged.
static void pointwise_forward(const pointwise_plan *p, nas_source x, const float *weights, const float *bias,
                              nas_sink y, long n0, long n1, nas_sums sums) {
  const nas_window *w = p->w;
  long image = w->out_height * w->out_width, first = n0 * image, end = n1 * image;
  float *staged = p->operand, *next = staged + w->in_blocks * p->forward_pixels * VW;
  for (long pixel = first, count; pixel < end; pixel += count) {
    count = smaller(p->forward_pixels, end - pixel);
    if (!reads_in_place(p, x, count) && (!p->dense || pixel == first))
      for (long b = 0; b < w->in_blocks; b++)
        stage_pixels(p, x, b, pixel, count, staged + b * p->forward_pixels * VW);
    strip_product s = {.product = forward_product(p, x, weights, bias, pixel, count, staged), .pixels = count,
                       .blocks = w->out_blocks, .plane = y.plane, .accumulate = y.accumulate, .row = count,
                       .alternates = 1};
    s.product.ahead = forward_ahead(p, x, y, pixel + count, smaller(p->forward_pixels, end - pixel - count), next);
    multiply_strip(s, sink_at(y, 0, pixel), sums);
    float *done = staged;
    staged = next, next = done;
  }
}
