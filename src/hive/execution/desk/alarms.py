"""What a person must hear about an account, each thing once."""

from __future__ import annotations

from collections import deque
from typing import Final

ALARMS_KEPT_MAX: Final = 50


class Alarms:
    """The latest texts. One that is among them already is not sounded again: a storm hides."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque(maxlen=ALARMS_KEPT_MAX)
        self.sounded = 0
        self.repeated = 0

    @property
    def recent(self) -> tuple[str, ...]:
        """The latest, oldest first."""
        return tuple(self._kept)

    def sound(self, text: str) -> None:
        """Say it, unless it was said lately."""
        if text in self._kept:
            self.repeated += 1
            return
        self._kept.append(text)
        self.sounded += 1
