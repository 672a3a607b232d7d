// The kernels of avx512_narrow.c for values stored as bf16.
#if defined(__x86_64__)
#define NAS_WIDTH 8
#define NAS_VECTOR 16
#define NAS_REGISTERS 32
#define NAS_ISA NAS_ISA_AVX512
#define NAS_TABLE nas_table_avx512_narrow_bf16
#define NAS_STORES_BF16
#define NAS_TARGET "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"
#include "kernels.h"
#endif
