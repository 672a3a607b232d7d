// Weights and rows on their way between the dense layout of a parameter and the blocked layout of the kernels.
#include <stddef.h>
#include <string.h>

#include "CKernels.h"

/// The part of a convolution's weights that one group has.
typedef struct {
  long inputs, outputs;  // of one group
} group_shape;

static group_shape shape_of_group(const nas_packing *p) {
  return (group_shape){p->inputs / p->groups, p->outputs / p->groups};
}

/// Where tap `tap`, input `i` of group `group` starts: its weights for the group's outputs follow each other.
static long dense_at(const nas_packing *p, group_shape shape, long tap, long group, long i) {
  return (tap * shape.inputs + i) * p->outputs + group * shape.outputs;
}

/// The lane of the operand that input `i` of group `group` has.
static long lane_of_input(const nas_packing *p, group_shape shape, long group, long i) {
  return p->input_at[group * shape.inputs + i];
}

/// A matrix with rows and columns exchanged, a cache line of the result at a time.
static void transpose(const float *from, long rows, long columns, float *to) {
  const long line = 16;
  for (long first = 0; first < rows; first += line) {
    long count = rows - first < line ? rows - first : line;
    for (long column = 0; column < columns; column++)
      for (long i = 0; i < count; i++) to[column * rows + first + i] = from[(first + i) * columns + column];
  }
}

void nas_pack_convolution(const nas_packing *p, const float *weights, const float *scale, float *packed,
                          float *transposed) {
  group_shape shape = shape_of_group(p);
  long rows = p->physical_inputs, columns = p->physical_outputs, matrix = rows * columns;
  memset(packed, 0, sizeof(float) * (size_t)(p->taps * matrix));
  for (long tap = 0; tap < p->taps; tap++)
    for (long group = 0; group < p->groups; group++)
      for (long i = 0; i < shape.inputs; i++) {
        const float *from = weights + dense_at(p, shape, tap, group, i);
        long first = p->output_at + group * shape.outputs;
        float *to = packed + tap * matrix + lane_of_input(p, shape, group, i) * columns + first;
        for (long o = 0; o < shape.outputs; o++) to[o] = scale ? from[o] * scale[first + o] : from[o];
      }
  for (long tap = 0; transposed && tap < p->taps; tap++)
    transpose(packed + tap * matrix, rows, columns, transposed + tap * matrix);
}

void nas_unpack_convolution(const nas_packing *p, const float *packed, float *weights) {
  group_shape shape = shape_of_group(p);
  for (long tap = 0; tap < p->taps; tap++)
    for (long group = 0; group < p->groups; group++)
      for (long i = 0; i < shape.inputs; i++) {
        long row = tap * p->physical_inputs + lane_of_input(p, shape, group, i);
        memcpy(weights + dense_at(p, shape, tap, group, i),
               packed + row * p->physical_outputs + p->output_at + group * shape.outputs,
               sizeof(float) * (size_t)shape.outputs);
      }
}

/// Where the weight of tap `tap` of the channel at `lane` lies among packed depthwise weights.
static long depthwise_at(const nas_packing *p, long lanes, long tap, long lane) {
  return (lane / lanes * p->taps + tap) * lanes + lane % lanes;
}

void nas_pack_depthwise(const nas_packing *p, const float *weights, long lanes, float *packed) {
  memset(packed, 0, sizeof(float) * (size_t)(p->taps * p->physical_inputs));
  for (long tap = 0; tap < p->taps; tap++)
    for (long i = 0; i < p->inputs; i++)
      packed[depthwise_at(p, lanes, tap, p->input_at[i])] = weights[tap * p->inputs + i];
}

void nas_unpack_depthwise(const nas_packing *p, const float *packed, long lanes, float *weights) {
  for (long tap = 0; tap < p->taps; tap++)
    for (long i = 0; i < p->inputs; i++)
      weights[tap * p->inputs + i] = packed[depthwise_at(p, lanes, tap, p->input_at[i])];
}

unsigned short nas_bf16(float value) {
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) return (unsigned short)(bits >> 16 | 0x40);  // rounding could make an infinity of a NaN, or a zero
  return (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float nas_float_of_bf16(unsigned short value) {
  unsigned bits = (unsigned)value << 16;
  float result;
  memcpy(&result, &bits, sizeof result);
  return result;
}

static float value_of(const void *data, long value_bytes, long at) {
  return value_bytes == 2 ? nas_float_of_bf16(((const unsigned short *)data)[at]) : ((const float *)data)[at];
}

void nas_flatten(const void *data, long value_bytes, long image, const int *at, long count, float *rows, long n0,
                 long n1) {
  for (long n = n0; n < n1; n++)
    for (long i = 0; i < count; i++) rows[n * count + i] = value_of(data, value_bytes, n * image + at[i]);
}

void nas_unflatten(const float *rows, const int *at, long count, void *data, long value_bytes, long image,
                   int accumulate, long n0, long n1) {
  for (long n = n0; n < n1; n++)
    for (long i = 0; i < count; i++) {
      long to = n * image + at[i];
      float value = rows[n * count + i];
      if (accumulate) value += value_of(data, value_bytes, to);
      if (value_bytes == 2) ((unsigned short *)data)[to] = nas_bf16(value);
      else ((float *)data)[to] = value;
    }
}
