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
from goldenhour.serve.insights.insights import MOST_DAYS, insights
from goldenhour.serve.pages import add_page

WEB = Path(__file__).parent / "web"
KEPT_SECONDS = 5.0
KEPT_TIMES = 10  # what took a second to count is kept so many seconds: a large store is not counted without pause


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

    @router.get("/v1/insights", summary="What the event store says of the last days", tags=["watching"])
    async def counted(
        days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="Whole days in UTC.")] = 30,
    ) -> Response:
        """Traffic, completion, latency, tools, what to teach next, experiments; counted anew at most every 5 s."""
        return Response(await counter.count(days), media_type="application/json")

    app.include_router(router)
    add_page(app, "/insights", WEB)
