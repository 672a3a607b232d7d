#include "reference.h"
#include "values.h"

void reference_add(nas_source a, nas_source b, nas_sink y, long blocks, long pixels) {
  totals unused = {0, 0};
  for (long c = 0; c < blocks * LANES; c++)
    for (long p = 0; p < pixels; p++)
      put_result(y, p, c, (double)source_value(a, p, c) + (b.data ? source_value(b, p, c) : 0), &unused);
}

void reference_moments(nas_source x, long blocks, long pixels, nas_sums sums) {
  for (long c = 0; c < blocks * LANES; c++) {
    totals t = {0, 0};
    for (long p = 0; p < pixels; p++) {
      double v = source_value(x, p, c);
      t.first += v;
      t.second += v * v;
    }
    add_totals(sums, c, t);
  }
}

void reference_pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, nas_sums dx_sums) {
  for (long c = 0; c < blocks * LANES; c++) {
    totals t = {0, 0};
    for (long p = 0; p < pixels; p++) put_gradient(x, dx, p, c, gradient_value(dy, p, c), &t);
    add_totals(dx_sums, c, t);
  }
}

static void gradient_moments_of(nas_source g, nas_source z, nas_sums sums, long blocks, long pixels) {
  for (long c = 0; c < blocks * LANES; c++) {
    totals t = {0, 0};
    for (long p = 0; p < pixels; p++) {
      double v = source_data(g, p, c);
      t.first += v;
      t.second += v * source_data(z, p, c);
    }
    add_totals(sums, c, t);
  }
}

void reference_gradient_moments(nas_source g, nas_source z, nas_sums sums, nas_source other_z, nas_sums other_sums,
                                long blocks, long pixels) {
  gradient_moments_of(g, z, sums, blocks, pixels);
  if (other_z.data) gradient_moments_of(g, other_z, other_sums, blocks, pixels);
}

void reference_global_pool_forward(nas_source x, nas_sink y, long blocks, long pixels, long n0, long n1) {
  totals unused = {0, 0};
  for (long c = 0; c < blocks * LANES; c++)
    for (long n = n0; n < n1; n++) {
      double total = 0;
      for (long p = n * pixels; p < (n + 1) * pixels; p++) total += source_value(x, p, c);
      put_result(y, n, c, total / (double)pixels, &unused);
    }
}

void reference_global_pool_backward(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, long n0,
                                    long n1, nas_sums dx_sums) {
  for (long c = 0; c < blocks * LANES; c++) {
    totals t = {0, 0};
    for (long p = n0 * pixels; p < n1 * pixels; p++)
      put_gradient(x, dx, p, c, gradient_value(dy, p / pixels, c) / (double)pixels, &t);
    add_totals(dx_sums, c, t);
  }
}
