"""What a client with threads of its own has heard, for whoever waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

WAIT_S_MAX = 15.0


class Heard:
    """What the subscriptions brought, by name; anybody may wait for more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._messages: dict[str, list[Any]] = {}

    def listener(self, name: str) -> Callable[[Any], None]:
        def hear(message: Any) -> None:
            with self._changed:
                self._messages.setdefault(name, []).append(message)
                self._changed.notify_all()

        return hear

    def until(self, name: str, fits: Callable[[Any], bool]) -> Any:
        """The first message that fits, awaited for a bounded time."""
        deadline = time.monotonic() + WAIT_S_MAX
        with self._changed:
            while True:
                for message in self._messages.get(name, []):
                    if fits(message):
                        return message
                left_s = deadline - time.monotonic()
                assert left_s > 0, f"{name}: nothing fits among {self._messages.get(name, [])[-3:]}"
                self._changed.wait(left_s)
