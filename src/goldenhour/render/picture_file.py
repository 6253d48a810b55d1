"""Picture files: read any common one as upright sRGB, write it again with all that the file said about it.

Files come from strangers. Size and declared dimensions are checked before anything is decoded, the decoder is chosen
by the file's first bytes and no other is tried, and whatever a decoder raises becomes one sentence: a PictureError.
(Decoders are C code: a server should still read uploads in a process of their own.)

Not read: animations and documents of several pages, camera raws, HDR (PQ and HLG), floating point, 16-bit CMYK and
Lab, separate 16-bit TIFF planes, and 16-bit pictures with look-up-table profiles. A UltraHDR or portrait JPEG loses
its second picture (gain map, depth). IPTC-IIM is ignored.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from goldenhour.render import encode, exif, icc
from goldenhour.render.decode import Decoded, RefusedError, TooManyError, decode
from goldenhour.render.icc import Pixels
from goldenhour.render.picture import Limits, Picture, PictureError, PictureTooLargeError
from goldenhour.render.quiet import quietly
from goldenhour.tools.whole_file import whole_file

Result = TypeVar("Result")


def read_picture(path: Path, limits: Limits | None = None) -> Picture:
    """Read a JPEG, PNG, WebP, TIFF, HEIC or AVIF file; of several pictures in a JPEG or HEIC, the primary one.

    8-bit files give uint8; 16-bit PNG and TIFF, and HEIC of more than 8 bits, uint16. Without ``limits`` those of the
    environment hold. Raises PictureError, and nothing else, whatever the file contains.
    """
    return _read(path, limits, _picture)


def read_samples(path: Path, limits: Limits | None = None) -> Decoded:
    """The numbers as they stand in a picture file, neither turned nor converted; limits and errors as above."""
    return _read(path, limits, lambda decoded: decoded)


def _read(path: Path, limits: Limits | None, finish: Callable[[Decoded], Result]) -> Result:
    limits = limits or Limits.from_environment()
    name = path.name or str(path)
    try:
        data = _bytes(path, limits)
        with quietly():
            return finish(decode(data, limits.megapixels))
    except TooManyError as error:
        raise PictureTooLargeError(f"{name} {error}") from None
    except RefusedError as error:
        raise PictureError(f"{name} {error}") from None
    except Image.DecompressionBombError as error:  # Pillow's own limit, which lies above any that can be set
        sentence = f"{name} has more than {limits.megapixels:g} megapixels: make it smaller."
        raise PictureTooLargeError(sentence) from error
    except OSError as error:
        raise PictureError(f"{name} {_os_reason(error) or _damage(error)}") from error
    except MemoryError as error:
        raise PictureTooLargeError(f"{name} does not fit into memory: make it smaller.") from error
    except Exception as error:  # decoders fed with damaged files raise nearly everything
        raise PictureError(f"{name} {_damage(error)}") from error


def write_picture(picture: Picture, path: Path, quality: int | None = None) -> None:
    """Write in the format that the suffix of ``path`` names, replacing the file in one step or leaving it as it was.

    ``quality`` 1..100 is for JPEG (default 95, with the source's chroma if it was one), WebP, HEIC and AVIF. 16 bits
    are kept by PNG and TIFF and rounded elsewhere; alpha is laid on white for JPEG, which has none, and kept elsewhere
    (exactly by PNG, TIFF and WebP). EXIF or XMP beyond the 64 kB that a JPEG can hold is left out. Raises PictureError.
    """
    name, suffix = path.name or str(path), path.suffix.lower()
    if suffix not in encode.ENCODERS:
        raise PictureError(f"{name} cannot be written: choose a name that ends in {', '.join(encode.ENCODERS)}.")
    if quality is not None and not 1 <= quality <= 100:
        raise PictureError(f"{name} cannot be written with quality {quality}: choose one from 1 to 100.")
    try:
        data = encode.encode(picture, suffix, quality)
    except Exception as error:
        height, width = picture.pixels.shape[:2]
        raise PictureError(
            f"{name} cannot be written as {suffix} of {width} × {height} pixels ({error}): try .png or .tif."
        ) from error
    try:
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        reason = _os_reason(error, "folder") or f"cannot be written: {error.strerror or error}."
        raise PictureError(f"{name} {reason}") from error


def _os_reason(error: OSError, missing: str = "file") -> str | None:
    """What the operating system found, or None for the OSErrors of decoders, which have no number."""
    if isinstance(error, FileNotFoundError):
        there = "cannot be written: its folder does not exist; create it" if missing == "folder" else "does not exist"
        return f"{there}." if missing == "folder" else f"{there}: check its name and folder."
    if isinstance(error, IsADirectoryError):
        return "is a folder: name a file."
    if isinstance(error, PermissionError):
        return f"cannot be opened: you have no permission for this {missing}."
    return f"cannot be opened: {error.strerror}." if error.errno and error.strerror else None


def _damage(error: Exception) -> str:
    words = str(error).lower()
    if isinstance(error, EOFError) or "truncated" in words or "end of file" in words:
        return "is cut off: copy or download it again."
    if isinstance(error, UnidentifiedImageError):
        return "is damaged, or of an unusual kind: copy it again, or save it anew in another program."
    return "is damaged: copy or download it again."


def _bytes(path: Path, limits: Limits) -> bytes:
    """All bytes of a file that is a file, and not too large."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
        raise RefusedError("is no ordinary file: name a picture.")
    most = int(limits.megabytes * 1e6)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TooManyError(
            f"has more than {limits.megabytes:g} megabytes: make it smaller, or raise GOLDENHOUR_MAX_MEGABYTES."
        )
    if not data:
        raise RefusedError("is empty: copy or download it again.")
    return data


def _picture(decoded: Decoded) -> Picture:
    info = decoded.info
    profile = info.get("icc_profile") or None
    try:
        pixels = icc.to_srgb(decoded.base, profile)
    except icc.LutProfileError:
        raise RefusedError(
            "has 16 bits and a colour profile of tables, which cannot be converted: save it in sRGB or in 8 bits first."
        ) from None
    pixels = _upright(pixels, decoded.orientation)
    height, width = pixels.shape[:2]
    xmp = info.get("xmp")
    return Picture(
        pixels=pixels,
        alpha=None if decoded.alpha is None else _upright(decoded.alpha, decoded.orientation),
        exif=exif.tidy(decoded.exif, width, height),
        xmp=exif.upright_xmp(xmp) if isinstance(xmp, bytes) else None,
        icc=icc.srgb_profile() if profile else None,
        format=decoded.format,
        dpi=_dpi(info.get("dpi")),
        subsampling=decoded.subsampling,
    )


def _upright(samples: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF orientation 1..8 (TIFF 6.0, tag 274); others count as 1."""
    turned: NDArray[Any] = samples
    if orientation in (5, 7):
        turned = cv2.transpose(turned)
    if orientation in (6, 8):
        turned = cv2.rotate(turned, cv2.ROTATE_90_CLOCKWISE if orientation == 6 else cv2.ROTATE_90_COUNTERCLOCKWISE)
    flip = {2: 1, 3: -1, 4: 0, 7: -1}.get(orientation)  # 1 about the vertical axis, 0 the horizontal, -1 both
    if flip is not None:
        turned = cv2.flip(turned, flip)
    return np.ascontiguousarray(turned)


def _dpi(value: Any) -> tuple[float, float] | None:
    """Dots per inch, if they make sense."""
    try:
        x, y = (float(number) for number in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if min(x, y) >= 1 and max(x, y) < 65536 else None
