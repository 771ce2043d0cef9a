"""What a client with threads of its own has heard, for whoever waits for it."""

from __future__ import annotations

import threading
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
        with self._changed:
            self._changed.wait_for(lambda: any(map(fits, self._of(name))), WAIT_S_MAX)
            found = next(filter(fits, self._of(name)), None)
            assert found is not None, f"{name}: nothing fits among {self._of(name)[-3:]}"
        return found

    def _of(self, name: str) -> list[Any]:
        return self._messages.get(name, [])
