// Operands, gradients and results, a vector of channels at a time.
#pragma once

#include "vector.h"

/// The scale and shift of a vector of channels, loaded once for many pixels; 1 and 0 where an operand has none.
typedef struct {
  vector scale, shift;
} affine;

INLINE affine load_affine(nas_source x, long c, long lanes) {
  affine t = {1, 0};
  if (x.scale) t = (affine){load_lanes(x.scale + c, lanes), load_lanes(x.shift + c, lanes)};
  return t;
}

/// Up to VW channels of the transformed operand at a pixel, from channel `c`.
INLINE vector read_source(nas_source x, affine t, long pixel, long c, long lanes) {
  vector v = load_lanes(x.data + pixel * x.stride + c, lanes) * t.scale + t.shift;
  return x.relu ? relu(v) : v;
}

/// The coefficients of a gradient for a vector of channels; those of a plain gradient are not used.
typedef struct {
  vector a, b, c;
} norm_coefficients;

INLINE norm_coefficients load_norm(nas_gradient g, long c, long lanes) {
  norm_coefficients n = {1, 0, 0};
  if (g.a) n = (norm_coefficients){load_lanes(g.a + c, lanes), load_lanes(g.b + c, lanes), load_lanes(g.c + c, lanes)};
  return n;
}

/// Up to VW channels of the transformed gradient at a pixel.
INLINE vector read_gradient(nas_gradient g, norm_coefficients n, long pixel, long c, long lanes) {
  vector v = load_lanes(g.data + pixel * g.stride + c, lanes);
  return g.a ? n.a * v + (n.b * load_lanes(g.z + pixel * g.z_stride + c, lanes) + n.c) : v;
}

/// Writes or adds up to VW channels of a result.
INLINE void write_sink(nas_sink y, long pixel, long c, vector v, long lanes) {
  float *to = y.data + pixel * y.stride + c;
  store_lanes(to, y.accumulate ? load_lanes(to, lanes) + v : v, lanes);
}

/// The operand, gradient or result whose channels start at `c`.
INLINE nas_source source_from(nas_source x, long c) {
  x.data += c;
  if (x.scale) x.scale += c, x.shift += c;
  return x;
}
INLINE nas_gradient gradient_from(nas_gradient g, long c) {
  g.data += c;
  if (g.a) g.z += c, g.a += c, g.b += c, g.c += c;
  return g;
}
INLINE nas_sink sink_from(nas_sink y, long c) {
  if (y.data) y.data += c;
  return y;
}

/// Whether an operand can be used where it lies.
INLINE int is_plain(nas_source x) { return !x.scale && !x.relu; }

/// Copies `rows` pixels of an operand, transformed, to rows `width` floats apart; columns to the next vector are 0.
static void stage_source(nas_source x, long pixel, long rows, long channels, float *to, long width) {
  for (long c = 0; c < channels; c += VW) {
    long lanes = channels - c;
    affine t = load_affine(x, c, lanes);
    const float *from = x.data + pixel * x.stride + c;
    if (lanes < VW)
      for (long r = 0; r < rows; r++) store(to + r * width + c, read_source(x, t, pixel + r, c, lanes));
    else if (x.relu)
      for (long r = 0; r < rows; r++) store(to + r * width + c, relu(load(from + r * x.stride) * t.scale + t.shift));
    else
      for (long r = 0; r < rows; r++) store(to + r * width + c, load(from + r * x.stride) * t.scale + t.shift);
  }
}

/// The same of a gradient.
static void stage_gradient(nas_gradient g, long pixel, long rows, long channels, float *to, long width) {
  for (long c = 0; c < channels; c += VW) {
    long lanes = channels - c;
    norm_coefficients n = load_norm(g, c, lanes);
    if (lanes >= VW)
      for (long r = 0; r < rows; r++) store(to + r * width + c, read_gradient(g, n, pixel + r, c, VW));
    else
      for (long r = 0; r < rows; r++) store(to + r * width + c, read_gradient(g, n, pixel + r, c, lanes));
  }
}

INLINE void write_masked_channels(nas_source x, const float *from, long width, nas_sink dx, long pixel, long pixels,
                                  long c, long lanes) {
  affine t = load_affine(x, c, lanes);
  for (long r = 0; r < pixels; r++) {
    vector v = load(from + r * width + c);
    if (x.relu) v = where_positive(read_source(x, t, pixel + r, c, lanes), v);
    write_sink(dx, pixel + r, c, v, lanes);
  }
}

/// Writes the gradient of `pixels` operand pixels, which lies in rows `width` apart, where the operand passed its relu.
static void write_masked(nas_source x, const float *from, long width, nas_sink dx, long pixel, long pixels,
                         long channels) {
  for (long c = 0; c < channels; c += VW)
    if (channels - c >= VW) write_masked_channels(x, from, width, dx, pixel, pixels, c, VW);
    else write_masked_channels(x, from, width, dx, pixel, pixels, c, channels - c);
}

/// Writes rows of results.
static void write_rows(const float *from, long width, nas_sink y, long pixel, long pixels, long channels) {
  for (long c = 0; c < channels; c += VW)
    if (channels - c >= VW)
      for (long r = 0; r < pixels; r++) write_sink(y, pixel + r, c, load(from + r * width + c), VW);
    else
      for (long r = 0; r < pixels; r++) write_sink(y, pixel + r, c, load(from + r * width + c), channels - c);
}

/// Adds the moments of rows of results; either may be NULL. Four sums at a time hide the latency of an addition.
static void add_moments(const float *from, long width, long rows, long channels, float *sum, float *sum_squares) {
  if (!sum && !sum_squares) return;
  for (long c = 0; c < channels; c += VW) {
    vector total[4] = {0}, squares[4] = {0};
    long r = 0;
    for (; r + 4 <= rows; r += 4) UNROLL for (long j = 0; j < 4; j++) {
      vector v = load(from + (r + j) * width + c);
      total[j] += v;
      squares[j] += v * v;
    }
    for (; r < rows; r++) {
      vector v = load(from + r * width + c);
      total[0] += v;
      squares[0] += v * v;
    }
    if (sum) add_lanes(sum + c, (total[0] + total[1]) + (total[2] + total[3]), channels - c);
    if (sum_squares) add_lanes(sum_squares + c, (squares[0] + squares[1]) + (squares[2] + squares[3]), channels - c);
  }
}
