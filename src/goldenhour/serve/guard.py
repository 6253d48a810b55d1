"""The door: who may come in, how much at once, how large, and how slowly. Plain ASGI, since every request passes it."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import socket
from collections.abc import Mapping
from time import monotonic, perf_counter
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldenhour.serve.metrics import Metrics
from goldenhour.serve.pages import SECURITY_HEADERS
from goldenhour.serve.problems import Problem, busy, problem_of
from goldenhour.serve.settings import Limits, Settings, is_loopback
from goldenhour.tools.sentences import shorten

COOKIE = "goldenhour_token"
COOKIE_SECONDS = 30 * 24 * 3600
OPEN = ("/healthz",)  # without the token, for whoever watches over the server
UPLOADS = ("/v1/render", "/v1/proxies", "/v1/videos")  # bodies that are files
SLOWEST = 10_000  # bytes a second of a body, beyond the patience for its first piece
DRAINED = 16_000_000  # bytes that are thrown away so that the sender hears why
DRAINING_SECONDS = 2
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Guard:
    """Refuses what must not come in; counts and times what does. ``file_bytes``: of a body that is a file."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, file_bytes: int = 0):
        self._app, self._metrics, self._file_bytes = app, metrics, file_bytes
        self._limits = settings.limits
        self._token = settings.token.encode()
        self._outer = {name.lower() for name in settings.names}
        self._names = {*LOOPBACK, settings.host.lower(), *self._outer}
        self._reachable = not is_loopback(settings.host)
        if self._reachable:
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}
        self._in_flight = 0
        metrics.watch("in_flight", "Requests being answered.", lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, visit = perf_counter(), _Visit(scope, receive, send, self._limits, self._most(scope))
        counted = not scope["path"].endswith("/events")  # a stream of progress lasts, and does nothing
        self._in_flight += counted
        try:
            await self._admit(visit, scope)
        finally:
            self._in_flight -= counted
            route = getattr(scope.get("route"), "path", None) or ("/web" if "/web/" in scope["path"] else "other")
            self._metrics.requests.labels(route, _method(scope), str(visit.status)).inc()
            if counted:
                self._metrics.seconds.labels(route).observe(perf_counter() - began)

    def _most(self, scope: Scope) -> int:
        """Bytes that a body may have."""
        return self._file_bytes if scope["path"].startswith(UPLOADS) else self._limits.json_bytes

    async def _admit(self, visit: _Visit, scope: Scope) -> None:
        headers = Headers(scope=scope)
        try:
            if self._in_flight > self._limits.in_flight and scope["path"] not in OPEN:
                self._metrics.turned_away.inc()
                raise busy("too much is asked at once; ask again in a second")
            self._check_where(scope, headers)
            if response := self._check_token(scope, headers):
                await visit.respond(response)
                return
            visit.check_length(headers)
            await self._app(scope, visit.receive, visit.send)
            await visit.finish()
        except _GoneError:
            pass
        except Exception as error:
            await visit.refuse(problem_of(error))

    def _check_where(self, scope: Scope, headers: Headers) -> None:
        """A page elsewhere must not get in through a browser here: by a name of its own, or by asking across sites."""
        hosts = headers.getlist("host")
        if len(hosts) != 1:
            raise Problem(400, "a request names one host")
        if not self._is_known(hosts[0]):
            raise Problem(
                403, f"this server is not known as {shorten(hosts[0])}; if it should be, start it with --name"
            )
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin, hosts[0]):
            raise Problem(403, f"pages of {shorten(origin)} may not ask this server")
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not _opens_page(scope, headers):
            raise Problem(403, "pages of other sites may not ask this server")

    def _is_known(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name.rstrip(".") in self._names or (self._reachable and _is_address(name))

    def _is_own(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
            return parts.scheme in ("http", "https") and (
                parts.netloc.lower() == host.lower() or parts.hostname in self._outer
            )
        except ValueError:
            return False

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        """A redirect, if the request brings the token in a page's address; raises Problem if it brings none."""
        if not self._token or scope["path"] in OPEN:
            return None
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["method"] == "GET" and not scope["path"].startswith("/v1/") and "token" in query:
            if self._is_token(query.pop("token").replace(" ", "+")):  # a plus reads as a space, which no token has
                return self._with_cookie(scope, query)
        elif any(self._is_token(given) for given in _tokens(headers)):
            return None
        raise Problem(
            401,
            "this server needs its token: send it as Authorization: Bearer TOKEN, "
            "or open /?token=TOKEN, percent-encoded, in a browser",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token)

    def _with_cookie(self, scope: Scope, query: Mapping[str, str]) -> Response:
        place = "/" + quote(scope["path"].lstrip("/\\"))  # "//elsewhere" is another site
        response = RedirectResponse(f"{place}?{urlencode(query)}" if query else place, 303)
        response.set_cookie(
            COOKIE,
            self._token.decode(),
            COOKIE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=scope["scheme"] == "https",
        )
        return response


class _GoneError(Exception):
    """Nobody is there any more."""


class _Visit:
    """One request's body and response: held to the limits, and the response dressed in the security headers."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits, most: int):
        self._scope, self._receive, self._send = scope, receive, send
        self._limits, self._most = limits, most
        self._began, self._read, self._more = monotonic(), 0, True
        self._refusal: Problem | None = None
        self.status = 0  # of the response, once it has begun

    def check_length(self, headers: Headers) -> None:
        """Raise Problem if the body says that it is too large."""
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._most:
            raise self._too_large()

    async def receive(self) -> Message:
        """The next piece of the body; what the app makes of an exception from here, ``send`` replaces."""
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout(self._patience()):
                message = await self._receive()
        except TimeoutError:
            self._refusal = Problem(408, "the rest of the request did not come in time; send it again")
            raise self._refusal from None
        self._read += len(message.get("body", b""))
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        if self._read > self._most:
            self._refusal = self._too_large()
            raise self._refusal
        return message

    async def send(self, message: Message) -> None:
        """A piece of the response; dropped where the request has been refused before it began."""
        if self._refusal and not self.status:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        try:
            await self._send(message)
        except RuntimeError:  # of uvloop, where several requests came in one piece and their sender has gone
            raise _GoneError from None

    async def respond(self, response: Response) -> None:
        """Send a whole response."""
        self._refusal = None
        await response(self._scope, self._receive, self.send)

    async def finish(self) -> None:
        """Say what was refused on the way, where the app has made something else of it."""
        if self._refusal:
            await self.refuse(self._refusal)

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless the response has begun; a body that is still coming is thrown away first."""
        if self.status:
            return
        problem = self._refusal or problem
        if self._more and problem.status in (401, 403, 413):
            await self._drain()
        if self._more and problem.status in (401, 403, 408, 413):
            problem.headers["Connection"] = "close"
        await self.respond(problem.response(self._scope["path"]))

    async def _drain(self) -> None:
        drained = 0
        try:
            async with asyncio.timeout(DRAINING_SECONDS):
                while self._more and drained < DRAINED:
                    message = await self._receive()
                    drained += len(message.get("body", b""))
                    self._more = message["type"] == "http.request" and message.get("more_body", False)
        except TimeoutError:
            pass

    def _patience(self) -> float:
        allowed = self._limits.body_seconds + self._read / SLOWEST
        return max(0.0, self._began + allowed - monotonic())

    def _too_large(self) -> Problem:
        return Problem(413, f"the body is larger than the {self._most / 1e6:g} MB that are taken here; send less")


def _tokens(headers: Headers) -> list[str]:
    """What may be the token: of the header, of the cookie."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    found = [given.strip()] if scheme.lower() == "bearer" else []
    cookies = cookie_parser(headers.get("cookie", ""))  # as browsers read it: cookies of others may be of any form
    return [*found, cookies[COOKIE]] if COOKIE in cookies else found


def _opens_page(scope: Scope, headers: Headers) -> bool:
    """Whether somebody follows a link to a page of ours, which does nothing by itself."""
    return (
        scope["method"] == "GET"
        and not scope["path"].startswith("/v1/")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _method(scope: Scope) -> str:
    """The method, of which clients may invent any number."""
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "?"
