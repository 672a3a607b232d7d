// The kernels of baseline.c for values stored as bf16.
#define NAS_TABLE nas_table_baseline_bf16
#define NAS_STORES_BF16
#include "baseline.c"
