"""HaldCLUT: a 3D table kept as a picture, as ImageMagick (``hald:8``), G'MIC, RawTherapee and darktable exchange looks.

A picture of level n has n³ x n³ pixels: those of a cube with n² points a side, red running fastest, then green, then
blue, from the top left, row by row (Eskil Steenberg, quelsolaar.com/technology/clut.html). They are numbers, no colours
to look at: a colour profile would change every entry and a rotation would shuffle them, so both are ignored, and so is
alpha. A lossy format is refused, since its noise would become part of the look.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from goldenhour.render.lut import Grid, LookError, Lut, plain_title, unit_domain
from goldenhour.render.picture import PictureError
from goldenhour.render.picture_file import read_samples

LEVELS = range(2, 13)  # 4 to 144 points a side; 12 is that of RawTherapee's film looks
_LOSSLESS = ("PNG", "TIFF")


def read_hald(path: Path) -> Lut:
    """The LUT of a HaldCLUT picture, 8 or 16 bits, grey or RGB; its title is the file's name. Raises LookError."""
    try:
        decoded = read_samples(path)
    except PictureError as error:
        raise LookError(str(error)) from None
    if decoded.format not in _LOSSLESS:
        raise LookError(f"{path.name} is a {decoded.format}, which changes the numbers of a HaldCLUT: save it as PNG")
    samples = decoded.base
    height, width = samples.shape[:2]
    level = next((level for level in LEVELS if level**3 == width), None)
    if level is None or width != height:
        raise LookError(
            f"{path.name} is no HaldCLUT: those are squares of {', '.join(str(level**3) for level in LEVELS)} pixels, "
            f"and this picture has {width} x {height}"
        )
    if samples.ndim == 2:  # a black and white look may be kept as a grey picture
        samples = np.stack([samples] * 3, axis=-1)
    if samples.shape[2] != 3:
        raise LookError(f"{path.name} is a CMYK picture: save it as RGB")
    # red runs fastest, so the pixels are indexed [blue, green, red]
    points = samples.reshape(*[level**2] * 3, 3).transpose(2, 1, 0, 3) / np.iinfo(samples.dtype).max
    return Lut(plain_title(path.stem), cube=Grid(np.ascontiguousarray(points), unit_domain()))
