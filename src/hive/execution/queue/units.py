"""Orders that leave in one signed action or not at all.

While they wait, the first waits for all: it alone stands in the lane, so a unit is taken whole or
stays whole, and whatever ends one of them before they are sent ends all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.domain.identifiers import Cloid
from hive.execution.queue.lane import Waiting

UNIT_ORDERS_MAX: Final = 40
"""Well inside one action: a unit is never cut."""


class Units:
    """The units of one account that have not been sent."""

    def __init__(self) -> None:
        self._cloids_by_first: dict[Cloid, tuple[Cloid, ...]] = {}
        self._first_by_cloid: dict[Cloid, Cloid] = {}
        self.are_waiting = False
        """Whether there is any unit; to be read only."""

    def add(self, cloids: tuple[Cloid, ...]) -> None:
        """These go together, in this order."""
        assert 0 < len(cloids) <= UNIT_ORDERS_MAX
        self._cloids_by_first[cloids[0]] = cloids
        self.are_waiting = True
        for cloid in cloids:
            self._first_by_cloid[cloid] = cloids[0]

    def led_by(self, cloid: Cloid) -> tuple[Cloid, ...]:
        """The unit that waits under this order's name; empty if none does."""
        return self._cloids_by_first.get(cloid, ())

    def dissolve(self, cloid: Cloid) -> tuple[Cloid, ...]:
        """Whoever goes or ends with this order, itself included; they are no unit any more."""
        first = self._first_by_cloid.get(cloid)
        if first is None:
            return (cloid,)
        cloids = self._cloids_by_first.pop(first)
        self.are_waiting = bool(self._cloids_by_first)
        for each in cloids:
            del self._first_by_cloid[each]
        return cloids

    def folded(self, entries: Iterable[Waiting]) -> list[Waiting]:
        """What goes back into the lanes: of each unit the first."""
        return [
            entry
            for entry in entries
            if self._first_by_cloid.get(entry.cloid, entry.cloid) == entry.cloid
        ]
