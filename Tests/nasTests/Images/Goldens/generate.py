#!/usr/bin/env python3
"""Writes images.json: small PNG and JPEG files, and what Pillow makes of them.

  generate.py > images.json

Needs Pillow and numpy. `file` is the image file, `pixels` its red, green and blue on white, both base64; `tolerance` is
how far a decoder may be off (JPEG leaves rounding open). `resized` is the largest centred part with the proportions of
`rows` x `columns`, resized by Pillow's antialiased bilinear filter.
"""
import base64, io, json
import numpy as np
import PIL
from PIL import Image


def picture(width, height, channels, seed):
    """Smooth colours with an edge, so that JPEG and resizing have something to do."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    waves = [127 + 100 * np.sin(rng.uniform(0.1, 0.6) * x + rng.uniform(0.1, 0.6) * y + c) for c in range(channels)]
    image = np.stack(waves, -1)
    image[height // 3:, width // 2:, 0] = 250
    return np.clip(image + rng.uniform(-5, 5, image.shape), 0, 255).astype(np.uint8)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def on_white(image):
    """As the tool does it: rounded to the nearest; of 16 bits the upper 8."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    rgba = np.asarray(image.convert("RGBA")).astype(np.uint32)
    alpha = rgba[..., 3:]
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def case(name, data, tolerance, rows, columns):
    image = Image.open(io.BytesIO(data))
    pixels = on_white(image)
    height, width = pixels.shape[:2]
    scale = min(height / rows, width / columns)
    top, left = (height - scale * rows) / 2, (width - scale * columns) / 2
    resized = Image.fromarray(pixels).resize(
        (columns, rows), Image.BILINEAR, box=(left, top, left + scale * columns, top + scale * rows))
    text = lambda array: base64.b64encode(array.tobytes()).decode()
    return {"name": name, "file": base64.b64encode(data).decode(), "width": width, "height": height,
            "pixels": text(pixels), "tolerance": tolerance, "rows": rows, "columns": columns,
            "resized": text(np.asarray(resized))}


def main():
    rgb = Image.fromarray(picture(37, 23, 3, 1))
    small = Image.fromarray(picture(5, 4, 3, 2))
    rgba = Image.fromarray(picture(12, 18, 4, 3), "RGBA")
    gray = Image.fromarray(picture(16, 16, 1, 4)[..., 0])
    palette = rgb.quantize(16)
    deep = Image.fromarray((picture(9, 9, 1, 5)[..., 0].astype(np.uint16) * 257))
    cases = [
        case("PNG", encoded(rgb, "PNG"), 0, 8, 8),
        case("PNG, enlarged", encoded(small, "PNG"), 0, 8, 8),
        case("PNG with alpha, to a rectangle", encoded(rgba, "PNG"), 0, 6, 9),
        case("gray PNG, as it is", encoded(gray, "PNG"), 0, 16, 16),
        case("PNG with a palette", encoded(palette, "PNG"), 0, 11, 5),
        case("PNG of 16 bits", encoded(deep, "PNG"), 0, 3, 3),
        case("JPEG", encoded(rgb, "JPEG", quality=90), 3, 8, 8),
        case("JPEG without subsampling", encoded(rgb, "JPEG", quality=95, subsampling=0), 2, 8, 8),
        case("progressive JPEG", encoded(rgb, "JPEG", quality=80, progressive=True), 3, 10, 10),
        case("gray JPEG", encoded(gray, "JPEG"), 2, 8, 8),
        # Decoders convert colours in runs of 32 columns and more; these have rests that are narrower.
        case("narrow JPEG", encoded(small, "JPEG", quality=95, subsampling=0), 2, 6, 6),
        case("JPEG of one column", encoded(rgb.crop((9, 0, 10, 20)), "JPEG", quality=90, subsampling=0), 3, 4, 4),
        case("wide JPEG", encoded(Image.fromarray(picture(690, 3, 3, 7)), "JPEG", quality=90, subsampling=0), 3, 3, 3),
    ]
    print(json.dumps({"pillow": PIL.__version__, "cases": cases}, separators=(",", ":")))


main()
