"""A form with a file (RFC 7578), received piece by piece: the file goes to the disk, never into memory as a whole."""

from __future__ import annotations

import asyncio
import errno
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from goldenhour.serve.problems import Problem
from goldenhour.tools.sentences import names, shorten

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FIELD = 200_000  # bytes of one field; a recipe has about 1,000
_FIELDS = 20
_PIECE = 1 << 20  # bytes that are written at a time, in another thread, so that nobody waits for the disk
_SNIFFED = 32  # first bytes, by which the largest size is chosen
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NAME = 100  # bytes
_DAMAGED = "the form is damaged or cut off: send it again as multipart/form-data"

# million bytes that a file may have, by its first bytes and its name; raises Problem for one that is not taken
Most = Callable[[bytes, str], float]


@dataclass
class Upload:
    """A received form: ``file`` lies on the disk, ``first`` are its first bytes, and ``fields`` all that is no file."""

    file: Path
    first: bytes
    fields: dict[str, str]


async def receive(request: Request, folder: Path, most: Most) -> Upload:
    """Receive a form with one part ``file`` into ``folder``, under the name that its sender gave it, made harmless.

    Raises Problem for what is no such form (415, 400, 422), as soon as it is too large (413), and when the disk is
    full (507); ClientDisconnect when the sender goes. ``folder`` is the caller's to remove.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Problem(415, "send a form as multipart/form-data, with the picture or clip as its part named file")
    form = _Form(folder, most)
    try:
        parser = MultipartParser(options[b"boundary"], form.callbacks())
        async for piece in request.stream():
            parser.write(piece)
            if len(form.waiting) >= _PIECE:
                await form.write()
        parser.finalize()
        await form.write()
    except FormParserError as error:
        raise Problem(400, _DAMAGED) from error
    except OSError as error:
        if error.errno in _FULL:
            raise Problem(507, "the disk of the server is full; try again when there is room") from error
        raise
    finally:
        await asyncio.to_thread(form.close)
    return form.upload()


@dataclass
class _Form:
    """What has come of a form so far."""

    folder: Path
    most: Most
    waiting: bytearray = field(default_factory=bytearray)  # of the file, not yet on the disk
    _fields: dict[str, bytearray] = field(default_factory=dict)
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _part: bytearray | None = None  # the field that is coming; None: the file
    _file: BinaryIO | None = None
    _path: Path | None = None
    _first: bytes = b""
    _size: int = 0
    _whole: bool = False

    def callbacks(self) -> MultipartCallbacks:
        """For the parser."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_end": self._finish,
        }

    def _finish(self) -> None:
        self._whole = True

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        """A part begins: a field, or the file."""
        _, options = parse_options_header(self._disposition)
        name = _text(options.get(b"name", b""))
        if b"filename" not in options:
            if name in self._fields or len(self._fields) >= _FIELDS:
                raise Problem(422, f"the form has {shorten(name)} twice, or too many fields")
            self._part = self._fields[name] = bytearray()
            return
        if name != "file" or self._path is not None:
            raise Problem(422, f"the form has a file as {shorten(name)}: send one file, as its part named file")
        self._part = None
        self._path = self.folder / harmless(_text(options[b"filename"]))
        self._file = self._path.open("xb", buffering=0)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part is None:
            self._take_file(data[start:end])
            return
        if len(self._part) + end - start > _FIELD:
            raise Problem(413, f"a field of the form is longer than {_FIELD:,} bytes: send less")
        self._part.extend(data[start:end])

    def _take_file(self, piece: bytes) -> None:
        assert self._path is not None  # noqa: S101 - for the type checker
        if len(self._first) < _SNIFFED:
            self._first += piece[: _SNIFFED - len(self._first)]
        self._size += len(piece)
        most = self.most(self._first, self._path.name)
        if self._size > most * 1e6:
            raise Problem(413, f"{self._path.name} has more than {most:g} megabytes: make it smaller.")
        self.waiting.extend(piece)

    async def write(self) -> None:
        """Put on the disk what has come."""
        if self._file is not None and self.waiting:
            piece, self.waiting = self.waiting, bytearray()
            await asyncio.to_thread(_write_all, self._file, piece)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def upload(self) -> Upload:
        """All of it; raises Problem if it is not whole, or has no file."""
        if not self._whole:
            raise Problem(400, _DAMAGED)
        if self._path is None:
            listed = f" besides {names(self._fields)}" if self._fields else ""
            raise Problem(422, f"the form has no file{listed}: send the picture or clip as its part named file")
        if not self._size:
            raise Problem(422, f"{self._path.name} is empty: copy or download it again.")
        try:
            fields = {name: value.decode() for name, value in self._fields.items()}
        except UnicodeDecodeError:
            raise Problem(400, "a field of the form is not UTF-8 text: send it as that") from None
        return Upload(self._path, self._first, fields)


def _write_all(file: BinaryIO, data: bytearray) -> None:
    """An unbuffered file may take less than all."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def harmless(name: str) -> str:
    """A sender's file name without folders, control characters and excess; "upload" if nothing is left."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    stem = stem.encode()[:_NAME].decode(errors="ignore").strip(" .") or "upload"
    suffix = "".join(char for char in suffix if char.isascii() and char.isalnum())[:8]
    return f"{stem}.{suffix}" if suffix else stem


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
