"""What was used most recently, up to a weight."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that forgets what has not been used for longest. For one thread: that of the event loop."""

    def __init__(self, most: int):
        self._most, self._weight = most, 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """What is kept under a key, which has now been used."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Keep a value; one that weighs more than all may is not kept."""
        if key in self._entries:
            self._weight -= self._entries.pop(key)[1]
        if weight > self._most:
            return
        self._entries[key] = value, weight
        self._weight += weight
        while self._weight > self._most:
            _, (_, lighter) = self._entries.popitem(last=False)
            self._weight -= lighter
