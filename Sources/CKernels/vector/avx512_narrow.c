// AVX-512 over blocks of half a register: networks with few channels would leave most of wider blocks empty.
#if defined(__x86_64__)
#define NAS_WIDTH 8
#define NAS_VECTOR 16
#define NAS_REGISTERS 32
#define NAS_ISA NAS_ISA_AVX512
#ifndef NAS_TABLE
#define NAS_TABLE nas_table_avx512_narrow
#endif
#define NAS_TARGET "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"
#include "kernels.h"
#endif
