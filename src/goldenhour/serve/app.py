"""The server as one ASGI application: what it is made of, and in which order it starts and stops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from goldenhour import __version__
from goldenhour.serve.pages import add_pages
from goldenhour.serve.problems import add_problems
from goldenhour.serve.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """The application; its lifespan must be run. Raises UserError where the settings cannot be met."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(title="Golden Hour", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings = settings
    add_problems(app)
    add_pages(app)
    return app
