# SPDX-License-Identifier: Apache-2.0
"""Makes pillow_resize.json: what Pillow's own resize gives for pictures that resize_test.cpp makes by the same rule.

Run with Pillow 11 or 12: Pillow 13 does the vertical pass first where that is less work, so its rounding differs.
"""
import json
import sys

import numpy as np
import PIL
from PIL import Image

FILTERS = {"box": Image.BOX, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
# width, height, channels, output width, output height, crop (x, y, width, height)
CASES = [
    (37, 29, 3, 11, 7, (0, 0, 37, 29)),
    (20, 29, 3, 20, 5, (0, 0, 20, 29)),
    (9, 7, 3, 13, 10, (0, 0, 9, 7)),
    (40, 31, 1, 12, 12, (4.25, 2.5, 30.5, 24.75)),
    (23, 50, 3, 8, 13, (3, 5, 17, 40)),
    (300, 11, 3, 5, 3, (0, 0, 300, 11)),
]


def picture(width, height, channels):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    value = (x * 2654435761 + y * 40503 + c * 97 + x * y * 7919) & 0xFFFFFFFF
    return ((value >> 7) ^ (x * 6)).astype(np.uint32).astype(np.uint8)


def main():
    assert int(PIL.__version__.split(".")[0]) < 13, "Pillow 11 or 12"
    cases = []
    for width, height, channels, out_width, out_height, crop in CASES:
        array = picture(width, height, channels)
        box = (crop[0], crop[1], crop[0] + crop[2], crop[1] + crop[3])
        for name, kind in FILTERS.items():
            image = Image.fromarray(array[..., 0] if channels == 1 else array)
            bytes_ = np.asarray(image.resize((out_width, out_height), kind, box=box))
            planes = [Image.fromarray(array[..., c].astype(np.float32)) for c in range(channels)]
            reals = np.stack([np.asarray(p.resize((out_width, out_height), kind, box=box)) for p in planes], -1)
            cases.append(dict(width=width, height=height, channels=channels, out_width=out_width, out_height=out_height, crop=crop, filter=name,
                              u8=bytes_.reshape(-1).tolist(), real=[round(float(v), 2) for v in reals.reshape(-1)]))
    json.dump(dict(pillow=PIL.__version__, cases=cases), open(sys.argv[1], "w"), separators=(",", ":"))


main()
