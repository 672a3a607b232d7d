// The kernels of avx2.c for values stored as bf16.
#if defined(__x86_64__)
#define NAS_WIDTH 8
#define NAS_REGISTERS 16
#define NAS_ISA NAS_ISA_AVX2
#define NAS_TABLE nas_table_avx2_bf16
#define NAS_STORES_BF16
#define NAS_TARGET "avx2,fma"
#include "kernels.h"
#endif
