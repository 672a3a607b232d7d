#include <stddef.h>

#include "tables.h"

#if defined(__x86_64__)
static int has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int has_avx512(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

nas_isa nas_best_isa(void) {
#if defined(__x86_64__)
  if (has_avx512()) return NAS_ISA_AVX512;
  if (has_avx2()) return NAS_ISA_AVX2;
#elif defined(__aarch64__)
  return NAS_ISA_NEON;
#endif
  return NAS_ISA_BASELINE;
}

const nas_kernels *nas_kernels_for(nas_isa isa) {
  switch (isa) {
    case NAS_ISA_REFERENCE: return &nas_table_reference;
    case NAS_ISA_BASELINE: return &nas_table_baseline;
#if defined(__x86_64__)
    case NAS_ISA_AVX2: return has_avx2() ? &nas_table_avx2 : NULL;
    case NAS_ISA_AVX512: return has_avx512() ? &nas_table_avx512 : NULL;
    case NAS_ISA_NEON: return NULL;
#elif defined(__aarch64__)
    case NAS_ISA_NEON: return &nas_table_baseline;
    case NAS_ISA_AVX2:
    case NAS_ISA_AVX512: return NULL;
#else
    case NAS_ISA_AVX2:
    case NAS_ISA_AVX512:
    case NAS_ISA_NEON: return NULL;
#endif
  }
  return NULL;
}

const nas_kernels *nas_narrow_kernels_for(nas_isa isa) {
#if defined(__x86_64__)
  if (isa == NAS_ISA_AVX512 && has_avx512()) return &nas_table_avx512_narrow;
#endif
  (void)isa;
  return NULL;
}
