"""The student *causal*: in this process, or behind the server that the environment names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from goldenhour.students.causal.chat import Chat
from goldenhour.students.causal.server import endpoint, server_writer
from goldenhour.students.generative import Form, Writer
from goldenhour.students.student import MANIFEST, Answer, StudentError
from goldenhour.tools.extras import needs


class CausalStudent:
    """Answers from a folder with an adapter, on the base model that its manifest names."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]):
        """Open a folder whose files were checked; raises StudentError where they do not fit together."""
        self._folder = folder
        try:
            settings = manifest["settings"]
            self._form = Form.of(settings["target"], settings["tasks"])
            chat, most = Chat(settings["system"]), int(manifest["max_tokens"])
            base, weights = str(manifest["base"]), str(manifest["base_weights"])
        except (KeyError, TypeError, ValueError) as error:
            raise StudentError(f"the student {folder} is damaged: {error!r}; copy it anew, or train it again") from None
        where = endpoint(os.environ)
        self._write = server_writer(where, chat, most) if where else _local(folder, base, weights, chat, most)

    def predict(self, intents: Sequence[str]) -> list[Answer]:
        """One answer an intent, written greedily, then validated and repaired.

        No text makes it raise; TeacherError says that the server, where one is used, cannot be.
        """
        return self._form.answers(intents, self._write)

    def save(self, folder: Path) -> None:
        """Copy the student; the manifest last."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True, ignore=lambda *_: [MANIFEST])
        shutil.copyfile(self._folder / MANIFEST, folder / MANIFEST)


def _local(folder: Path, base: str, weights: str, chat: Chat, most: int) -> Writer:
    with needs("train"):
        from goldenhour.students.causal.model import open_adapter, writer  # noqa: PLC0415 - torch is for it alone
    return writer(*open_adapter(folder, base, weights), chat, most)
