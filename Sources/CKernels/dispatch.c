#include <stddef.h>

#include "tables.h"

nas_isa nas_best_isa(void) { return NAS_ISA_REFERENCE; }

const nas_kernels *nas_kernels_for(nas_isa isa) {
  switch (isa) {
    case NAS_ISA_REFERENCE: return &nas_table_reference;
    case NAS_ISA_BASELINE:
    case NAS_ISA_AVX2:
    case NAS_ISA_AVX512:
    case NAS_ISA_NEON: return NULL;
  }
  return NULL;
}
