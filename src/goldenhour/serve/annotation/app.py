"""The annotation page as a server of its own, behind the same door as the editor's."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from starlette.types import ASGIApp

from goldenhour import __version__
from goldenhour.experiment.annotation import Annotation
from goldenhour.serve.annotation.router import add_annotation
from goldenhour.serve.guard import Guard
from goldenhour.serve.listener import address_of, bind, run, server_of
from goldenhour.serve.metrics import Metrics
from goldenhour.serve.problems import add_problems
from goldenhour.serve.settings import Settings


def annotation_app(annotation: Annotation, settings: Settings) -> ASGIApp:
    """The application for one annotation; of the settings host, names and token count."""
    app = FastAPI(title="Golden Hour annotation", version=__version__, docs_url=None, redoc_url=None)
    add_problems(app)
    add_annotation(app, annotation)
    return Guard(app, settings, Metrics())


def serve_annotation(annotation: Annotation, settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl+C; ``tell`` is told the server's address. Raises ServeError for a port in use."""
    with bind(settings.host, settings.port) as listening:
        app = annotation_app(annotation, settings)
        run(server_of(app, settings.limits, lambda: tell(address_of(settings, listening))), listening)
