"""Prices for judging orders and positions: fresh or none, and exact."""

from __future__ import annotations

from decimal import Decimal

from hive.execution.ports import Marks


class ExactMarks:
    """Looks each mark up, and makes a Decimal of it, once: a tick is answered by many."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._last: dict[str, tuple[float, Decimal]] = {}
        self._px_by_coin: dict[str, Decimal | None] = {}
        """What was asked for since anything changed."""
        self._changes = -1

    def px(self, coin: str) -> Decimal | None:
        """The coin's price (USD) by a stream that can be trusted now; None without one."""
        changes, known = self._marks.changes, self._px_by_coin
        if changes != self._changes:
            self._changes = changes
            known.clear()
        if coin in known:
            return known[coin]
        found = known[coin] = self._looked_up(coin)
        return found

    def _looked_up(self, coin: str) -> Decimal | None:
        px = self._marks.fresh_mark_px(coin)
        if px is None:
            return None
        last = self._last.get(coin)
        if last is None or last[0] != px:
            last = self._last[coin] = (px, Decimal(repr(px)))
        return last[1]
