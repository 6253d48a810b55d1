"""What may happen to users and their projects, as events; and what a store then has."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, select

from goldenhour.events import AnswerShown, Edited, Event, Exported, Exposed, ProjectStarted, Store, new_id, schema
from goldenhour.tools import Recipe

MORNING = datetime(2024, 5, 1, 8, tzinfo=UTC)

WARM = Recipe.from_dict({"adjust": None, "selective_adjust": None, "filter": {"name": "warm_Honey", "intensity": 30}})
FAINT = WARM.scale(50)
BARE = Recipe.neutral()


def graded(**numbers: float) -> Recipe:
    """WARM with numbers of the tool adjust."""
    neutral = {p.name: 0 for p in BARE.toolset.tools[0].parameters}
    return Recipe.from_dict(WARM.to_dict() | {"adjust": neutral | numbers})


def started(user: str = "jane", **changed: Any) -> ProjectStarted:
    return ProjectStarted(**{"id": new_id(), "user": user, "started_at": MORNING, "media_kind": "photo"} | changed)


def shown(project: ProjectStarted, recipe: Recipe = WARM, **changed: Any) -> AnswerShown:
    fields = {
        "id": new_id(),
        "project_id": project.id,
        "shown_at": MORNING + timedelta(seconds=5),
        "intent": "Golden hour!",
        "recipe": recipe,
        "source_model": "nearest",
        "source_version": "1",
        "latency_ms": 1.5,
    }
    return AnswerShown(**fields | changed)


def edited(answer: AnswerShown, recipe: Recipe) -> Edited:
    return Edited(new_id(), answer.project_id, answer.id, MORNING + timedelta(minutes=1), recipe)


def exported(answer: AnswerShown, recipe: Recipe | None = None) -> Exported:
    return Exported(new_id(), answer.project_id, answer.id, MORNING + timedelta(days=1), recipe or answer.recipe)


def exposed(project: ProjectStarted, arm: str = "student", **changed: Any) -> Exposed:
    fields = {"id": new_id(), "project_id": project.id, "experiment": "ab", "arm": arm}
    return Exposed(**fields | {"exposed_at": MORNING + timedelta(seconds=6)} | changed)


def visit(user: str, *recipes: Recipe) -> list[Event]:
    """One project: the first recipe is shown, the others are made of it by hand, the last is exported."""
    project = started(user)
    answer = shown(project, recipes[0])
    return [project, answer, *(edited(answer, recipe) for recipe in recipes[1:]), exported(answer, recipes[-1])]


def days(projects: int, seed: int = 0) -> Iterator[Event]:
    """Many projects of a few users, the same for a seed, to the ids."""
    random = Random(seed)
    for number in range(projects):
        at = MORNING + timedelta(minutes=number)
        ids = [new_id(1_714_550_400_000 + number, random.getrandbits(74)) for _ in range(5)]
        kind = random.choice(("photo", "clip"))
        arm = random.choice((None, "a", "b"))
        recipe = graded(exposure=random.randint(-50, 50))
        yield ProjectStarted(ids[0], f"user{random.randrange(7)}", at, kind, arm, simulated=random.random() < 0.5)
        intent = random.choice(("golden hour", "Rainy night", "für Elise: 金色"))
        how = {"fallback": number % 5 == 0, "repaired": number % 7 == 0, "refused": number % 11 == 0}
        how["follow_up"] = number % 13 == 0
        domain = random.choice((None, "places"))
        yield AnswerShown(
            ids[1], ids[0], at, intent, recipe, "nearest", "1", random.random() * 100, domain=domain, **how
        )
        if number % 4 == 0:
            yield Exposed(ids[4], ids[0], "ab", arm or "c", at)
        if number % 3 == 0:
            yield Edited(ids[2], ids[0], ids[1], at, recipe.scale(50))
        if number % 2 == 0:
            yield Exported(ids[3], ids[0], ids[1], at, recipe)


def exported_by_hand(project: ProjectStarted, recipe: Recipe = FAINT) -> Exported:
    """An export that no answer began."""
    return Exported(new_id(), project.id, None, MORNING + timedelta(days=1), recipe)


def contents(store: Store) -> dict[str, list[tuple]]:
    """Every row of a store but its salt, in order of the keys."""
    tables = (schema.forgotten, schema.experiments, *schema.EVENT_TABLES)
    return {table.name: sorted(map(tuple, store.rows(select(table))), key=lambda row: row[:2]) for table in tables}


def clear(store: Store) -> None:
    with store.writing() as connection:
        for table in (schema.forgotten, schema.experiments, *schema.EVENT_TABLES):
            connection.execute(delete(table))
