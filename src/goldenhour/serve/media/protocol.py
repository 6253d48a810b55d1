"""What the server and its workers agree on; see `worker` for what is said, `sandbox` for what of it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Work = dict[str, Any]  # JSON: the "kind" of the work, its "source", limits, and what else that kind needs
Why = Literal["unreadable", "too large", "disk full"]  # an upload is refused

PROXY_OF_CLIP = "proxy of a clip"  # a kind of work
TARGET = "graded"  # the name of what is made, without its suffix
# the suffix of each format of pictures that can be asked for, and by the other names that it has
FORMATS = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "tiff": ".tif", "avif": ".avif", "heic": ".heic"}
CONTAINERS = ("mp4", "mov", "mkv", "webm")  # of clips that can be asked for, by their suffixes
SUFFIXES = FORMATS | {"jpg": ".jpg", "tif": ".tif", "heif": ".heic"}


@dataclass(frozen=True)
class Allowance:
    """What one upload may cost.

    ``seconds`` by the clock, and by the processor as many for each core; ``memory`` and ``output`` in million bytes:
    address space beyond what the process starts with, and each file that it writes; ``niceness`` 0..14 is added.
    """

    seconds: float
    memory: float
    output: float
    niceness: int = 0
