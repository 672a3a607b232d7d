// The tables of this build, one per instruction set.
#pragma once

#include "CKernels.h"

extern const nas_kernels nas_table_reference;
extern const nas_kernels nas_table_baseline, nas_table_baseline_bf16;
#if defined(__x86_64__)
extern const nas_kernels nas_table_avx2, nas_table_avx2_bf16;
extern const nas_kernels nas_table_avx512, nas_table_avx512_bf16;
extern const nas_kernels nas_table_avx512_narrow, nas_table_avx512_narrow_bf16;
#endif
