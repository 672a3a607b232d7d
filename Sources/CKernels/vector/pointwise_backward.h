// The gradients of 1×1 convolutions: of a few output pixels at a time, some blocks of the operand after the others. While
// the gradient of some blocks is computed, what the next ones need is staged.
#pragma once

#include "gradient_product.h"
#include "pixelwise.h"
#include "pointwise.h"

/// A few output pixels and `columns` blocks of the operand from `block` on. Their gradient and the operand lie in place where
/// they can be read there, else in one of two places that take turns.
typedef struct {
  long first, count, block, columns;
  float *gradient, *operand;
  long gradient_plane, operand_plane;
  int gradient_turn, operand_turn;
} pointwise_run;

/// How `count` pixels of one block of a gradient are staged.
INLINE staging staging_of_gradient(nas_gradient g, long block, long pixel, long count, float *to) {
  staging s = {.from = gradient_data_at(g, block, pixel), .to = to, .pixels = count};
  if (!g.a) return s;
  s.z = gradient_z_at(g, block, pixel);
  s.scale = g.a + block * VW, s.slope = g.b + block * VW, s.shift = g.c + block * VW;
  return s;
}

/// A plain gradient is read in place where there are whole tiles of it.
INLINE int stages_gradient(nas_gradient dy, long count) { return !is_plain_gradient(dy) || count < BACKWARD_PIXELS; }

/// Says where gradient and operand lie.
INLINE pointwise_run place_run(const pointwise_plan *p, pointwise_run run, nas_source x, nas_gradient dy) {
  const long plane = BACKWARD_PIXELS * VW;
  run.columns = smaller(TILE_BLOCKS, p->w->in_blocks - run.block);
  run.gradient_plane = run.operand_plane = plane;
  run.gradient = p->gradient + run.gradient_turn * p->w->out_blocks * plane;
  run.operand = p->operand + run.operand_turn * TILE_BLOCKS * plane;
  if (!stages_gradient(dy, run.count))
    run.gradient = (float *)gradient_floats(dy, 0, run.first), run.gradient_plane = dy.plane;
  if (p->dense && is_plain(x)) run.operand = (float *)source_floats(x, run.block, run.first), run.operand_plane = x.plane;
  return run;
}

/// The run that follows: of the same pixels, or of the next ones up to `end`.
INLINE pointwise_run run_after(const pointwise_plan *p, pointwise_run run, nas_source x, nas_gradient dy, long end) {
  run.block += TILE_BLOCKS;
  run.operand_turn = !run.operand_turn;
  if (run.block >= p->w->in_blocks) {
    run.block = 0;
    run.gradient_turn = !run.gradient_turn;
    run.first += run.count;
    run.count = smaller(BACKWARD_PIXELS, end - run.first);
  }
  return place_run(p, run, x, dy);
}

/// Notes what a run needs staged; returns how many blocks. The pixels of a strided convolution do not lie together: they
/// are staged when they are needed.
static long note_staged(const pointwise_plan *p, pointwise_run run, nas_source x, nas_gradient dy, int weights) {
  long count = 0;
  for (long b = 0; b < run.columns && weights && p->dense && !is_plain(x); b++)
    p->staged[count++] = staging_of(x, run.block + b, run.first, run.count, run.operand + b * run.operand_plane);
  for (long b = 0; b < p->w->out_blocks && run.block == 0 && stages_gradient(dy, run.count); b++)
    p->staged[count++] = staging_of_gradient(dy, b, run.first, run.count, run.gradient + b * run.gradient_plane);
  return count;
}

/// What the run after this one wants staged, and what those behind it want fetched.
static ahead backward_ahead(const pointwise_plan *p, pointwise_run next, nas_source x, nas_gradient dy, nas_sink dx,
                            int weights, long end) {
  const nas_window *w = p->w;
  if (next.count == 0) return (ahead){0};
  pointwise_run further = run_after(p, next, x, dy, end);
  long count = 0, staged = note_staged(p, next, x, dy, weights);
  for (long b = 0; b < further.columns && p->dense; b++)
    p->ahead[count++] = source_at(x, further.block + b, further.first);
  for (long b = 0; b < next.columns && p->dense && dx.data; b++)
    p->ahead[count++] = sink_at(dx, next.block + b, next.first);
  for (long b = 0; b < w->out_blocks && next.block == 0; b++) {
    p->ahead[count++] = gradient_data_at(dy, b, next.first + next.count);
    if (dy.a) p->ahead[count++] = gradient_z_at(dy, b, next.first + next.count);
  }
  return ahead_of(p->ahead, count, p->staged, staged, w->out_blocks);
}

/// dw += operandᵀ · gradient.
static void pointwise_weight_gradient(const pointwise_plan *p, nas_source x, pointwise_run run, float *dw) {
  long width = p->w->out_blocks * VW;
  strip s = {.from_step = VW, .gradient = run.gradient, .gradient_plane = run.gradient_plane, .lines = 1};
  s.pixels = run.count;
  for (long b = 0; b < run.columns; b++) {
    float *operand = run.operand + b * run.operand_plane;
    if (!p->dense) stage_pixels(p, x, run.block + b, run.first, run.count, operand);
    s.from = operand;
    add_outer(&s, lanes_of(p->w->in_lanes, run.block + b), p->w->out_blocks, dw + (run.block + b) * VW * width, width);
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

/// dx = gradient · transposed; where the gradient of the `weights` is wanted too, the operand is staged.
static void pointwise_input_gradient(const pointwise_plan *p, nas_source x, const float *transposed, pointwise_run run,
                                     int weights, ahead next, nas_sink dx, nas_sums sums) {
  const nas_window *w = p->w;
  product q = {.from = run.gradient, .from_step = VW, .slices = p->slices, .count = w->out_blocks, .ahead = next};
  q.weights = transposed + run.block * VW, q.width = w->in_blocks * VW;
  for (long b = 0; b < w->out_blocks; b++)
    p->slices[b] = (slice){b * run.gradient_plane, b * VW * q.width, lanes_of(w->out_lanes, b)};
  if (p->dense) {
    gradient_product g = {.product = q, .x = x, .dx = dx, .pixel = run.first, .pixels = run.count};
    if (x.relu && weights) g.staged = run.operand, g.staged_plane = run.operand_plane;
    multiply_gradient(&g, run.columns, run.block, sums);
    return;
  }
  q.to = p->line, q.to_step = VW, q.to_plane = BACKWARD_PIXELS * VW;
  multiply(&q, run.count, run.columns);
  for (long j = 0; j < run.columns; j++)
    scatter_gradient(p, x, p->line + j * q.to_plane, dx, run.block + j, run, sums);
}

/// Output pixels `first` ..< end.
static void pointwise_backward_range(const pointwise_plan *p, nas_source x, const float *transposed, nas_gradient dy,
                                     nas_sink dx, float *dw, long first, long end, nas_sums dx_sums) {
  pointwise_run run = {.first = first, .count = smaller(BACKWARD_PIXELS, end - first)}, next;
  run = place_run(p, run, x, dy);
  stage_from(0, p->staged, note_staged(p, run, x, dy, dw != NULL));
  for (; run.count > 0; run = next) {
    next = run_after(p, run, x, dy, end);
    ahead wanted = backward_ahead(p, next, x, dy, dx, dw != NULL, end);
    if (dw) pointwise_weight_gradient(p, x, run, dw);
    if (dx.data) pointwise_input_gradient(p, x, transposed, run, dw != NULL, wanted, dx, dx_sums);
    else stage_from(0, wanted.staged, wanted.staged_count);
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
