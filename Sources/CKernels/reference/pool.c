#include "reference.h"
#include "values.h"
#include "window.h"

/// What one pooling window holds: the pixels inside the image, their sum, and the extreme with its pixel.
typedef struct {
  long count, pixel;
  double sum;
  float extreme;
} pooled;

static pooled pool_at(nas_pool kind, const nas_window *w, nas_source x, long output, long channel) {
  pooled p = {0, -1, 0, 0};
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_read(w, output, tap);
    if (pixel < 0) continue;
    float v = source_value(x, pixel, channel);
    if (p.count == 0 || (kind == NAS_POOL_MAX && v > p.extreme) || (kind == NAS_POOL_MIN && v < p.extreme)) {
      p.extreme = v;
      p.pixel = pixel;
    }
    p.sum += v;
    p.count++;
  }
  return p;
}

/// What an average divides by.
static double divisor(const nas_window *w, pooled p) { return (double)(w->counts_padding ? window_taps(w) : p.count); }

/// The value of a window; a window without a pixel inside the image is 0.
static double pooled_value(nas_pool kind, const nas_window *w, pooled p) {
  if (p.count == 0) return 0;
  return kind == NAS_POOL_AVERAGE ? p.sum / divisor(w, p) : p.extreme;
}

void reference_pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1,
                            nas_sums sums, float *scratch) {
  (void)scratch;
  for (long c = 0; c < w->in_blocks * LANES; c++) {
    totals t = {0, 0};
    for (long pixel = n0 * output_pixels(w); pixel < n1 * output_pixels(w); pixel++)
      put_result(y, pixel, c, pooled_value(kind, w, pool_at(kind, w, x, pixel, c)), &t);
    add_totals(sums, c, t);
  }
}

/// The gradient that reaches one input value: its share of each average, or the whole where it is the extreme.
static double gradient_of_input(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, long input,
                                long channel) {
  double total = 0;
  for (long tap = 0; tap < window_taps(w); tap++) {
    long pixel = pixel_reading(w, input, tap);
    if (pixel < 0) continue;
    pooled p = pool_at(kind, w, x, pixel, channel);
    if (kind == NAS_POOL_AVERAGE) total += gradient_value(dy, pixel, channel) / divisor(w, p);
    else if (p.pixel == input) total += gradient_value(dy, pixel, channel);
  }
  return total;
}

void reference_pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                             long n1, nas_sums dx_sums, float *scratch) {
  (void)scratch;
  for (long c = 0; c < w->in_blocks * LANES; c++) {
    totals t = {0, 0};
    for (long pixel = n0 * input_pixels(w); pixel < n1 * input_pixels(w); pixel++)
      put_gradient(x, dx, pixel, c, gradient_of_input(kind, w, x, dy, pixel, c), &t);
    add_totals(dx_sums, c, t);
  }
}
