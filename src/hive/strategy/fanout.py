"""One stream's values to every strategy that watches it: a loop of plain calls.

This is the hottest loop of Hive. A plain call costs a thirtieth of a queue or a task, and `try`
costs nothing until something raises. So the loop does nothing but call; what has to be known about
the calls is known otherwise: how many, from the number of values; how long, from a sample.

    value ──▶ handler, handler, handler …
                        │ raises
                        ╰──▶ containment; the loop goes on with the next

The time of a whole round is always taken. After a slow one each handler is timed for a while, which
finds the offender.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from hive.domain.identifiers import StrategyId
from hive.strategy.containment import Containment, Handler, handler_name
from hive.strategy.interface import Context
from hive.strategy.seat import Seat

V = TypeVar("V")

Row = tuple[Handler, Context, Seat]

SAMPLE_EVERY: Final = 64
"""Every so many values, each handler is timed."""

SUSPECT_ROUNDS: Final = 32
"""So many values after a slow round, each handler is timed."""

SLOW_ROUND_NS: Final = 5_000_000


class Fanout(Generic[V]):
    """Who hears one stream, in the order they came."""

    __slots__ = (
        "_containment",
        "_joined_at",
        "_now_ns",
        "_rows",
        "_suspect_rounds",
        "delivered",
        "latest",
        "slow_rounds",
    )

    def __init__(self, now_ns: Callable[[], int], containment: Containment) -> None:
        self._now_ns = now_ns
        self._containment = containment
        self._rows: tuple[Row, ...] = ()
        self._joined_at: dict[StrategyId, int] = {}
        self._suspect_rounds = 0
        self.delivered = 0
        self.latest: V | None = None
        self.slow_rounds = 0

    def __len__(self) -> int:
        return len(self._rows)

    def join(self, seat: Seat, handler: Handler, context: Context) -> None:
        """Call this strategy too, from the next value on. Nothing changes if it is here already."""
        if seat.strategy_id not in self._joined_at:
            self._joined_at[seat.strategy_id] = self.delivered
            self._rows = (*self._rows, (handler, context, seat))

    def leave(self, seat: Seat) -> None:
        """Call this strategy no more. Nothing happens if it is not here.

        The round that is under way goes on with those it began with: whoever leaves does so in its
        own call, or between rounds.
        """
        joined_at = self._joined_at.pop(seat.strategy_id, None)
        if joined_at is not None:
            seat.direct_calls += self.delivered - joined_at
            self._rows = tuple(row for row in self._rows if row[2] is not seat)

    def calls_of(self, seat: Seat) -> int:
        """How often this strategy was called here since it joined."""
        return self.delivered - self._joined_at.get(seat.strategy_id, self.delivered)

    def deliver(self, value: V) -> None:
        """Call everybody with the value."""
        self.latest = value
        self.delivered = delivered = self.delivered + 1
        if self._suspect_rounds or not delivered % SAMPLE_EVERY:
            self._deliver_timed(value)
            return
        started_ns = self._now_ns()
        for handler, context, seat in self._rows:
            try:
                handler(context, value)
            except BaseException as error:  # noqa: BLE001 (see `failed`)
                self._containment.failed(seat, handler_name(handler), error)
        if self._now_ns() - started_ns > SLOW_ROUND_NS:
            self.slow_rounds += 1
            self._suspect_rounds = SUSPECT_ROUNDS

    def _deliver_timed(self, value: V) -> None:
        now_ns = self._now_ns
        containment = self._containment
        first_ns = started_ns = now_ns()
        for handler, context, seat in self._rows:
            try:
                handler(context, value)
            except BaseException as error:  # noqa: BLE001 (see `failed`)
                containment.failed(seat, handler_name(handler), error)
            ended_ns = now_ns()
            containment.timed(seat, handler_name(handler), ended_ns - started_ns)
            started_ns = ended_ns
        if started_ns - first_ns > SLOW_ROUND_NS:
            self.slow_rounds += 1
            self._suspect_rounds = SUSPECT_ROUNDS
        elif self._suspect_rounds:
            self._suspect_rounds -= 1
