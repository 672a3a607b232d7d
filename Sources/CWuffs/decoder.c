#include "decoder.h"

#define WUFFS_IMPLEMENTATION
#define WUFFS_CONFIG__STATIC_FUNCTIONS
#define WUFFS_CONFIG__MODULES
#define WUFFS_CONFIG__MODULE__ADLER32
#define WUFFS_CONFIG__MODULE__BASE
#define WUFFS_CONFIG__MODULE__CRC32
#define WUFFS_CONFIG__MODULE__DEFLATE
#define WUFFS_CONFIG__MODULE__JPEG
#define WUFFS_CONFIG__MODULE__PNG
#define WUFFS_CONFIG__MODULE__ZLIB
#include "wuffs-unsupported-snapshot.c"

static wuffs_base__image_decoder *decoder_for(const uint8_t *bytes, size_t count) {
  static const uint8_t png[] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
  static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF};
  if (count >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
    return wuffs_png__decoder__alloc_as__wuffs_base__image_decoder();
  }
  if (count >= sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0) {
    return wuffs_jpeg__decoder__alloc_as__wuffs_base__image_decoder();
  }
  return NULL;
}

static nas_image_result damaged(wuffs_base__status status, const char **message) {
  *message = wuffs_base__status__message(&status);
  return NAS_IMAGE_DAMAGED;
}

// Wuffs' conversion of JPEG colours to red, green, blue exchanges red and blue in what is narrower than 32 pixels
// (convert_3_rgbx_x86_avx2 leaves that to convert_3_bgrx); its conversion to blue, green, red is right everywhere.
static void exchange_red_and_blue(nas_image *image) {
  const size_t end = (size_t)image->width * image->height * 4;
  for (size_t place = 0; place < end; place += 4) {
    const uint8_t blue = image->pixels[place];
    image->pixels[place] = image->pixels[place + 2];
    image->pixels[place + 2] = blue;
  }
}

/// Decodes the frame behind the configuration that has been read.
static nas_image_result decode_frame(wuffs_base__image_decoder *decoder, wuffs_base__io_buffer *source,
                                     wuffs_base__image_config *config, uint8_t *work, uint64_t work_count,
                                     nas_image *image, const char **message) {
  wuffs_base__pixel_config__set(&config->pixcfg, WUFFS_BASE__PIXEL_FORMAT__BGRA_NONPREMUL,
                                WUFFS_BASE__PIXEL_SUBSAMPLING__NONE, image->width, image->height);
  wuffs_base__pixel_buffer pixels;
  wuffs_base__status status = wuffs_base__pixel_buffer__set_from_slice(
      &pixels, &config->pixcfg, wuffs_base__make_slice_u8(image->pixels, (size_t)image->width * image->height * 4));
  if (!wuffs_base__status__is_ok(&status)) return damaged(status, message);
  status = wuffs_base__image_decoder__decode_frame(decoder, &pixels, source, WUFFS_BASE__PIXEL_BLEND__SRC,
                                                   wuffs_base__make_slice_u8(work, (size_t)work_count), NULL);
  if (!wuffs_base__status__is_ok(&status)) return damaged(status, message);
  exchange_red_and_blue(image);
  return NAS_IMAGE_DECODED;
}

static nas_image_result decode(wuffs_base__image_decoder *decoder, wuffs_base__io_buffer *source,
                               uint64_t maximum_pixels, nas_image *image, const char **message) {
  wuffs_base__image_config config;
  wuffs_base__status status = wuffs_base__image_decoder__decode_image_config(decoder, &config, source);
  if (!wuffs_base__status__is_ok(&status)) return damaged(status, message);
  image->width = wuffs_base__pixel_config__width(&config.pixcfg);
  image->height = wuffs_base__pixel_config__height(&config.pixcfg);
  const uint64_t count = (uint64_t)image->width * image->height;
  if (count == 0) {
    *message = "it has no pixels";
    return NAS_IMAGE_DAMAGED;
  }
  if (count > maximum_pixels) return NAS_IMAGE_TOO_LARGE;
  const uint64_t work_count = wuffs_base__image_decoder__workbuf_len(decoder).max_incl;
  uint8_t *work = malloc(work_count > 0 ? (size_t)work_count : 1);
  image->pixels = calloc((size_t)count, 4);
  nas_image_result result = NAS_IMAGE_NO_MEMORY;
  if (work != NULL && image->pixels != NULL) {
    result = decode_frame(decoder, source, &config, work, work_count, image, message);
  }
  free(work);
  if (result != NAS_IMAGE_DECODED) nas_image_free(image);
  return result;
}

nas_image_result nas_image_decode(const uint8_t *bytes, size_t count, uint64_t maximum_pixels, nas_image *image,
                                  const char **message) {
  *image = (nas_image){0, 0, NULL};
  *message = "";
  wuffs_base__image_decoder *decoder = decoder_for(bytes, count);
  if (decoder == NULL) return NAS_IMAGE_UNKNOWN;
  // The decoder only reads.
  wuffs_base__io_buffer source = wuffs_base__ptr_u8__reader((uint8_t *)bytes, count, true);
  const nas_image_result result = decode(decoder, &source, maximum_pixels, image, message);
  free(decoder);
  return result;
}

void nas_image_free(nas_image *image) {
  free(image->pixels);
  image->pixels = NULL;
}
