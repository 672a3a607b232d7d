#include "reference.h"

/// What one pooling window holds: the pixels inside the image, their sum, and the extreme with its pixel.
typedef struct {
  long count, pixel;
  double sum;
  float extreme;
} pooled;

static pooled pool_at(nas_pool kind, const nas_window *w, nas_source x, long n, long oy, long ox, long c) {
  pooled p = {0, -1, 0, 0};
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long iy = read_position(oy, ky, w->stride_h, w->dilation_h, w->pad_top);
    if (iy < 0 || iy >= w->height) continue;
    for (long kx = 0; kx < w->kernel_w; kx++) {
      long ix = read_position(ox, kx, w->stride_w, w->dilation_w, w->pad_left);
      if (ix < 0 || ix >= w->width) continue;
      long pixel = (n * w->height + iy) * w->width + ix;
      float v = source_at(x, pixel, c);
      if (p.count == 0 || (kind == NAS_POOL_MAX && v > p.extreme) || (kind == NAS_POOL_MIN && v < p.extreme)) {
        p.extreme = v;
        p.pixel = pixel;
      }
      p.sum += v;
      p.count++;
    }
  }
  return p;
}

/// The value of a window; a window without a pixel inside the image is 0.
static double pooled_value(nas_pool kind, pooled p) {
  if (p.count == 0) return 0;
  return kind == NAS_POOL_AVERAGE ? p.sum / (double)p.count : p.extreme;
}

void reference_pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1, float *sum,
                            float *sum_squares, float *scratch) {
  (void)scratch;
  for (long c = 0; c < w->channels; c++) {
    double total = 0, squares = 0;
    for (long n = n0; n < n1; n++)
      for (long oy = 0; oy < w->out_height; oy++)
        for (long ox = 0; ox < w->out_width; ox++) {
          double value = pooled_value(kind, pool_at(kind, w, x, n, oy, ox, c));
          sink_put(y, (n * w->out_height + oy) * w->out_width + ox, c, value);
          total += value;
          squares += value * value;
        }
    if (sum) sum[c] += (float)total;
    if (sum_squares) sum_squares[c] += (float)squares;
  }
}

/// The gradient that reaches one input value: its share of each average, or the whole where it is the extreme.
static double gradient_of_input(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, long n, long iy,
                                long ix, long c) {
  double total = 0;
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long oy = write_position(iy, ky, w->stride_h, w->dilation_h, w->pad_top, w->out_height);
    if (oy < 0) continue;
    for (long kx = 0; kx < w->kernel_w; kx++) {
      long ox = write_position(ix, kx, w->stride_w, w->dilation_w, w->pad_left, w->out_width);
      if (ox < 0) continue;
      pooled p = pool_at(kind, w, x, n, oy, ox, c);
      double g = gradient_at(dy, (n * w->out_height + oy) * w->out_width + ox, c);
      if (kind == NAS_POOL_AVERAGE) total += g / (double)p.count;
      else if (p.pixel == (n * w->height + iy) * w->width + ix) total += g;
    }
  }
  return total;
}

void reference_pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                             long n1, float *scratch) {
  (void)scratch;
  for (long n = n0; n < n1; n++)
    for (long iy = 0; iy < w->height; iy++)
      for (long ix = 0; ix < w->width; ix++)
        for (long c = 0; c < w->channels; c++) {
          long pixel = (n * w->height + iy) * w->width + ix;
          double value = source_passes(x, pixel, c) ? gradient_of_input(kind, w, x, dy, n, iy, ix, c) : 0;
          sink_put(dx, pixel, c, value);
        }
}
