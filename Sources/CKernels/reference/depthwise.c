#include "reference.h"
#include "values.h"
#include "window.h"

/// The weight of a channel in weights [blocks][taps][lanes].
static long weight_at(const nas_window *w, long channel, long tap) {
  return (channel / LANES * window_taps(w) + tap) * LANES + channel % LANES;
}

static double convolve_at(const nas_window *w, nas_source x, const float *weights, long output, long channel) {
  double total = 0;
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_read(w, output, tap);
    if (pixel >= 0) total += (double)source_value(x, pixel, channel) * weights[weight_at(w, channel, tap)];
  }
  return total;
}

void reference_depthwise_forward(const nas_window *w, nas_source x, const float *weights, const float *bias, nas_sink y,
                                 long n0, long n1, nas_sums sums) {
  for (long c = 0; c < w->in_blocks * LANES; c++) {
    totals t = {0, 0};
    for (long pixel = n0 * output_pixels(w); pixel < n1 * output_pixels(w); pixel++)
      put_result(y, pixel, c, convolve_at(w, x, weights, pixel, c) + (bias ? bias[c] : 0), &t);
    add_totals(sums, c, t);
  }
}

static double gradient_of_input(const nas_window *w, const float *weights, nas_gradient dy, long input, long channel) {
  double total = 0;
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_reading(w, input, tap);
    if (pixel >= 0) total += gradient_value(dy, pixel, channel) * weights[weight_at(w, channel, tap)];
  }
  return total;
}

static double gradient_of_weight(const nas_window *w, nas_source x, nas_gradient dy, long n0, long n1, long channel,
                                 long tap) {
  double total = 0;
  for (long output = n0 * output_pixels(w); output < n1 * output_pixels(w); output++) {
    long pixel = pixel_read(w, output, tap);
    if (pixel >= 0) total += source_value(x, pixel, channel) * gradient_value(dy, output, channel);
  }
  return total;
}

void reference_depthwise_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                                  float *dw, long n0, long n1, nas_sums dx_sums) {
  for (long c = 0; dx.data && c < w->in_blocks * LANES; c++) {
    totals t = {0, 0};
    for (long pixel = n0 * input_pixels(w); pixel < n1 * input_pixels(w); pixel++)
      put_gradient(x, dx, pixel, c, gradient_of_input(w, weights, dy, pixel, c), &t);
    add_totals(dx_sums, c, t);
  }
  for (long c = 0; dw && c < w->in_blocks * LANES; c++)
    for (long tap = 0; tap < window_taps(w); tap++)
      dw[weight_at(w, c, tap)] += (float)gradient_of_weight(w, x, dy, n0, n1, c, tap);
}
