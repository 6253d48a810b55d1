"""How much of the machine uploads may have: settings of the environment, with what is right for one person's server."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from goldenhour.render.clip import ClipLimits
from goldenhour.render.limits import limits_from
from goldenhour.render.picture import Limits
from goldenhour.tools import UserError

_PREFIX = "GOLDENHOUR_MEDIA_"


class MediaError(UserError):
    """A setting of uploads that makes no sense."""


@dataclass(frozen=True)
class MediaLimits:
    """How many at once, how long, and how much memory and disk; whole numbers are rounded down.

    ``at_once``: pictures that are decoded at a time. ``waiting``: requests with a picture or a proxy that are in the
    house, being received or waiting or worked on; more are told to come again (429). ``videos``: clips that are graded
    at a time, and as many proxies beside them; ``videos_waiting``: clips that may wait for that. ``memory_megabytes``:
    address space of a worker beyond what it starts with. ``output_megabytes``: of a file that it writes.
    ``kept_minutes``, ``kept_videos``: how long, and how many, finished clips are kept. ``heartbeat_seconds``: between
    signs of life in a stream of progress.
    """

    at_once: float = float(os.cpu_count() or 1)
    waiting: float = 16
    videos: float = 1
    videos_waiting: float = 8
    picture_seconds: float = 60
    proxy_seconds: float = 600
    video_seconds: float = 7200
    memory_megabytes: float = 6000
    output_megabytes: float = 4000
    kept_minutes: float = 60
    kept_videos: float = 20
    heartbeat_seconds: float = 10

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            least = 0 if each.name in {"videos_waiting", "kept_videos"} else 1e-3
            if not least <= value < math.inf or (each.name in {"at_once", "waiting", "videos"} and value < 1):
                raise MediaError(
                    f"{_PREFIX}{each.name.upper()} cannot be {value:g}: choose a larger number, or unset it."
                )


@dataclass(frozen=True)
class MediaSettings:
    """The largest picture and clip that are taken in, and what their processing may cost."""

    pictures: Limits = field(default_factory=Limits)
    clips: ClipLimits = field(default_factory=ClipLimits)
    media: MediaLimits = field(default_factory=MediaLimits)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> MediaSettings:
        """GOLDENHOUR_MAX_…, GOLDENHOUR_MAX_CLIP_… and GOLDENHOUR_MEDIA_…; UserError for nonsense."""
        return cls(
            Limits.from_environment(environment),
            ClipLimits.from_environment(environment),
            limits_from(MediaLimits, _PREFIX, environment, MediaError),
        )
