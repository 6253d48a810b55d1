"""Recipes as 3D tables for a browser's GPU: compact binary, compiled once, kept while they are used.

``GHT1``, then as little-endian uint32 the points a side and the number of tables, then the tables: uint16 0..65535 for
0..1, encoded sRGB, red fastest, then green, then blue, as WebGL's ``texImage3D`` takes x, y and z.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from goldenhour import __version__
from goldenhour.render.kernel import Table
from goldenhour.render.table import EXPORT_SIZE, PREVIEW_SIZE, compile_table
from goldenhour.render.user_looks import look_versions
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.recent import Recent
from goldenhour.tools import Recipe, Toolset, default_toolset
from goldenhour.tools.toolset import Choice, Number

MAGIC = b"GHT1"
SIZES = (PREVIEW_SIZE, EXPORT_SIZE)
LOOKS_SIZE = 17
KEPT_BYTES = 48_000_000  # 28 tables of 65 points, or 220 of 33


@dataclass(frozen=True)
class Compiled:
    """Tables as bytes; ``tag`` changes when they do, and is what they are kept under."""

    data: bytes
    tag: str


class Tables:
    """Compiles tables on threads, the same one once, and keeps the latest."""

    def __init__(self, threads: Executor, metrics: Metrics):
        self._threads, self._metrics = threads, metrics
        self._kept: Recent[str, Compiled] = Recent(KEPT_BYTES)
        self._compiling: dict[str, asyncio.Task[Compiled]] = {}

    async def of_recipe(self, recipe: Recipe, size: int) -> Compiled:
        """The table of one recipe; raises LookError where a look of its user's is not there."""
        return await self._once(recipe_tag(recipe, size), lambda: [compile_table(recipe, size, threads=1)])

    async def of_looks(self, toolset: Toolset | None = None) -> Compiled:
        """One table for each option of the filter, at intensity 100, in the toolset's order."""
        toolset = toolset or default_toolset()

        def compile_all() -> Iterable[Table]:
            return [compile_table(recipe, LOOKS_SIZE, threads=1) for recipe in look_recipes(toolset)]

        return await self._once(tag(f"looks {toolset.hash} {LOOKS_SIZE}".encode()), compile_all)

    async def _once(self, tag_: str, compile_: Callable[[], Iterable[Table]]) -> Compiled:
        if (kept := self._kept.get(tag_)) is not None:
            return kept
        if tag_ not in self._compiling:
            self._compiling[tag_] = asyncio.create_task(self._compile(tag_, compile_))
        return await asyncio.shield(self._compiling[tag_])  # others may wait for it when this client has gone

    async def _compile(self, tag_: str, compile_: Callable[[], Iterable[Table]]) -> Compiled:
        try:
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(self._threads, partial(self._timed, compile_))
            compiled = Compiled(data, tag_)
            self._kept.put(tag_, compiled, len(data))
            return compiled
        finally:
            del self._compiling[tag_]

    def _timed(self, compile_: Callable[[], Iterable[Table]]) -> bytes:
        with self._metrics.stage("table"):
            return pack(list(compile_()))


def recipe_tag(recipe: Recipe, size: int) -> str:
    """What tells a recipe's table from others: its ETag, known before it is compiled. Raises LookError."""
    return tag(f"{recipe.hash} {look_versions(recipe)} {size}".encode())


def tag(data: bytes) -> str:
    """The ETag of what follows from some data, in this version of the package."""
    return f'"{hashlib.sha256(__version__.encode() + data).hexdigest()[:32]}"'


def pack(tables: list[Table]) -> bytes:
    """Tables (size, size, size, 3), indexed [red, green, blue], float32 0..1, all of one size, as bytes."""
    head = MAGIC + struct.pack("<II", tables[0].shape[0], len(tables))
    # blue outermost; the kernel's tables have red there
    ordered = (np.rint(table.transpose(2, 1, 0, 3) * np.float32(65_535)).astype("<u2") for table in tables)
    return head + b"".join(np.ascontiguousarray(table).tobytes() for table in ordered)


def look_recipes(toolset: Toolset) -> list[Recipe]:
    """Each look alone, at its full strength, in the toolset's order."""
    look = next(slot for slot in toolset.slots if isinstance(slot.parameter, Choice))
    whole = {
        slot: slot.parameter.maximum for slot in toolset.tool_slots[look.tool] if isinstance(slot.parameter, Number)
    }
    options = look.parameter.options if isinstance(look.parameter, Choice) else {}
    return [Recipe.neutral(toolset).with_values({look: name, **whole}) for name in options]
