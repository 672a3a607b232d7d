// What works pixel by pixel or sums over pixels: every block is walked once, from its first pixel to its last. These
// kernels wait for memory, so one loop does for operands with and without a transform.
#pragma once

#include <math.h>

#include "operand.h"

#define RUN 256  // pixels whose sums are kept in registers before they are added to the total
#define ACCUMULATORS 4  // sums kept apart, to hide the latency of an addition

/// The transform of one block that every operand has: without a relu the floor is too low to matter.
typedef struct {
  affine affine;
  wide floor;
} pixel_transform;

INLINE pixel_transform load_transform(nas_source x, long block) {
  return (pixel_transform){load_affine(x, block), x.relu ? (wide)0 : (wide)-INFINITY};
}
INLINE wide transform_pixel(wide v, pixel_transform t) { return wide_max(transform(v, t.affine, 0), t.floor); }

INLINE wide sum_accumulators(const wide *sums) { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }

INLINE void add_block(nas_source a, nas_source b, nas_sink y, const int two, const int adds, long block, long pixels) {
  pixel_transform first = load_transform(a, block), second = load_transform(b, block);
  const stored *from = source_at(a, block, 0), *other = two ? source_at(b, block, 0) : from;
  stored *to = sink_at(y, block, 0);
  long i = 0;
#define ADD(parts)                                                                             \
  {                                                                                            \
    wide v = transform_pixel(load_pixels(from + i * VW, parts), first);                        \
    if (two) v += transform_pixel(load_pixels(other + i * VW, parts), second);                 \
    fetch(from + (i + PIXELS_AHEAD) * VW);                                                     \
    if (two) fetch(other + (i + PIXELS_AHEAD) * VW);                                           \
    fetch(to + (i + PIXELS_AHEAD) * VW);                                                       \
    store_pixels(to + i * VW, parts, adds ? load_pixels(to + i * VW, parts) + v : v);          \
  }
  for (; i + PARTS <= pixels; i += PARTS) ADD(PARTS)
  if (PARTS > 1 && i < pixels) ADD(1)
#undef ADD
}

static void add(nas_source a, nas_source b, nas_sink y, long blocks, long pixels) {
  for (long block = 0; block < blocks; block++)
    if (b.data && y.accumulate) add_block(a, b, y, 1, 1, block, pixels);
    else if (b.data) add_block(a, b, y, 1, 0, block, pixels);
    else if (y.accumulate) add_block(a, b, y, 0, 1, block, pixels);
    else add_block(a, b, y, 0, 0, block, pixels);
}

static void moments(nas_source x, long blocks, long pixels, nas_sums sums) {
  for (long block = 0; block < blocks; block++) {
    pixel_transform t = load_transform(x, block);
    for (long first = 0; first < pixels; first += RUN) {
      const stored *from = source_at(x, block, first);
      long count = smaller(RUN, pixels - first);
      wide total[ACCUMULATORS] = {0}, squares[ACCUMULATORS] = {0};
      for (long p = 0; p < count / PARTS; p += ACCUMULATORS) UNROLL for (long j = 0; j < ACCUMULATORS; j++) {
        if (p + j >= count / PARTS) break;
        wide v = transform_pixel(load_wide(from + (p + j) * WIDE), t);
        total[j] += v;
        squares[j] += v * v;
      }
      if (count % PARTS) {
        wide v = keep_parts(transform_pixel(load_pixels(from + (count - 1) * VW, 1), t), 1);
        total[0] += v;
        squares[0] += v * v;
      }
      add_sums(sums, block, fold(sum_accumulators(total)), fold(sum_accumulators(squares)));
    }
  }
}

/// Gradients that are transformed are transformed a short run at a time, near the processor.
static void pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, nas_sums dx_sums) {
  float run[RUN / 4 * VW];
  for (long block = 0; block < blocks; block++)
    for (long first = 0; first < pixels; first += RUN / 4) {
      long count = smaller(RUN / 4, pixels - first);
      int in_place = is_plain_gradient(dy);
      if (!in_place) stage_gradient(dy, block, first, count, run);
      const float *gradients = in_place ? gradient_floats(dy, block, first) : run;
      write_gradient(x, gradients, dx, block, first, count, dx_sums);
    }
}

/// The sums of one run of g, and of its products with z and, if there are two, with the other z.
INLINE void gradient_moments_of(const stored *g, const stored *z, const stored *other, const int two, long count,
                                vector sums[3]) {
  wide total[ACCUMULATORS] = {0}, products[ACCUMULATORS] = {0}, others[ACCUMULATORS] = {0};
#define COUNT(j, at, parts)                                              \
  {                                                                      \
    wide v = load_pixels(g + (at), parts);                               \
    total[j] += v;                                                       \
    products[j] += v * load_pixels(z + (at), parts);                     \
    if (two) others[j] += v * load_pixels(other + (at), parts);          \
  }
  for (long p = 0; p < count / PARTS; p += ACCUMULATORS) UNROLL for (long j = 0; j < ACCUMULATORS; j++) {
    if (p + j >= count / PARTS) break;
    COUNT(j, (p + j) * WIDE, PARTS)
  }
  if (count % PARTS) COUNT(0, (count - 1) * VW, 1)
#undef COUNT
  sums[0] = fold(sum_accumulators(total));
  sums[1] = fold(sum_accumulators(products));
  sums[2] = fold(sum_accumulators(others));
}

static void gradient_moments(nas_source g, nas_source z, nas_sums sums, nas_source other_z, nas_sums other_sums,
                             long blocks, long pixels) {
  for (long block = 0; block < blocks; block++)
    for (long first = 0; first < pixels; first += RUN) {
      const stored *from = source_at(g, block, first), *with = source_at(z, block, first);
      long count = smaller(RUN, pixels - first);
      vector found[3];
      if (other_z.data) gradient_moments_of(from, with, source_at(other_z, block, first), 1, count, found);
      else gradient_moments_of(from, with, with, 0, count, found);
      add_sums(sums, block, found[0], found[1]);
      if (other_z.data) add_sums(other_sums, block, found[0], found[2]);
    }
}

static void global_pool_forward(nas_source x, nas_sink y, long blocks, long pixels, long n0, long n1) {
  for (long block = 0; block < blocks; block++) {
    pixel_transform t = load_transform(x, block);
    for (long n = n0; n < n1; n++) {
      const stored *from = source_at(x, block, n * pixels);
      wide total[ACCUMULATORS] = {0};
      for (long p = 0; p < pixels / PARTS; p += ACCUMULATORS) UNROLL for (long j = 0; j < ACCUMULATORS; j++)
        if (p + j < pixels / PARTS) total[j] += transform_pixel(load_wide(from + (p + j) * WIDE), t);
      if (pixels % PARTS) total[0] += keep_parts(transform_pixel(load_pixels(from + (pixels - 1) * VW, 1), t), 1);
      vector mean = fold(sum_accumulators(total)) / (float)pixels;
      stored *to = sink_at(y, block, n);
      store(to, y.accumulate ? load(to) + mean : mean);
    }
  }
}

static void global_pool_backward(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, long n0, long n1,
                                 nas_sums dx_sums) {
  float run[RUN / 4 * VW];
  for (long block = 0; block < blocks; block++)
    for (long n = n0; n < n1; n++) {
      float share[VW];
      stage_gradient(dy, block, n, 1, share);
      for (long i = 0; i < RUN / 4; i++) store(run + i * VW, load(share) / (float)pixels);
      for (long first = 0; first < pixels; first += RUN / 4)
        write_gradient(x, run, dx, block, n * pixels + first, smaller(RUN / 4, pixels - first), dx_sums);
    }
}
