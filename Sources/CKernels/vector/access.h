// How vectors are loaded and stored: as floats, which is what scratch, weights and sums are, and as stored values, which are
// floats too unless the including file sets NAS_STORES_BF16. The same names serve both.
#pragma once

#include "vector.h"

#define OVERLOAD __attribute__((overloadable))
#define OVERLOADED INLINE OVERLOAD

OVERLOADED vector load(const float *p) { return *(const vector_unaligned *)p; }
OVERLOADED void store(float *p, vector v) { *(vector_unaligned *)p = v; }
OVERLOADED wide load_wide(const float *p) { return *(const wide_unaligned *)p; }
OVERLOADED void store_wide(float *p, wide v) { *(wide_unaligned *)p = v; }

/// Stores past the caches, for what is wanted only after they have forgotten it: memory need not be fetched first. `p` is
/// aligned to a vector. Other threads see it behind `finish_stores_past_caches`.
INLINE void store_past_caches(float *p, vector v) { __builtin_nontemporal_store(v, (vector *)(void *)p); }
INLINE void finish_stores_past_caches(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

INLINE void add_to(float *p, vector v) { store(p, load(p) + v); }

#define CACHE_LINE 64  // bytes

/// Fetches the cache line at `p` for soon, into the second-level cache: the first has few fetches under way at a time, and
/// loads would wait for them.
INLINE void fetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/// What follows from these four.
#define DEFINE_ACCESSES(value)                                                            \
  /* `parts` parts that lie `step` values apart, zeros behind. */                         \
  OVERLOADED wide load_parts(const value *p, long step, const long parts) {               \
    return join(load(p), parts > 1 ? load(p + step) : (vector)0);                         \
  }                                                                                       \
  OVERLOADED void store_parts(value *p, long step, const long parts, wide v) {            \
    UNROLL for (long i = 0; i < parts; i++) store(p + i * step, part_of(v, i));           \
  }                                                                                       \
  /* The same of neighbours. */                                                           \
  OVERLOADED wide load_pixels(const value *p, const long parts) {                         \
    return parts == PARTS ? load_wide(p) : load_parts(p, VW, parts);                      \
  }                                                                                       \
  OVERLOADED void store_pixels(value *p, const long parts, wide v) {                      \
    if (parts == PARTS) store_wide(p, v);                                                 \
    else store_parts(p, VW, parts, v);                                                    \
  }                                                                                       \
  OVERLOADED void clear(value *to, long vectors) {                                        \
    memset(to, 0, sizeof(value) * (size_t)(vectors * VW));                                \
  }

DEFINE_ACCESSES(float)

/// A register of pixels that lie `step` pixels apart.
INLINE wide load_apart(const float *p, const long step) {
  return step == 1 ? load_wide(p) : load_parts(p, step * VW, PARTS);
}

#ifdef NAS_STORES_BF16
#define STORES_FLOATS 0

/// The upper half of a float.
typedef struct {
  unsigned short bits;
} bf16;
typedef bf16 stored;

typedef unsigned short vector_halves __attribute__((ext_vector_type(VW)));
typedef vector_halves vector_halves_unaligned __attribute__((aligned(2)));
typedef unsigned vector_bits __attribute__((ext_vector_type(VW)));
typedef unsigned short wide_halves __attribute__((ext_vector_type(WIDE)));
typedef wide_halves wide_halves_unaligned __attribute__((aligned(2)));
typedef unsigned wide_bits __attribute__((ext_vector_type(WIDE)));

OVERLOADED vector load(const bf16 *p) {
  return (vector)(__builtin_convertvector(*(const vector_halves_unaligned *)p, vector_bits) << 16);
}
OVERLOADED wide load_wide(const bf16 *p) {
  return (wide)(__builtin_convertvector(*(const wide_halves_unaligned *)p, wide_bits) << 16);
}
/// To nearest, ties to even; what rounding could make of a NaN would hide it.
OVERLOADED void store(bf16 *p, vector v) {
  vector_bits bits = (vector_bits)v, rounded = bits + 0x7fff + (bits >> 16 & 1);
  rounded = v != v ? bits | 0x400000 : rounded;
  *(vector_halves_unaligned *)p = __builtin_convertvector(rounded >> 16, vector_halves);
}
OVERLOADED void store_wide(bf16 *p, wide v) {
  wide_bits bits = (wide_bits)v, rounded = bits + 0x7fff + (bits >> 16 & 1);
  rounded = v != v ? bits | 0x400000 : rounded;
  *(wide_halves_unaligned *)p = __builtin_convertvector(rounded >> 16, wide_halves);
}

DEFINE_ACCESSES(bf16)

/// Never asked for: values are not what the kernels compute with.
INLINE float *as_floats(stored *p) { return (void)p, NULL; }
#else
#define STORES_FLOATS 1
typedef float stored;

/// Values in place, where STORES_FLOATS.
INLINE float *as_floats(stored *p) { return p; }
#endif

// How far ahead kernels fetch that wait for memory. A page of memory holds 64 pixels of the widest blocks, and what the
// processor fetches by itself ends with it.
#define PIXELS_AHEAD 96

/// Fetches `pixels` neighbouring pixels. What lies behind a buffer's end does no harm.
INLINE void fetch_pixels(const stored *from, const long pixels) {
  for (long i = 0; i < pixels * VW; i += CACHE_LINE / (long)sizeof(stored)) fetch(from + i);
}
