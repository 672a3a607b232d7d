// The backward pass of pooling. Averages are the same pooling with the axes turned round: the gradient of a pixel is
// the sum of what the windows around it share out.
#pragma once

#include "pool_extreme_backward.h"

typedef struct {
  pool_axis across, down;    // of the windows
  pool_axis turned, upward;  // from outputs to inputs
  long next;                 // output row that enters the ring next
  long rows;                 // of the ring
  const float **taps;
  float *staged, *ring, *line, *input_line, *zeros;
  float *shares;  // of each output column: 1 / the taps its average counts, or 0 where none is inside
} average_plan;

/// An axis from outputs to inputs: outputs lie `stride` apart on an axis where what lies between them is 0.
INLINE pool_axis turned_round(const pool_axis *a) {
  return (pool_axis){(a->outputs - 1) * a->stride + 1, a->size, a->kernel, 1, a->dilation, window_span(a) - 1 - a->pad,
                     NULL, {0, 0}};
}

static long plan_average(average_plan *p, const nas_window *w, float *scratch) {
  scratch_cursor cursor = {scratch, 0};
  *p = (average_plan){.across = axis_across(w), .down = axis_down(w)};
  p->turned = turned_round(&p->across);
  p->upward = turned_round(&p->down);
  measure_axis(&p->across, &cursor);
  measure_axis(&p->down, &cursor);
  measure_axis(&p->turned, &cursor);
  measure_axis(&p->upward, &cursor);
  p->rows = rows_of_ring(&p->down);
  p->taps = (const float **)take(&cursor, larger(w->kernel_h, w->kernel_w) * 2);
  p->staged = take(&cursor, p->turned.size * VW);
  p->ring = take(&cursor, p->rows * larger(w->width, w->out_width) * VW);
  p->line = take(&cursor, w->out_width * VW);
  p->input_line = take(&cursor, w->width * VW);
  p->zeros = take(&cursor, w->out_width * VW);
  p->shares = take(&cursor, w->out_width);
  return cursor.used;
}

static long pool_scratch(const nas_window *w) {
  pool_plan forward;
  average_plan average;
  extreme_plan extreme;
  long backward = larger(plan_average(&average, w, NULL), plan_extreme(&extreme, NAS_POOL_MAX, w, NULL));
  return larger(plan_pool(&forward, NAS_POOL_MAX, w, NULL), backward);
}

/// What each tap along an axis gets of an output's gradient.
INLINE float share_of(const pool_axis *a, long o) { return taps_inside(a, o) ? 1 / (float)taps_counted(a, o) : 0; }

/// Puts the gradients of output row `oy`, shared out, at `to`, as far apart as their windows.
static void stage_shares(const average_plan *p, nas_gradient dy, long block, long n, long oy, float *to) {
  long width = p->across.outputs, pixel = (n * p->down.outputs + oy) * width;
  float share = share_of(&p->down, oy);
  int in_place = is_plain_gradient(dy);
  const float *from = in_place ? gradient_floats(dy, block, pixel) : p->line;
  if (!in_place) stage_gradient(dy, block, pixel, width, p->line);
  for (long o = 0; o < width; o++, to += p->across.stride * VW) store(to, load(from + o * VW) * (p->shares[o] * share));
}

/// The sums over the windows that read row `y`.
static void sum_shares(average_plan *p, nas_gradient dy, long block, long n, long y, float *to) {
  const pool_axis *upward = &p->upward;
  long stride = p->down.stride, span = window_span(upward), width = p->turned.outputs, count = 0;
  for (; p->next * stride < smaller(window_start(upward, y) + span, upward->size); p->next++) {
    stage_shares(p, dy, block, n, p->next, p->staged);
    sum_columns(&p->turned, p->staged, p->taps, ring_row(p->ring, p->rows, width, p->next));
  }
  for (long k = 0; k < taps_inside(upward, y); k++)
    if (tap_at(upward, y, k) % stride == 0)
      p->taps[count++] = ring_row(p->ring, p->rows, width, tap_at(upward, y, k) / stride);
  combine_rows(NAS_POOL_AVERAGE, count, p->taps, width, 1, to);
}

/// The same for 3×3 windows at stride 1.
static void sum_three_shares(average_plan *p, nas_gradient dy, long block, long n, long y, int adds, float *to) {
  const pool_axis *upward = &p->upward;
  long start = window_start(upward, y), width = p->across.outputs;
  for (; p->next < smaller(start + 3, upward->size); p->next++)
    stage_shares(p, dy, block, n, p->next, ring_row(p->ring, p->rows, width, p->next));
  const float *rows[3];
  for (long k = 0; k < 3; k++) {
    long from = standing_row(NAS_POOL_AVERAGE, upward, start, start + k);
    rows[k] = from < 0 ? p->zeros : ring_row(p->ring, p->rows, width, from);
  }
  combine_three_rows(NAS_POOL_AVERAGE, adds, &p->turned, rows, (three_factors){1, 1, 1}, to);
}

static void average_backward(const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0, long n1,
                             nas_sums dx_sums, float *scratch) {
  average_plan p;
  plan_average(&p, w, scratch);
  memset(p.staged, 0, sizeof(float) * (size_t)(p.turned.size * VW));
  memset(p.zeros, 0, sizeof(float) * (size_t)(w->out_width * VW));
  for (long o = 0; o < w->out_width; o++) p.shares[o] = share_of(&p.across, o);
  int three = p.across.stride == 1 && p.down.stride == 1;
  three = three && has_three_neighbours(&p.turned) && has_three_neighbours(&p.upward);
  int direct = STORES_FLOATS && !x.relu && !has_sums(dx_sums) && (three || !dx.accumulate);
  for (long block = 0; block < w->in_blocks; block++)
    for (long n = n0; n < n1; n++) {
      p.next = 0;
      for (long y = 0; y < w->height; y++) {
        long pixel = (n * w->height + y) * w->width;
        fetch_pixels(sink_at(dx, block, pixel + PIXELS_AHEAD), w->width);
        float *to = direct ? as_floats(sink_at(dx, block, pixel)) : p.input_line;
        if (three) sum_three_shares(&p, dy, block, n, y, direct && dx.accumulate, to);
        else sum_shares(&p, dy, block, n, y, to);
        if (!direct) write_gradient(x, to, dx, block, pixel, w->width, dx_sums);
      }
    }
}

static void pool_backward(nas_pool kind, const nas_window *w, nas_source x, nas_gradient dy, nas_sink dx, long n0,
                          long n1, nas_sums dx_sums, float *scratch) {
  if (kind == NAS_POOL_AVERAGE) average_backward(w, x, dy, dx, n0, n1, dx_sums, scratch);
  else extreme_backward(kind, w, x, dy, dx, n0, n1, dx_sums, scratch);
}
