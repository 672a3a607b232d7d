// Operands, gradients and results, a vector of channels at a time.
#pragma once

#include "vector.h"

/// Up to VW channels of the transformed operand at a pixel, from channel `c`.
INLINE vector read_source(nas_source x, long pixel, long c, long lanes) {
  vector v = load_lanes(x.data + pixel * x.stride + c, lanes);
  if (x.scale) v = v * load_lanes(x.scale + c, lanes) + load_lanes(x.shift + c, lanes);
  return x.relu ? relu(v) : v;
}

/// Up to VW channels of the transformed gradient at a pixel.
INLINE vector read_gradient(nas_gradient g, long pixel, long c, long lanes) {
  vector v = load_lanes(g.data + pixel * g.stride + c, lanes);
  if (!g.a) return v;
  vector z = load_lanes(g.z + pixel * g.z_stride + c, lanes);
  return load_lanes(g.a + c, lanes) * v + (load_lanes(g.b + c, lanes) * z + load_lanes(g.c + c, lanes));
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
INLINE void stage_source(nas_source x, long pixel, long rows, long channels, float *to, long width) {
  for (long c = 0; c < channels; c += VW) {
    long lanes = channels - c;
    if (lanes >= VW) {
      vector scale = x.scale ? load(x.scale + c) : (vector)1, shift = x.scale ? load(x.shift + c) : (vector)0;
      const float *from = x.data + pixel * x.stride + c;
      if (x.relu)
        for (long r = 0; r < rows; r++) store(to + r * width + c, relu(load(from + r * x.stride) * scale + shift));
      else
        for (long r = 0; r < rows; r++) store(to + r * width + c, load(from + r * x.stride) * scale + shift);
    } else {
      for (long r = 0; r < rows; r++)
        store_lanes(to + r * width + c, read_source(x, pixel + r, c, lanes), smaller(width - c, VW));
    }
  }
}

/// The same of a gradient.
INLINE void stage_gradient(nas_gradient g, long pixel, long rows, long channels, float *to, long width) {
  for (long c = 0; c < channels; c += VW) {
    long lanes = channels - c;
    if (lanes >= VW && g.a) {
      vector va = load(g.a + c), vb = load(g.b + c), vc = load(g.c + c);
      const float *from = g.data + pixel * g.stride + c, *z = g.z + pixel * g.z_stride + c;
      for (long r = 0; r < rows; r++)
        store(to + r * width + c, va * load(from + r * g.stride) + (vb * load(z + r * g.z_stride) + vc));
    } else {
      for (long r = 0; r < rows; r++)
        store_lanes(to + r * width + c, read_gradient(g, pixel + r, c, lanes), smaller(width - c, VW));
    }
  }
}

/// Writes the gradient of `pixels` operand pixels, which lies in rows `width` apart, where the operand passed its relu.
static void write_masked(nas_source x, const float *from, long width, nas_sink dx, long pixel, long pixels,
                         long channels) {
  for (long r = 0; r < pixels; r++)
    for (long c = 0; c < channels; c += VW) {
      long lanes = channels - c;
      vector v = load(from + r * width + c);
      if (x.relu) v = where_positive(read_source(x, pixel + r, c, lanes), v);
      write_sink(dx, pixel + r, c, v, lanes);
    }
}
