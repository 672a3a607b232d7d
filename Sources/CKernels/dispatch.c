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

int nas_halves_wide_registers(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("amdfam19h") != 0;
#else
  return 0;
#endif
}

/// The tables of one instruction set; NULL where there are none.
typedef struct {
  const nas_kernels *usual, *narrow, *usual_bf16, *narrow_bf16;
} table_set;

static table_set tables_for(nas_isa isa) {
  const table_set none = {NULL, NULL, NULL, NULL}, baseline = {&nas_table_baseline, NULL, &nas_table_baseline_bf16, NULL};
  switch (isa) {
    case NAS_ISA_REFERENCE: return (table_set){&nas_table_reference, NULL, NULL, NULL};
    case NAS_ISA_BASELINE: return baseline;
#if defined(__x86_64__)
    case NAS_ISA_AVX2: return has_avx2() ? (table_set){&nas_table_avx2, NULL, &nas_table_avx2_bf16, NULL} : none;
    case NAS_ISA_AVX512:
      return has_avx512() ? (table_set){&nas_table_avx512, &nas_table_avx512_narrow, &nas_table_avx512_bf16,
                                        &nas_table_avx512_narrow_bf16}
                          : none;
    case NAS_ISA_NEON: return none;
#elif defined(__aarch64__)
    case NAS_ISA_NEON: return baseline;
    case NAS_ISA_AVX2:
    case NAS_ISA_AVX512: return none;
#else
    case NAS_ISA_AVX2:
    case NAS_ISA_AVX512:
    case NAS_ISA_NEON: return none;
#endif
  }
  return none;
}

const nas_kernels *nas_kernels_for(nas_isa isa) { return tables_for(isa).usual; }
const nas_kernels *nas_narrow_kernels_for(nas_isa isa) { return tables_for(isa).narrow; }
const nas_kernels *nas_bf16_kernels_for(nas_isa isa) { return tables_for(isa).usual_bf16; }
const nas_kernels *nas_narrow_bf16_kernels_for(nas_isa isa) { return tables_for(isa).narrow_bf16; }
