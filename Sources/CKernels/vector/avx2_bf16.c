// The kernels of avx2.c for values stored as bf16.
#define NAS_TABLE nas_table_avx2_bf16
#define NAS_STORES_BF16
#include "avx2.c"
