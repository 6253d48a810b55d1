"""Pages and their modules, as files of the package: no build step, no network."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

WEB = Path(__file__).parent / "web"  # the editor's
TEXTS = (".html", ".js", ".css", ".svg", ".json")  # what is sent compressed
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


class Files(StaticFiles):
    """A folder of a page's files: asked for, and rarely sent, again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, as gzip where that is taken."""
        response = await super().get_response(path, scope)
        response.headers.update(REVALIDATE)
        return _compressed(response, Request(scope))


def add_page(app: FastAPI, path: str, folder: Path) -> None:
    """The page of a folder at ``path``, and the folder itself at ``web`` below that."""
    files = Files(directory=folder)

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.add_api_route(path, page, include_in_schema=False)
    app.mount(f"{path.rstrip('/')}/web", files)


def _compressed(response: Response, request: Request) -> Response:
    """A file of text as gzip, where it is taken; its ETag is then a weak one (RFC 9110, 8.8.3)."""
    if not isinstance(response, FileResponse) or Path(response.path).suffix not in TEXTS:
        return response
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" not in request.headers.get("accept-encoding", "") or request.method != "GET":
        return response
    found = Path(response.path).stat()
    headers = {name: value for name, value in response.headers.items() if name not in ("content-length", "etag")}
    headers |= {"Content-Encoding": "gzip", "ETag": f"W/{response.headers['etag']}"}
    return Response(_gzip(str(response.path), found.st_mtime_ns, found.st_size), headers=headers)


@lru_cache(maxsize=256)
def _gzip(path: str, _time: int, _size: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
