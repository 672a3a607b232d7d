// What a processor can do at most: arithmetic and memory traffic that the speed of the kernels is a share of.
#pragma once

#include "access.h"

// Independent sums, more than are needed to keep every multiply-add unit busy: 4 units with a latency of 4 need 16.
#if NAS_REGISTERS >= 32
#define BURST_SUMS 24
#else
#define BURST_SUMS 12
#endif

static long multiply_add_burst(long rounds, float *result) {
  vector sums[BURST_SUMS], factor = 0.5f, addend = 1;
  UNROLL for (long i = 0; i < BURST_SUMS; i++) sums[i] = (float)i;
  for (long round = 0; round < rounds; round++)
    UNROLL for (long i = 0; i < BURST_SUMS; i++) sums[i] = sums[i] * factor + addend;
  UNROLL for (long i = 1; i < BURST_SUMS; i++) sums[0] += sums[i];
  *result = sums[0][0];
  return rounds * BURST_SUMS * VW;
}

static void triad(float *to, const float *a, const float *b, float factor, long count) {
  long i = 0;
  for (; i + VW <= count; i += VW) store(to + i, load(a + i) + factor * load(b + i));
  for (; i < count; i++) to[i] = a[i] + factor * b[i];
}
