#include "reference.h"

void reference_add(nas_source a, nas_source b, nas_sink y, long pixels, long channels) {
  for (long p = 0; p < pixels; p++)
    for (long c = 0; c < channels; c++)
      sink_put(y, p, c, (double)source_at(a, p, c) + (b.data ? source_at(b, p, c) : 0));
}

void reference_moments(nas_source x, long pixels, long channels, float *sum, float *sum_squares) {
  for (long c = 0; c < channels; c++) {
    double total = 0, squares = 0;
    for (long p = 0; p < pixels; p++) {
      double v = source_at(x, p, c);
      total += v;
      squares += v * v;
    }
    if (sum) sum[c] += (float)total;
    if (sum_squares) sum_squares[c] += (float)squares;
  }
}

void reference_pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long pixels, long channels) {
  for (long p = 0; p < pixels; p++)
    for (long c = 0; c < channels; c++)
      sink_put(dx, p, c, !x.data || source_passes(x, p, c) ? gradient_at(dy, p, c) : 0);
}

void reference_gradient_moments(const float *g, long g_stride, const float *z, long z_stride, long pixels,
                                long channels, float *sum_g, float *sum_gz) {
  for (long c = 0; c < channels; c++) {
    double total = 0, products = 0;
    for (long p = 0; p < pixels; p++) {
      double v = g[p * g_stride + c];
      total += v;
      products += v * z[p * z_stride + c];
    }
    sum_g[c] += (float)total;
    sum_gz[c] += (float)products;
  }
}

void reference_global_pool_forward(nas_source x, long pixels, long channels, float *y, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long c = 0; c < channels; c++) {
      double total = 0;
      for (long p = 0; p < pixels; p++) total += source_at(x, n * pixels + p, c);
      y[n * channels + c] = (float)(total / (double)pixels);
    }
}

void reference_global_pool_backward(nas_source x, const float *dy, long pixels, long channels, nas_sink dx, long n0,
                                    long n1) {
  for (long n = n0; n < n1; n++)
    for (long p = n * pixels; p < (n + 1) * pixels; p++)
      for (long c = 0; c < channels; c++)
        sink_put(dx, p, c, source_passes(x, p, c) ? dy[n * channels + c] / (double)pixels : 0);
}
