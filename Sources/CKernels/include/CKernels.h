// The compute kernels of the training engine: fp32, NHWC, one table of functions per instruction set.
//
// Every kernel works on a range of images or pixels, so that the caller decides how work is split over threads; none
// allocates, locks or keeps state. Sums over a range are returned as partial sums which the caller adds in a fixed
// order: results do not depend on the number of threads.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// An operand that is transformed as it is read: v = data; if scale: v = v * scale[c] + shift[c]; if relu: v = max(v, 0),
/// where NaN stays NaN, so that divergence shows. A convolution's padding is 0 after the transform.
/// `stride` is the distance in floats between neighbouring pixels (at least the number of channels), so that a slice of
/// a concatenation is read in place.
typedef struct {
  const float *data;
  long stride;
  const float *scale;  // [channels] or NULL
  const float *shift;  // [channels], with scale
  int relu;
} nas_source;

/// A result: written, or added to what is there.
typedef struct {
  float *data;  // NULL where the result is not wanted
  long stride;
  int accumulate;
} nas_sink;

/// A gradient that is transformed as it is read. Plain (a == NULL): g. Behind a batch normalisation whose input was z:
/// a[c] * g + b[c] * z + c[c], the gradient with respect to z.
typedef struct {
  const float *data;
  long stride;
  const float *z;
  long z_stride;
  const float *a, *b, *c;  // [channels] or NULL
} nas_gradient;

/// The geometry of a convolution or pooling. Output (oy, ox) reads rows oy * stride_h - pad_top + ky * dilation_h and
/// the like for columns; what lies outside the image is padding. pad_top and pad_left may be negative (a crop).
typedef struct {
  long height, width, channels;
  long out_height, out_width, out_channels;
  long kernel_h, kernel_w;
  long stride_h, stride_w;
  long dilation_h, dilation_w;
  long pad_top, pad_left;
  long groups;
} nas_window;

typedef enum { NAS_POOL_MAX = 0, NAS_POOL_AVERAGE = 1, NAS_POOL_MIN = 2 } nas_pool;

typedef enum {
  NAS_ISA_REFERENCE = 0,  // naive loops with sums in double: never tuned, what the others are tested against
  NAS_ISA_BASELINE = 1,   // the vector code compiled for the platform's baseline
  NAS_ISA_AVX2 = 2,
  NAS_ISA_AVX512 = 3,
  NAS_ISA_NEON = 4
} nas_isa;

/// The kernels of one instruction set. Images n0 ..< n1 of a batch are processed; data pointers are those of image 0.
/// `sum` and `sum_squares` ([out_channels], may be NULL) are added to. `scratch` holds at least what the matching
/// *_scratch function says, in floats, 64-byte aligned, one per thread; its contents need not survive between calls.
typedef struct {
  nas_isa isa;

  /// y = convolution of x; weights [kernel_h][kernel_w][channels / groups][out_channels]. Also sums the convolution and
  /// its square per channel, without what an accumulating sink held before.
  void (*convolution_forward)(const nas_window *, nas_source x, const float *weights, nas_sink y, long n0, long n1,
                              float *sum, float *sum_squares, float *scratch);
  /// dx (optional) = gradient with respect to the operand before its relu and after its scale; dw (optional) += gradient
  /// with respect to the weights.
  void (*convolution_backward)(const nas_window *, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                               float *dw, long n0, long n1, float *scratch);
  long (*convolution_scratch)(const nas_window *);

  /// The same for groups == channels == out_channels; weights [kernel_h][kernel_w][1][channels].
  void (*depthwise_forward)(const nas_window *, nas_source x, const float *weights, nas_sink y, long n0, long n1,
                            float *sum, float *sum_squares, float *scratch);
  void (*depthwise_backward)(const nas_window *, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                             float *dw, long n0, long n1, float *scratch);
  long (*depthwise_scratch)(const nas_window *);

  /// Pooling; averages count pixels inside the image only; of equal extremes the first in row-major order is taken; a
  /// window with no pixel inside the image is 0.
  /// The backward pass finds the extremes again from x.
  void (*pool_forward)(nas_pool, const nas_window *, nas_source x, nas_sink y, long n0, long n1, float *sum,
                       float *sum_squares, float *scratch);
  void (*pool_backward)(nas_pool, const nas_window *, nas_source x, nas_gradient dy, nas_sink dx, long n0, long n1,
                        float *scratch);
  long (*pool_scratch)(const nas_window *);

  /// y = a + b, pixel by pixel; b.data may be NULL (y = a).
  void (*add)(nas_source a, nas_source b, nas_sink y, long pixels, long channels);
  /// Adds the sum of x and of x² per channel to `sum` and `sum_squares`.
  void (*moments)(nas_source x, long pixels, long channels, float *sum, float *sum_squares);
  /// dx = dy where the operand x passed its relu (x.data may be NULL when it has none), 0 elsewhere.
  void (*pass_gradient)(nas_source x, nas_gradient dy, nas_sink dx, long pixels, long channels);
  /// Batch normalisation, backward: adds sum(g) and sum(g * z) per channel.
  void (*gradient_moments)(const float *g, long g_stride, const float *z, long z_stride, long pixels, long channels,
                           float *sum_g, float *sum_gz);

  /// y[n][c] = mean over `pixels` of x; y is dense [images][channels].
  void (*global_pool_forward)(nas_source x, long pixels, long channels, float *y, long n0, long n1);
  void (*global_pool_backward)(nas_source x, const float *dy, long pixels, long channels, nas_sink dx, long n0,
                               long n1);

  /// logits[n] = x[n] · weights + bias for rows n0 ..< n1; weights [inputs][outputs], all dense.
  void (*linear_forward)(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                         long outputs, long n0, long n1);
  /// dx (optional) written; dw and db added to.
  void (*linear_backward)(const float *x, const float *weights, const float *dlogits, float *dx, float *dw, float *db,
                          long inputs, long outputs, long n0, long n1);
  /// losses[n] = -log softmax(logits[n])[label]; dlogits (optional) = (softmax - onehot) * scale; correct[n] = 1 where
  /// the largest logit (the first of equals) is the label's, else 0.
  void (*softmax_cross_entropy)(const float *logits, const unsigned char *labels, float *losses, float *dlogits,
                                unsigned char *correct, float scale, long classes, long n0, long n1);

  /// SGD with (Nesterov) momentum: g = gradient * clip + decay * w; v = momentum * v + g; w -= rate * (nesterov ? g +
  /// momentum * v : v).
  void (*sgd_step)(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                   float clip, int nesterov);
  /// Adds `count` floats of `from` to `to`.
  void (*accumulate)(float *to, const float *from, long count);
  /// The sum of squares, in a fixed order.
  double (*sum_of_squares)(const float *x, long count);
} nas_kernels;

/// The best instruction set of this processor that this build has code for.
nas_isa nas_best_isa(void);
/// The kernels of an instruction set; NULL where this build or this processor does not have it.
const nas_kernels *nas_kernels_for(nas_isa isa);

#ifdef __cplusplus
}
#endif
