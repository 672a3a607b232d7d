// The vector kernels of one instruction set. The including file sets NAS_WIDTH (lanes of a block), NAS_VECTOR where
// registers hold more, NAS_REGISTERS (how many of them the processor has), NAS_ISA and NAS_TABLE, NAS_TARGET where the
// platform's baseline is not enough, and NAS_STORES_BF16 where values are stored as that.
#include <math.h>
#include <string.h>

#include "../reference/reference.h"
#include "../tables.h"

#ifdef NAS_TARGET
#pragma clang attribute push(__attribute__((target(NAS_TARGET))), apply_to = function)
#endif

#include "classifier.h"
#include "convolution.h"
#include "convolution_backward.h"
#include "measure.h"
#include "optimizer.h"
#include "pixelwise.h"
#include "pool.h"
#include "pool_backward.h"
#include "separable.h"
#include "separable_backward.h"

#ifdef NAS_TARGET
#pragma clang attribute pop
#endif

// The loss is a few exponentials per image: the reference's is good enough.
const nas_kernels NAS_TABLE = {
    .isa = NAS_ISA,
    .lanes = VW,
    .value_bytes = sizeof(stored),
    .convolution_forward = convolution_forward,
    .convolution_backward = convolution_backward,
    .convolution_scratch = convolution_scratch,
    .separable_forward = separable_forward,
    .separable_backward = separable_backward,
    .separable_scratch = separable_scratch,
    .pool_forward = pool_forward,
    .pool_backward = pool_backward,
    .pool_scratch = pool_scratch,
    .add = add,
    .moments = moments,
    .pass_gradient = pass_gradient,
    .gradient_moments = gradient_moments,
    .global_pool_forward = global_pool_forward,
    .global_pool_backward = global_pool_backward,
    .linear_forward = linear_forward,
    .linear_backward = linear_backward,
    .softmax_cross_entropy = reference_softmax_cross_entropy,
    .sgd_step = sgd_step,
    .accumulate = accumulate,
    .sum_of_squares = sum_of_squares,
    .multiply_add_burst = multiply_add_burst,
    .triad = triad,
};
