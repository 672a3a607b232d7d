#ifndef NAS_DECODER_H
#define NAS_DECODER_H

#include <stddef.h>
#include <stdint.h>

/// A decoded image: rows from the top, four bytes a pixel (red, green, blue, alpha; colours not multiplied by alpha).
typedef struct {
  uint32_t width;
  uint32_t height;
  uint8_t *pixels;
} nas_image;

/// What became of an image.
typedef enum {
  /// It was decoded; the pixels are freed by nas_image_free.
  NAS_IMAGE_DECODED,
  /// The bytes are of neither format.
  NAS_IMAGE_UNKNOWN,
  /// It has more pixels than allowed; width and height are set.
  NAS_IMAGE_TOO_LARGE,
  /// There is no memory for it.
  NAS_IMAGE_NO_MEMORY,
  /// The decoder gave up; message says why.
  NAS_IMAGE_DAMAGED,
} nas_image_result;

/// Decodes a PNG or a JPEG file. message is a text that lives as long as the program.
nas_image_result nas_image_decode(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, nas_image *image,
                                  const char **message);

/// Frees what nas_image_decode allocated.
void nas_image_free(nas_image *image);

#endif
