"""Prices for judging orders and positions: fresh or none, and exact."""

from __future__ import annotations

from decimal import Decimal

from hive.execution.ports import Marks


class ExactMarks:
    """Turns each float mark into a Decimal once: a tick is answered by many at the same one."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._last: dict[str, tuple[float, Decimal]] = {}

    def px(self, coin: str) -> Decimal | None:
        """The coin's price (USD) by a stream that can be trusted now; None without one."""
        px = self._marks.fresh_mark_px(coin)
        if px is None:
            return None
        last = self._last.get(coin)
        if last is None or last[0] != px:
            last = self._last[coin] = (px, Decimal(repr(px)))
        return last[1]
