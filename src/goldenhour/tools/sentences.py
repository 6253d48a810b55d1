"""Values as they are spoken of in sentences for people."""

from __future__ import annotations

import math
from typing import Any


def names(options: Any) -> str:
    """A list for a sentence, cut where it gets long."""
    listed = [str(option) for option in options]
    return ", ".join(listed[:15]) + (f" and {len(listed) - 15} more" if len(listed) > 15 else "")


def is_number(value: Any) -> bool:
    """A finite int or float; True and False are not numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def shorten(value: Any) -> str:
    """A value for a sentence: its repr, cut where it gets long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # numbers of thousands of digits, and nesting that JSON just let through
        return f"a very large {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def duration(seconds: float) -> str:
    """About how long something takes, in minutes or seconds."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
