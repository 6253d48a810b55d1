"""What the annotation page is served: itself, the pictures, the next item to judge; and what it sends back.

Nothing here says which answer is whose: pictures have random names, come without the time of their file, and stand left
or right, and are fetched, by a coin that is tossed for each item and annotator.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, ConfigDict, StrictBool
from starlette.responses import RedirectResponse, Response

from goldenhour.experiment.annotation import Annotation, Item, Judgement, annotator_key
from goldenhour.experiment.annotation_journal import Journal, Record
from goldenhour.serve.pages import add_page
from goldenhour.serve.problems import Problem

WEB = Path(__file__).parent / "web"
AHEAD = 2  # items whose pictures the page may fetch before they are asked for
KEPT = {"Cache-Control": "private, max-age=86400, immutable"}


class Who(BaseModel):
    """An annotator, by name."""

    model_config = ConfigDict(extra="forbid")
    annotator: str


class Said(Who):
    """A judgement: of the left and the right answer whether it is relevant, and whether both express the same."""

    item: str
    relevant: tuple[StrictBool, StrictBool]
    same: StrictBool


def add_annotation(app: FastAPI, annotation: Annotation) -> None:
    """The page at ``/annotate``, its modules, and what it asks."""
    app.include_router(annotation_router(Journal(annotation)))
    add_page(app, "/annotate", WEB)


def annotation_router(journal: Journal) -> APIRouter:
    """The routes of one annotation; its faults are problems (RFC 9457)."""
    router = APIRouter()
    annotation = journal.annotation

    @router.get("/", include_in_schema=False)
    async def start() -> RedirectResponse:
        return RedirectResponse("/annotate")

    @router.get("/annotate/pictures/{name}.jpg", include_in_schema=False)
    def picture(name: str) -> Response:
        if not any(name in item.pictures for item in (*annotation.items, *annotation.calibration)):
            raise Problem(404, "there is no such picture; reload the page")
        return Response(annotation.picture(name).read_bytes(), headers=KEPT, media_type="image/jpeg")

    @router.get("/v1/annotation")
    def state(annotator: Annotated[str, Query()]) -> dict[str, Any]:
        """Where an annotator stands, and what is to be judged next."""
        return state_of(annotation, journal.record(annotator))

    @router.post("/v1/annotation/judgements")
    def judge(said: Said) -> dict[str, Any]:
        """Keep a judgement; it is on the disk when this answers, with the state after it."""
        item = annotation.item(said.item)
        if item is None:
            raise Problem(404, "there is no such item; reload the page")
        sides = journal.record(said.annotator).sides(annotation, item)
        judgement = Judgement(dict(zip(sides, said.relevant, strict=True)), said.same)
        return state_of(annotation, journal.judge(said.annotator, item, judgement))

    @router.post("/v1/annotation/undo")
    def undo(who: Who) -> dict[str, Any]:
        """Take back the last judgement; answers with the state after it."""
        return state_of(annotation, journal.undo(who.annotator))

    return router


def state_of(annotation: Annotation, record: Record) -> dict[str, Any]:
    """Where an annotator stands, for the page: arms have no names here, only a left and a right."""
    waiting = record.waiting(annotation)
    all_items, done = (
        (annotation.items, record.judgements) if record.calibrated else (annotation.calibration, record.trial)
    )
    state: dict[str, Any] = {
        "annotator": record.name,
        "phase": "calibration" if not record.calibrated else "items" if waiting else "done",
        "done": len(done),
        "of": len(all_items),
        "can_undo": record.can_undo,
        "rounds": [{"right": r.right, "of": r.count, "passed": r.passed} for r in record.rounds],
        "missed": [],
        "item": _shown(annotation, record, waiting[0]) if waiting else None,
        "ahead": [url for item in waiting[1 : 1 + AHEAD] for url in _urls(item, record.sides(annotation, item))],
    }
    if record.rounds and not done:  # a round has just ended: what was not right in it
        state["missed"] = [_solved(annotation, record, item) for item in record.rounds[-1].missed]
    return state


def _shown(annotation: Annotation, record: Record, item: Item) -> Mapping[str, Any]:
    return _pictures(item, record.sides(annotation, item)) | {"id": item.id}


def _solved(annotation: Annotation, record: Record, item: Item) -> Mapping[str, Any]:
    """A calibration example of the last round with what is right, on the sides on which it was seen."""
    sides = annotation.sides(item, annotator_key(record.name), len(record.rounds) - 1)
    known = item.known
    right = {"relevant": [known.relevant[arm] for arm in sides], "same": known.same} if known else {}
    return _pictures(item, sides) | right


def _pictures(item: Item, sides: tuple[str, ...]) -> dict[str, Any]:
    original, *pictures = _urls(item, sides)
    return {"intent": item.intent, "original": original, "pictures": pictures}


def _urls(item: Item, sides: tuple[str, ...]) -> list[str]:
    """The original, the left picture, the right one: no other order, for that of the manifest is the arms'."""
    names = (item.original, *(item.answers[arm].picture for arm in sides))
    return [f"/annotate/pictures/{name}.jpg" for name in names]
