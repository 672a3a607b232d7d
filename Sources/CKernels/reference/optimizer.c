#include "reference.h"

void reference_sgd_step(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                        float clip, int nesterov) {
  for (long i = 0; i < count; i++) {
    double g = (double)gradient[i] * clip + (double)decay * w[i];
    double velocity = (double)momentum * v[i] + g;
    v[i] = (float)velocity;
    w[i] = (float)(w[i] - rate * (nesterov ? g + momentum * velocity : velocity));
  }
}

void reference_accumulate(float *to, const float *from, long count) {
  for (long i = 0; i < count; i++) to[i] += from[i];
}

double reference_sum_of_squares(const float *x, long count) {
  double total = 0;
  for (long i = 0; i < count; i++) total += (double)x[i] * x[i];
  return total;
}
