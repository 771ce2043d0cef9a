"""How many posts an IP has in flight: taken when a post comes, given back with its answer."""

from __future__ import annotations

from typing import Final

import msgspec

from hive.serving.port import PostCounts

ANSWER_MS_MAX: Final = 60_000
"""A post without an answer for so long does not count any more: its answer was lost."""


class _Slot(msgspec.Struct, frozen=True):
    connection: int
    taken_ms: int


class PostSlots:
    """At most `in_flight_max` per IP."""

    def __init__(self, in_flight_max: int) -> None:
        self._in_flight_max = in_flight_max
        self._peak = 0
        self._refused = 0
        self._slots_by_ip: dict[str, dict[int, _Slot]] = {}
        self._next_slot = 0

    def take(self, ip: str, connection: int, now_ms: int) -> int | None:
        """A slot's number; None when the IP has used all of its."""
        slots = self._slots_by_ip.setdefault(ip, {})
        while slots:
            oldest = next(iter(slots))
            if now_ms - slots[oldest].taken_ms < ANSWER_MS_MAX:
                break
            del slots[oldest]
        if len(slots) >= self._in_flight_max:
            self._refused += 1
            return None
        self._next_slot += 1
        slots[self._next_slot] = _Slot(connection, now_ms)
        self._peak = max(self._peak, len(slots))
        return self._next_slot

    def counts(self) -> PostCounts:
        in_flight = sum(map(len, self._slots_by_ip.values()))
        return PostCounts(in_flight, self._peak, self._refused)

    def give_back(self, ip: str, slot: int) -> None:
        """Idempotent, and nothing for a slot that ran out."""
        slots = self._slots_by_ip.get(ip)
        if slots is not None and slots.pop(slot, None) is not None and not slots:
            del self._slots_by_ip[ip]

    def release(self, ip: str, connection: int) -> None:
        """The socket is gone, and nobody will hear its answers."""
        slots = self._slots_by_ip.get(ip, {})
        for number in [n for n, slot in slots.items() if slot.connection == connection]:
            self.give_back(ip, number)
