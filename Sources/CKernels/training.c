// What trainings as published need besides the tables' kernels: flat loops, a small part of a step's time, compiled once for
// the platform's baseline.
#include <math.h>

#include "CKernels.h"

void nas_rmsprop_step(float *w, float *v, float *mean_square, const float *gradient, long count, float rate,
                      float momentum, float kept, float epsilon, float decay, float clip) {
  for (long i = 0; i < count; i++) {
    float g = gradient[i] * clip + decay * w[i];
    mean_square[i] = kept * mean_square[i] + (1 - kept) * g * g;
    v[i] = momentum * v[i] + rate * g / sqrtf(mean_square[i] + epsilon);
    w[i] -= v[i];
  }
}

void nas_move_towards(float *average, const float *value, long count, float share) {
  for (long i = 0; i < count; i++) average[i] += share * (value[i] - average[i]);
}

void nas_swap(float *a, float *b, long count) {
  for (long i = 0; i < count; i++) {
    float kept = a[i];
    a[i] = b[i];
    b[i] = kept;
  }
}

void nas_multiply(float *x, const float *factors, long count) {
  for (long i = 0; i < count; i++) x[i] *= factors[i];
}

void nas_smooth_labels(const float *logits, const unsigned char *labels, float *losses, float *dlogits, float smoothing,
                       float scale, long classes, long n0, long n1) {
  for (long n = n0; n < n1; n++) {
    const float *row = logits + n * classes;
    double sum = 0;
    for (long k = 0; k < classes; k++) sum += row[k];
    losses[n] += (float)(smoothing * (row[labels[n]] - sum / classes));
    if (!dlogits) continue;
    for (long k = 0; k < classes; k++)
      dlogits[n * classes + k] += scale * smoothing * ((k == labels[n]) - 1.0f / classes);
  }
}
