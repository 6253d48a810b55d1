"""The work on one upload, in a process of its own: files of its folder in, a file there out, and lines of JSON.

What is said: ``{"progress": [done, expected]}`` now and then, and last ``{"result": {…}}`` or ``{"refused": sentence,
"why": …}``. The server believes none of it: see `sandbox`.
"""

from __future__ import annotations

import errno
import json
import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from goldenhour.render.clip import ClipLimits, ClipWarning
from goldenhour.render.clip_codecs import Encoding
from goldenhour.render.footage import grade_clip
from goldenhour.render.limits import TooLargeError
from goldenhour.render.picture import Limits
from goldenhour.render.picture_file import read_picture, write_picture
from goldenhour.render.still import grade
from goldenhour.serve.media.protocol import PROXY_OF_CLIP, SUFFIXES, TARGET, Why, Work
from goldenhour.serve.media.proxies import proxy_of_clip, proxy_of_picture
from goldenhour.tools import Recipe, UserError

_SECONDS = 0.1  # between two words of progress
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Report:
    """The pipe to the server."""

    def __init__(self, pipe: int):
        self._pipe = pipe
        self._last = 0.0

    def say(self, **message: Any) -> None:
        """One line."""
        os.write(self._pipe, json.dumps(message).encode() + b"\n")

    def progress(self, done: int, expected: int | None) -> None:
        """Frames, as often as is good for anybody."""
        if monotonic() > self._last + _SECONDS:
            self._last = monotonic()
            self.say(progress=[done, expected])


def work(told: Work, pipe: int) -> None:
    """Do what the server says, and report it."""
    report = Report(pipe)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ClipWarning)
        try:
            result = _WORKS[told["kind"]](told, report)
        except MemoryError:
            report.say(
                refused=f"{Path(told['source']).name} needs more memory than it may have: make it smaller.",
                why="too large",
            )
        except UserError as error:
            report.say(refused=str(error), why=_why(error))
        else:
            report.say(result=result | {"warnings": [str(warning.message) for warning in caught]})


def _why(error: BaseException) -> Why:
    if isinstance(error, TooLargeError):
        return "too large"
    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) in _FULL:
            return "disk full"
        if isinstance(cause, MemoryError) or getattr(cause, "errno", None) in {errno.EFBIG, errno.ENOMEM}:
            return "too large"
        cause = cause.__cause__
    return "unreadable"


def _grade_picture(told: Work, _report: Report) -> dict[str, Any]:
    picture = read_picture(Path(told["source"]), Limits(**told["pictures"]))
    graded = replace(picture, pixels=grade(picture.pixels, Recipe.from_json(told["recipe"])))
    target = Path(TARGET + (told["suffix"] or SUFFIXES[(picture.format or "jpeg").lower()]))
    write_picture(graded, target, told["quality"])
    height, width = graded.pixels.shape[:2]
    return {"file": target.name, "width": width, "height": height}


def _grade_clip(told: Work, report: Report) -> dict[str, Any]:
    target = Path(TARGET + told["suffix"])
    limits, recipe = ClipLimits(**told["clips"]), Recipe.from_json(told["recipe"])
    encoding = Encoding(told["codec"], told["crf"])
    grade_clip(Path(told["source"]), target, recipe, encoding, limits=limits, progress=report.progress)
    return {"file": target.name, "width": 0, "height": 0}


def _proxy_of_picture(told: Work, _report: Report) -> dict[str, Any]:
    target, width, height = proxy_of_picture(Path(told["source"]), TARGET, Limits(**told["pictures"]))
    return {"file": target.name, "width": width, "height": height}


def _proxy_of_clip(told: Work, report: Report) -> dict[str, Any]:
    target = Path(f"{TARGET}.mp4")
    width, height = proxy_of_clip(Path(told["source"]), target, ClipLimits(**told["clips"]), report.progress)
    return {"file": target.name, "width": width, "height": height}


_WORKS: dict[str, Callable[[Work, Report], dict[str, Any]]] = {
    "picture": _grade_picture,
    "clip": _grade_clip,
    "proxy of a picture": _proxy_of_picture,
    PROXY_OF_CLIP: _proxy_of_clip,
}
