// Operands, gradients and results, one block of channels (a vector) at a time.
#pragma once

#include "access.h"

/// The scale and shift of one block, loaded once for many pixels; 1 and 0 where an operand has none.
typedef struct {
  wide scale, shift;
} affine;

INLINE affine load_affine(nas_source x, long block) {
  affine t = {1, 0};
  if (x.scale) t = (affine){repeat(load(x.scale + block * VW)), repeat(load(x.shift + block * VW))};
  return t;
}

INLINE const stored *source_at(nas_source x, long block, long pixel) {
  return (const stored *)x.data + block * x.plane + pixel * VW;
}
INLINE stored *sink_at(nas_sink y, long block, long pixel) {
  return (stored *)y.data + block * y.plane + pixel * VW;
}
INLINE const stored *gradient_data_at(nas_gradient g, long block, long pixel) {
  return (const stored *)g.data + block * g.plane + pixel * VW;
}
INLINE const stored *gradient_z_at(nas_gradient g, long block, long pixel) {
  return (const stored *)g.z + block * g.z_plane + pixel * VW;
}

/// Whether an operand can be read where it is, as floats that are not transformed: then source_floats says where.
INLINE int is_plain(nas_source x) { return STORES_FLOATS && !x.scale && !x.relu; }
INLINE const float *source_floats(nas_source x, long block, long pixel) {
  return as_floats((stored *)source_at(x, block, pixel));
}
/// The same of a gradient.
INLINE int is_plain_gradient(nas_gradient g) { return STORES_FLOATS && !g.a; }
INLINE const float *gradient_floats(nas_gradient g, long block, long pixel) {
  return as_floats((stored *)gradient_data_at(g, block, pixel));
}

/// The transformed operand, where its data was already loaded.
INLINE wide transform(wide v, affine t, const int rectified) {
  v = v * t.scale + t.shift;
  return rectified ? relu(v) : v;
}

/// The coefficients of a gradient for one block; those of a plain gradient are not used.
typedef struct {
  wide a, b, c;
} norm_coefficients;

INLINE norm_coefficients load_norm(nas_gradient g, long block) {
  norm_coefficients n = {1, 0, 0};
  if (g.a) {
    n.a = repeat(load(g.a + block * VW));
    n.b = repeat(load(g.b + block * VW));
    n.c = repeat(load(g.c + block * VW));
  }
  return n;
}

/// The transformed gradient of a pixel, whose data and z are at `g` and `z`.
INLINE wide norm_gradient(norm_coefficients n, wide g, wide z) { return n.a * g + (n.b * z + n.c); }

INLINE wide staged(wide v, affine t, const int scaled, const int rectified) {
  if (scaled) return transform(v, t, rectified);
  return rectified ? relu(v) : v;
}

INLINE void stage_source_with(const int scaled, const int rectified, const stored *from, affine t, long count,
                              float *to) {
  long i = 0;
  for (; i + PARTS <= count; i += PARTS)
    store_wide(to + i * VW, staged(load_wide(from + i * VW), t, scaled, rectified));
  if (PARTS > 1 && i < count)
    store_pixels(to + i * VW, 1, staged(load_pixels(from + i * VW, 1), t, scaled, rectified));
}

/// Copies one block of neighbouring pixels of an operand, transformed, to vectors that follow each other.
static void stage_source(nas_source x, long block, long pixel, long count, float *to) {
  const stored *from = source_at(x, block, pixel);
  affine t = load_affine(x, block);
  if (!x.scale && !x.relu) stage_source_with(0, 0, from, t, count, to);
  else if (!x.scale) stage_source_with(0, 1, from, t, count, to);
  else if (x.relu) stage_source_with(1, 1, from, t, count, to);
  else stage_source_with(1, 0, from, t, count, to);
}

/// The same of a gradient.
static void stage_gradient(nas_gradient g, long block, long pixel, long count, float *to) {
  const stored *from = gradient_data_at(g, block, pixel);
  if (!g.a) {
    stage_source_with(0, 0, from, (affine){1, 0}, count, to);
    return;
  }
  norm_coefficients n = load_norm(g, block);
  const stored *z = gradient_z_at(g, block, pixel);
  long i = 0;
  for (; i + PARTS <= count; i += PARTS)
    store_wide(to + i * VW, norm_gradient(n, load_wide(from + i * VW), load_wide(z + i * VW)));
  if (PARTS > 1 && i < count)
    store_pixels(to + i * VW, 1, norm_gradient(n, load_pixels(from + i * VW, 1), load_pixels(z + i * VW, 1)));
}

/// Adds to the sums of one block; either pointer may be NULL.
INLINE void add_sums(nas_sums sums, long block, vector first, vector second) {
  if (sums.first) add_to(sums.first + block * VW, first);
  if (sums.second) add_to(sums.second + block * VW, second);
}

/// Does LEAVE(j, parts) for pixels i, i + 1 ... < count: `parts` of them from i + j * PARTS on. Sums take j for the number
/// of their accumulator, so that one addition need not wait for the one before.
#define WALK_PIXELS(i, count, LEAVE)                     \
  for (; i + 2 * PARTS <= count; i += 2 * PARTS) {       \
    LEAVE(0, PARTS) LEAVE(1, PARTS)                      \
  }                                                      \
  if (i + PARTS <= count) {                              \
    LEAVE(0, PARTS)                                      \
    i += PARTS;                                          \
  }                                                      \
  if (PARTS > 1 && i < count) LEAVE(0, 1)

/// Leaves `count` neighbouring pixels of one block of dx: the gradients at `from` where the operand passed its relu, added
/// to what is there if the sink accumulates; and adds to the sums of what is left. Without `reads` the operand is not
/// looked at, which spares memory traffic, and there are no products to sum.
INLINE void write_gradient_with(nas_source x, const int reads, const int rectified, const float *from, nas_sink dx,
                                const int adds, long block, long pixel, long count, nas_sums sums) {
  const stored *data = reads ? source_at(x, block, pixel) : NULL;
  stored *to = sink_at(dx, block, pixel);
  affine t = load_affine(x, block);
  wide total[2] = {0}, products[2] = {0};
  long i = 0;
#define LEAVE(j, parts)                                                             \
  {                                                                                 \
    long at = (i + j * PARTS) * VW;                                                 \
    wide raw = reads ? load_pixels(data + at, parts) : (wide)0;                     \
    wide v = load_pixels(from + at, parts);                                         \
    if (rectified) v = where_positive(raw * t.scale + t.shift, v);                  \
    if (adds) v += load_pixels(to + at, parts);                                     \
    store_pixels(to + at, parts, v);                                                \
    total[j] += v;                                                                  \
    products[j] += v * raw;                                                         \
  }
  WALK_PIXELS(i, count, LEAVE)
#undef LEAVE
  add_sums(sums, block, fold(total[0] + total[1]), fold(products[0] + products[1]));
}

static void write_gradient(nas_source x, const float *from, nas_sink dx, long block, long pixel, long count,
                           nas_sums sums) {
  if (x.relu && dx.accumulate) write_gradient_with(x, 1, 1, from, dx, 1, block, pixel, count, sums);
  else if (x.relu) write_gradient_with(x, 1, 1, from, dx, 0, block, pixel, count, sums);
  else if (x.data && sums.second && dx.accumulate) write_gradient_with(x, 1, 0, from, dx, 1, block, pixel, count, sums);
  else if (x.data && sums.second) write_gradient_with(x, 1, 0, from, dx, 0, block, pixel, count, sums);
  else if (dx.accumulate) write_gradient_with(x, 0, 0, from, dx, 1, block, pixel, count, sums);
  else write_gradient_with(x, 0, 0, from, dx, 0, block, pixel, count, sums);
}

/// Leaves `count` neighbouring pixels of one block of a result and adds to the sums of it and of its square.
static void write_result(const float *from, nas_sink y, long block, long pixel, long count, nas_sums sums) {
  stored *to = sink_at(y, block, pixel);
  wide total[2] = {0}, squares[2] = {0};
  long i = 0;
#define LEAVE(j, parts)                                                                  \
  {                                                                                      \
    long at = (i + j * PARTS) * VW;                                                      \
    wide v = load_pixels(from + at, parts);                                              \
    store_pixels(to + at, parts, y.accumulate ? load_pixels(to + at, parts) + v : v);    \
    total[j] += v;                                                                       \
    squares[j] += v * v;                                                                 \
  }
  WALK_PIXELS(i, count, LEAVE)
#undef LEAVE
  add_sums(sums, block, fold(total[0] + total[1]), fold(squares[0] + squares[1]));
}
