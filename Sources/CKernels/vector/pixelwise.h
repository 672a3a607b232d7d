// What works pixel by pixel or sums over pixels.
#pragma once

#include "operand.h"

#define SUM_BLOCK 256  // pixels whose sums are kept in registers before they are added to the total
#define AT_A_TIME 4    // sums kept apart, to hide the latency of an addition

INLINE void add_channels(nas_source a, nas_source b, nas_sink y, long pixels, long c, long lanes) {
  affine first = load_affine(a, c, lanes);
  if (!b.data) {
    for (long p = 0; p < pixels; p++) write_sink(y, p, c, read_source(a, first, p, c, lanes), lanes);
    return;
  }
  affine second = load_affine(b, c, lanes);
  for (long p = 0; p < pixels; p++)
    write_sink(y, p, c, read_source(a, first, p, c, lanes) + read_source(b, second, p, c, lanes), lanes);
}

/// In blocks of pixels, so that the pieces of a pixel's cache lines are used while they are near.
static void add(nas_source a, nas_source b, nas_sink y, long pixels, long channels) {
  for (long first = 0; first < pixels; first += SUM_BLOCK) {
    long count = smaller(SUM_BLOCK, pixels - first);
    nas_source from_a = a, from_b = b;
    nas_sink to = y;
    from_a.data += first * a.stride;
    if (b.data) from_b.data += first * b.stride;
    to.data += first * y.stride;
    for (long c = 0; c < channels; c += VW)
      if (channels - c >= VW) add_channels(from_a, from_b, to, count, c, VW);
      else add_channels(from_a, from_b, to, count, c, channels - c);
  }
}

INLINE void moments_of_channels(nas_source x, long first, long last, long c, long lanes, float *sum,
                                float *sum_squares) {
  affine t = load_affine(x, c, lanes);
  vector total[AT_A_TIME] = {0}, squares[AT_A_TIME] = {0};
  for (long p = first; p < last; p += AT_A_TIME) UNROLL for (long j = 0; j < AT_A_TIME; j++) {
    if (p + j >= last) break;
    vector v = read_source(x, t, p + j, c, lanes);
    total[j] += v;
    squares[j] += v * v;
  }
  if (sum) add_lanes(sum + c, (total[0] + total[1]) + (total[2] + total[3]), lanes);
  if (sum_squares) add_lanes(sum_squares + c, (squares[0] + squares[1]) + (squares[2] + squares[3]), lanes);
}

static void moments(nas_source x, long pixels, long channels, float *sum, float *sum_squares) {
  for (long first = 0; first < pixels; first += SUM_BLOCK) {
    long last = smaller(pixels, first + SUM_BLOCK);
    for (long c = 0; c < channels; c += VW)
      if (channels - c >= VW) moments_of_channels(x, first, last, c, VW, sum, sum_squares);
      else moments_of_channels(x, first, last, c, channels - c, sum, sum_squares);
  }
}

static void pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long pixels, long channels) {
  int masked = x.data && x.relu;
  for (long first = 0; first < pixels; first += SUM_BLOCK)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      affine t = load_affine(x, c, lanes);
      norm_coefficients norm = load_norm(dy, c, lanes);
      for (long p = first; p < smaller(pixels, first + SUM_BLOCK); p++) {
        vector v = read_gradient(dy, norm, p, c, lanes);
        if (masked) v = where_positive(read_source(x, t, p, c, lanes), v);
        write_sink(dx, p, c, v, lanes);
      }
    }
}

INLINE void gradient_moments_of_channels(const float *g, long g_stride, const float *z, long z_stride, long pixels,
                                         long lanes, float *sum_g, float *sum_gz) {
  vector total[AT_A_TIME] = {0}, products[AT_A_TIME] = {0};
  for (long p = 0; p < pixels; p += AT_A_TIME) UNROLL for (long j = 0; j < AT_A_TIME; j++) {
    if (p + j >= pixels) break;
    vector v = load_lanes(g + (p + j) * g_stride, lanes);
    total[j] += v;
    products[j] += v * load_lanes(z + (p + j) * z_stride, lanes);
  }
  add_lanes(sum_g, (total[0] + total[1]) + (total[2] + total[3]), lanes);
  add_lanes(sum_gz, (products[0] + products[1]) + (products[2] + products[3]), lanes);
}

static void gradient_moments(const float *g, long g_stride, const float *z, long z_stride, long pixels, long channels,
                             float *sum_g, float *sum_gz) {
  for (long first = 0; first < pixels; first += SUM_BLOCK) {
    long count = smaller(SUM_BLOCK, pixels - first);
    for (long c = 0; c < channels; c += VW) {
      const float *from = g + first * g_stride + c, *with = z + first * z_stride + c;
      long lanes = channels - c;
      if (lanes >= VW) gradient_moments_of_channels(from, g_stride, with, z_stride, count, VW, sum_g + c, sum_gz + c);
      else gradient_moments_of_channels(from, g_stride, with, z_stride, count, lanes, sum_g + c, sum_gz + c);
    }
  }
}

static void global_pool_forward(nas_source x, long pixels, long channels, float *y, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < channels; c += VW) {
      affine t = load_affine(x, c, channels - c);
      vector total = 0;
      for (long p = n * pixels; p < (n + 1) * pixels; p++) total += read_source(x, t, p, c, channels - c);
      store_lanes(y + n * channels + c, total / (float)pixels, channels - c);
    }
}

static void global_pool_backward(nas_source x, const float *dy, long pixels, long channels, nas_sink dx, long n0,
                                 long n1) {
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      affine t = load_affine(x, c, lanes);
      vector share = load_lanes(dy + n * channels + c, lanes) / (float)pixels;
      for (long p = n * pixels; p < (n + 1) * pixels; p++) {
        vector v = x.relu ? where_positive(read_source(x, t, p, c, lanes), share) : share;
        write_sink(dx, p, c, v, lanes);
      }
    }
}
