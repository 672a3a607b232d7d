// Operands, gradients and results, one block of channels (a vector) at a time.
#pragma once

#include "vector.h"

/// The scale and shift of one block, loaded once for many pixels; 1 and 0 where an operand has none.
typedef struct {
  vector scale, shift;
} affine;

INLINE affine load_affine(nas_source x, long block) {
  affine t = {1, 0};
  if (x.scale) t = (affine){load(x.scale + block * VW), load(x.shift + block * VW)};
  return t;
}

INLINE const float *source_at(nas_source x, long block, long pixel) { return x.data + block * x.plane + pixel * VW; }
INLINE float *sink_at(nas_sink y, long block, long pixel) { return y.data + block * y.plane + pixel * VW; }

/// The transformed operand, where its data was already loaded.
INLINE vector transform(vector v, affine t, const int rectified) {
  v = v * t.scale + t.shift;
  return rectified ? relu(v) : v;
}

/// The coefficients of a gradient for one block; those of a plain gradient are not used.
typedef struct {
  vector a, b, c;
} norm_coefficients;

INLINE norm_coefficients load_norm(nas_gradient g, long block) {
  norm_coefficients n = {1, 0, 0};
  if (g.a) n = (norm_coefficients){load(g.a + block * VW), load(g.b + block * VW), load(g.c + block * VW)};
  return n;
}

/// The transformed gradient of a pixel, whose data and z are at `g` and `z`.
INLINE vector norm_gradient(norm_coefficients n, vector g, vector z) { return n.a * g + (n.b * z + n.c); }

/// Copies one block of neighbouring pixels of an operand, transformed, to vectors that follow each other.
static void stage_source(nas_source x, long block, long pixel, long count, float *to) {
  const float *from = source_at(x, block, pixel);
  affine t = load_affine(x, block);
  if (!x.scale && !x.relu)
    for (long i = 0; i < count * VW; i += VW) store(to + i, load(from + i));
  else if (!x.scale)
    for (long i = 0; i < count * VW; i += VW) store(to + i, relu(load(from + i)));
  else if (x.relu)
    for (long i = 0; i < count * VW; i += VW) store(to + i, transform(load(from + i), t, 1));
  else
    for (long i = 0; i < count * VW; i += VW) store(to + i, transform(load(from + i), t, 0));
}

/// The same of a gradient.
static void stage_gradient(nas_gradient g, long block, long pixel, long count, float *to) {
  const float *from = g.data + block * g.plane + pixel * VW;
  if (!g.a) {
    for (long i = 0; i < count * VW; i += VW) store(to + i, load(from + i));
    return;
  }
  const float *z = g.z + block * g.z_plane + pixel * VW;
  norm_coefficients n = load_norm(g, block);
  for (long i = 0; i < count * VW; i += VW) store(to + i, norm_gradient(n, load(from + i), load(z + i)));
}

/// Adds to the sums of one block; either pointer may be NULL.
INLINE void add_sums(nas_sums sums, long block, vector first, vector second) {
  if (sums.first) add_to(sums.first + block * VW, first);
  if (sums.second) add_to(sums.second + block * VW, second);
}

/// Leaves `count` neighbouring pixels of one block of dx: the gradients at `from` where the operand passed its relu, added
/// to what is there if the sink accumulates; and adds to the sums of what is left.
INLINE void write_gradient_with(nas_source x, const int rectified, const float *from, nas_sink dx, const int adds,
                                long block, long pixel, long count, nas_sums sums) {
  const float *data = x.data ? source_at(x, block, pixel) : from;
  float *to = sink_at(dx, block, pixel);
  affine t = load_affine(x, block);
  vector total[2] = {0}, products[2] = {0};
  long i = 0;
#define LEAVE(j)                                                                    \
  {                                                                                 \
    vector raw = load(data + i + j * VW), v = load(from + i + j * VW);              \
    if (rectified) v = where_positive(raw * t.scale + t.shift, v);                  \
    if (adds) v += load(to + i + j * VW);                                           \
    store(to + i + j * VW, v);                                                      \
    total[j] += v;                                                                  \
    products[j] += v * raw;                                                         \
  }
  for (; i + 2 * VW <= count * VW; i += 2 * VW) {
    LEAVE(0) LEAVE(1)
  }
  if (i < count * VW) LEAVE(0)
#undef LEAVE
  add_sums(sums, block, total[0] + total[1], products[0] + products[1]);
}

static void write_gradient(nas_source x, const float *from, nas_sink dx, long block, long pixel, long count,
                           nas_sums sums) {
  if (!x.relu && !sums.second) x.data = NULL;  // not worth the memory traffic
  if (x.relu && dx.accumulate) write_gradient_with(x, 1, from, dx, 1, block, pixel, count, sums);
  else if (x.relu) write_gradient_with(x, 1, from, dx, 0, block, pixel, count, sums);
  else if (dx.accumulate) write_gradient_with(x, 0, from, dx, 1, block, pixel, count, sums);
  else write_gradient_with(x, 0, from, dx, 0, block, pixel, count, sums);
}

/// Leaves `count` neighbouring pixels of one block of a result and adds to the sums of it and of its square.
static void write_result(const float *from, nas_sink y, long block, long pixel, long count, nas_sums sums) {
  float *to = sink_at(y, block, pixel);
  vector total[2] = {0}, squares[2] = {0};
  long i = 0;
#define LEAVE(j)                                                                \
  {                                                                             \
    vector v = load(from + i + j * VW);                                         \
    store(to + i + j * VW, y.accumulate ? load(to + i + j * VW) + v : v);       \
    total[j] += v;                                                              \
    squares[j] += v * v;                                                        \
  }
  for (; i + 2 * VW <= count * VW; i += 2 * VW) {
    LEAVE(0) LEAVE(1)
  }
  if (i < count * VW) LEAVE(0)
#undef LEAVE
  add_sums(sums, block, total[0] + total[1], squares[0] + squares[1]);
}
