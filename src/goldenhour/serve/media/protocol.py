"""What the server and its workers agree on; see `worker` for what is said, `sandbox` for what of it is believed."""

from __future__ import annotations

from typing import Any, Literal

Work = dict[str, Any]  # JSON: the "kind" of the work, its "source", limits, and what else that kind needs
Why = Literal["unreadable", "too large", "disk full"]  # an upload is refused

TARGET = "graded"  # the name of what is made, without its suffix
