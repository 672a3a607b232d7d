#if defined(__x86_64__)
#define NAS_WIDTH 8
#define NAS_REGISTERS 16
#define NAS_ISA NAS_ISA_AVX2
#ifndef NAS_TABLE
#define NAS_TABLE nas_table_avx2
#endif
#define NAS_TARGET "avx2,fma"
#include "kernels.h"
#endif
