"""The settings of a training: a dataclass of each family, filled from a YAML file and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from goldenhour.students.student import StudentError
from goldenhour.tools.strict_yaml import load_yaml


@dataclass(frozen=True)
class Settings:
    """What every family's training needs to know. ``base`` is a Hugging Face name, a folder, or ``package:NAME``."""

    base: str
    epochs: float = 10.0
    batch: int = 32
    learning_rate: float = 1e-4
    warmup: float = 0.1  # share of the steps in which the learning rate rises
    patience: int = 3  # epochs without a better dev score after which training stops
    seed: int = 1

    def __post_init__(self) -> None:
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            wanted = str if field.name == "base" else type(default)
            if wanted is float and isinstance(value, int) and not isinstance(value, bool):
                object.__setattr__(self, field.name, float(value))
            elif type(value) is not wanted:
                raise StudentError(f"the setting {field.name} must be of type {wanted.__name__}, not {value!r}")
        for name in ("epochs", "batch", "learning_rate", "patience"):
            if not 0 < getattr(self, name) < 1e6:
                raise StudentError(f"the setting {name} must be above 0, not {getattr(self, name)}")
        if not 0 <= self.warmup <= 1:
            raise StudentError(f"the setting warmup is a share of the steps, 0 to 1, not {self.warmup}")
        if not 0 <= self.seed < 2**32:
            raise StudentError(f"the setting seed must be 0 to {2**32 - 1:,}, not {self.seed}")


S = TypeVar("S", bound=Settings)


def read_settings(kind: type[S], file: Path | None, given: Mapping[str, Any]) -> S:
    """The settings of a YAML file, over them those ``given`` that are not None; the rest is default.

    Raises StudentError for a file that cannot be read and for names or values that are none.
    """
    data: Any = {}
    if file is not None:
        try:
            data = load_yaml(file.read_text(encoding="utf-8")) or {}
        except (OSError, ValueError) as error:
            raise StudentError(f"the settings {file} cannot be read: {error}") from None
        if not isinstance(data, Mapping):
            raise StudentError(f"the settings {file} must be lines such as `epochs: 10`")
    known = [field.name for field in fields(kind)]
    if unknown := [name for name in data if name not in known]:
        raise StudentError(f"the settings {file} name {unknown[0]!r}; known are {', '.join(known)}")
    return kind(**{**data, **{name: value for name, value in given.items() if value is not None}})
