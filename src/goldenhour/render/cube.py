"""The ``.cube`` files of other editors: both dialects are read, and tables are written so that either reads them.

* Adobe, formerly IRIDAS (Cube LUT Specification 1.0, 2013): a 1D or a 3D table; DOMAIN_MIN and DOMAIN_MAX a channel.
* DaVinci Resolve (the README in its LUT folder): a 1D table, a 3D one, or both, where the 1D comes first and its output
  indexes the 3D; LUT_1D_INPUT_RANGE and LUT_3D_INPUT_RANGE for all channels. A range without its table is ignored.

In both, red runs fastest, inputs outside the domain are clamped to it, and outputs are not limited. More than the
specifications allow is read where it has but one meaning: comments and blank lines anywhere, any line ends and spaces,
keywords in any case, a byte-order mark, titles without quotes or with bytes that are no UTF-8.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldenhour.render.lut import (
    MAX_CURVE,
    MAX_VALUE,
    Grid,
    LookError,
    Lut,
    Samples,
    plain_title,
    unit_domain,
)
from goldenhour.tools.sentences import names, shorten

MAX_MEGABYTES = 100  # 128 points a side with 9 decimals have 76
MAX_LINES, MAX_LINE = 3_000_000, 10_000

_SIZES = {"LUT_1D_SIZE": MAX_CURVE, "LUT_3D_SIZE": 128}
_DOMAINS = {"DOMAIN_MIN": 3, "DOMAIN_MAX": 3, "LUT_1D_INPUT_RANGE": 2, "LUT_3D_INPUT_RANGE": 2}  # numbers that follow

Line = tuple[int, str]  # its number, from 1, and its text


def read_cube(path: Path) -> Lut:
    """The LUT of a ``.cube`` file; raises LookError, and nothing else, whatever the file contains."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise LookError(f"{path.name} is not a file" if path.exists() else f"{path.name} does not exist")
        with path.open("rb") as file:
            data = file.read(MAX_MEGABYTES * 1_000_000 + 1)
    except OSError as error:
        raise LookError(f"{path.name} cannot be read: {error.strerror}") from None
    try:
        return parse_cube(data)
    except LookError as error:
        raise LookError(f"{path.name}: {error}") from None


def parse_cube(data: bytes) -> Lut:
    """The LUT of a ``.cube`` file's bytes; raises LookError with one sentence, and the line where that helps."""
    if len(data) > MAX_MEGABYTES * 1_000_000:
        raise LookError(f"a .cube file has at most {MAX_MEGABYTES} megabytes")
    if b"\0" in data:
        raise LookError("it is not the text of a .cube file")
    lines = _lines(data)
    header, first = _read_header(lines)
    curve, cube = (header.get(name, 0) for name in _SIZES)
    if not curve and not cube:
        raise LookError("it is no .cube table: a line such as LUT_3D_SIZE 33 is missing")
    curve_domain, cube_domain = _domains(header)
    rows = _read_rows(chain(first, lines), curve + cube**3)
    wrong = ~(np.abs(rows) <= MAX_VALUE).all(axis=1)
    if wrong.any():  # each line before the table's made an entry of the header
        raise _not_three_numbers(next(islice(_lines(data), len(header) + int(wrong.argmax()), None)))
    # red runs fastest, so the rows of a cube are indexed [blue, green, red]
    points = np.ascontiguousarray(rows[curve:].reshape(cube, cube, cube, 3).transpose(2, 1, 0, 3))
    return Lut(
        header.get("TITLE", ""),
        Grid(rows[:curve], curve_domain) if curve else None,
        Grid(points, cube_domain) if cube else None,
    )


def _lines(data: bytes) -> Iterator[Line]:
    """The lines that say something: neither blank nor comments."""
    text = TextIOWrapper(BytesIO(data), encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(iter(lambda: text.readline(MAX_LINE + 1), ""), 1):
        if len(line) > MAX_LINE or number > MAX_LINES:
            raise LookError(f"line {number}: a .cube file has at most {MAX_LINES:,} lines of {MAX_LINE:,} characters")
        line = line.strip()
        if line and line[0] != "#":
            yield number, line


def _read_header(lines: Iterator[Line]) -> tuple[dict[str, Any], list[Line]]:
    """What each keyword says, and the first line of the table, if there is one."""
    header: dict[str, Any] = {}
    for number, line in lines:
        word, *rest = line.split(None, 1)
        if word[0] in "+-.0123456789":
            return header, [(number, line)]
        keyword, text = word.upper(), "".join(rest)
        if keyword in header:
            raise LookError(f"line {number}: {keyword} is there for the second time")
        try:
            header[keyword] = (
                plain_title(text.strip('"')) if keyword == "TITLE" else _value(keyword, text.partition("#")[0])
            )
        except LookError as error:
            raise LookError(f"line {number}: {error}") from None
    return header, []


def _value(keyword: str, text: str) -> Any:
    """A size, or the numbers of a domain."""
    numbers = [_as_number(word) for word in text.split()]
    if keyword in _SIZES:
        most = _SIZES[keyword]
        if len(numbers) != 1 or numbers[0] is None or not 2 <= numbers[0] <= most or numbers[0] % 1:
            raise LookError(f"{keyword} must be a whole number from 2 to {most:,}, not {shorten(text.strip())}")
        return int(numbers[0])
    if keyword in _DOMAINS:
        if len(numbers) != _DOMAINS[keyword] or not all(n is not None and abs(n) <= MAX_VALUE for n in numbers):
            raise LookError(f"{keyword} needs {_DOMAINS[keyword]} numbers, not {shorten(text.strip())}")
        return numbers
    raise LookError(f"{shorten(keyword)} is no keyword that is known here; there are TITLE, {names(_SIZES | _DOMAINS)}")


def _as_number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _domains(header: dict[str, Any]) -> tuple[Samples, Samples]:
    """The domains (2, 3) of the 1D and the 3D table: 0..1 unless one dialect or the other says so."""
    by_channel = unit_domain()
    for row, keyword in enumerate(("DOMAIN_MIN", "DOMAIN_MAX")):
        by_channel[row] = header.get(keyword, by_channel[row])
    domains = []
    for size, keyword in zip(_SIZES, ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE"), strict=True):
        domain = np.tile(header.get(keyword, [0.0, 1.0]), (3, 1)).T
        if header.keys() & {"DOMAIN_MIN", "DOMAIN_MAX"}:
            if size in header and keyword in header and not np.array_equal(domain, by_channel):
                raise LookError(f"DOMAIN_MIN and DOMAIN_MAX say another domain than {keyword}: leave out either")
            domain = by_channel
        domains.append(domain)
    if _SIZES.keys() <= header.keys() and not np.array_equal(by_channel, unit_domain()):
        raise LookError("DOMAIN_MIN and DOMAIN_MAX cannot be of two tables: write LUT_1D_INPUT_RANGE and the like")
    return domains[0], domains[1]


def _read_rows(lines: Iterator[Line], expected: int) -> Samples:
    """The table's rows (expected, 3)."""
    here: Line = 0, ""
    count = 0

    def texts() -> Iterator[str]:
        nonlocal here, count
        for count, here in enumerate(lines, 1):
            if count > expected:
                raise LookError(
                    f"line {here[0]}: {shorten(here[1])} comes after the {expected:,} rows that are declared"
                )
            yield here[1]
        if count < expected:
            raise LookError(f"{expected:,} rows are declared, but only {count:,} are there: it may be cut off")

    try:
        rows = np.loadtxt(texts(), ndmin=2)  # which asks for a line only when it has read the one before
    except LookError:
        raise
    except ValueError:
        raise _not_three_numbers(here) from None
    if rows.shape[1] != 3:
        raise LookError(f"each row of the table must have three numbers, not {rows.shape[1]}")
    return rows


def _not_three_numbers(line: Line) -> LookError:
    return LookError(f"line {line[0]}: {shorten(line[1])} is not three numbers within -1,000,000 and 1,000,000")


def cube_text(table: NDArray[np.floating[Any]], title: str, comments: Sequence[str] = ()) -> str:
    """A table (n, n, n, 3), indexed [red, green, blue], domain 0..1, as the ASCII text of a ``.cube`` file."""
    size = len(table)
    head = [f'TITLE "{_plain(title).replace(chr(34), "")[:100] or "Golden Hour"}"']
    for comment in comments:
        head += [f"# {line}" for line in textwrap.wrap(_plain(comment), 100)]
    head += [f"LUT_3D_SIZE {size}", "DOMAIN_MIN 0.0 0.0 0.0", "DOMAIN_MAX 1.0 1.0 1.0"]
    rows = table.transpose(2, 1, 0, 3).ravel().tolist()
    return "\n".join(head) + "\n" + ("%.6f %.6f %.6f\n" * size**3) % tuple(rows)


def _plain(text: str) -> str:
    """In printable ASCII, on one line: all that every editor reads."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^!-~]+", " ", letters).split())
