// The tables of this build, one per instruction set.
#pragma once

#include "CKernels.h"

extern const nas_kernels nas_table_reference;
extern const nas_kernels nas_table_baseline;
#if defined(__x86_64__)
extern const nas_kernels nas_table_avx2;
extern const nas_kernels nas_table_avx512;
extern const nas_kernels nas_table_avx512_narrow;
#endif
