"""The server as one ASGI application: what it is made of, and in which order it starts and stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from goldenhour import __version__
from goldenhour.events import open_store
from goldenhour.render.table import PREVIEW_SIZE
from goldenhour.serve.assistant import Assistant
from goldenhour.serve.chain import Chain, Panel
from goldenhour.serve.chat import chat_router
from goldenhour.serve.description import JSON, answers, describe
from goldenhour.serve.event_queue import EventQueue
from goldenhour.serve.experiments import experiments_router
from goldenhour.serve.guard import Guard
from goldenhour.serve.insights.router import Counter, add_insights
from goldenhour.serve.media.room import Media
from goldenhour.serve.media.router import media_router
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.models import open_student, teacher_of
from goldenhour.serve.pages import WEB, add_page
from goldenhour.serve.problems import add_problems
from goldenhour.serve.projects import Projects
from goldenhour.serve.recipes import recipes_router
from goldenhour.serve.renditions import renditions_router
from goldenhour.serve.samples import samples_router
from goldenhour.serve.settings import Settings
from goldenhour.serve.tables import Tables
from goldenhour.serve.trials import Trials
from goldenhour.tools import Recipe, UserError, default_toolset

DESCRIPTION = """Say how your footage should look, in your own words: an intent becomes a *recipe*, values for three
tonal tools, in milliseconds. What goes wrong is a problem of RFC 9457 with one sentence in `detail`."""
WARM = "golden hour"
_METRICS = 'goldenhour_answers_total{source="student"} 12.0\n'  # a line of it
FORM_MEGABYTES = 1  # of an upload, beside its file


def create_app(settings: Settings) -> FastAPI:
    """The application; its lifespan must be run. Raises UserError where the settings cannot be met."""
    metrics = Metrics()
    student, teacher = open_student(settings.student), teacher_of(settings)
    own, media = Panel(student, teacher, settings.unsure), Media()
    store = open_store(settings.store)
    trials = Trials(store, settings, own)
    try:
        trials.load()
    except UserError:
        store.close()
        raise
    chain = Chain(own, metrics)
    queue = EventQueue(store, settings.limits.waiting_events, metrics)
    counter = Counter(store)
    projects = Projects(store, trials, queue.note)
    assistant = Assistant(chain, queue.note, metrics, projects, trials)
    threads = ThreadPoolExecutor(2, "tables")  # an answer waits for no table, and a preview for no export
    tables = Tables(threads, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            queue.start()
            stack.push_async_callback(asyncio.to_thread, queue.stop, settings.limits.stop_seconds)
            stack.callback(counter.close)
            stack.callback(chain.close)
            stack.callback(projects.close)
            stack.callback(partial(threads.shutdown, cancel_futures=True))
            if teacher:
                await teacher.start()
                stack.push_async_callback(teacher.stop)
            await trials.start()
            stack.push_async_callback(trials.stop)
            await stack.enter_async_context(media.lifespan())
            await chain.run(partial(student.answer, WARM))
            warm = asyncio.create_task(tables.of_recipe(Recipe.neutral(), PREVIEW_SIZE))  # compiles the compiler
            yield
            warm.cancel()

    app = FastAPI(
        title="Golden Hour",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.media = media
    add_problems(app)
    for router in (
        recipes_router(assistant, tables),
        renditions_router(tables, threads, media.settings.pictures, media.settings.clips),
        chat_router(assistant),
        samples_router(),
        media_router(media, assistant.find, metrics),
        experiments_router(trials),
        _watch_router(metrics, student.version),
    ):
        app.include_router(router)
    add_insights(app, counter)
    add_page(app, "/", WEB)
    largest = max(media.settings.clips.megabytes, media.settings.pictures.megabytes) + FORM_MEGABYTES
    app.add_middleware(Guard, settings=settings, metrics=metrics, file_bytes=round(1e6 * largest))
    describe(app)
    return app


def _watch_router(metrics: Metrics, version: str) -> APIRouter:
    """For whoever watches over the server."""
    router = APIRouter(tags=["watching"])
    health = {"status": "ok", "student": version, "toolset": default_toolset().hash[:12]}

    @router.get("/healthz", summary="Whether the server lives", responses=answers(health, "It does.", problems=()))
    async def healthz() -> Response:
        """And what it answers with: the student's version, the toolset. It needs no token."""
        return Response(json.dumps(health), media_type=JSON)

    @router.get(
        "/metrics",
        summary="What the server counts and times",
        responses=answers(_METRICS, "In Prometheus's text format.", media="text/plain", problems=()),
        response_class=Response,
    )
    async def prometheus() -> Response:
        """Requests, answers by their source, stages of an answer, what waits and what was turned away."""
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
