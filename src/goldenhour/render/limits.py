"""How large a file may be that is read: settings of the environment, for pictures and clips alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from goldenhour.tools import UserError

Limits = TypeVar("Limits")


class TooLargeError(UserError):
    """A file, a picture or a clip is larger than it may be."""


def limits_from(kind: type[Limits], prefix: str, environment: Mapping[str, str], error: type[UserError]) -> Limits:
    """A dataclass of limits: each field, in capitals after ``prefix``, from the environment, or its default.

    Raises ``error`` for what is no number; the dataclass itself refuses numbers that make no sense.
    """
    given: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        name = f"{prefix}{field.name.upper()}"
        if name in environment:
            try:
                given[field.name] = float(environment[name])
            except ValueError:
                raise error(
                    f"{name} must be a number such as {field.default}, not {environment[name]!r}: correct or unset it."
                ) from None
    return kind(**given)
