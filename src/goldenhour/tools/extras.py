"""What the plain install leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goldenhour.tools.errors import UserError

_CHECKOUT = Path(__file__).parents[3]
_LOCK = Path("locks") / "all.txt"


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Around imports: a missing package becomes a UserError that says which extra of Golden Hour brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"this needs {error.name}; {install(extra)}") from None


def install(extra: str, checkout: Path = _CHECKOUT) -> str:
    """How to get an extra: as the documentation says where the code is a ``checkout``, or else by its name."""
    if (checkout / _LOCK).is_file():
        return f'install it, in {checkout}, with: pip install -c {_LOCK.as_posix()} -e ".[{extra}]"'
    return f'install it with: pip install "goldenhour[{extra}]"'
