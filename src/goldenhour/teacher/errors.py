"""What can go wrong with a teacher."""

from __future__ import annotations

from goldenhour.tools.errors import UserError


class TeacherError(UserError):
    """A teacher that cannot be asked, or not like this; one sentence with the remedy."""


class AnswerError(TeacherError):
    """A reply that holds no answer; one sentence that says what it holds instead."""
