// The gradients of 1×1 convolutions: of a few output pixels at a time, block by block of the operand.
#pragma once

#include "pixelwise.h"
#include "pointwise.h"

/// A few output pixels and their gradient, whose blocks are `plane` floats apart: in place where it is plain.
typedef struct {
  long first, count;
  const float *gradient;
  long plane;
} pointwise_run;

static pointwise_run pointwise_gradient(const pointwise_plan *p, nas_gradient dy, long first, long count) {
  if (is_plain_gradient(dy)) return (pointwise_run){first, count, gradient_floats(dy, 0, first), dy.plane};
  for (long b = 0; b < p->w->out_blocks; b++) stage_gradient(dy, b, first, count, p->gradient + b * count * VW);
  return (pointwise_run){first, count, p->gradient, count * VW};
}

/// dw += operandᵀ · gradient for `columns` blocks of the operand from block c.
static void pointwise_weight_gradient(const pointwise_plan *p, nas_source x, pointwise_run run, long c, long columns,
                                      float *dw) {
  long width = p->w->out_blocks * VW, plane;
  const float *operand = pointwise_operand(p, x, c, columns, run.first, run.count, &plane);
  strip s = {.from_step = VW, .gradient = run.gradient, .gradient_plane = run.plane, .lines = 1, .pixels = run.count};
  for (long b = c; b < c + columns; b++) {
    s.from = operand + (b - c) * plane;
    add_outer(&s, lanes_of(p->w->in_lanes, b), p->w->out_blocks, dw + b * VW * width, width);
  }
}

/// Leaves the gradients at `from` of one block in the pixels that the outputs of the run read, which lie apart. Where the
/// sink does not accumulate, the others were cleared before.
static void scatter_gradient(const pointwise_plan *p, nas_source x, const float *from, nas_sink dx, long block,
                             pointwise_run run, nas_sums sums) {
  const nas_window *w = p->w;
  affine t = load_affine(x, block);
  vector total = 0, products = 0, scale = part_of(t.scale, 0), shift = part_of(t.shift, 0);
  for (long done = 0; done < run.count;) {
    long ox = (run.first + done) % w->out_width, line = (run.first + done) / w->out_width;
    long end = smaller(w->out_width, ox + run.count - done), n = line / w->out_height;
    long y = line % w->out_height * w->stride_h - w->pad_top;
    readers r = readers_of(w, y, ox, end);
    long pixel = (n * w->height + y) * w->width + r.first * w->stride_w - w->pad_left;
    const float *values = from + (done + r.first - ox) * VW;
    for (long i = r.first; i < r.end; i++, pixel += w->stride_w, values += VW) {
      vector raw = x.relu || sums.second ? load(source_at(x, block, pixel)) : (vector)0, v = load(values);
      stored *to = sink_at(dx, block, pixel);
      fetch(to + ROWS_AHEAD * w->stride_h * w->width * VW);
      if (x.relu) v = raw * scale + shift > 0 ? v : (vector)0;
      if (dx.accumulate) v += load(to);
      store(to, v);
      total += v;
      products += v * raw;
    }
    done += end - ox;
  }
  add_sums(sums, block, total, products);
}

/// What will be wanted after blocks c ..< c + TILE_BLOCKS: the next blocks, or the next pixels' first blocks and
/// gradient.
static ahead backward_ahead(const pointwise_plan *p, nas_source x, nas_gradient dy, nas_sink dx, pointwise_run run,
                            long c) {
  const nas_window *w = p->w;
  long count = 0, next = c + TILE_BLOCKS < w->in_blocks ? c + TILE_BLOCKS : 0;
  long pixel = next ? run.first : run.first + run.count;
  for (long b = next; b < smaller(next + TILE_BLOCKS, w->in_blocks); b++) {
    p->ahead[count++] = source_at(x, b, pixel);
    p->ahead[count++] = sink_at(dx, b, pixel);
  }
  for (long b = 0; !next && b < w->out_blocks; b++) {
    p->ahead[count++] = gradient_data_at(dy, b, pixel);
    if (dy.a) p->ahead[count++] = gradient_z_at(dy, b, pixel);
  }
  return (ahead){p->ahead, count, (count + w->out_blocks - 1) / w->out_blocks};
}

/// dx = gradient · transposed for `columns` blocks of the operand from block c.
static void pointwise_input_gradient(const pointwise_plan *p, nas_source x, const float *transposed, nas_gradient dy,
                                     pointwise_run run, long c, long columns, nas_sink dx, nas_sums sums) {
  const nas_window *w = p->w;
  product q = {.from = run.gradient, .from_step = VW, .slices = p->slices, .count = w->out_blocks};
  q.weights = transposed + c * VW, q.width = w->in_blocks * VW;
  q.to = p->line, q.to_step = VW, q.to_plane = run.count * VW;
  if (p->dense) q.ahead = backward_ahead(p, x, dy, dx, run, c);
  for (long b = 0; b < w->out_blocks; b++)
    p->slices[b] = (slice){b * run.plane, b * VW * q.width, lanes_of(w->out_lanes, b)};
  multiply(&q, run.count, columns);
  for (long j = 0; j < columns; j++)
    if (p->dense) write_gradient(x, p->line + j * q.to_plane, dx, c + j, run.first, run.count, sums);
    else scatter_gradient(p, x, p->line + j * q.to_plane, dx, c + j, run, sums);
}

/// Output pixels `first` ..< end.
static void pointwise_backward_range(const pointwise_plan *p, nas_source x, const float *transposed, nas_gradient dy,
                                     nas_sink dx, float *dw, long first, long end, nas_sums dx_sums) {
  const nas_window *w = p->w;
  for (; first < end; first += BACKWARD_PIXELS) {
    pointwise_run run = pointwise_gradient(p, dy, first, smaller(BACKWARD_PIXELS, end - first));
    for (long c = 0; c < w->in_blocks; c += TILE_BLOCKS) {
      long columns = smaller(TILE_BLOCKS, w->in_blocks - c);
      if (dw) pointwise_weight_gradient(p, x, run, c, columns, dw);
      if (dx.data) pointwise_input_gradient(p, x, transposed, dy, run, c, columns, dx, dx_sums);
    }
  }
}

/// The same of image `n` where the outputs do not read every pixel: those that none reads are 0, or keep what is there,
/// which the sums must see.
static void pointwise_backward_image(const pointwise_plan *p, nas_source x, const float *transposed, nas_gradient dy,
                                     nas_sink dx, float *dw, long n, nas_sums dx_sums) {
  const nas_window *w = p->w;
  long pixels = w->out_height * w->out_width, image = w->height * w->width;
  int sees_all = !dx.data || !dx.accumulate || (!dx_sums.first && !dx_sums.second);
  for (long b = 0; b < w->in_blocks && dx.data && !dx.accumulate; b++) clear(sink_at(dx, b, n * image), image);
  pointwise_backward_range(p, x, transposed, dy, dx, dw, n * pixels, (n + 1) * pixels,
                           sees_all ? dx_sums : (nas_sums){NULL, NULL});
  if (sees_all) return;
  nas_source written = {.data = sink_at(dx, 0, n * image), .plane = dx.plane};
  nas_source operand = {.data = source_at(x, 0, n * image), .plane = x.plane};
  gradient_moments(written, operand, dx_sums, (nas_source){.data = NULL}, (nas_sums){NULL, NULL}, w->in_blocks, image);
}

/// dw, and dx where it is wanted.
static void pointwise_backward(const pointwise_plan *p, nas_source x, const float *transposed, nas_gradient dy,
                               nas_sink dx, float *dw, long n0, long n1, nas_sums dx_sums) {
  const nas_window *w = p->w;
  long pixels = w->out_height * w->out_width;
  if (p->dense) {
    pointwise_backward_range(p, x, transposed, dy, dx, dw, n0 * pixels, n1 * pixels, dx_sums);
    return;
  }
  for (long n = n0; n < n1; n++) pointwise_backward_image(p, x, transposed, dy, dx, dw, n, dx_sums);
}
