// 1×1 convolutions: products of a block of output pixels at a time, whose operand is staged transformed and without the
// pixels that a stride skips.
#pragma once

#include "operand.h"
#include "products.h"

// Output pixels that are worked on at a time: so few that what is staged and fetched for them stays in the nearest
// cache; multiples of the tiles' rows.
#define FORWARD_PIXELS TALL_ROWS
#define BACKWARD_PIXELS 48
#define ROWS_AHEAD 4  // rows of a result whose pixels a strided convolution fetches ahead

typedef struct {
  const nas_window *w;
  int dense;  // output pixel i reads exactly pixel i
  long forward_pixels;
  slice *slices;
  const stored **ahead;
  float *operand, *gradient, *line;
} pointwise_plan;

INLINE int is_pointwise(const nas_window *w) { return w->kernel_h == 1 && w->kernel_w == 1; }

INLINE slice *take_slices(scratch_cursor *cursor, long count) {
  return (slice *)(void *)take(cursor, count * (long)(sizeof(slice) / sizeof(float)));
}

/// The channels that block `block` of the operand holds.
INLINE long lanes_of(nas_lanes lanes, long block) { return (block + 1) % lanes.part_blocks ? VW : lanes.last_lanes; }

static pointwise_plan plan_pointwise(const nas_window *w, scratch_cursor *cursor) {
  pointwise_plan p = {.w = w};
  p.dense = w->stride_h == 1 && w->stride_w == 1 && w->pad_top == 0 && w->pad_left == 0 &&
            w->out_height == w->height && w->out_width == w->width;
  p.forward_pixels = w->in_blocks == 1 ? 2 * FORWARD_PIXELS : FORWARD_PIXELS;
  p.slices = take_slices(cursor, larger(w->in_blocks, w->out_blocks));
  long ahead = larger(w->in_blocks, 2 * TILE_BLOCKS + 2 * w->out_blocks);
  p.ahead = (const stored **)(void *)take(cursor, ahead * (long)(sizeof(stored *) / sizeof(float)));
  p.operand = take(cursor, larger(w->in_blocks * p.forward_pixels, TILE_BLOCKS * BACKWARD_PIXELS) * VW);
  p.gradient = take(cursor, w->out_blocks * BACKWARD_PIXELS * VW);
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

/// Blocks b ..< b + blocks of the operand of the outputs `pixel` ..< pixel + count, *plane floats apart: in place
/// where the operand is as the products want it.
INLINE const float *pointwise_operand(const pointwise_plan *p, nas_source x, long b, long blocks, long pixel,
                                      long count, long *plane) {
  int in_place = p->dense && is_plain(x);
  *plane = in_place ? x.plane : count * VW;
  if (in_place) return source_floats(x, b, pixel);
  for (long k = 0; k < blocks; k++) stage_pixels(p, x, b + k, pixel, count, p->operand + k * *plane);
  return p->operand;
}

/// What the outputs from `pixel` on will want. The pixels of a strided convolution are fetched where they are staged.
static ahead forward_ahead(const pointwise_plan *p, nas_source x, long pixel) {
  if (!p->dense) return (ahead){0};
  for (long b = 0; b < p->w->in_blocks; b++) p->ahead[b] = source_at(x, b, pixel);
  return (ahead){p->ahead, p->w->in_blocks, 1};
}

static void pointwise_forward(const pointwise_plan *p, nas_source x, const float *weights, const float *bias,
                              nas_sink y, long n0, long n1, nas_sums sums) {
  const nas_window *w = p->w;
  long pixels = w->out_height * w->out_width, width = w->out_blocks * VW, plane;
  for (long pixel = n0 * pixels, count; pixel < n1 * pixels; pixel += count) {
    count = smaller(p->forward_pixels, n1 * pixels - pixel);
    product q = {.from = pointwise_operand(p, x, 0, w->in_blocks, pixel, count, &plane), .from_step = VW};
    q.slices = p->slices, q.count = w->in_blocks, q.width = width;
    q.to = p->line, q.to_step = VW, q.to_plane = count * VW;
    q.ahead = forward_ahead(p, x, pixel + count);
    for (long b = 0; b < w->in_blocks; b++) p->slices[b] = (slice){b * plane, b * VW * width, lanes_of(w->in_lanes, b)};
    for (long o = 0; o < w->out_blocks; o += TILE_BLOCKS) {
      long columns = smaller(TILE_BLOCKS, w->out_blocks - o);
      q.weights = weights + o * VW, q.bias = bias ? bias + o * VW : NULL;
      multiply(&q, count, columns);
      q.ahead.count = 0;
      for (long j = 0; j < columns; j++) write_result(p->line + j * q.to_plane, y, o + j, pixel, count, sums);
    }
  }
}
