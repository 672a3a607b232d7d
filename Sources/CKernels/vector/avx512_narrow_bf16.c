// The kernels of avx512_narrow.c for values stored as bf16.
#define NAS_TABLE nas_table_avx512_narrow_bf16
#define NAS_STORES_BF16
#include "avx512_narrow.c"
