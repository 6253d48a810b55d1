"""What the plain install leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from goldenhour.tools.errors import UserError


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around imports: a missing package becomes a UserError that says which extra of Golden Hour brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f'this needs {error.name}; install it with: pip install "goldenhour[{extra}]"') from None
