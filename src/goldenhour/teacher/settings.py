"""Which teacher is asked, and at what price: from the environment, or from a file ``.env`` in the working folder."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from goldenhour.teacher.cost import Prices
from goldenhour.teacher.errors import TeacherError

PREFIX = "GOLDENHOUR_TEACHER_"


@dataclass(frozen=True)
class Endpoint:
    """A model behind an OpenAI-compatible server; ``key`` is shown and kept nowhere. ``part``: whom it plays."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    prices: Prices | None = None
    part: str = "teacher"

    @property
    def prefix(self) -> str:
        """Of the environment's names for it."""
        return f"GOLDENHOUR_{self.part.upper()}_"

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError as error:
            raise TeacherError(f"the {self.part}'s URL cannot be read: {error}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TeacherError(
                f"the {self.part}'s URL must be like https://api.openai.com/v1, not {self.shown(self.url)!r}"
            )
        if parts.username or parts.password or parts.query:
            raise TeacherError(f"the {self.part}'s URL must hold no key; put it into {self.prefix}KEY")

    def shown(self, text: str) -> str:
        """A text of the server's, for a message: without the key."""
        return text.replace(self.key, "***") if len(self.key) > 3 else text


def load_endpoint(
    environment: Mapping[str, str], folder: Path, url: str | None = None, model: str | None = None
) -> Endpoint | None:
    """The teacher that the settings name; None if they name no URL. Raises TeacherError.

    What is given here goes before the environment, which goes before ``.env``. The names are the library's own, so that
    no one's OpenAI key is sent or charged by accident.
    """
    file = folder / ".env"
    in_file = _read_env_file(file)
    settings = {**in_file, **environment}
    chosen = url or environment.get(f"{PREFIX}URL")
    url = (chosen or in_file.get(f"{PREFIX}URL", "")).strip().rstrip("/")
    if not url:
        return None
    if not chosen and f"{PREFIX}KEY" in environment:  # a folder from elsewhere must not get at one's key
        raise TeacherError(f"{file} names the teacher's URL, but the key is in the environment; set both in one place")
    model = (model or settings.get(f"{PREFIX}MODEL", "")).strip()
    if not model:
        raise TeacherError(f"the teacher at {url} needs a model: set {PREFIX}MODEL or add --model")
    key = settings.get(f"{PREFIX}KEY", "").strip()
    if not key.isascii() or not key.isprintable():
        raise TeacherError(f"{PREFIX}KEY has characters that no key has; copy it again")
    return Endpoint(url, model, key, _prices(settings))


def _prices(settings: Mapping[str, str]) -> Prices | None:
    named = {way: settings.get(f"{PREFIX}PRICE_{way}", "").strip() for way in ("IN", "OUT")}
    if not any(named.values()):
        return None
    values = []
    for way, text in named.items():
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise TeacherError(f"{PREFIX}PRICE_{way} is {text!r}; it must be dollars per million tokens, such as 0.40")
        values.append(value)
    return Prices(*values)


def _read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines, with or without ``export`` and quotes; only our names are kept. Never shows a value."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise TeacherError(f"the settings {path} cannot be read as UTF-8 text; mend or remove the file") from None
    settings = {}
    for number, line in enumerate(lines, 1):
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if not name.startswith(PREFIX):
            continue  # other programs' settings, comments and blank lines
        if not separator:
            raise TeacherError(f"{path}, line {number}: {PREFIX}… needs a value, as in {PREFIX}MODEL=name")
        if value[:1] in ("'", '"'):
            quote, value = value[0], value[1:]
            if quote not in value:
                raise TeacherError(f"{path}, line {number}: the value of {name} lacks its closing quote")
            value = value.partition(quote)[0]
        else:
            value = value.partition(" #")[0].strip()
        settings[name] = value
    return settings
