"""Results as JSON has them, for reports that programs read."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def plain_data(value: Any) -> Any:
    """Data classes as mappings, sequences as lists, times as text (ISO 8601), and what is no finite number as None."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain_data({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {key: plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
