// How the reference kernels read operands and gradients and leave results, one channel of one pixel at a time.
#pragma once

#include <stddef.h>

#include "CKernels.h"

#define LANES 4

/// Where a channel of a pixel lies.
static inline long value_at(long plane, long pixel, long channel) {
  return channel / LANES * plane + pixel * LANES + channel % LANES;
}

/// The operand as it is stored.
static inline float source_data(nas_source x, long pixel, long channel) {
  return ((const float *)x.data)[value_at(x.plane, pixel, channel)];
}

/// The transformed operand.
static inline float source_value(nas_source x, long pixel, long channel) {
  float v = source_data(x, pixel, channel);
  if (x.scale) v = v * x.scale[channel] + x.shift[channel];
  return x.relu && v < 0 ? 0 : v;  // NaN passes, so that divergence shows
}

/// The transformed gradient.
static inline double gradient_value(nas_gradient g, long pixel, long channel) {
  double v = ((const float *)g.data)[value_at(g.plane, pixel, channel)];
  if (!g.a) return v;
  float z = ((const float *)g.z)[value_at(g.z_plane, pixel, channel)];
  return g.a[channel] * v + ((double)g.b[channel] * z + g.c[channel]);
}

/// The two sums of one channel.
typedef struct {
  double first, second;
} totals;

static inline void add_totals(nas_sums sums, long channel, totals t) {
  if (sums.first) sums.first[channel] += (float)t.first;
  if (sums.second) sums.second[channel] += (float)t.second;
}

/// Leaves a result and counts it and its square, without what was there before.
static inline void put_result(nas_sink y, long pixel, long channel, double value, totals *t) {
  float *to = (float *)y.data + value_at(y.plane, pixel, channel);
  *to = (float)(y.accumulate ? *to + value : value);
  t->first += value;
  t->second += value * value;
}

/// Leaves a gradient where the operand passed its relu, 0 elsewhere, and counts what is left and its product with the
/// operand's data. Without data the operand has no relu, and there is no product.
static inline void put_gradient(nas_source x, nas_sink dx, long pixel, long channel, double value, totals *t) {
  float *to = (float *)dx.data + value_at(dx.plane, pixel, channel);
  if (x.relu && !(source_value(x, pixel, channel) > 0)) value = 0;
  *to = (float)(dx.accumulate ? *to + value : value);
  t->first += *to;
  if (x.data) t->second += (double)*to * source_data(x, pixel, channel);
}
