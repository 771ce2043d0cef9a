"""A strategy's fault stays its own: it is counted, named, and pauses the strategy when repeated."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

import msgspec

from hive.domain.identifiers import StrategyId
from hive.runtime.ports import Clock
from hive.strategy.fault_texts import fault_text
from hive.strategy.interface import Context
from hive.strategy.limits import HostLimits
from hive.strategy.seat import Seat

NS_BY_MS = 1_000_000

FAULTS = (Exception, SystemExit)
"""What stays the own fault of a strategy's task: it cannot end the process that others trade in."""

Handler = Callable[[Context, Any], None]


class NoteKind(Enum):
    """What a note is about."""

    LOG = "log"
    """The strategy said it itself."""
    STARTED = "started"
    PAUSED = "paused"
    STOPPED = "stopped"
    ERROR = "error"
    SLOW = "slow"
    LATE = "late"


class StrategyNote(msgspec.Struct, frozen=True):
    """Something about a strategy that people should be able to read."""

    now_ms: int
    strategy_id: StrategyId
    kind: NoteKind
    message: str
    fields: dict[str, object] = {}


class Pausing(Protocol):
    """Who can take a strategy out of the running, and tell people."""

    def pause_for_fault(self, seat: Seat, reason: str) -> None: ...

    def note(self, note: StrategyNote) -> None: ...


class Containment:
    """Calls strategies, and answers for what goes wrong in them."""

    __slots__ = ("_clock", "_limits", "_now_ns", "_pausing")

    def __init__(self, clock: Clock, limits: HostLimits, pausing: Pausing) -> None:
        self._clock = clock
        self._now_ns = clock.monotonic_ns
        self._limits = limits
        self._pausing = pausing

    def call(self, seat: Seat, handler: Handler, context: Context, value: Any) -> None:
        """Call one handler of one strategy, timed."""
        seat.direct_calls += 1
        started_ns = self._now_ns()
        try:
            handler(context, value)
        except BaseException as error:  # noqa: BLE001 (see `failed`)
            self.failed(seat, handler_name(handler), error)
        self.timed(seat, handler_name(handler), self._now_ns() - started_ns)

    def failed(self, seat: Seat, place: str, error: BaseException) -> None:
        """A strategy raised at `place`: its handler or task.

        A handler's faults are all its own, a look at something cancelled included, which would
        else end the task that called it; but for who interrupts the process by hand.
        """
        if isinstance(error, KeyboardInterrupt):
            raise error
        seat.errors += 1
        seat.last_error = fault_text(place, error, seat.strategy)
        self._note(seat, NoteKind.ERROR, seat.last_error, error=error)
        if seat.errors_window.is_spent_by(self._now_ns() // NS_BY_MS):
            many = self._limits.errors_max
            self._pausing.pause_for_fault(seat, f"raised {many} times, last in {seat.last_error}")

    def timed(self, seat: Seat, place: str, elapsed_ns: int) -> None:
        """A handler's time was taken."""
        seat.timed(elapsed_ns)
        slow_ms = self._limits.slow_handler_ms
        if elapsed_ns < slow_ms * NS_BY_MS:
            return
        seat.slow_calls += 1
        took_ms = elapsed_ns // NS_BY_MS
        self._note(seat, NoteKind.SLOW, f"{place} took {took_ms} ms; all others waited")
        if seat.slow_window.is_spent_by(self._now_ns() // NS_BY_MS):
            many = self._limits.slow_handlers_max
            self._pausing.pause_for_fault(seat, f"slow {many} times: {place} took {took_ms} ms")

    def refused(self, seat: Seat, reason: str) -> None:
        """An order of the strategy was refused by a rule or limit of ours."""
        seat.refusals += 1
        if seat.refusals_window.is_spent_by(self._now_ns() // NS_BY_MS):
            many = self._limits.refusals_max
            self._pausing.pause_for_fault(seat, f"{many} orders refused in a row: {reason}")

    def _note(self, seat: Seat, kind: NoteKind, message: str, **fields: object) -> None:
        note = StrategyNote(self._clock.now_ms(), seat.strategy_id, kind, message, fields)
        self._pausing.note(note)


def handler_name(handler: Handler) -> str:
    """How people know the handler: `on_bbo` and the like."""
    return str(getattr(handler, "__name__", "handler")).lstrip("_")
