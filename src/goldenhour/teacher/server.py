"""The practice teacher over HTTP on loopback, in OpenAI's protocol, with faults on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from goldenhour.teacher.errors import TeacherError
from goldenhour.teacher.faults import Faults, damage
from goldenhour.teacher.practice import MODEL, PracticeTeacher, completion

HOST = "127.0.0.1"
HOSTS = ("127.0.0.1", "localhost")  # what a request may call this machine: pages elsewhere cannot get in by a name
LARGEST = 1_000_000  # bytes of a request


@dataclass(frozen=True)
class Manner:
    """How the practice server behaves."""

    faults: Faults = field(default_factory=Faults)
    delay: float = 0.0  # seconds before each reply
    calls: bool = True  # whether it understands `tools`
    schema: bool = True  # whether it understands `response_format`
    key: str = field(default="", repr=False)  # if set, requests need it
    retry_after: float = 1.0  # seconds, with 429
    retry_after_date: bool = False  # says it as a date
    seed: int = 0


class PracticeServer(ThreadingHTTPServer):
    """Serves until it is shut down; ``url`` is what the teacher's URL is to be set to."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, manner: Manner | None = None, teacher: PracticeTeacher | None = None):
        self.manner = manner or Manner()
        self.teacher = teacher or PracticeTeacher()
        self.lock = threading.Lock()
        self.attempts: Counter[bytes] = Counter()  # how often each request was made
        self.replies = 0  # with status 200, faulty ones included
        self.requests = 0
        self.at_once = 0
        self.most_at_once = 0
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise TeacherError(f"port {port} cannot be used: {error.strerror}; choose another --port") from None
        except OverflowError:
            raise TeacherError(f"port {port} is none; choose 0 to 65535") from None
        self.url = f"http://{HOST}:{self.server_address[1]}/v1"

    def attempt(self, body: bytes) -> int:
        """Which time this request is made."""
        with self.lock:
            self.requests += 1
            self.attempts[hashlib.sha256(body).digest()] += 1
            return self.attempts[hashlib.sha256(body).digest()]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client has gone away."""


class _Handler(BaseHTTPRequestHandler):
    server: PracticeServer
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True  # head and body go out at once

    def do_GET(self) -> None:
        if self._may_enter():
            if self.path.rstrip("/") == "/v1/models":
                self._send(
                    200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "goldenhour"}]}
                )
            else:
                self._refuse(404, "there is nothing here; ask /v1/chat/completions")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            return self._refuse(413, f"a request has a Content-Length of at most {LARGEST:,} bytes")
        body = self.rfile.read(int(length))
        if not self._may_enter():
            return None
        if self.path.rstrip("/") != "/v1/chat/completions":
            return self._refuse(404, "there is nothing here; ask /v1/chat/completions")
        server = self.server
        with server.lock:
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
        try:
            self._answer(body)
        finally:
            with server.lock:
                server.at_once -= 1
        return None

    def _answer(self, body: bytes) -> None:
        manner = self.server.manner
        time.sleep(manner.delay)
        attempt = self.server.attempt(body)
        chance = random.Random(f"{manner.seed} {attempt} {hashlib.sha256(body).hexdigest()}")  # noqa: S311
        fault = manner.faults.choose(chance)
        if fault == "rate_429":
            wait = formatdate(time.time() + manner.retry_after, usegmt=True) if manner.retry_after_date else ""
            return self._refuse(429, "too many requests", {"Retry-After": wait or f"{manner.retry_after:g}"})
        if fault == "rate_500":
            return self._refuse(500, "something went wrong, on purpose")
        try:
            request = json.loads(body)
            if refused := self._not_understood(request):
                return self._refuse(400, refused, param=refused.split()[0])
            with self.server.lock:
                message = self.server.teacher.reply(request)
                self.server.replies += 1
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return self._refuse(400, f"this is no chat completion request: {error!r}")
        if fault and fault != "cut":
            message = damage(message, fault, chance)
        answer = completion(request, message, self.server.replies, fault == "truncated")
        return self._cut(answer) if fault == "cut" else self._send(200, answer)

    def _not_understood(self, request: Mapping[str, Any]) -> str:
        manner = self.server.manner
        if "tools" in request and not manner.calls:
            return "tools are not supported by this model"
        if "response_format" in request and not manner.schema:
            return "response_format is not supported by this model"
        return ""

    def _may_enter(self) -> bool:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in HOSTS:
            self._refuse(403, "this server is for this machine only")
            return False
        key = self.server.manner.key
        if key and not hmac.compare_digest(self.headers.get("Authorization", "").encode(), f"Bearer {key}".encode()):
            self._refuse(401, "the API key is wrong")
            return False
        return True

    def _refuse(self, status: int, sentence: str, headers: Mapping[str, str] | None = None, param: str = "") -> None:
        error = {"message": sentence, "type": "invalid_request_error", "param": param or None, "code": None}
        self._send(status, {"error": error}, headers)

    def _send(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")
        self._head(status, len(body), headers)
        self.wfile.write(body)

    def _head(self, status: int, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self, data: Any) -> None:
        """Promise a whole reply, send half of it, and hang up."""
        body = json.dumps(data).encode()
        self._head(200, len(body))
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Log nothing."""
