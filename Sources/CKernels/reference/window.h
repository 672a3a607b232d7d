// Which pixels the windows of a convolution or pooling join. Pixels count through the rows of an image and then through
// the images; taps count through the rows of a kernel.
#pragma once

#include "CKernels.h"

static inline long window_taps(const nas_window *w) { return w->kernel_h * w->kernel_w; }
static inline long input_pixels(const nas_window *w) { return w->height * w->width; }
static inline long output_pixels(const nas_window *w) { return w->out_height * w->out_width; }

/// The input pixel that an output pixel reads through a tap; -1 where that is padding.
static inline long pixel_read(const nas_window *w, long output, long tap) {
  long image = output / output_pixels(w), oy = output / w->out_width % w->out_height, ox = output % w->out_width;
  long iy = oy * w->stride_h - w->pad_top + tap / w->kernel_w * w->dilation_h;
  long ix = ox * w->stride_w - w->pad_left + tap % w->kernel_w * w->dilation_w;
  if (iy < 0 || iy >= w->height || ix < 0 || ix >= w->width) return -1;
  return (image * w->height + iy) * w->width + ix;
}

/// The output pixel that reads an input pixel through a tap; -1 where none does.
static inline long pixel_reading(const nas_window *w, long input, long tap) {
  long image = input / input_pixels(w), iy = input / w->width % w->height, ix = input % w->width;
  long down = iy + w->pad_top - tap / w->kernel_w * w->dilation_h;
  long across = ix + w->pad_left - tap % w->kernel_w * w->dilation_w;
  if (down < 0 || across < 0 || down % w->stride_h != 0 || across % w->stride_w != 0) return -1;
  long oy = down / w->stride_h, ox = across / w->stride_w;
  return oy < w->out_height && ox < w->out_width ? (image * w->out_height + oy) * w->out_width + ox : -1;
}
