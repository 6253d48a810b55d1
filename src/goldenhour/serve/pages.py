"""The editor's page and its modules, as files of the package: no build step, no network."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent / "web"
# a module that was changed by an update must not meet an old one: files are asked for, and rarely sent, again
REVALIDATE = {"Cache-Control": "no-cache"}

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; "
        "connect-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(REVALIDATE)
        return response


def add_pages(app: FastAPI) -> None:
    """The editor at ``/``, its modules at ``/web``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def editor() -> FileResponse:
        return FileResponse(WEB / "index.html", headers=REVALIDATE)

    app.include_router(router)
    app.mount("/web", _Files(directory=WEB, check_dir=False), name="web")
