// What works pixel by pixel or sums over pixels.
#pragma once

#include "operand.h"

#define SUM_BLOCK 256  // pixels whose sums are kept in registers before they are added to the total

static void add(nas_source a, nas_source b, nas_sink y, long pixels, long channels) {
  for (long p = 0; p < pixels; p++)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      vector v = read_source(a, p, c, lanes);
      if (b.data) v += read_source(b, p, c, lanes);
      write_sink(y, p, c, v, lanes);
    }
}

static void moments(nas_source x, long pixels, long channels, float *sum, float *sum_squares) {
  for (long first = 0; first < pixels; first += SUM_BLOCK)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      vector total = 0, squares = 0;
      for (long p = first; p < smaller(pixels, first + SUM_BLOCK); p++) {
        vector v = read_source(x, p, c, lanes);
        total += v;
        squares += v * v;
      }
      if (sum) add_lanes(sum + c, total, lanes);
      if (sum_squares) add_lanes(sum_squares + c, squares, lanes);
    }
}

static void pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long pixels, long channels) {
  int masked = x.data && x.relu;
  for (long p = 0; p < pixels; p++)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      vector v = read_gradient(dy, p, c, lanes);
      if (masked) v = where_positive(read_source(x, p, c, lanes), v);
      write_sink(dx, p, c, v, lanes);
    }
}

static void gradient_moments(const float *g, long g_stride, const float *z, long z_stride, long pixels, long channels,
                             float *sum_g, float *sum_gz) {
  for (long first = 0; first < pixels; first += SUM_BLOCK)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      vector total = 0, products = 0;
      for (long p = first; p < smaller(pixels, first + SUM_BLOCK); p++) {
        vector v = load_lanes(g + p * g_stride + c, lanes);
        total += v;
        products += v * load_lanes(z + p * z_stride + c, lanes);
      }
      add_lanes(sum_g + c, total, lanes);
      add_lanes(sum_gz + c, products, lanes);
    }
}

static void global_pool_forward(nas_source x, long pixels, long channels, float *y, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < channels; c += VW) {
      vector total = 0;
      for (long p = n * pixels; p < (n + 1) * pixels; p++) total += read_source(x, p, c, channels - c);
      store_lanes(y + n * channels + c, total / (float)pixels, channels - c);
    }
}

static void global_pool_backward(nas_source x, const float *dy, long pixels, long channels, nas_sink dx, long n0,
                                 long n1) {
  for (long n = n0; n < n1; n++)
    for (long p = n * pixels; p < (n + 1) * pixels; p++)
      for (long c = 0; c < channels; c += VW) {
        long lanes = channels - c;
        vector v = load_lanes(dy + n * channels + c, lanes) / (float)pixels;
        if (x.relu) v = where_positive(read_source(x, p, c, lanes), v);
        write_sink(dx, p, c, v, lanes);
      }
}
