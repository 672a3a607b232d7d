#!/usr/bin/env python3
"""Gives 'nas predict' PNG and JPEG files of odd sizes and kinds and compares the logits with those for Pillow's pixels; CSV.

  images.py NAS > images.csv     (needs pillow, numpy, safetensors)

The reference: Pillow decodes, puts transparent parts on white, cuts the largest centred square and resizes it by its
triangular filter; normalised with the model's numbers, it goes to 'nas predict --images'. Errors are the largest difference
of a logit as a share of the largest; decoders and rounded weights differ by a level or two of 255. Ends with code 1 when an
error is above 3 %.
"""
import csv, io, json, subprocess, sys, tempfile
import numpy as np
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

LIMIT = 0.03
SIZES = [(1, 1), (1, 300), (300, 1), (2, 3), (7, 5), (31, 33), (33, 31), (97, 211), (1001, 17), (641, 479), (2999, 4001)]


def picture(height, width, channels, seed):
    """Smooth shapes with a little noise: what photographs are, as far as resizing and JPEG go."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width, 2)
    waves = [np.sin(2 * np.pi * (random.uniform(0.5, 3) * x + random.uniform(0.5, 3) * y + random.uniform())) for _ in
             range(channels)]
    return np.clip(127 + 100 * np.stack(waves, -1) + random.normal(0, 3, (height, width, channels)), 0, 255).astype(np.uint8)


def kinds(height, width):
    rgb = Image.fromarray(picture(height, width, 3, height))
    gray = Image.fromarray(picture(height, width, 1, width)[..., 0])
    deep = Image.fromarray(picture(height, width, 1, 3)[..., 0].astype(np.uint16) * 257)
    yield "PNG", rgb, dict(format="PNG")
    yield "PNG with alpha", Image.fromarray(picture(height, width, 4, 1)), dict(format="PNG")
    yield "PNG, gray", gray, dict(format="PNG")
    yield "PNG, gray with alpha", Image.fromarray(picture(height, width, 2, 2)), dict(format="PNG")
    yield "PNG, palette", rgb.quantize(20), dict(format="PNG")
    yield "PNG, one bit", gray.convert("1"), dict(format="PNG")
    yield "PNG, 16 bits", deep, dict(format="PNG")
    yield "JPEG", rgb, dict(format="JPEG", quality=92)
    yield "JPEG, gray", gray, dict(format="JPEG", quality=92)
    yield "JPEG, progressive, 4:2:0", rgb, dict(format="JPEG", quality=92, progressive=True, subsampling=2)
    yield "JPEG, 4:4:4", rgb, dict(format="JPEG", quality=92, subsampling=0)


def reference(path, side):
    image = Image.open(path)
    if image.mode.startswith("I"):
        image = Image.fromarray(np.round(np.asarray(image) / 257).astype(np.uint8))
    over = Image.new("RGBA", image.size, "white")
    over.alpha_composite(image.convert("RGBA"))
    width, height = image.size
    edge = min(width, height)
    left, top = (width - edge) / 2, (height - edge) / 2
    return np.asarray(over.convert("RGB").resize((side, side), Image.BILINEAR, box=(left, top, left + edge, top + edge)))


def run(*command):
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {ended.stderr}")


def main():
    nas = sys.argv[1]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["kind", "rows", "columns", "relative error"])
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        def place(name):
            return f"{folder}/{name}"
        run(nas, "export", "nasnet-a", "--format", "safetensors", "--out", place("w"), "--initial-weights", 1)
        with safe_open(place("w"), "np") as file:
            model = json.loads(file.metadata()["nas"])
        mean, deviation = np.array(model["pixelMean"]), np.array(model["pixelDeviation"])
        for height, width in SIZES:
            for kind, image, options in kinds(height, width):
                path = place("image")
                image.save(path, **options)
                run(nas, "predict", place("w"), path, "--logits", place("found"), "--force")
                pixels = (reference(path, 32) - mean) / deviation
                save_file({"images": np.ascontiguousarray(pixels.transpose(2, 0, 1)[None].astype("f4"))}, place("images"))
                run(nas, "predict", place("w"), "--images", place("images"), "--logits", place("expected"), "--force")
                found, expected = (load_file(place(name))["logits"] for name in ("found", "expected"))
                error = float(np.abs(found - expected).max() / np.abs(expected).max())
                worst = max(worst, error)
                out.writerow([kind, height, width, f"{error:.1e}"])
            sys.stdout.flush()
    sys.exit(0 if worst < LIMIT else 1)


main()
