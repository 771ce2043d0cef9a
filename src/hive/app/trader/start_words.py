"""What a start waits for, said as soon as it takes long, and now and then until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 2.0
AGAIN_S: Final = 10.0


class StartWords:
    """Of one start. `begin` once, `end` once."""

    def __init__(self, waits_for: Callable[[], str], say: Callable[[str], None]) -> None:
        self._waits_for = waits_for
        self._say = say
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The start begins now."""
        self._wait(PATIENCE_S)

    def end(self) -> None:
        """It is over, however it went. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tell)

    def _tell(self) -> None:
        self._say(f"waiting for {self._waits_for()}")
        self._wait(AGAIN_S)
