// The compute kernels of the training engine: fp32, one table of functions per instruction set.
//
// Values. What kernels read and leave, activations and gradients with respect to them, is stored as floats or, by tables
// of their own, as bf16: the upper half of a float, rounded to nearest, ties to even. Weights, their gradients, sums,
// coefficients, scratch and all arithmetic are floats in either case; sums are taken before a result is rounded. Distances
// within values are counted in values.
//
// Layout. Channels lie in blocks of `lanes` values, as floats a register or half of one: block b of pixel p is at data + b * plane +
// p * lanes, where pixels count through the rows of an image and then through the images. So every access is one whole
// vector, of one pixel or of two neighbours, and every walk over pixels is contiguous. Where a value has fewer channels than
// its blocks have lanes, the rest is 0 and stays 0: weights, scales and shifts of channels that do not exist are 0.
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
typedef struct {
  const void *data;
  long plane;          // values between two blocks of a pixel
  const float *scale;  // [blocks * lanes] or NULL
  const float *shift;  // the same, with scale
  int relu;
} nas_source;

/// A result: written, or added to what is there.
typedef struct {
  void *data;  // NULL where the result is not wanted
  long plane;
  int accumulate;
} nas_sink;

/// A gradient that is transformed as it is read. Plain (a == NULL): g. Behind a batch normalisation whose input was z:
/// a[c] * g + b[c] * z + c[c], the gradient with respect to z.
typedef struct {
  const void *data;
  long plane;
  const void *z;
  long z_plane;
  const float *a, *b, *c;  // [blocks * lanes] or NULL
} nas_gradient;

/// The depthwise result of a separable convolution, which the forward pass may keep for the backward pass: floats, whatever
/// values are stored as, from a multiple of 64 bytes on.
typedef struct {
  float *data;  // NULL: it is not kept, and the backward pass computes it again
  long plane;
} nas_kept;

/// Two sums per channel that a kernel adds to, [blocks * lanes] each; NULL where they are not wanted.
/// Of a forward kernel: the sums of its result and of its square (not of what an accumulating sink held before).
/// Of a backward kernel: the sums of the gradient that it leaves in dx (with what was there before) and of its product
/// with the operand's untransformed data: what the batch normalisation behind the operand wants to know.
typedef struct {
  float *first, *second;
} nas_sums;

/// Of every `part_blocks` blocks the last holds `last_lanes` channels and the others all their lanes: a hint that saves
/// multiplications with 0. A concatenation of equal parts has several such parts.
typedef struct {
  long part_blocks, last_lanes;
} nas_lanes;

/// The geometry of a convolution or pooling. Output (oy, ox) reads rows oy * stride_h - pad_top + ky * dilation_h and
/// the like for columns; what lies outside the image is padding. pad_top and pad_left may be negative (a crop).
typedef struct {
  long height, width;
  long out_height, out_width;
  long kernel_h, kernel_w;
  long stride_h, stride_w;
  long dilation_h, dilation_w;
  long pad_top, pad_left;
  long in_blocks, out_blocks;
  nas_lanes in_lanes, out_lanes;
  int counts_padding;  // of a pooling: averages divide by kernel_h * kernel_w, padding counted as zeros
} nas_window;

typedef enum { NAS_POOL_MAX = 0, NAS_POOL_AVERAGE = 1, NAS_POOL_MIN = 2 } nas_pool;

typedef enum {
  NAS_ISA_REFERENCE = 0,  // naive loops with sums in double: never tuned, what the others are tested against
  NAS_ISA_BASELINE = 1,   // the vector code compiled for the platform's baseline
  NAS_ISA_AVX2 = 2,
  NAS_ISA_AVX512 = 3,
  NAS_ISA_NEON = 4
} nas_isa;

/// The kernels of one instruction set and one width of blocks. Images n0 ..< n1 of a batch are processed; data pointers are
/// those of image 0. `scratch` holds at least what the matching *_scratch function says, in floats, 64-byte aligned, one
/// per thread; its contents need not survive between calls. Weights are packed: see nas_packing.
typedef struct {
  nas_isa isa;
  long lanes;  // values of a block
  long value_bytes;  // of a stored value: 4, or 2 where it is a bf16

  /// y = convolution of x + bias (bias may be NULL); weights [taps][in_blocks * lanes][out_blocks * lanes].
  void (*convolution_forward)(const nas_window *, nas_source x, const float *weights, const float *bias, nas_sink y,
                              long n0, long n1, nas_sums sums, float *scratch);
  /// dx (optional) = gradient with respect to the operand before its relu and after its scale; dw (optional), laid out as
  /// the weights, += gradient with respect to them. `transposed` is [taps][out_blocks * lanes][in_blocks * lanes].
  void (*convolution_backward)(const nas_window *, nas_source x, const float *transposed, nas_gradient dy, nas_sink dx,
                               float *dw, long n0, long n1, nas_sums dx_sums, float *scratch);
  long (*convolution_scratch)(const nas_window *);

  /// y = 1×1 convolution of the depthwise convolution of x (window: of the depthwise one), + bias. Depthwise weights
  /// [in_blocks][taps][lanes], pointwise weights [in_blocks * lanes][out_blocks * lanes]. Without pointwise weights the
  /// result is that of the depthwise convolution, and in_blocks == out_blocks. The value between the two is stored only
  /// where it is kept; without pointwise weights it is not.
  void (*separable_forward)(const nas_window *, nas_source x, const float *depthwise, const float *pointwise,
                            const float *bias, nas_sink y, nas_kept kept, long n0, long n1, nas_sums sums,
                            float *scratch);
  /// Gradients as of a convolution; ddepthwise and dpointwise (both or neither) are laid out as the weights and added to.
  void (*separable_backward)(const nas_window *, nas_source x, const float *depthwise, const float *pointwise,
                             const float *pointwise_transposed, nas_kept kept, nas_gradient dy, nas_sink dx,
                             float *ddepthwise, float *dpointwise, long n0, long n1, nas_sums dx_sums,
                             float *scratch);
  long (*separable_scratch)(const nas_window *);

  /// Pooling; averages count pixels inside the image only, unless the window counts its padding; of equal extremes the
  /// first in row-major order is taken; a window with no pixel inside the image is 0. in_blocks == out_blocks.
  /// The backward pass finds the extremes again from x.
  void (*pool_forward)(nas_pool, const nas_window *, nas_source x, nas_sink y, long n0, long n1, nas_sums sums,
                       float *scratch);
  void (*pool_backward)(nas_pool, const nas_window *, nas_source x, nas_gradient dy, nas_sink dx, long n0, long n1,
                        nas_sums dx_sums, float *scratch);
  long (*pool_scratch)(const nas_window *);

  /// y = a + b, pixel by pixel; b.data may be NULL (y = a).
  void (*add)(nas_source a, nas_source b, nas_sink y, long blocks, long pixels);
  /// Adds the sums of x and of its square.
  void (*moments)(nas_source x, long blocks, long pixels, nas_sums sums);
  /// dx = dy where the operand x passed its relu (x.data may be NULL when it has none), 0 elsewhere.
  void (*pass_gradient)(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, nas_sums dx_sums);
  /// Batch normalisation, backward: adds sum(g) and sum(g * z), for one or two values z that share the gradient (the
  /// second's data may be NULL). Only data and plane of the sources are looked at.
  void (*gradient_moments)(nas_source g, nas_source z, nas_sums sums, nas_source other_z, nas_sums other_sums,
                           long blocks, long pixels);

  /// y[n] = mean over the `pixels` of image n of x: an image of one pixel.
  void (*global_pool_forward)(nas_source x, nas_sink y, long blocks, long pixels, long n0, long n1);
  void (*global_pool_backward)(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, long n0, long n1,
                               nas_sums dx_sums);

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

  /// Measures of the processor. A burst of multiply-adds on registers, `rounds` of them: returns how many there were, and
  /// leaves a sum in `result`, so that none can be left out.
  long (*multiply_add_burst)(long rounds, float *result);
  /// to = a + factor * b: two floats read and one written for each (McCalpin, "STREAM", 1995).
  void (*triad)(float *to, const float *a, const float *b, float factor, long count);
} nas_kernels;

/// The best instruction set of this processor that this build has code for.
nas_isa nas_best_isa(void);
/// Whether this processor does an instruction on 512 bits in two halves, as AMD's family 19h does (its Zen 4 has AVX-512).
int nas_halves_wide_registers(void);
/// The kernels of an instruction set; NULL where this build or this processor does not have it.
const nas_kernels *nas_kernels_for(nas_isa isa);
/// The kernels of the same instructions for blocks of half as many lanes, for values with few channels; NULL where there
/// are none.
const nas_kernels *nas_narrow_kernels_for(nas_isa isa);
/// The same two for values that are stored as bf16; the naive reference has none.
const nas_kernels *nas_bf16_kernels_for(nas_isa isa);
const nas_kernels *nas_narrow_bf16_kernels_for(nas_isa isa);

/// Where the channels of a convolution's weights [taps][inputs / groups][outputs] lie among its operand's and its result's
/// lanes. Input channel i is lane input_at[i] of the operand's physical_inputs = in_blocks * lanes; output channel o is
/// lane output_at + o of the result's physical_outputs, so that a result may start within a block.
typedef struct {
  long taps, inputs, outputs, groups;
  const int *input_at;
  long output_at;
  long physical_inputs, physical_outputs;
} nas_packing;

/// Weights to [taps][physical_inputs][physical_outputs], and transposed (optional) to [taps][physical_outputs][physical_inputs];
/// 0 where no channel is. Column o is multiplied by scale[output_at + o] (optional).
void nas_pack_convolution(const nas_packing *, const float *weights, const float *scale, float *packed, float *transposed);
/// The gradient of the weights from that of the packed ones.
void nas_unpack_convolution(const nas_packing *, const float *packed, float *weights);
/// Depthwise weights [taps][channels] to [physical_inputs / lanes][taps][lanes]; only taps, inputs, input_at and physical_inputs
/// are looked at.
void nas_pack_depthwise(const nas_packing *, const float *weights, long lanes, float *packed);
void nas_unpack_depthwise(const nas_packing *, const float *packed, long lanes, float *weights);

/// rows[n * count + i] = data[n * image + at[i]] for images n0 ..< n1: values in blocks, of `value_bytes` each, as dense rows
/// of floats.
void nas_flatten(const void *data, long value_bytes, long image, const int *at, long count, float *rows, long n0,
                 long n1);
/// The way back: data[n * image + at[i]] = (accumulate ? what is there : 0) + rows[n * count + i]; other lanes are left.
void nas_unflatten(const float *rows, const int *at, long count, void *data, long value_bytes, long image,
                   int accumulate, long n0, long n1);

/// A float as bf16, and back.
unsigned short nas_bf16(float value);
float nas_float_of_bf16(unsigned short value);

/// RMSProp as TensorFlow has it: g = gradient * clip + decay * w; mean_square = kept * mean_square + (1 - kept) * g * g;
/// v = momentum * v + rate * g / sqrt(mean_square + epsilon); w -= v.
void nas_rmsprop_step(float *w, float *v, float *mean_square, const float *gradient, long count, float rate,
                      float momentum, float kept, float epsilon, float decay, float clip);
/// average += share * (value - average).
void nas_move_towards(float *average, const float *value, long count, float share);
/// Exchanges `count` floats.
void nas_swap(float *a, float *b, long count);
/// x *= factors, one by one.
void nas_multiply(float *x, const float *factors, long count);
/// Makes of losses[n] = -log p[label] and dlogits (optional) = (p - onehot) * scale, p = softmax(logits[n]), those of the
/// target (1 - smoothing) * onehot + smoothing / classes.
void nas_smooth_labels(const float *logits, const unsigned char *labels, float *losses, float *dlogits, float smoothing,
                       float scale, long classes, long n0, long n1);

#ifdef __cplusplus
}
#endif
