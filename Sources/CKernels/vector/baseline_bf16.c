// The kernels of baseline.c for values stored as bf16.
#define NAS_WIDTH 4
#if defined(__aarch64__)
#define NAS_REGISTERS 32
#define NAS_ISA NAS_ISA_NEON
#else
#define NAS_REGISTERS 16
#define NAS_ISA NAS_ISA_BASELINE
#endif
#define NAS_TABLE nas_table_baseline_bf16
#define NAS_STORES_BF16
#include "kernels.h"
