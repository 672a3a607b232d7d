#include "reference.h"

/// One output value: the sum over the window and the input channels of its group.
static double convolve_at(const nas_window *w, nas_source x, const float *weights, long n, long oy, long ox, long o) {
  long per_group = w->channels / w->groups;
  long first = o / (w->out_channels / w->groups) * per_group;
  double total = 0;
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long iy = read_position(oy, ky, w->stride_h, w->dilation_h, w->pad_top);
    if (iy < 0 || iy >= w->height) continue;
    for (long kx = 0; kx < w->kernel_w; kx++) {
      long ix = read_position(ox, kx, w->stride_w, w->dilation_w, w->pad_left);
      if (ix < 0 || ix >= w->width) continue;
      const float *k = weights + (ky * w->kernel_w + kx) * per_group * w->out_channels + o;
      long pixel = (n * w->height + iy) * w->width + ix;
      for (long i = 0; i < per_group; i++) total += (double)source_at(x, pixel, first + i) * k[i * w->out_channels];
    }
  }
  return total;
}

void reference_convolution_forward(const nas_window *w, nas_source x, const float *weights, nas_sink y, long n0,
                                   long n1, float *sum, float *sum_squares, float *scratch) {
  (void)scratch;
  for (long o = 0; o < w->out_channels; o++) {
    double total = 0, squares = 0;
    for (long n = n0; n < n1; n++)
      for (long oy = 0; oy < w->out_height; oy++)
        for (long ox = 0; ox < w->out_width; ox++) {
          double value = convolve_at(w, x, weights, n, oy, ox, o);
          sink_put(y, (n * w->out_height + oy) * w->out_width + ox, o, value);
          total += value;
          squares += value * value;
        }
    if (sum) sum[o] += (float)total;
    if (sum_squares) sum_squares[o] += (float)squares;
  }
}

/// The gradient that reaches one input value: a sum over the output values that read it.
static double gradient_of_input(const nas_window *w, const float *weights, nas_gradient dy, long n, long y, long x,
                                long c) {
  long per_group = w->channels / w->groups, outputs = w->out_channels / w->groups;
  long group = c / per_group;
  double total = 0;
  for (long ky = 0; ky < w->kernel_h; ky++) {
    long oy = write_position(y, ky, w->stride_h, w->dilation_h, w->pad_top, w->out_height);
    if (oy < 0) continue;
    for (long kx = 0; kx < w->kernel_w; kx++) {
      long ox = write_position(x, kx, w->stride_w, w->dilation_w, w->pad_left, w->out_width);
      if (ox < 0) continue;
      const float *k = weights + ((ky * w->kernel_w + kx) * per_group + c % per_group) * w->out_channels;
      long pixel = (n * w->out_height + oy) * w->out_width + ox;
      for (long o = group * outputs; o < (group + 1) * outputs; o++) total += (double)gradient_at(dy, pixel, o) * k[o];
    }
  }
  return total;
}

/// The gradient with respect to the weight of kernel position (ky, kx), input channel `c` and output channel `o`.
static double gradient_of_weight(const nas_window *w, nas_source x, nas_gradient dy, long n0, long n1, long ky, long kx,
                                 long c, long o) {
  double total = 0;
  for (long n = n0; n < n1; n++)
    for (long oy = 0; oy < w->out_height; oy++) {
      long iy = read_position(oy, ky, w->stride_h, w->dilation_h, w->pad_top);
      if (iy < 0 || iy >= w->height) continue;
      for (long ox = 0; ox < w->out_width; ox++) {
        long ix = read_position(ox, kx, w->stride_w, w->dilation_w, w->pad_left);
        if (ix < 0 || ix >= w->width) continue;
        total += (double)source_at(x, (n * w->height + iy) * w->width + ix, c) *
                 gradient_at(dy, (n * w->out_height + oy) * w->out_width + ox, o);
      }
    }
  return total;
}

static void backward_input(const nas_window *w, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                           long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long iy = 0; iy < w->height; iy++)
      for (long ix = 0; ix < w->width; ix++)
        for (long c = 0; c < w->channels; c++) {
          long pixel = (n * w->height + iy) * w->width + ix;
          double value = source_passes(x, pixel, c) ? gradient_of_input(w, weights, dy, n, iy, ix, c) : 0;
          sink_put(dx, pixel, c, value);
        }
}

static void backward_weights(const nas_window *w, nas_source x, nas_gradient dy, float *dw, long n0, long n1) {
  long per_group = w->channels / w->groups, outputs = w->out_channels / w->groups;
  for (long ky = 0; ky < w->kernel_h; ky++)
    for (long kx = 0; kx < w->kernel_w; kx++)
      for (long i = 0; i < per_group; i++)
        for (long o = 0; o < w->out_channels; o++) {
          long c = o / outputs * per_group + i;
          *dw++ += (float)gradient_of_weight(w, x, dy, n0, n1, ky, kx, c, o);
        }
}

void reference_convolution_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy,
                                    nas_sink dx, float *dw, long n0, long n1, float *scratch) {
  (void)scratch;
  if (dx.data) backward_input(w, x, weights, dy, dx, n0, n1);
  if (dw) backward_weights(w, x, dy, dw, n0, n1);
}
