"""The insights over HTTP, and their page. Counting takes a thread of its own, and what was counted is kept a while."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query
from starlette.responses import Response

from goldenhour.events import Store
from goldenhour.serve.description import answers
from goldenhour.serve.examples import EXAMPLE_TOOL
from goldenhour.serve.insights.insights import MOST_DAYS, insights
from goldenhour.serve.pages import add_page

WEB = Path(__file__).parent / "web"
KEPT_SECONDS = 5.0
KEPT_TIMES = 10  # what took a second to count is kept so many seconds: a large store is not counted without pause
_COUNTS = {"users": 9, "projects": 12, "completed": 7, "simulated": 0}
_COUNTS |= {"answers": 31, "fallbacks": 0, "repaired": 1, "refused": 2}
_LATENCY = {"answers": 31, "p50": 5.9, "p95": 11.2, "p99": 14.8}
_EXAMPLE = {
    "days": 1,
    "first": "2026-11-28",
    "last": "2026-11-28",
    "at": "2026-11-28T16:00:00+00:00",
    "total": {**_COUNTS, "completion_rate": 0.583333, "completion_low": 0.319511, "completion_high": 0.80674},
    "daily": [{"day": "2026-11-28", **_COUNTS}],
    "newest": {"answers": 31, "all": True},
    "latency": {**_LATENCY, "daily": [{"day": "2026-11-28", **_LATENCY}]},
    "tools": [{"tool": EXAMPLE_TOOL, "answers": 30}],
    "sources": [
        {
            "source_model": "direct",
            "source_version": "5e1c0de5a3b7",
            "answers": 31,
            "fallbacks": 0,
            "repaired": 1,
            "refused": 2,
        }
    ],
    "teach_next": [
        {
            "intent": "noir",
            "shown": 40,
            "exported": 3,
            "rate": 0.075,
            "at_most": 0.1987,
            "usual": 0.45,
            "missing": 10.052,
        }
    ],
    "experiments": [
        {
            "name": "student against teacher",
            "since": "2026-11-01T09:00:00+00:00",
            "ended": None,
            "running": True,
            "arms": [
                {"arm": "teacher", "weight": 0.5, "users": 4, "projects": 5},
                {"arm": "student", "weight": 0.5, "users": 5, "projects": 7},
            ],
        }
    ],
}


class Counter:
    """Counts one question at a time; those who ask meanwhile, or soon after, get the same answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, "insights")
        self._lock = asyncio.Lock()
        self._kept: dict[int, tuple[float, bytes]] = {}  # by days: until when, and what was counted

    async def count(self, days: int) -> bytes:
        """The insights of so many days, as JSON; raises StoreError."""
        async with self._lock:
            until, counted = self._kept.get(days, (0.0, b""))
            if time.monotonic() < until:
                return counted
            began = time.monotonic()
            counted = await asyncio.get_running_loop().run_in_executor(self._thread, self._count, days)
            now = time.monotonic()
            self._kept = {other: kept for other, kept in self._kept.items() if kept[0] > now}
            self._kept[days] = now + max(KEPT_SECONDS, KEPT_TIMES * (now - began)), counted
            return counted

    def _count(self, days: int) -> bytes:
        return json.dumps(insights(self._store, days), ensure_ascii=False).encode()

    def close(self) -> None:
        """Let go of the thread; what is being counted is waited for."""
        self._thread.shutdown(cancel_futures=True)


def add_insights(app: FastAPI, counter: Counter) -> None:
    """The page at ``/insights``, its modules, and what it shows at ``/v1/insights``."""
    router = APIRouter()

    @router.get(
        "/v1/insights",
        summary="What the event store says of the last days",
        tags=["watching"],
        responses=answers(_EXAMPLE, "The insights.", problems=(422,)),
    )
    async def counted(
        days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Whole days in UTC.")] = 30,
    ) -> Response:
        """Traffic, completion, latency, tools, what to teach next, experiments; counted anew at most every 5 s."""
        return Response(await counter.count(days), media_type="application/json")

    app.include_router(router)
    add_page(app, "/insights", WEB)
