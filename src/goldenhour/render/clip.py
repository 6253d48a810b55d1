"""A clip: how large one may be, and what is said when one cannot be read or written, or not wholly."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from goldenhour.render.limits import TooLargeError, limits_from
from goldenhour.tools import UserError

Progress = Callable[[int, int | None], None]  # is told how many frames are done, and how many are expected
# not .ts, which is mostly TypeScript
CLIP_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi"),
    *(".mts", ".m2ts", ".mpg", ".mpeg", ".3gp", ".mxf"),
)


class ClipError(UserError):
    """A clip cannot be read or written: one sentence for its owner, naming the file and what to do."""


class ClipTooLargeError(ClipError, TooLargeError):
    """A clip has more pixels, frames, minutes or bytes than it may have."""


class ClipWarning(UserWarning):
    """Something of a clip could not be kept: one sentence, naming the file."""


def warn(sentence: str) -> None:
    """Say what of a clip could not be kept."""
    warnings.warn(sentence, ClipWarning, stacklevel=3)


@dataclass(frozen=True)
class ClipLimits:
    """The largest clip that is read: longer side in pixels, minutes, frames, and million bytes of file."""

    side: float = 4096
    minutes: float = 10
    frames: float = 36_000
    megabytes: float = 500

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 < getattr(self, field.name) < math.inf:
                raise ClipError(f"The limit of a clip's {field.name} must be above 0.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ClipLimits:
        """GOLDENHOUR_MAX_CLIP_SIDE, _MINUTES, _FRAMES and _MEGABYTES, or the defaults; ClipError for nonsense."""
        return limits_from(cls, "GOLDENHOUR_MAX_CLIP_", environment, ClipError)
