"""A still through a recipe: one table for all pointwise steps, then the spatial ones."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from goldenhour.render.kernel import PackedTable, Table, apply_float, apply_packed, pack_table
from goldenhour.render.reference import RenderError, recipe_chain
from goldenhour.render.spatial import apply_spatial, has_spatial
from goldenhour.render.table import compile_table
from goldenhour.render.user_looks import Version, look_versions
from goldenhour.tools import Recipe

EIGHT_BIT_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV")

AnyImage = TypeVar("AnyImage", NDArray[Any], Image.Image)


def render(image: AnyImage, recipe: Recipe) -> AnyImage:
    """The picture graded by a recipe; a neutral recipe returns an equal picture, to the last bit.

    ``image`` is a PIL image of 8 bits a channel (graded as RGB or RGBA), or an array of encoded sRGB: (H, W) grey or
    (H, W, 3 or 4), uint8, uint16 or float32 0..1. Profiles and rotation that a PIL image brings from its file are not
    looked at; `editing.edit` does that. The result is of the same kind and dtype; grey comes back as RGB, alpha as it
    was. Raises RenderError for anything else.
    """
    if isinstance(image, Image.Image):
        if image.mode not in EIGHT_BIT_MODES:
            raise RenderError(
                f"a PIL image must have 8 bits a channel, not the mode {image.mode}; use an array of uint16"
            )
        has_alpha = "A" in image.getbands() or "transparency" in image.info
        return Image.fromarray(render(np.asarray(image.convert("RGBA" if has_alpha else "RGB")), recipe))
    if not isinstance(image, np.ndarray) or image.dtype not in (np.uint8, np.uint16, np.float32):
        kind = f"an array of {image.dtype}" if isinstance(image, np.ndarray) else f"a {type(image).__name__}"
        raise RenderError(f"a picture is a PIL image or an array of uint8, uint16 or float32, not {kind}")
    if image.ndim == 2:
        image = np.stack([image] * 3, axis=-1)
    if image.ndim != 3 or image.shape[2] not in (3, 4) or image.size == 0:
        raise RenderError(f"a picture has the shape (height, width, 3 or 4) or (height, width), not {image.shape}")
    graded = grade(np.ascontiguousarray(image[..., :3]), recipe)
    return np.concatenate([graded, image[..., 3:]], axis=-1) if image.shape[2] == 4 else graded


def grade(rgb: NDArray[Any], recipe: Recipe) -> NDArray[Any]:
    """RGB (H, W, 3), uint8, uint16 or float32 0..1, through a recipe, in its own dtype."""
    spatial = has_spatial(recipe)
    if not recipe_chain(recipe):
        graded = _as_float(rgb) if spatial else rgb.copy()
    elif rgb.dtype == np.uint8:
        # spatial operations amplify the steps between code values, so they get the table's output before it is rounded
        graded = apply_packed(_packed(recipe, look_versions(recipe)), rgb, np.float32 if spatial else np.uint8)
    else:
        graded = apply_float(_table(recipe, look_versions(recipe)), rgb, np.float32 if spatial else rgb.dtype)
    if not spatial:
        return graded
    apply_spatial(recipe, graded)
    return _as_dtype(graded, rgb.dtype)


# a batch, or an editor's undo, asks for the same recipe again, with the same user looks; a table has 3.3 MB
@lru_cache(maxsize=8)
def _table(recipe: Recipe, looks: tuple[Version, ...]) -> Table:  # noqa: ARG001 - they are a part of the key
    return compile_table(recipe)


@lru_cache(maxsize=8)
def _packed(recipe: Recipe, looks: tuple[Version, ...]) -> PackedTable:
    return pack_table(_table(recipe, looks))


def _as_float(rgb: NDArray[Any]) -> NDArray[np.float32]:
    if rgb.dtype == np.float32:
        return rgb.copy()
    return np.multiply(rgb, np.float32(1 / np.iinfo(rgb.dtype).max), dtype=np.float32)


def _as_dtype(image: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype == np.float32:
        return image
    image *= np.float32(np.iinfo(dtype).max)
    image += np.float32(0.5)
    return image.astype(dtype)
