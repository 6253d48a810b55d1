"""Warnings and logs are muted for as long as anyone reads, and no longer."""

import threading
import warnings

import cv2
import pytest

from goldenhour.render.quiet import quietly


def test_threads_that_overlap_leave_things_as_they_found_them():
    level, filters = cv2.utils.logging.getLogLevel(), list(warnings.filters)
    first_inside, second_inside = threading.Event(), threading.Event()
    quiet_after_the_first_left = []

    def first():
        with quietly():
            first_inside.set()
            assert second_inside.wait(10)

    def second():
        assert first_inside.wait(10)
        with quietly():
            second_inside.set()
            one.join(10)
            warnings.warn("nobody hears this", stacklevel=1)
            quiet_after_the_first_left.append(cv2.utils.logging.getLogLevel())

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    two.start()
    two.join(10)
    assert quiet_after_the_first_left == [cv2.utils.logging.LOG_LEVEL_SILENT]
    assert (cv2.utils.logging.getLogLevel(), warnings.filters) == (level, filters)
    with pytest.warns(UserWarning, match="again"):
        warnings.warn("heard again", stacklevel=1)


def test_an_error_ends_the_silence():
    filters = list(warnings.filters)
    with pytest.raises(KeyError), quietly():
        raise KeyError
    assert warnings.filters == filters
