#include "../tables.h"
#include "reference.h"
#include "values.h"

static long no_scratch(const nas_window *w) {
  (void)w;
  return 0;
}

const nas_kernels nas_table_reference = {
    .isa = NAS_ISA_REFERENCE,
    .lanes = LANES,
    .value_bytes = sizeof(float),
    .convolution_forward = reference_convolution_forward,
    .convolution_backward = reference_convolution_backward,
    .convolution_scratch = no_scratch,
    .separable_forward = reference_separable_forward,
    .separable_backward = reference_separable_backward,
    .separable_scratch = reference_separable_scratch,
    .pool_forward = reference_pool_forward,
    .pool_backward = reference_pool_backward,
    .pool_scratch = no_scratch,
    .add = reference_add,
    .moments = reference_moments,
    .pass_gradient = reference_pass_gradient,
    .gradient_moments = reference_gradient_moments,
    .global_pool_forward = reference_global_pool_forward,
    .global_pool_backward = reference_global_pool_backward,
    .linear_forward = reference_linear_forward,
    .linear_backward = reference_linear_backward,
    .softmax_cross_entropy = reference_softmax_cross_entropy,
    .sgd_step = reference_sgd_step,
    .accumulate = reference_accumulate,
    .sum_of_squares = reference_sum_of_squares,
    .multiply_add_burst = reference_multiply_add_burst,
    .triad = reference_triad,
};
