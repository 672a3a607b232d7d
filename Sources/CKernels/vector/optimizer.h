// What the optimiser does with flat runs of parameters.
#pragma once

#include "vector.h"

static void sgd_step(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                     float clip, int nesterov) {
  for (long i = 0; i < count; i += VW) {
    long lanes = count - i;
    vector weight = load_lanes(w + i, lanes);
    vector g = load_lanes(gradient + i, lanes) * clip + decay * weight;
    vector velocity = momentum * load_lanes(v + i, lanes) + g;
    vector step = nesterov ? g + momentum * velocity : velocity;
    store_lanes(v + i, velocity, lanes);
    store_lanes(w + i, weight - rate * step, lanes);
  }
}

static void accumulate(float *to, const float *from, long count) {
  for (long i = 0; i < count; i += VW) add_lanes(to + i, load_lanes(from + i, count - i), count - i);
}

/// Sums of 4096 squares in float, then in double: the order depends on nothing but the width of the vectors.
static double sum_of_squares(const float *x, long count) {
  double total = 0;
  for (long first = 0; first < count; first += 4096) {
    vector even = 0, odd = 0;
    for (long i = first; i < smaller(count, first + 4096); i += 2 * VW) {
      vector a = load_lanes(x + i, count - i), b = load_lanes(x + i + VW, count - i - VW);
      even += a * a;
      odd += b * b;
    }
    even += odd;
    for (long i = 0; i < VW; i++) total += even[i];
  }
  return total;
}
