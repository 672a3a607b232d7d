#include <math.h>

#include "reference.h"

void reference_linear_forward(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                              long outputs, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long o = 0; o < outputs; o++) {
      double total = bias ? bias[o] : 0;
      for (long i = 0; i < inputs; i++) total += (double)x[n * inputs + i] * weights[i * outputs + o];
      logits[n * outputs + o] = (float)total;
    }
}

void reference_linear_backward(const float *x, const float *weights, const float *dlogits, float *dx, float *dw,
                               float *db, long inputs, long outputs, long n0, long n1) {
  for (long n = n0; dx && n < n1; n++)
    for (long i = 0; i < inputs; i++) {
      double total = 0;
      for (long o = 0; o < outputs; o++) total += (double)dlogits[n * outputs + o] * weights[i * outputs + o];
      dx[n * inputs + i] = (float)total;
    }
  for (long i = 0; dw && i < inputs; i++)
    for (long o = 0; o < outputs; o++) {
      double total = 0;
      for (long n = n0; n < n1; n++) total += (double)x[n * inputs + i] * dlogits[n * outputs + o];
      dw[i * outputs + o] += (float)total;
    }
  for (long o = 0; db && o < outputs; o++) {
    double total = 0;
    for (long n = n0; n < n1; n++) total += dlogits[n * outputs + o];
    db[o] += (float)total;
  }
}

/// The position of the largest logit, the first of equals.
static long largest(const float *logits, long classes) {
  long best = 0;
  for (long k = 1; k < classes; k++)
    if (logits[k] > logits[best]) best = k;
  return best;
}

void reference_softmax_cross_entropy(const float *logits, const unsigned char *labels, float *losses, float *dlogits,
                                     unsigned char *correct, float scale, long classes, long n0, long n1) {
  for (long n = n0; n < n1; n++) {
    const float *row = logits + n * classes;
    long best = largest(row, classes);
    double total = 0;
    for (long k = 0; k < classes; k++) total += exp((double)row[k] - row[best]);
    losses[n] = (float)(log(total) - ((double)row[labels[n]] - row[best]));
    correct[n] = best == labels[n];
    for (long k = 0; dlogits && k < classes; k++)
      dlogits[n * classes + k] = (float)((exp((double)row[k] - row[best]) / total - (k == labels[n])) * scale);
  }
}
