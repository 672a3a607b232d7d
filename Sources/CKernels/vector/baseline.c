// SSE2 on x86-64, NEON on arm64: what the platform always has.
#define NAS_WIDTH 4
#if defined(__aarch64__)
#define NAS_REGISTERS 32
#define NAS_ISA NAS_ISA_NEON
#else
#define NAS_REGISTERS 16
#define NAS_ISA NAS_ISA_BASELINE
#endif
#ifndef NAS_TABLE
#define NAS_TABLE nas_table_baseline
#endif
#include "kernels.h"
