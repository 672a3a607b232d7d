#include "reference.h"

long reference_multiply_add_burst(long rounds, float *result) {
  double sum = 0;
  for (long round = 0; round < rounds; round++) sum = sum * 0.5 + 1;
  *result = (float)sum;
  return rounds;
}

void reference_triad(float *to, const float *a, const float *b, float factor, long count) {
  for (long i = 0; i < count; i++) to[i] = (float)(a[i] + (double)factor * b[i]);
}
