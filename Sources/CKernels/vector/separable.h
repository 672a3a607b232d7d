// Separable convolution, forward: a depthwise convolution, where channels are the lanes, and a 1×1 convolution of its
// result. The operand's blocks are staged in frames; the depthwise result exists a strip of output rows at a time,
// small enough for the nearest cache, and is multiplied from there.
#pragma once

#include "frame.h"
#include "pointwise.h"
#include "strip_product.h"

#define SEPARABLE_PIXELS (64 * PARTS)  // about the pixels of a strip: as many values in blocks of either width

typedef struct {
  const nas_window *w;
  frame frame;
  long taps;
  long strip_rows, strip_plane;  // output rows of a strip and the floats of one of its blocks
  slice *slices;                 // the blocks of a strip that is multiplied
  staging *staged;               // blocks of the operand that the next strip wants staged
  float *operand;                // [in_blocks] frames
  float *strip;                  // [in_blocks] blocks of the depthwise result
} separable_plan;

/// The window, its image as wide as whole groups of pixels: the backward pass reads that much.
static nas_window widened(const nas_window *w) {
  nas_window wide = *w;
  wide.width = round_up((w->width + w->stride_w - 1) / w->stride_w, 4 * PARTS) * w->stride_w;
  return wide;
}

static void plan_separable(separable_plan *p, const nas_window *w, scratch_cursor *cursor) {
  nas_window wide = widened(w);
  p->w = w;
  p->frame = frame_of(&wide);
  p->taps = w->kernel_h * w->kernel_w;
  p->strip_rows = smaller(larger(SEPARABLE_PIXELS / w->out_width, 1), w->out_height);
  // Whole groups and tiles of pixels are computed: what is past the last pixel is never used.
  p->strip_plane = (p->strip_rows * w->out_width + larger(PIXELS, TALL_ROWS)) * VW;
  p->slices = take_slices(cursor, larger(w->in_blocks, w->out_blocks));
  p->staged = take_stagings(cursor, w->in_blocks);
  p->operand = take(cursor, w->in_blocks * p->frame.floats);
  p->strip = take(cursor, w->in_blocks * p->strip_plane);
}

/// Writes 0 around a height × width image that starts at (top, left) of every one of some frames. Kernels that only
/// write the image itself do this once for many images.
static void clear_padding(float *frames, long blocks, long rows, long columns, long top, long left, long height,
                          long width) {
  for (long b = 0; b < blocks; b++, frames += rows * columns * VW) {
    fill(frames, top * columns + left, 0);
    for (long y = 0; y < height - 1; y++)
      fill(frames + ((top + y) * columns + left + width) * VW, columns - width, 0);
    long end = (top + height - 1) * columns + left + width;
    fill(frames + end * VW, rows * columns - end, 0);
  }
}

static void clear_operand(const separable_plan *p) {
  frame f = p->frame;
  clear_padding(p->operand, p->w->in_blocks, f.rows, f.columns, f.top, f.left, p->w->height, p->w->width);
}

/// Stages input rows `from` ..< `end` of image `n`, as far as there are any; returns the first that is not staged.
static long stage_rows(const separable_plan *p, nas_source x, long n, long from, long end) {
  const nas_window *w = p->w;
  frame f = p->frame;
  end = larger(from, smaller(end, w->height));
  for (long b = 0; b < w->in_blocks; b++)
    for (long y = from; y < end; y++)
      stage_source(x, b, (n * w->height + y) * w->width, w->width,
                   p->operand + b * f.floats + ((f.top + y) * f.columns + f.left) * VW);
  return end;
}

/// Notes that the product of a strip is to stage input rows *staged ..< `end` of image `n`, as far as there are any, if its tiles
/// divide them; *staged becomes the first that is not. Returns how many blocks were noted.
static long note_rows(const separable_plan *p, nas_source x, long n, long *staged, long end) {
  const nas_window *w = p->w;
  frame f = p->frame;
  long from = *staged;
  end = smaller(end, w->height);
  if (end <= from || w->width % staging_rows(w->out_blocks)) return 0;
  for (long b = 0; b < w->in_blocks; b++) {
    float *first = p->operand + b * f.floats + ((f.top + from) * f.columns + f.left) * VW;
    p->staged[b] = staging_of(x, b, (n * w->height + from) * w->width, (end - from) * w->width, first);
    p->staged[b].row = w->width, p->staged[b].gap = (f.columns - w->width) * VW;
  }
  *staged = end;
  return w->in_blocks;
}

/// Row `y` of image `n` of one block of the operand.
INLINE const stored *row_at(const separable_plan *p, nas_source x, long block, long n, long y) {
  return source_at(x, block, (n * p->w->height + y) * p->w->width);
}

/// The end of the input rows that the output rows before `oy` read.
INLINE long read_end(const nas_window *w, long oy) {
  return (oy - 1) * w->stride_h - w->pad_top + (w->kernel_h - 1) * w->dilation_h + 1;
}

/// A group of pixels of one output row.
typedef struct {
  wide sums[PIXELS / PARTS];
} pixel_group;

INLINE pixel_group start_group(wide start) {
  pixel_group g;
  UNROLL for (long j = 0; j < PIXELS / PARTS; j++) g.sums[j] = start;
  return g;
}
INLINE void leave_group(const pixel_group *g, float *to) {
  UNROLL for (long j = 0; j < PIXELS / PARTS; j++) store_wide(to + j * WIDE, g->sums[j]);
}

/// Adds one tap of the kernel to a group, and another to the group of the next output row, or NULL for either tap.
INLINE void add_tap(pixel_group *first, const float *weight, pixel_group *second, const float *next_weight,
                    const float *row, const long stride) {
  wide k = weight ? repeat(load(weight)) : (wide)0;
  wide next = next_weight ? repeat(load(next_weight)) : (wide)0;
  UNROLL for (long j = 0; j < PIXELS / PARTS; j++) {
    wide v = load_apart(row + j * PARTS * stride * VW, stride);
    if (weight) first->sums[j] += v * k;
    if (next_weight) second->sums[j] += v * next;
  }
}

/// The same of a row of the kernel; known numbers of taps are quicker without a loop.
INLINE void add_taps(pixel_group *first, const float *weights, pixel_group *second, const float *next_weights,
                     const float *row, const long kernel_w, const long stride, const long dilation) {
#define TAP(kx)                                                                                                      \
  add_tap(first, weights ? weights + (kx) * VW : NULL, second, next_weights ? next_weights + (kx) * VW : NULL, \
          row + (kx) * dilation * VW, stride);
  if (kernel_w == 3) UNROLL for (long kx = 0; kx < 3; kx++) TAP(kx)
  else if (kernel_w == 5) UNROLL for (long kx = 0; kx < 5; kx++) TAP(kx)
  else if (kernel_w == 7) UNROLL for (long kx = 0; kx < 7; kx++) TAP(kx)
  else for (long kx = 0; kx < kernel_w; kx++) TAP(kx)
#undef TAP
}

/// One output row, from the window of its first pixel. A group at the end of a row computes pixels too many, which the next
/// row overwrites. Behind every group, what as many pixels of the next strip will want of the operand is fetched, so that the
/// memory works while the processor does.
INLINE void depthwise_row(const separable_plan *p, const float *from, const float *weights, wide start, float *to,
                          const stored *next, const long kernel_w, const long stride, const long dilation) {
  const nas_window *w = p->w;
  long tap_step = w->dilation_h * p->frame.columns * VW;
  for (long x = 0; x < w->out_width; x += PIXELS) {
    pixel_group g = start_group(start);
    const float *weight = weights, *row = from + x * stride * VW;
    for (long ky = 0; ky < w->kernel_h; ky++, row += tap_step, weight += kernel_w * VW)
      add_taps(&g, weight, NULL, NULL, row, kernel_w, stride, dilation);
    leave_group(&g, to + x * VW);
    fetch_pixels(next + x * stride * stride * VW, PIXELS * stride * stride);
  }
}

/// Two output rows of a dense kernel, which read nearly the same rows of the frame: those are loaded once.
INLINE void depthwise_two_rows(const separable_plan *p, const float *from, const float *weights, wide start, float *to,
                               const stored *next_strip, const long kernel_w) {
  const nas_window *w = p->w;
  long row_step = p->frame.columns * VW, taps = kernel_w * VW;
  for (long x = 0; x < w->out_width; x += PIXELS) {
    pixel_group g = start_group(start), next = g;
    const float *weight = weights, *row = from + x * VW;
    add_taps(&g, weight, NULL, NULL, row, kernel_w, 1, 1);
    for (long ky = 1; ky < w->kernel_h; ky++, weight += taps)
      add_taps(&g, weight + taps, &next, weight, row += row_step, kernel_w, 1, 1);
    add_taps(NULL, NULL, &next, weight, row + row_step, kernel_w, 1, 1);
    leave_group(&g, to + x * VW);
    leave_group(&next, to + (w->out_width + x) * VW);
    fetch_pixels(next_strip + 2 * x * VW, 2 * PIXELS);
  }
}

/// Whether pixels too many of one row spare what was computed of the next one.
INLINE int takes_two_rows(const nas_window *w) {
  return w->stride_h == 1 && w->dilation_h == 1 && (w->out_width % PIXELS == 0 || w->out_width < PIXELS);
}

/// Some output rows of one block, which follow each other in `to`, from the window of their first pixel.
INLINE void depthwise_rows(const separable_plan *p, const float *from, const float *weights, wide start, long rows,
                           float *to, const stored *next, const long kernel_w, const long stride, const long dilation) {
  const nas_window *w = p->w;
  long row_step = w->stride_h * p->frame.columns * VW, y = 0, row = w->out_width * VW;
  if (NAS_REGISTERS >= 32 && stride == 1 && dilation == 1 && takes_two_rows(w))
    for (; y + 2 <= rows; y += 2, from += 2 * row_step, to += 2 * row, next += 2 * row)
      depthwise_two_rows(p, from, weights, start, to, next, kernel_w);
  for (; y < rows; y++, from += row_step, to += row, next += row * stride * stride)
    depthwise_row(p, from, weights, start, to, next, kernel_w, stride, dilation);
}

/// Output rows oy ..< oy + rows of one block, plus `start`; the common kernels with their sizes as constants. `next` is
/// what the strip behind will want of the operand.
static void depthwise_strip(const separable_plan *p, const float *weights, wide start, long block, long oy, long rows,
                            const stored *next) {
  const nas_window *w = p->w;
  const float *from = frame_at(w, p->frame, p->operand + block * p->frame.floats, oy, 0);
  float *to = p->strip + block * p->strip_plane;
  weights += block * p->taps * VW;
  if (w->dilation_w == 1 && w->stride_w == 1) switch (w->kernel_w) {
      case 3: depthwise_rows(p, from, weights, start, rows, to, next, 3, 1, 1); return;
      case 5: depthwise_rows(p, from, weights, start, rows, to, next, 5, 1, 1); return;
      case 7: depthwise_rows(p, from, weights, start, rows, to, next, 7, 1, 1); return;
    }
  if (w->dilation_w == 1 && w->stride_w == 2) switch (w->kernel_w) {
      case 3: depthwise_rows(p, from, weights, start, rows, to, next, 3, 2, 1); return;
      case 5: depthwise_rows(p, from, weights, start, rows, to, next, 5, 2, 1); return;
      case 7: depthwise_rows(p, from, weights, start, rows, to, next, 7, 2, 1); return;
    }
  depthwise_rows(p, from, weights, start, rows, to, next, w->kernel_w, w->stride_w, w->dilation_w);
}

/// Leaves a strip of one block of the depthwise result for the backward pass.
static void keep_strip(const float *strip, nas_kept kept, long block, long pixel, long pixels) {
  float *to = kept.data + block * kept.plane + pixel * VW;
  for (long i = 0; i < pixels * VW; i += VW) store_past_caches(to + i, load(strip + i));
}

/// Some output rows of the depthwise convolution alone. The operand's rows before `staged` are staged.
static void depthwise_result(const separable_plan *p, nas_source x, const float *depthwise, const float *bias,
                             nas_sink y, long n, long oy, long rows, long staged, nas_sums sums) {
  const nas_window *w = p->w;
  long pixel = (n * w->out_height + oy) * w->out_width;
  for (long b = 0; b < w->in_blocks; b++) {
    depthwise_strip(p, depthwise, bias ? repeat(load(bias + b * VW)) : (wide)0, b, oy, rows,
                    row_at(p, x, b, n, staged));
    write_result(p->strip + b * p->strip_plane, y, b, pixel, rows * w->out_width, sums);
  }
}

/// The products of a strip's depthwise results.
static void separable_result(const separable_plan *p, product q, nas_sink y, long n, long oy, long rows, nas_sums sums) {
  const nas_window *w = p->w;
  long pixels = rows * w->out_width, pixel = (n * w->out_height + oy) * w->out_width;
  strip_product s = {.product = q, .pixels = pixels, .blocks = w->out_blocks, .row = pixels};
  s.plane = y.plane, s.accumulate = y.accumulate;
  multiply_strip(s, sink_at(y, 0, pixel), sums);
}

/// The first input row that neither output rows before `oy` read nor those of the strip behind, which may be one of the next
/// image: what is staged soon was fetched before, and what lies behind is fetched next.
INLINE long unfetched_row(const separable_plan *p, long oy) { return read_end(p->w, oy + p->strip_rows); }

/// What the strip behind the output rows before `next` wants staged, of this or the next image; *staged are the rows that are.
static ahead strip_ahead(const separable_plan *p, nas_source x, long n, long n1, long next, long *staged) {
  const nas_window *w = p->w;
  if (next == w->out_height) n++, next = *staged = 0;
  if (n == n1) return (ahead){0};
  long noted = note_rows(p, x, n, staged, read_end(w, smaller(next + p->strip_rows, w->out_height)));
  return ahead_of(NULL, 0, p->staged, noted, w->in_blocks);
}

static void separable_forward(const nas_window *w, nas_source x, const float *depthwise, const float *pointwise,
                              const float *bias, nas_sink y, nas_kept kept, long n0, long n1, nas_sums sums,
                              float *scratch) {
  separable_plan p;
  scratch_cursor cursor = {scratch, 0};
  plan_separable(&p, w, &cursor);
  clear_operand(&p);
  long width = w->out_blocks * VW, staged = 0;
  for (long b = 0; b < w->in_blocks; b++)
    p.slices[b] = (slice){b * p.strip_plane, b * VW * width, lanes_of(w->in_lanes, b)};
  product q = {.from = p.strip, .slices = p.slices, .count = w->in_blocks, .weights = pointwise, .width = width,
               .bias = bias};
  for (long n = n0; n < n1; n++)
    for (long oy = 0; oy < w->out_height; oy += p.strip_rows) {
      long rows = smaller(p.strip_rows, w->out_height - oy), next = oy + rows;
      staged = stage_rows(&p, x, n, staged, read_end(w, next));
      if (pointwise) {
        long pixel = (n * w->out_height + oy) * w->out_width;
        for (long b = 0; b < w->in_blocks; b++) {
          depthwise_strip(&p, depthwise, (wide)0, b, oy, rows, row_at(&p, x, b, n, unfetched_row(&p, next)));
          if (kept.data) keep_strip(p.strip + b * p.strip_plane, kept, b, pixel, rows * w->out_width);
        }
        q.ahead = strip_ahead(&p, x, n, n1, next, &staged);
        separable_result(&p, q, y, n, oy, rows, sums);
      } else {
        depthwise_result(&p, x, depthwise, bias, y, n, oy, rows, staged, sums);
        if (next == w->out_height) staged = 0;
      }
    }
  if (kept.data) finish_stores_past_caches();
}
