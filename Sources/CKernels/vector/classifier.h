// The classifier: a linear layer. Its rows have odd lengths (the outputs are the classes), so that the end of a row
// fills a vector only in part; what is put together there is used for several images.
#pragma once

#include "access.h"

#define IMAGES 8  // images that are computed together

/// The first `lanes` floats; the others are 0 and their memory is not touched.
INLINE vector load_lanes(const float *p, long lanes) {
  if (lanes >= VW) return load(p);
  float part[VW] = {0};
  for (long i = 0; i < lanes; i++) part[i] = p[i];
  return load(part);
}
INLINE void store_lanes(float *p, vector v, long lanes) {
  if (lanes >= VW) return store(p, v);
  for (long i = 0; i < lanes; i++) p[i] = v[i];
}

INLINE void linear_forward_images(const long images, const float *x, const float *weights, const float *bias,
                                  float *logits, long inputs, long outputs) {
  for (long o = 0; o < outputs; o += VW) {
    long lanes = outputs - o;
    vector total[IMAGES];
    for (long n = 0; n < images; n++) total[n] = bias ? load_lanes(bias + o, lanes) : (vector)0;
    for (long i = 0; i < inputs; i++) {
      vector row = load_lanes(weights + i * outputs + o, lanes);
      for (long n = 0; n < images; n++) total[n] += x[n * inputs + i] * row;
    }
    for (long n = 0; n < images; n++) store_lanes(logits + n * outputs + o, total[n], lanes);
  }
}

static void linear_forward(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                           long outputs, long n0, long n1) {
  long n = n0;
  for (; n + IMAGES <= n1; n += IMAGES)
    linear_forward_images(IMAGES, x + n * inputs, weights, bias, logits + n * outputs, inputs, outputs);
  for (; n < n1; n++) linear_forward_images(1, x + n * inputs, weights, bias, logits + n * outputs, inputs, outputs);
}

/// dw[i][o ...] += the products of x[n][i] and the gradients of outputs o ... over `images` images.
INLINE void linear_backward_weights(const long images, const float *x, const float *g, float *dw, long inputs,
                                    long outputs) {
  for (long o = 0; o < outputs; o += VW) {
    vector gradients[IMAGES];
    for (long n = 0; n < images; n++) gradients[n] = load_lanes(g + n * outputs + o, outputs - o);
    for (long i = 0; i < inputs; i++) {
      vector total = x[i] * gradients[0];
      for (long n = 1; n < images; n++) total += x[n * inputs + i] * gradients[n];
      float *to = dw + i * outputs + o;
      store_lanes(to, load_lanes(to, outputs - o) + total, outputs - o);
    }
  }
}

/// dx of inputs i ..., a vector of them, from outputs o ..., as many: their weights with rows and columns exchanged
/// serve every image.
static void linear_backward_inputs(const float *weights, const float *g, float *dx, long inputs, long outputs, long i,
                                   long o, long n0, long n1) {
  long lanes = smaller(VW, inputs - i), count = smaller(VW, outputs - o);
  float exchanged[VW * VW] = {0};
  for (long lane = 0; lane < lanes; lane++)
    for (long k = 0; k < count; k++) exchanged[k * VW + lane] = weights[(i + lane) * outputs + o + k];
  for (long n = n0; n < n1; n++) {
    float *to = dx + n * inputs + i;
    vector total = o ? load_lanes(to, lanes) : (vector)0;
    for (long k = 0; k < count; k++) total += g[n * outputs + o + k] * load(exchanged + k * VW);
    store_lanes(to, total, lanes);
  }
}

static void linear_backward(const float *x, const float *weights, const float *dlogits, float *dx, float *dw, float *db,
                            long inputs, long outputs, long n0, long n1) {
  for (long i = 0; dx && i < inputs; i += VW)
    for (long o = 0; o < outputs; o += VW)
      linear_backward_inputs(weights, dlogits, dx, inputs, outputs, i, o, n0, n1);
  long n = n0;
  for (; dw && n + IMAGES <= n1; n += IMAGES)
    linear_backward_weights(IMAGES, x + n * inputs, dlogits + n * outputs, dw, inputs, outputs);
  for (; dw && n < n1; n++) linear_backward_weights(1, x + n * inputs, dlogits + n * outputs, dw, inputs, outputs);
  for (n = n0; db && n < n1; n++)
    for (long o = 0; o < outputs; o++) db[o] += dlogits[n * outputs + o];
}
