// The naive reference kernels: one clear loop nest per operation, sums in double, never tuned. The vector kernels are
// tested against them.
#pragma once

#include "CKernels.h"

/// The transformed operand at a pixel and channel.
static inline float source_at(nas_source x, long pixel, long channel) {
  float v = x.data[pixel * x.stride + channel];
  if (x.scale) v = v * x.scale[channel] + x.shift[channel];
  return x.relu && v < 0 ? 0 : v;  // NaN passes, so that divergence shows
}

/// Whether a gradient passes the operand's relu.
static inline int source_passes(nas_source x, long pixel, long channel) {
  return !x.relu || source_at(x, pixel, channel) > 0;
}

/// The transformed gradient at a pixel and channel.
static inline float gradient_at(nas_gradient g, long pixel, long channel) {
  float v = g.data[pixel * g.stride + channel];
  if (!g.a) return v;
  return g.a[channel] * v + (g.b[channel] * g.z[pixel * g.z_stride + channel] + g.c[channel]);
}

/// Writes or adds a result.
static inline void sink_put(nas_sink y, long pixel, long channel, double value) {
  float *to = y.data + pixel * y.stride + channel;
  *to = (float)(y.accumulate ? *to + value : value);
}

/// The row (or column) of the image that an output position reads through a kernel position; outside the image lies
/// padding.
static inline long read_position(long out, long kernel, long stride, long dilation, long pad) {
  return out * stride - pad + kernel * dilation;
}

/// The output position that reads `in` through a kernel position, or -1.
static inline long write_position(long in, long kernel, long stride, long dilation, long pad, long out_size) {
  long numerator = in + pad - kernel * dilation;
  if (numerator < 0 || numerator % stride != 0) return -1;
  return numerator / stride < out_size ? numerator / stride : -1;
}

void reference_convolution_forward(const nas_window *w, nas_source x, const float *weights, nas_sink y, long n0,
                                   long n1, float *sum, float *sum_squares, float *scratch);
void reference_convolution_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy,
                                    nas_sink dx, float *dw, long n0, long n1, float *scratch);

void reference_pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1, float *sum,
                            float *sum_squares, float *scratch);
void reference_pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                             long n1, float *scratch);

void reference_add(nas_source a, nas_source b, nas_sink y, long pixels, long channels);
void reference_moments(nas_source x, long pixels, long channels, float *sum, float *sum_squares);
void reference_pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long pixels, long channels);
void reference_gradient_moments(const float *g, long g_stride, const float *z, long z_stride, long pixels,
                                long channels, float *sum_g, float *sum_gz);
void reference_global_pool_forward(nas_source x, long pixels, long channels, float *y, long n0, long n1);
void reference_global_pool_backward(nas_source x, const float *dy, long pixels, long channels, nas_sink dx, long n0,
                                    long n1);

void reference_linear_forward(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                              long outputs, long n0, long n1);
void reference_linear_backward(const float *x, const float *weights, const float *dlogits, float *dx, float *dw,
                               float *db, long inputs, long outputs, long n0, long n1);
void reference_softmax_cross_entropy(const float *logits, const unsigned char *labels, float *losses, float *dlogits,
                                     unsigned char *correct, float scale, long classes, long n0, long n1);

void reference_sgd_step(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                        float clip, int nesterov);
void reference_accumulate(float *to, const float *from, long count);
double reference_sum_of_squares(const float *x, long count);
