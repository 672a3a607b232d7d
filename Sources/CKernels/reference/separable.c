// A depthwise convolution into scratch memory and a 1×1 convolution of that, image by image.
#include "reference.h"
#include "values.h"
#include "window.h"

static const nas_sums no_sums = {NULL, NULL};

static nas_window pointwise_window(const nas_window *w) {
  nas_window pointwise = *w;
  pointwise.height = w->out_height;
  pointwise.width = w->out_width;
  pointwise.kernel_h = pointwise.kernel_w = 1;
  pointwise.stride_h = pointwise.stride_w = 1;
  pointwise.dilation_h = pointwise.dilation_w = 1;
  pointwise.pad_top = pointwise.pad_left = 0;
  return pointwise;
}

/// Operand, result and gradient from a pixel on, so that an image can be processed as if it were the first.
static nas_source source_from(nas_source x, long pixel) {
  x.data = (const float *)x.data + pixel * LANES;
  return x;
}

static nas_sink sink_from(nas_sink y, long pixel) {
  if (y.data) y.data = (float *)y.data + pixel * LANES;
  return y;
}

static nas_gradient gradient_from(nas_gradient g, long pixel) {
  g.data = (const float *)g.data + pixel * LANES;
  if (g.z) g.z = (const float *)g.z + pixel * LANES;
  return g;
}

/// Floats of the value between the two convolutions, for one image.
static long middle_floats(const nas_window *w) { return w->in_blocks * output_pixels(w) * LANES; }

/// Where that of image `n` lies: where it is kept, else in scratch.
static nas_kept middle_of(const nas_window *w, nas_kept kept, long n, float *scratch) {
  if (!kept.data) return (nas_kept){scratch, output_pixels(w) * LANES};
  kept.data += n * output_pixels(w) * LANES;
  return kept;
}

/// Room for the value between the two and for its gradient.
long reference_separable_scratch(const nas_window *w) { return 2 * middle_floats(w); }

void reference_separable_forward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                                 const float *bias, nas_sink y, nas_kept kept, long n0, long n1, nas_sums sums,
                                 float *scratch) {
  if (!pointwise) {
    reference_depthwise_forward(w, x, depthwise, bias, y, n0, n1, sums);
    return;
  }
  nas_window second = pointwise_window(w);
  for (long n = n0; n < n1; n++) {
    nas_kept middle = middle_of(w, kept, n, scratch);
    nas_source operand = {middle.data, middle.plane, NULL, NULL, 0};
    reference_depthwise_forward(w, source_from(x, n * input_pixels(w)), depthwise, NULL,
                                (nas_sink){middle.data, middle.plane, 0}, 0, 1, no_sums);
    reference_convolution_forward(&second, operand, pointwise, bias, sink_from(y, n * output_pixels(w)), 0, 1, sums,
                                  NULL);
  }
}

void reference_separable_backward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                                  const float *pointwise_transposed, nas_kept kept, nas_gradient dy, nas_sink dx,
                                  float *ddepthwise, float *dpointwise, long n0, long n1, nas_sums dx_sums,
                                  float *scratch) {
  if (!pointwise) {
    reference_depthwise_backward(w, x, depthwise, dy, dx, ddepthwise, n0, n1, dx_sums);
    return;
  }
  nas_window second = pointwise_window(w);
  long plane = output_pixels(w) * LANES;
  float *gradients = scratch + middle_floats(w);
  nas_sink dmiddle = {gradients, plane, 0};
  nas_gradient gradient = {gradients, plane, NULL, 0, NULL, NULL, NULL};
  for (long n = n0; n < n1; n++) {
    nas_source image = source_from(x, n * input_pixels(w));
    nas_kept middle = middle_of(w, kept, n, scratch);
    nas_source operand = {middle.data, middle.plane, NULL, NULL, 0};
    if (!kept.data)
      reference_depthwise_forward(w, image, depthwise, NULL, (nas_sink){middle.data, middle.plane, 0}, 0, 1,
                                  no_sums);
    reference_convolution_backward(&second, operand, pointwise_transposed, gradient_from(dy, n * output_pixels(w)),
                                   dmiddle, dpointwise, 0, 1, no_sums, NULL);
    reference_depthwise_backward(w, image, depthwise, gradient, sink_from(dx, n * input_pixels(w)), ddepthwise, 0, 1,
                                 dx_sums);
  }
}
