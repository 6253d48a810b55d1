"""The families of students that are trained again and again here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from goldenhour.students.examples import Examples
from goldenhour.students.settings import Settings
from goldenhour.tools.extras import needs

Family = Literal["direct", "seq2seq", "causal"]


class Trainer(NamedTuple):
    """A family's settings, and its training of a student into a folder."""

    settings: type[Settings]
    train: Callable[[Path, Examples, Any], None]


def trainer(family: Family) -> Trainer:
    """How a family is trained; raises a UserError where the [train] extra is missing."""
    with needs("train"):  # torch takes seconds to import
        if family == "direct":
            from goldenhour.students.direct import training as direct  # noqa: PLC0415

            return Trainer(direct.DirectSettings, direct.train)
        if family == "seq2seq":
            from goldenhour.students.seq2seq import training as seq2seq  # noqa: PLC0415

            return Trainer(seq2seq.Seq2SeqSettings, seq2seq.train)
        from goldenhour.students.causal import training as causal  # noqa: PLC0415

        return Trainer(causal.CausalSettings, causal.train)
