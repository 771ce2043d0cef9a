"""How many actions a unified account may send in a day (protocol.md 4)."""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.clock.utc_days import day_of

TOO_MANY: Final = "Too many actions of a unified account today ({} > {})."
"""Ours: what the venue says is not known, nor when its day begins. Here it is the UTC day."""


class DailyActions:
    """The actions of the present day, by account."""

    def __init__(self, actions_max: int) -> None:
        self._actions_max = actions_max
        self._day = 0
        self._counts: dict[Address, int] = {}

    def charge(self, user: Address, now_ms: int) -> str | None:
        """Count an action; or the words for that there were enough."""
        if day_of(now_ms) != self._day:
            self._day = day_of(now_ms)
            self._counts.clear()
        count = self._counts.get(user, 0) + 1
        if count > self._actions_max:
            return TOO_MANY.format(count, self._actions_max)
        self._counts[user] = count
        return None
