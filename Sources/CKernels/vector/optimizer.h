// What the optimiser does with flat runs of parameters: whole vectors, then what is left one by one.
#pragma once

#include "access.h"

static void sgd_step(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                     float clip, int nesterov) {
  // The step is ahead * g + keep * velocity: either kind of momentum in one loop.
  float ahead = nesterov ? 1 : 0, keep = nesterov ? momentum : 1;
  long i = 0;
  for (; i + VW <= count; i += VW) {
    vector weight = load(w + i), g = load(gradient + i) * clip + decay * weight;
    vector velocity = momentum * load(v + i) + g;
    store(v + i, velocity);
    store(w + i, weight - rate * (ahead * g + keep * velocity));
  }
  for (; i < count; i++) {
    float g = gradient[i] * clip + decay * w[i];
    v[i] = momentum * v[i] + g;
    w[i] -= rate * (ahead * g + keep * v[i]);
  }
}

static void accumulate(float *to, const float *from, long count) {
  long i = 0;
  for (; i + VW <= count; i += VW) add_to(to + i, load(from + i));
  for (; i < count; i++) to[i] += from[i];
}

/// Sums of 4096 squares in float, then in double: the order depends on nothing but the width of the vectors.
static double sum_of_squares(const float *x, long count) {
  double total = 0;
  for (long first = 0; first < count; first += 4096) {
    long end = smaller(count, first + 4096), i = first;
    vector even = 0, odd = 0;
    for (; i + 2 * VW <= end; i += 2 * VW) {
      vector a = load(x + i), b = load(x + i + VW);
      even += a * a;
      odd += b * b;
    }
    even += odd;
    for (long lane = 0; lane < VW; lane++) total += even[lane];
    for (; i < end; i++) total += (double)x[i] * x[i];
  }
  return total;
}
