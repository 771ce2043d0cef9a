"""Statuses whose word nobody has told us the meaning of: the venue's set of words grows.

A word says nothing by itself. Its order is asked for, once; fills go on being booked, and may end
it. If the list of open orders does not show it either, and the venue still says the same when it
is asked later than any answer is old, then two sources agree that the order is over.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Cloid
from hive.domain.orders import OrderReport, ReportKind
from hive.execution.orders.recently_seen import RecentlySeen

STRANGE_MAX: Final = 1_000


class _Strange:
    __slots__ = ("report", "unlisted_ms")

    def __init__(self, report: OrderReport) -> None:
        self.report = report
        self.unlisted_ms: int | None = None


class StrangeWords:
    """Of one account's orders. Times are monotonic milliseconds."""

    def __init__(self) -> None:
        self._by_cloid: RecentlySeen[Cloid, _Strange] = RecentlySeen(STRANGE_MAX)
        self.heard = 0

    def hear(self, cloid: Cloid, report: OrderReport) -> bool:
        """Take note of a word; whether it is news of this order."""
        self.heard += 1
        strange = self._by_cloid.get(cloid)
        if strange is None:
            self._by_cloid.add(cloid, _Strange(report))
            return True
        is_news = (strange.report.oid, strange.report.status) != (report.oid, report.status)
        strange.report = report
        return is_news

    def listed(self, cloid: Cloid, asked_ms: int, *, is_shown: bool) -> None:
        """The list of open orders, asked for then, shows the order or does not."""
        strange = self._by_cloid.get(cloid)
        if strange is None:
            return
        if is_shown:
            strange.unlisted_ms = None
        elif strange.unlisted_ms is None:
            strange.unlisted_ms = asked_ms

    def judged(self, cloid: Cloid, report: OrderReport, asked_ms: int, lag_ms: int) -> OrderReport:
        """A status that was asked for then; as an end, if that is what the word must mean.

        `lag_ms` is how old an answer may be.
        """
        strange = self._by_cloid.get(cloid)
        if report.kind is not ReportKind.UNKNOWN or strange is None:
            return report
        unlisted_ms = strange.unlisted_ms
        if unlisted_ms is None or asked_ms - unlisted_ms < lag_ms:
            return report
        return msgspec.structs.replace(report, kind=ReportKind.CANCELED)
