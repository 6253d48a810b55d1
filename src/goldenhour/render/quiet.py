"""Decoders kept from talking: Pillow warns of odd files and OpenCV logs them, which is no business of who looks at one.

Both can only be told so for the whole process, not for a thread, so threads that read at the same time share one spell
of silence: the first that comes in begins it, the last that leaves ends it.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import cv2

from goldenhour.render.clip import ClipWarning

_lock = threading.Lock()
_silence = ExitStack()
_readers: set[object] = set()


@contextmanager
def quietly() -> Iterator[None]:
    """No warnings of Pillow, no log of OpenCV."""
    reader = object()
    with _lock:
        if not _readers:
            _silence.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", ClipWarning)  # is ours, and may come from another thread
            _silence.callback(cv2.utils.logging.setLogLevel, cv2.utils.logging.getLogLevel())
            cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        _readers.add(reader)
    try:
        yield
    finally:
        with _lock:
            _readers.remove(reader)
            if not _readers:
                _silence.close()
