// The backward pass of pooling by extremes, which are found again from the operand: a window gives its gradient to the
// first row that holds its extreme, and a row gives what it got to the first pixel that holds the row's.
#pragma once

#include "pool.h"

typedef int mask __attribute__((ext_vector_type(VW)));

/// Where the first tap is not the extreme. It is even where it is NaN, as it is forward.
INLINE mask first_is_beaten(const nas_pool kind, vector first, vector best) {
  return kind == NAS_POOL_MAX ? best > first : best < first;
}

/// Gives gradient[i] to the first tap k < count that holds the extreme of taps[k][i * step]: adds it to
/// targets[k][i * step]. The last tap gets what no other took. `few`: count is a constant.
INLINE void route_counted(const nas_pool kind, const int few, const long count, const float *const *taps,
                          float *const *targets, long step, long n, const float *gradient) {
  const float *kept[FEW];
  float *kept_targets[FEW];
  for (long k = 0; few && k < count; k++) {
    kept[k] = taps[k];
    kept_targets[k] = targets[k];
  }
  const float *const *from = few ? kept : taps;
  float *const *to = few ? kept_targets : targets;
  for (long i = 0; i < n; i++) {
    long at = i * step * VW;
    vector first = load(from[0] + at), best = first, rest = load(gradient + i * VW);
    for (long k = 1; k < count; k++) best = combine(kind, best, load(from[k] + at));
    mask beaten = first_is_beaten(kind, first, best);
    for (long k = 0; k < count - 1; k++) {
      if (k) beaten = load(from[k] + at) != best;
      vector before = load(to[k] + at);
      store(to[k] + at, beaten ? before : before + rest);
      rest = beaten ? rest : (vector)0;
    }
    add_to(to[count - 1] + at, rest);
  }
}

INLINE void route_taps(const nas_pool kind, long count, const float *const *taps, float *const *targets, long step,
                       long n, const float *gradient) {
  switch (count) {
    case 2: return route_counted(kind, 1, 2, taps, targets, step, n, gradient);
    case 3: return route_counted(kind, 1, 3, taps, targets, step, n, gradient);
    case 5: return route_counted(kind, 1, 5, taps, targets, step, n, gradient);
    case 7: return route_counted(kind, 1, 7, taps, targets, step, n, gradient);
    default: return route_counted(kind, 0, count, taps, targets, step, n, gradient);
  }
}

/// Whether a row's windows are three neighbours each, at stride 1, and reach every pixel.
INLINE int covers_by_threes(const pool_axis *a) {
  return has_three_neighbours(a) && a->stride == 1 && window_start(a, a->outputs - 1) + 3 >= a->size;
}

/// A row of such windows; what later windows add to stays in registers.
INLINE void route_three_neighbours(const nas_pool kind, const pool_axis *a, const float *row, const float *gradient,
                                   float *to) {
  long whole = a->whole.last - a->whole.first, reaches_out = window_start(a, a->outputs - 1) + 3 > a->size;
  vector left = load(row), centre = load(row + VW), first = 0, second = 0;
  if (a->pad) {
    vector given = load(gradient);
    mask beaten = first_is_beaten(kind, left, combine(kind, left, centre));
    first = beaten ? (vector)0 : given;
    second = beaten ? given : (vector)0;
    gradient += VW;
  }
  for (long i = 0; i < whole; i++, row += VW, gradient += VW, to += VW) {
    vector right = load(row + 2 * VW), best = combine_three(kind, left, centre, right);
    mask beaten = first_is_beaten(kind, left, best), also = centre != best;
    vector given = load(gradient), rest = beaten ? given : (vector)0;
    store(to, beaten ? first : first + given);
    first = also ? second : second + rest;
    second = also ? rest : (vector)0;
    left = centre;
    centre = right;
  }
  if (reaches_out) {
    vector given = load(gradient);
    mask beaten = first_is_beaten(kind, left, combine(kind, left, centre));
    first = beaten ? first : first + given;
    second = beaten ? second + given : second;
  }
  store(to, first);
  store(to + VW, second);
}

typedef struct {
  nas_pool kind;
  pool_axis across, down;
  long next;  // the row that enters the rings next
  long rows;  // of the rings
  const float **taps;
  float **targets;
  float *staged;              // rows of the transformed operand
  float *combined;            // those rows with their columns combined
  float *gradients;           // of the combined rows
  float *line, *input_line;
} extreme_plan;

static long plan_extreme(extreme_plan *p, nas_pool kind, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  *p = (extreme_plan){.kind = kind, .across = axis_across(w), .down = axis_down(w)};
  measure_axis(&p->across, &cursor);
  measure_axis(&p->down, &cursor);
  p->rows = rows_of_ring(&p->down);
  p->taps = (const float **)take(&cursor, larger(w->kernel_h, w->kernel_w) * 2);
  p->targets = (float **)take(&cursor, larger(w->kernel_h, w->kernel_w) * 2);
  p->staged = take(&cursor, p->rows * w->width * VW);
  p->combined = take(&cursor, p->rows * w->out_width * VW);
  p->gradients = take(&cursor, p->rows * w->out_width * VW);
  p->line = take(&cursor, w->out_width * VW);
  p->input_line = take(&cursor, w->width * VW);
  return cursor.used;
}

/// Points taps and targets at the taps inside the image of the window of output `o`.
static long point_at_window(const extreme_plan *p, const float *row, long o, float *to) {
  long count = taps_inside(&p->across, o);
  for (long k = 0; k < count; k++) {
    p->taps[k] = row + tap_at(&p->across, o, k) * VW;
    p->targets[k] = to + tap_at(&p->across, o, k) * VW;
  }
  return count;
}

INLINE void route_edge(const extreme_plan *p, const nas_pool kind, const float *row, long o, const float *gradients,
                       float *to) {
  long count = point_at_window(p, row, o, to);
  if (count) route_counted(kind, 0, count, p->taps, p->targets, 1, 1, gradients + o * VW);
}

/// Gives the gradients of a row whose columns were combined to the pixels of that row, in `to`.
INLINE void route_columns(const extreme_plan *p, const nas_pool kind, const float *row, const float *gradients,
                          float *to) {
  const pool_axis *a = &p->across;
  range whole = a->whole;
  if (covers_by_threes(a)) return route_three_neighbours(kind, a, row, gradients, to);
  memset(to, 0, sizeof(float) * (size_t)(a->size * VW));
  if (whole.first < whole.last) {
    long count = point_at_window(p, row, whole.first, to), n = whole.last - whole.first;
    route_taps(kind, count, p->taps, p->targets, a->stride, n, gradients + whole.first * VW);
  }
  for (long o = 0; o < whole.first; o++) route_edge(p, kind, row, o, gradients, to);
  for (long o = whole.last; o < a->outputs; o++) route_edge(p, kind, row, o, gradients, to);
}

/// The transformed row `y`: in place where there is nothing to transform.
INLINE const float *operand_row(const extreme_plan *p, nas_source x, long block, long n, long y) {
  if (is_plain(x)) return source_floats(x, block, (n * p->down.size + y) * p->across.size);
  return ring_row(p->staged, p->rows, p->across.size, y);
}

/// Leaves the gradient of row `y`, which no later window reads.
static void leave_row(const extreme_plan *p, nas_source x, nas_sink dx, long block, long n, long y, nas_sums dx_sums) {
  long pixel = (n * p->down.size + y) * p->across.size;
  fetch_pixels(sink_at(dx, block, pixel + PIXELS_AHEAD), p->across.size);
  const float *row = operand_row(p, x, block, n, y);
  const float *gradients = ring_row(p->gradients, p->rows, p->across.outputs, y);
  int direct = STORES_FLOATS && !x.relu && !dx.accumulate && !has_sums(dx_sums);
  float *to = direct ? as_floats(sink_at(dx, block, pixel)) : p->input_line;
  if (p->kind == NAS_POOL_MAX) route_columns(p, NAS_POOL_MAX, row, gradients, to);
  else route_columns(p, NAS_POOL_MIN, row, gradients, to);
  if (!direct) write_gradient(x, to, dx, block, pixel, p->across.size, dx_sums);
}

static void enter_row(const extreme_plan *p, nas_source x, long block, long n, long y) {
  long outputs = p->across.outputs, width = p->across.size, pixel = (n * p->down.size + y) * width;
  fetch_pixels(source_at(x, block, pixel + PIXELS_AHEAD), width);
  if (!is_plain(x)) stage_source(x, block, pixel, width, ring_row(p->staged, p->rows, width, y));
  combine_columns(p->kind, &p->across, operand_row(p, x, block, n, y), p->taps,
                  ring_row(p->combined, p->rows, outputs, y));
  memset(ring_row(p->gradients, p->rows, outputs, y), 0, sizeof(float) * (size_t)(outputs * VW));
}

/// Lets rows before `end` enter the rings, each in the place of a row that leaves them.
static void turn_rings(extreme_plan *p, nas_source x, nas_sink dx, long block, long n, long end, nas_sums dx_sums) {
  for (; p->next < end; p->next++) {
    if (p->next >= p->rows) leave_row(p, x, dx, block, n, p->next - p->rows, dx_sums);
    if (p->next < p->down.size) enter_row(p, x, block, n, p->next);
  }
}

/// Gives the gradients of output row `oy` to the rows that it reads.
static void route_rows(const extreme_plan *p, nas_gradient dy, long block, long n, long oy) {
  long count = taps_inside(&p->down, oy), outputs = p->across.outputs;
  if (!count) return;
  for (long k = 0; k < count; k++) {
    p->taps[k] = ring_row(p->combined, p->rows, outputs, tap_at(&p->down, oy, k));
    p->targets[k] = ring_row(p->gradients, p->rows, outputs, tap_at(&p->down, oy, k));
  }
  long pixel = (n * p->down.outputs + oy) * outputs;
  int in_place = is_plain_gradient(dy);
  const float *from = in_place ? gradient_floats(dy, block, pixel) : p->line;
  if (!in_place) stage_gradient(dy, block, pixel, outputs, p->line);
  if (p->kind == NAS_POOL_MAX) route_taps(NAS_POOL_MAX, count, p->taps, p->targets, 1, outputs, from);
  else route_taps(NAS_POOL_MIN, count, p->taps, p->targets, 1, outputs, from);
}

static void extreme_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                             long n1, nas_sums dx_sums, float *scratch) {
  extreme_plan p;
  plan_extreme(&p, kind, w, scratch);
  for (long block = 0; block < w->in_blocks; block++)
    for (long n = n0; n < n1; n++) {
      p.next = 0;
      for (long oy = 0; oy < w->out_height; oy++) {
        long end = smaller(window_start(&p.down, oy) + window_span(&p.down), w->height);
        turn_rings(&p, x, dx, block, n, end, dx_sums);
        route_rows(&p, dy, block, n, oy);
      }
      turn_rings(&p, x, dx, block, n, w->height + p.rows, dx_sums);
    }
}
