#include "reference.h"
#include "values.h"
#include "window.h"

/// One output value: the sum over the window and the input channels.
static double convolve_at(const nas_window *w, nas_source x, const float *weights, long output, long o) {
  long inputs = w->in_blocks * LANES, outputs = w->out_blocks * LANES;
  double total = 0;
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_read(w, output, tap);
    if (pixel < 0) continue;
    for (long i = 0; i < inputs; i++)
      total += (double)source_value(x, pixel, i) * weights[(tap * inputs + i) * outputs + o];
  }
  return total;
}

void reference_convolution_forward(const nas_window *w, nas_source x, const float *weights, const float *bias,
                                   nas_sink y, long n0, long n1, nas_sums sums, float *scratch) {
  (void)scratch;
  for (long o = 0; o < w->out_blocks * LANES; o++) {
    totals t = {0, 0};
    for (long pixel = n0 * output_pixels(w); pixel < n1 * output_pixels(w); pixel++)
      put_result(y, pixel, o, convolve_at(w, x, weights, pixel, o) + (bias ? bias[o] : 0), &t);
    add_totals(sums, o, t);
  }
}

/// The gradient that reaches one input value: a sum over the output values that read it.
static double gradient_of_input(const nas_window *w, const float *transposed, nas_gradient dy, long input, long i) {
  long inputs = w->in_blocks * LANES, outputs = w->out_blocks * LANES;
  double total = 0;
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_reading(w, input, tap);
    if (pixel < 0) continue;
    for (long o = 0; o < outputs; o++)
      total += gradient_value(dy, pixel, o) * transposed[(tap * outputs + o) * inputs + i];
  }
  return total;
}

static void backward_input(const nas_window *w, nas_source x, const float *transposed, nas_gradient dy, nas_sink dx,
                           long n0, long n1, nas_sums dx_sums) {
  for (long i = 0; i < w->in_blocks * LANES; i++) {
    totals t = {0, 0};
    for (long pixel = n0 * input_pixels(w); pixel < n1 * input_pixels(w); pixel++)
      put_gradient(x, dx, pixel, i, gradient_of_input(w, transposed, dy, pixel, i), &t);
    add_totals(dx_sums, i, t);
  }
}

static void backward_weights(const nas_window *w, nas_source x, nas_gradient dy, float *dw, long n0, long n1) {
  for (long tap = 0; tap < window_taps(w); tap++)
    for (long i = 0; i < w->in_blocks * LANES; i++)
      for (long o = 0; o < w->out_blocks * LANES; o++) {
        double total = 0;
        for (long output = n0 * output_pixels(w); output < n1 * output_pixels(w); output++) {
          long pixel = pixel_read(w, output, tap);
          if (pixel >= 0) total += source_value(x, pixel, i) * gradient_value(dy, output, o);
        }
        *dw++ += (float)total;
      }
}

void reference_convolution_backward(const nas_window *w, nas_source x, const float *transposed, nas_gradient dy,
                                    nas_sink dx, float *dw, long n0, long n1, nas_sums dx_sums, float *scratch) {
  (void)scratch;
  if (dx.data) backward_input(w, x, transposed, dy, dx, n0, n1, dx_sums);
  if (dw) backward_weights(w, x, dy, dw, n0, n1);
}
