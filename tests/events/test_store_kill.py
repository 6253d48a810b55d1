"""A process that is killed in the middle of writing leaves a whole store, and the same work again completes it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from happenings import contents, days
from sqlalchemy import text

from goldenhour.events import open_store

PROJECTS = 3000
WRITE = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent)]!r}
from goldenhour.events import open_store, store
from happenings import days
store.BATCH = 100
with open_store(sys.argv[1]) as opened:
    print("open", flush=True)
    opened.write(days({PROJECTS}))
"""


@pytest.mark.parametrize("seconds", [0.05, 0.4])
def test_killed_while_writing(store_url, seconds):
    with open_store(store_url):
        pass
    with subprocess.Popen([sys.executable, "-c", WRITE, store_url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "open\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    with open_store(store_url) as store:
        if not store_url.startswith("postgresql"):
            with store.reading() as connection:
                assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        assert store.counts().projects < PROJECTS
        for name, query in CONSISTENT.items():
            with store.reading() as connection:
                assert connection.scalar(text(query)) == 0, name
        store.write(days(PROJECTS))
        completed = contents(store)
        assert len(completed["projects"]) == len(completed["answers"]) == PROJECTS
        store.write(days(PROJECTS))
        assert contents(store) == completed


CONSISTENT = {
    "recipes of answers": "SELECT COUNT(*) FROM answers WHERE recipe NOT IN (SELECT hash FROM recipes)",
    "recipes of exports": "SELECT COUNT(*) FROM exports WHERE recipe NOT IN (SELECT hash FROM recipes)",
    "parts": "SELECT COUNT(*) FROM recipe_parts WHERE part NOT IN (SELECT hash FROM parts)",
    "tools": "SELECT COUNT(*) FROM (SELECT recipe FROM recipe_parts GROUP BY recipe HAVING COUNT(*) <> 3) AS few",
}
