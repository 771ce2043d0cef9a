"""Account states of a little while ago, for reads that lag behind.

Only kept while reads may lag: then every block notes the state of the accounts it changed.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from hive.domain.identifiers import Address

STATES_KEPT: Final = 512
"""Per account; at one per block that is more than half a minute."""


class AccountHistory:
    """States by account, oldest first."""

    def __init__(self) -> None:
        self._states: dict[Address, deque[tuple[int, dict[str, Any]]]] = {}

    def note(self, user: Address, ms: int, state: dict[str, Any]) -> None:
        states = self._states.setdefault(user, deque(maxlen=STATES_KEPT))
        states.append((ms, state))

    def at(self, user: Address, ms: int) -> dict[str, Any] | None:
        """The state that was true then, or the oldest known; None if none is."""
        found = None
        for noted_ms, state in self._states.get(user, ()):
            if noted_ms > ms and found is not None:
                break
            found = state
        return found

    def forget(self) -> None:
        self._states.clear()
