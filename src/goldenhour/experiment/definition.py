"""What an experiment is: arms with weights, one primary metric with a margin, guardrails, a start, a planned size.

A definition is a small YAML file, or the same as a mapping. All that is wrong with one is a sentence.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from goldenhour.tools import ToolsetError, default_toolset, load_toolset
from goldenhour.tools.errors import UserError
from goldenhour.tools.sentences import is_number, names, shorten
from goldenhour.tools.strict_yaml import load_yaml
from goldenhour.tools.version import version_of

BUILT_IN = "built-in"  # the student that ships
MANIFEST = "student.json"  # of a student's folder: it has the hashes of all other files
PROMPTS = ("joint", "per-tool")  # the teacher's: one request about all tools, or the paper's, one request a tool
GUARDRAILS = {
    "latency_p95": "95th percentile of the time to an answer, in ms",
    "invalid_answers": "share of answers that were not valid as the model gave them",
    "fallbacks": "share of answers that another model gave in the arm's stead",
    "edits_by_hand": "share of answered projects that were changed by hand",
}
METRIC, UNIT = "project_completion_rate", "user"
MOST_PLANNED = 10**9
PLANNED_USERS = 20_000  # of an arm; the paper's
MARGIN = 0.97
YEARS = (1970, 9000)  # of a start: every zone and every number of days after it are times, too
_KEYS = ("name", "arms", "control", "unit", "metric", "direction", "margin", "guardrails", "start", "planned_users")
_ARM_KEYS = ("name", "weight", "student", "teacher", "prompt", "toolset", "version")
_HASH = re.compile(r"[0-9a-f]{8,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")


class ExperimentError(UserError):
    """What cannot be an experiment, or cannot be done with one; one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Teacher:
    """Which teacher an arm asks; None is what the server's settings say. Its key is never part of a definition."""

    model: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Arm:
    """Who answers: a ``student`` (its folder in full, or ``built-in``) or a ``teacher``.

    ``weight`` is the share of users, 0 to 1. ``prompt`` is the teacher's, one of PROMPTS. ``toolset`` is the beginning
    of the hash of the toolset that it must be, or the file of the tools of which the teacher is told. ``folder`` is
    where the student lies. ``version`` tells what lay in the folder, or in that file, from what lies there now.
    """

    name: str
    weight: float
    student: str | None = None
    teacher: Teacher | None = None
    prompt: str | None = None
    toolset: str | None = None
    version: str | None = None
    folder: Path | None = field(default=None, compare=False)

    @property
    def toolset_file(self) -> Path | None:
        """The file of the tools of which the teacher is told; None: those of the product."""
        return Path(self.toolset) if self.toolset and not _HASH.fullmatch(self.toolset) else None


@dataclass(frozen=True, slots=True)
class Experiment:
    """A definition; ``load_experiment`` and ``read_experiment`` make one.

    ``margin``: an arm is not worse if its completion rate is more than this share of the control's, below 1.
    ``guardrails``: for each of GUARDRAILS that counts, by how much it may be worse than the control's, in its own unit.
    ``planned_users``: of each arm.
    """

    name: str
    arms: tuple[Arm, ...]
    control: str
    margin: float
    guardrails: Mapping[str, float]
    start: datetime
    planned_users: int

    @property
    def places(self) -> dict[str, int]:
        """Where each arm stands in the definition: the number by which arrays and data frames know it."""
        return {arm.name: place for place, arm in enumerate(self.arms)}

    @property
    def weights(self) -> dict[str, float]:
        """The share of users of each arm."""
        return {arm.name: arm.weight for arm in self.arms}

    @property
    def others(self) -> tuple[str, ...]:
        """The arms that are compared with the control."""
        return tuple(arm.name for arm in self.arms if arm.name != self.control)

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of all that must stay as it is while the experiment runs: everything but the weights."""
        return hashlib.sha256(json.dumps(self.fixed(), sort_keys=True).encode()).hexdigest()

    def fixed(self) -> dict[str, Any]:
        """The definition without the weights."""
        data = self.to_dict()
        return data | {"arms": [{key: arm[key] for key in arm if key != "weight"} for arm in data["arms"]]}

    def arm(self, name: str) -> Arm:
        """The arm of that name; raises ExperimentError."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        known = names(arm.name for arm in self.arms)
        raise ExperimentError(f"the experiment {self.name} has no arm {name!r}; it has {known}")

    def with_weights(self, weights: Mapping[str, float]) -> Experiment:
        """The same with other shares of users."""
        return replace(self, arms=tuple(replace(arm, weight=weights[arm.name]) for arm in self.arms))

    def to_dict(self) -> dict[str, Any]:
        """For JSON; ``read_experiment`` reads it."""
        return {
            "name": self.name,
            "arms": [_arm_data(arm) for arm in self.arms],
            "control": self.control,
            "margin": self.margin,
            "guardrails": dict(self.guardrails),
            "start": self.start.astimezone(UTC).isoformat(),
            "planned_users": self.planned_users,
        }


def load_experiment(path: Path) -> Experiment:
    """The experiment of a YAML file; raises ExperimentError with one sentence that names the file."""
    try:
        return read_experiment(load_yaml(path.read_text(encoding="utf-8")), path.absolute().parent)
    except FileNotFoundError:
        raise ExperimentError(f"there is no file {path}; write an experiment, or name another file") from None
    except OSError as error:
        raise ExperimentError(f"{path} cannot be read: {error.strerror}") from None
    except ExperimentError as error:
        raise ExperimentError(f"{path}: {error}") from None
    except ValueError as error:  # UnicodeDecodeError is one, too
        raise ExperimentError(f"{path} is not YAML: {error}") from None


def read_experiment(data: Any, base: Path | None = None) -> Experiment:
    """The experiment of a mapping; ``base`` is from where its folders are named. Raises ExperimentError."""
    _check_keys("an experiment", data, _KEYS, ("name", "arms", "start"))
    for key, only in (("unit", UNIT), ("metric", METRIC), ("direction", "higher")):
        if data.get(key, only) != only:
            raise ExperimentError(f"{key} is {shorten(data[key])}; it can only be {only}")
    arms = _read_arms(data["arms"], base)
    control = data.get("control", arms[0].name)
    experiment = Experiment(
        name=_name("name", data["name"]),
        arms=arms,
        control=control,
        margin=_margin(data.get("margin", MARGIN)),
        guardrails=_read_guardrails(data.get("guardrails") or {}),
        start=_time("start", data["start"]),
        planned_users=_count("planned_users", data.get("planned_users", PLANNED_USERS)),
    )
    experiment.arm(control)
    return experiment


def check_arms(experiment: Experiment) -> Experiment:
    """The experiment with its arms' versions.

    Raises ExperimentError unless every arm's student is there, and is the one that it was, and every arm's toolset is
    the one in use, or fits it.
    """
    return replace(experiment, arms=tuple(_checked(arm, experiment.name) for arm in experiment.arms))


def _checked(arm: Arm, experiment: str) -> Arm:
    who, toolset = f"the arm {arm.name} of the experiment {experiment}", default_toolset()
    if arm.folder is not None and not (arm.folder / MANIFEST).is_file():
        raise ExperimentError(f"{who} names the student {arm.folder}, but there is none; train it, or mend the path")
    if arm.toolset_file is not None:
        try:
            missing = toolset.cannot_hold(load_toolset(arm.toolset_file))
        except ToolsetError as error:
            raise ExperimentError(f"{who}: {error}") from None
        if missing:
            raise ExperimentError(f"{who}: what {arm.toolset_file} asks for does not fit the toolset here: {missing}")
    elif arm.toolset is not None and not toolset.hash.startswith(arm.toolset):
        raise ExperimentError(f"{who} is for the toolset {arm.toolset}…, but this one is {toolset.hash[:12]}…")
    file = arm.folder / MANIFEST if arm.folder else arm.toolset_file
    if file is None:
        return arm
    version = version_of(file.read_bytes())
    if arm.version not in (None, version):
        raise ExperimentError(
            f"{who} began with another {'student' if arm.folder else 'toolset'} in {file.parent}: {arm.version}, now"
            f" {version}; put that back, or give the new one an experiment of its own"
        )
    return replace(arm, version=version)


def _read_arms(found: Any, base: Path | None) -> tuple[Arm, ...]:
    if not isinstance(found, list) or len(found) < 2:
        raise ExperimentError(
            "arms must be a list of at least two arms, each with name, weight, and student or teacher"
        )
    arms = tuple(_read_arm(number, data, base) for number, data in enumerate(found, 1))
    listed = [arm.name for arm in arms]
    if twice := next((name for name in listed if listed.count(name) > 1), None):
        raise ExperimentError(f"two arms have the name {twice!r}; give each its own")
    total = sum(arm.weight for arm in arms)
    shares = " + ".join(f"{arm.weight:g}" for arm in arms)
    scale = next((whole for whole in (1, 100) if abs(total - whole) < 1e-9 * whole), None)
    if scale is None:
        raise ExperimentError(f"the weights {shares} sum to {total:g}; they must sum to 1 (or to 100, as percentages)")
    return tuple(replace(arm, weight=arm.weight / scale) for arm in arms)


def _read_arm(number: int, data: Any, base: Path | None) -> Arm:
    what = f"arm {number}"
    _check_keys(what, data, _ARM_KEYS, ("name", "weight"))
    name = _name(f"{what}: name", data["name"])
    what, weight = f"the arm {name}", data["weight"]
    if not is_number(weight) or weight <= 0:
        raise ExperimentError(f"{what}: weight is {shorten(weight)}; it must be a number above 0")
    if ("student" in data) == ("teacher" in data):
        raise ExperimentError(f"{what} needs either a student (its folder, or {BUILT_IN}) or a teacher (its model)")
    student, prompt, toolset, version = (data.get(key) for key in ("student", "prompt", "toolset", "version"))
    if "student" in data and not (isinstance(student, str) and student.strip()):
        raise ExperimentError(f"{what}: student is {shorten(student)}; name its folder, or write {BUILT_IN}")
    if prompt is not None and ("student" in data or prompt not in PROMPTS):
        raise ExperimentError(f"{what}: prompt is {shorten(prompt)}; a teacher's can be {names(PROMPTS)}")
    if toolset is not None:
        toolset = _read_toolset(what, toolset, "teacher" in data, base or Path.cwd())
    folder = None
    if student not in (None, BUILT_IN):
        folder = _place(f"{what}: student", student, base or Path.cwd())
        student = str(folder)
    teacher = _read_teacher(what, data["teacher"]) if "teacher" in data else None
    if version is not None and not (isinstance(version, str) and _HASH.fullmatch(version)):
        raise ExperimentError(
            f"{what}: version is {shorten(version)}; leave it out, it is noted when the experiment starts"
        )
    return Arm(name, float(weight), student, teacher, prompt, toolset, version, folder)


def _read_toolset(what: str, toolset: Any, of_teacher: bool, base: Path) -> str:
    """The beginning of a hash, or the place of a file in full."""
    if isinstance(toolset, str) and _HASH.fullmatch(toolset):
        return toolset
    if isinstance(toolset, str) and of_teacher and toolset.endswith((".yaml", ".yml")):
        return str(_place(f"{what}: toolset", toolset, base))
    file = ", or a YAML file of the tools of which it is told" if of_teacher else ""
    raise ExperimentError(
        f"{what}: toolset is {shorten(toolset)}; it must be 8 or more digits of a toolset's hash{file}"
    )


def _place(what: str, named: str, base: Path) -> Path:
    try:
        return Path(os.path.abspath(base / Path(named).expanduser()))  # noqa: PTH100 - without ".."
    except RuntimeError:  # a home that nobody has
        raise ExperimentError(f"{what} is {shorten(named)}, in nobody's home; name its whole path") from None


def _read_teacher(what: str, found: Any) -> Teacher:
    """``teacher: MODEL``, ``teacher: {model: MODEL, url: URL}``, or ``teacher:`` alone for that of the settings."""
    if found is None:
        return Teacher()
    if isinstance(found, str) and found.strip():
        return Teacher(found)
    _check_keys(f"{what}: teacher", found, ("model", "url"), ())
    for key, value in found.items():
        if not isinstance(value, str) or not value.strip():
            raise ExperimentError(f"{what}: {key} is {shorten(value)}; it must be text")
    return Teacher(found.get("model"), found.get("url"))


def _read_guardrails(found: Any) -> dict[str, float]:
    _check_keys("guardrails", found, tuple(GUARDRAILS), ())
    for key, value in found.items():
        if not is_number(value) or value < 0:
            raise ExperimentError(
                f"guardrails: {key} is {shorten(value)}; it must be by how much it may be worse, 0 or more"
            )
    return {key: float(found[key]) for key in GUARDRAILS if key in found}


def _check_keys(what: str, data: Any, known: tuple[str, ...], needed: tuple[str, ...]) -> None:
    if not isinstance(data, Mapping):
        raise ExperimentError(f"{what} must have {names(needed or known)}, but is {shorten(data)}")
    if unknown := [key for key in data if key not in known]:
        raise ExperimentError(f"{what} has the unknown key {shorten(unknown[0])}; it can have {names(known)}")
    if missing := [key for key in needed if key not in data]:
        raise ExperimentError(f"{what} lacks {names(missing)}")


def _name(what: str, value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value != value.strip():
        raise ExperimentError(f"{what} is {shorten(value)}; it must be 1 to 64 letters, digits, spaces, dots, - and _")
    return value


def _margin(value: Any) -> float:
    if not is_number(value) or not 0 < value < 1:
        raise ExperimentError(
            f"margin is {shorten(value)}; it must be a share of the control's rate below 1, like 0.97"
        )
    return float(value)


def _count(what: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PLANNED:
        shown = shorten(value) if not isinstance(value, int) or abs(value) <= MOST_PLANNED else "too large"
        raise ExperimentError(f"{what} is {shown}; it must be a whole number of users, 1 to {MOST_PLANNED:,}")
    return value


def _time(what: str, value: Any) -> datetime:
    """A time with its zone; a date is its midnight in UTC."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError:
            raise ExperimentError(f"{what} is {shorten(value)}; write a time like 2026-03-01T09:00:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ExperimentError(f"{what} is {shorten(str(value))}; write a time with its zone, like 2026-03-01T09:00:00Z")
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise ExperimentError(f"{what} is {shorten(str(value))}; write a time of the years {YEARS[0]} to {YEARS[1]}")
    return value


def _arm_data(arm: Arm) -> dict[str, Any]:
    data: dict[str, Any] = {"name": arm.name, "weight": arm.weight}
    if arm.student is not None:
        data["student"] = arm.student
    if arm.teacher is not None:
        said = {"model": arm.teacher.model, "url": arm.teacher.url}
        data["teacher"] = {key: value for key, value in said.items() if value is not None}
    return data | {key: getattr(arm, key) for key in ("prompt", "toolset", "version") if getattr(arm, key) is not None}
