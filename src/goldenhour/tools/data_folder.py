"""Where Golden Hour keeps what is the user's own: looks, and what later floors remember."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """The user's data folder, by the system's custom; the environment variable GOLDENHOUR_DATA names another.

    It may not exist yet; whoever writes into it makes it.
    """
    if chosen := os.environ.get("GOLDENHOUR_DATA"):
        return Path(chosen).expanduser()
    from platformdirs import user_data_path  # noqa: PLC0415 - not needed where the variable is set

    return user_data_path("goldenhour", appauthor=False)
