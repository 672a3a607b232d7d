// The classifier: a linear layer. Its outputs are few (the classes), so that the inputs' rows are not blocked.
#pragma once

#include "vector.h"

static void linear_forward(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                           long outputs, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long o = 0; o < outputs; o += VW) {
      long lanes = outputs - o;
      vector total = bias ? load_lanes(bias + o, lanes) : (vector)0;
      for (long i = 0; i < inputs; i++) total += x[n * inputs + i] * load_lanes(weights + i * outputs + o, lanes);
      store_lanes(logits + n * outputs + o, total, lanes);
    }
}

INLINE float sum_of_lanes(vector v) {
  float total = 0;
  UNROLL for (long i = 0; i < VW; i++) total += v[i];
  return total;
}

static void linear_backward_row(const float *x, const float *weights, const float *g, float *dx, float *dw, long inputs,
                                long outputs) {
  for (long i = 0; i < inputs; i++) {
    vector total = 0;
    for (long o = 0; o < outputs; o += VW) {
      long lanes = outputs - o;
      vector gradient = load_lanes(g + o, lanes);
      total += gradient * load_lanes(weights + i * outputs + o, lanes);
      if (dw) add_lanes(dw + i * outputs + o, x[i] * gradient, lanes);
    }
    if (dx) dx[i] = sum_of_lanes(total);
  }
}

static void linear_backward(const float *x, const float *weights, const float *dlogits, float *dx, float *dw, float *db,
                            long inputs, long outputs, long n0, long n1) {
  for (long n = n0; n < n1; n++) {
    const float *g = dlogits + n * outputs;
    linear_backward_row(x + n * inputs, weights, g, dx ? dx + n * inputs : NULL, dw, inputs, outputs);
    for (long o = 0; db && o < outputs; o += VW) add_lanes(db + o, load_lanes(g + o, outputs - o), outputs - o);
  }
}
