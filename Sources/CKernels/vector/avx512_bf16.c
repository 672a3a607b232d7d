// The kernels of avx512.c for values stored as bf16.
#define NAS_TABLE nas_table_avx512_bf16
#define NAS_STORES_BF16
#include "avx512.c"
