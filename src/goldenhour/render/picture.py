"""A picture in memory, how large one may be, and what is said when one cannot be read or written."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from goldenhour.render.icc import Pixels
from goldenhour.render.limits import TooLargeError, limits_from
from goldenhour.tools import UserError

_PILLOW_MEGAPIXELS = 178  # Pillow itself refuses more


class PictureError(UserError):
    """A picture cannot be read or written: one sentence for its owner, naming the file and what to do."""


class PictureTooLargeError(PictureError, TooLargeError):
    """A picture has more pixels or bytes than it may have."""


@dataclass(frozen=True)
class Limits:
    """The largest picture that is read: million pixels (at most 178) and million bytes of file."""

    megapixels: float = 50
    megabytes: float = 50

    def __post_init__(self) -> None:
        if not 0 < self.megapixels <= _PILLOW_MEGAPIXELS:
            raise PictureError(f"The limit of megapixels must be above 0 and at most 178, not {self.megapixels:g}.")
        if not 0 < self.megabytes < math.inf:
            raise PictureError(f"The limit of megabytes must be above 0, not {self.megabytes:g}.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """GOLDENHOUR_MAX_MEGAPIXELS and GOLDENHOUR_MAX_MEGABYTES, or the defaults; PictureError for nonsense."""
        return limits_from(cls, "GOLDENHOUR_MAX_", environment, PictureError)


@dataclass(frozen=True)
class Picture:
    """An upright picture in sRGB, and what its file said about it.

    ``pixels`` (H, W, 3), C-contiguous, uint8 or uint16; ``alpha`` (H, W) of the same dtype, straight, or None.
    ``exif`` is a TIFF block without the "Exif" prefix, fit for these pixels (no rotation, no thumbnail); ``xmp`` is
    UTF-8. ``icc`` is an sRGB profile if the source had any profile, else None. ``format`` is JPEG, PNG, WEBP, TIFF,
    HEIF or AVIF; ``dpi`` horizontal and vertical; ``subsampling`` that of a JPEG's chroma, such as "4:2:0".
    """

    pixels: Pixels
    alpha: Pixels | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    icc: bytes | None = None
    format: str | None = None
    dpi: tuple[float, float] | None = None
    subsampling: str | None = None
