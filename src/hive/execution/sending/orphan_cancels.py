"""Legs that rest at the venue and that no order of ours answers for: to be cancelled by their oid.

A cancel may be lost or refused like anything else. So a leg is kept until the venue has said that
there is nothing left to cancel, and its cancel sent again, ever less often: twice harms nobody.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Oid


class Orphan(msgspec.Struct):
    """A leg. `due_ms` is when its cancel is sent next."""

    coin: str
    due_ms: int = 0
    tries: int = 0


class OrphanCancels:
    """One account's. Times are monotonic milliseconds."""

    AGAIN_MS: Final = 2_000
    """Doubled each time."""
    TRIES_MAX: Final = 8
    """Over four minutes; if it rests still, the next list of open orders brings it back."""

    def __init__(self) -> None:
        self.wanted: dict[Oid, Orphan] = {}
        """To be read only."""

    def want(self, oid: Oid, coin: str) -> bool:
        """Have a leg cancelled; whether that is news."""
        is_news = oid not in self.wanted
        if is_news:
            self.wanted[oid] = Orphan(coin)
        return is_news

    def due(self, now_ms: int) -> list[tuple[Oid, str]]:
        """What is to be cancelled now, with its coin."""
        return [(oid, each.coin) for oid, each in self.wanted.items() if each.due_ms <= now_ms]

    def next_ms(self) -> int | None:
        """When something is due; None if nothing is wanted."""
        return min((each.due_ms for each in self.wanted.values()), default=None)

    def sent(self, oid: Oid, now_ms: int) -> None:
        """A cancel has left: again if nothing is heard of it."""
        orphan = self.wanted[oid]
        orphan.due_ms = now_ms + (self.AGAIN_MS << orphan.tries)
        orphan.tries += 1
        if orphan.tries >= self.TRIES_MAX:
            del self.wanted[oid]

    def is_gone(self, oid: Oid) -> None:
        """The venue has cancelled it, or knows nothing to cancel."""
        self.wanted.pop(oid, None)
