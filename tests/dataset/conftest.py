"""Stores with a few events, written by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from goldenhour.events import AnswerShown, Edited, Exported, ProjectStarted, new_id, open_store
from goldenhour.tools import Recipe, default_toolset

START = datetime(2026, 5, 1, tzinfo=UTC)


class History:
    """Writes what users did, one line each: ``shown("morocco", warm, exported=True)``."""

    def __init__(self, store):
        self.store, self.at = store, START

    def shown(self, intent, recipe, *, exported=False, final=None, times=1, user="ann", simulated=False, **how):
        for _ in range(times):
            self.at += timedelta(seconds=1)
            project, answer = new_id(), new_id()
            events = [
                ProjectStarted(project, user, self.at, "photo", simulated=simulated),
                AnswerShown(answer, project, self.at, intent, recipe, "teacher", "1", 3.0, **how),
            ]
            if final is not None:
                events.append(Edited(new_id(), project, answer, self.at, final))
            if exported or final is not None:
                events.append(Exported(new_id(), project, answer, self.at, recipe if final is None else final))
            self.store.write(events)


@pytest.fixture
def history(tmp_path):
    with open_store(str(tmp_path / "events.sqlite")) as store:
        yield History(store)


@pytest.fixture
def make():
    """A recipe by exposure, and the look with its intensity."""

    def make(exposure=0, look=None, intensity=50):
        toolset = default_toolset()
        vector = Recipe.neutral().to_vector()
        values = {"adjust.exposure": exposure, "filter.intensity": intensity if look else 0}
        for slot in toolset.slots:
            if slot.path in values:
                vector[slot.start] = values[slot.path]
            elif look and slot.path == "filter.name":
                vector[slot.start + list(slot.parameter.options).index(look)] = 1
        return Recipe.from_vector(vector)

    return make
