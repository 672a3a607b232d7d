// The naive reference kernels: one clear loop nest per operation, sums in double, never tuned. The vector kernels are
// tested against them.
#pragma once

#include "CKernels.h"

void reference_convolution_forward(const nas_window *w, nas_source x, const float *weights, const float *bias,
                                   nas_sink y, long n0, long n1, nas_sums sums, float *scratch);
void reference_convolution_backward(const nas_window *w, nas_source x, const float *transposed, nas_gradient dy,
                                    nas_sink dx, float *dw, long n0, long n1, nas_sums dx_sums, float *scratch);

/// The depthwise half of a separable convolution; only in_blocks of the window is looked at.
void reference_depthwise_forward(const nas_window *w, nas_source x, const float *weights, const float *bias, nas_sink y,
                                 long n0, long n1, nas_sums sums);
void reference_depthwise_backward(const nas_window *w, nas_source x, const float *weights, nas_gradient dy, nas_sink dx,
                                  float *dw, long n0, long n1, nas_sums dx_sums);

void reference_separable_forward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                                 const float *bias, nas_sink y, nas_kept kept, long n0, long n1, nas_sums sums,
                                 float *scratch);
void reference_separable_backward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                                  const float *pointwise_transposed, nas_kept kept, nas_gradient dy, nas_sink dx,
                                  float *ddepthwise, float *dpointwise, long n0, long n1, nas_sums dx_sums,
                                  float *scratch);
long reference_separable_scratch(const nas_window *w);

void reference_pool_forward(nas_pool kind, const nas_window *w, nas_source x, nas_sink y, long n0, long n1,
                            nas_sums sums, float *scratch);
void reference_pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                             long n1, nas_sums dx_sums, float *scratch);

void reference_add(nas_source a, nas_source b, nas_sink y, long blocks, long pixels);
void reference_moments(nas_source x, long blocks, long pixels, nas_sums sums);
void reference_pass_gradient(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, nas_sums dx_sums);
void reference_gradient_moments(nas_source g, nas_source z, nas_sums sums, nas_source other_z, nas_sums other_sums,
                                long blocks, long pixels);
void reference_global_pool_forward(nas_source x, nas_sink y, long blocks, long pixels, long n0, long n1);
void reference_global_pool_backward(nas_source x, nas_gradient dy, nas_sink dx, long blocks, long pixels, long n0,
                                    long n1, nas_sums dx_sums);

void reference_linear_forward(const float *x, const float *weights, const float *bias, float *logits, long inputs,
                              long outputs, long n0, long n1);
void reference_linear_backward(const float *x, const float *weights, const float *dlogits, float *dx, float *dw,
                               float *db, long inputs, long outputs, long n0, long n1);
void reference_softmax_cross_entropy(const float *logits, const unsigned char *labels, float *losses, float *dlogits,
                                     unsigned char *correct, float scale, long classes, long n0, long n1);

void reference_sgd_step(float *w, float *v, const float *gradient, long count, float rate, float momentum, float decay,
                        float clip, int nesterov);
void reference_accumulate(float *to, const float *from, long count);
double reference_sum_of_squares(const float *x, long count);

long reference_multiply_add_burst(long rounds, float *result);
void reference_triad(float *to, const float *a, const float *b, float factor, long count);
