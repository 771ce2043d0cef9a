"""Many strategies in one process: started, called, timed, contained, paused and stopped.

    market data ──▶ board ──▶ fan-out ──▶ handler … handler        one registration for each stream
    order desk  ──▶ seat's listener ──▶ on_order, on_fill
    timer queue ──▶ on_timer                                       one alarm for all timers

Everything is a plain call on the loop. What a strategy opens is booked under its seat, so that
pausing or stopping it closes all of it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from hive.domain.errors import CallerError, LimitReached
from hive.domain.identifiers import StrategyId
from hive.runtime.ports import Clock
from hive.strategy.containment import FAULTS, NS_BY_MS, Containment, NoteKind, StrategyNote
from hive.strategy.handler_check import handler_faults
from hive.strategy.interface import Strategy
from hive.strategy.limits import HostLimits
from hive.strategy.ports import DeskPort, MarketDataPort, TaskPort
from hive.strategy.seat import Seat, SeatState, StrategySnapshot
from hive.strategy.seat_context import SeatContext
from hive.strategy.seat_listener import SeatListener
from hive.strategy.timers import TimerQueue
from hive.strategy.views import position_view
from hive.strategy.watching import StreamBoard, StreamKey

NOTES_KEPT_MAX: Final = 500
DEFAULT_LIMITS: Final = HostLimits()
STARTS_PER_TURN: Final = 50
"""So many strategies are started before the loop has a turn for others."""


class HostSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How the host and everybody in it stand."""

    strategies: tuple[StrategySnapshot, ...]
    streams: int
    timers: int
    timers_missed: int
    notes: tuple[StrategyNote, ...]
    """The last ones, oldest first."""


class StrategyHost:
    """Runs strategies against one market and one desk (or a desk each, given to `add`)."""

    def __init__(
        self,
        market_data: MarketDataPort,
        desk: DeskPort,
        clock: Clock,
        tasks: TaskPort,
        *,
        limits: HostLimits = DEFAULT_LIMITS,
        on_note: Callable[[StrategyNote], None] | None = None,
    ) -> None:
        """`on_note` hears everything that people should be able to read; it must not raise."""
        self._market_data = market_data
        self._desk = desk
        self._clock = clock
        self._tasks = tasks
        self._limits = limits
        self._on_note = on_note
        self._containment = Containment(clock, limits, self)
        self._board = StreamBoard(
            market_data, self._containment, now_ns=clock.monotonic_ns, later=_later
        )
        self._timers = TimerQueue()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_due_ms = 0
        self._seats: dict[StrategyId, Seat] = {}
        self._contexts: dict[StrategyId, SeatContext] = {}
        self._notes: deque[StrategyNote] = deque(maxlen=NOTES_KEPT_MAX)
        self._is_started = False

    # --- who is here ------------------------------------------------------------------------------

    def add(
        self,
        strategy_id: StrategyId,
        strategy: Strategy[Any],
        quota: object = None,
        *,
        desk: DeskPort | None = None,
        coins: Iterable[str] = (),
    ) -> None:
        """Take a strategy in; it starts at once if the host has started, else with it.

        `coins` are those that it traded under this name before.

        Raises:
            CallerError: the name is taken, or a handler is written so that it would never run.
            LimitReached: the host is full.
        """
        if strategy_id in self._seats:
            raise CallerError(f"a strategy is called {strategy_id} already")
        if len(self._seats) >= self._limits.strategies_max:
            raise LimitReached("strategies_max", f"{len(self._seats)} strategies are here")
        for fault in handler_faults(type(strategy)):
            raise CallerError(f"{strategy_id}: {type(strategy).__name__}.{fault.message}")
        seat = Seat(strategy_id, strategy, desk or self._desk, self._limits)
        seat.coins.update(dict.fromkeys(coins))
        context = SeatContext(seat, self)
        seat.desk.register(strategy_id, SeatListener(seat, context, self._containment), quota)
        self._seats[strategy_id] = seat
        self._contexts[strategy_id] = context
        if self._is_started:
            self._start(seat)

    def remove(self, strategy_id: StrategyId, *, reason: str = "removed") -> None:
        """Stop a strategy and forget it. Its position stays with the desk, under its name."""
        self.stop_one(strategy_id, reason=reason)
        del self._seats[strategy_id], self._contexts[strategy_id]

    async def start(self) -> None:
        """Start everybody, in the order they were added. Idempotent."""
        self._is_started = True
        for number, seat in enumerate(list(self._seats.values()), start=1):
            if seat.state is SeatState.ADDED:
                self._start(seat)
            if number % STARTS_PER_TURN == 0:
                await asyncio.sleep(0)

    def why_none_runs(self) -> str | None:
        """The first strategy's reason, if there are strategies and not one of them runs."""
        seats = list(self._seats.values())
        if not seats or any(seat.is_running for seat in seats):
            return None
        return f"{seats[0].strategy_id}: {seats[0].reason}"

    async def stop(self) -> None:
        """Stop everybody, the youngest first; their orders' cancels are with the desk on return.

        Idempotent.
        """
        self._is_started = False
        for strategy_id in reversed(list(self._seats)):
            self.stop_one(strategy_id)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        await asyncio.sleep(0)  # canceled tasks take this turn to end

    # --- one of them ------------------------------------------------------------------------------

    def pause(self, strategy_id: StrategyId, *, reason: str = "by hand") -> None:
        """Close what it opened and cancel its orders; it hears nothing until `resume`.

        Nothing happens if it is not running.
        """
        seat = self._seat(strategy_id)
        if seat.is_running:
            seat.move(SeatState.PAUSED, reason)
            self._board.leave_all(seat)
            self._cancel_work(seat)
            self._tell(seat, NoteKind.PAUSED, reason)

    def resume(self, strategy_id: StrategyId) -> None:
        """Start a paused strategy again (`on_start`); nothing happens if it is not paused."""
        seat = self._seat(strategy_id)
        if seat.state is SeatState.PAUSED:
            for window in (seat.errors_window, seat.slow_window, seat.refusals_window):
                window.clear()
            self._start(seat)

    def stop_one(self, strategy_id: StrategyId, *, reason: str = "stopped") -> None:
        """End a strategy: close what it opened, cancel its orders, call `on_stop`. Idempotent."""
        seat = self._seat(strategy_id)
        if seat.state is SeatState.RUNNING:
            seat.move(SeatState.STOPPING, reason)
            self._cancel_work(seat)
            context = self._contexts[strategy_id]
            self._containment.call(seat, _on_stop, context, seat.strategy)
            self._board.leave_all(seat)  # only now: whoever flattens wants to see prices
        if seat.state is not SeatState.STOPPED:
            seat.move(SeatState.STOPPED, reason)
            self._tell(seat, NoteKind.STOPPED, reason)

    def _start(self, seat: Seat) -> None:
        seat.move(SeatState.RUNNING)
        self._tell(seat, NoteKind.STARTED, "running")
        errors = seat.errors
        self._containment.call(seat, _on_start, self._contexts[seat.strategy_id], seat.strategy)
        if seat.errors > errors:  # half a start is no start
            self.pause(seat.strategy_id, reason=f"could not start: {seat.last_error}")

    def _cancel_work(self, seat: Seat) -> None:
        """Timers, tasks and orders."""
        self._timers.cancel_all(seat.strategy_id)
        tasks, seat.tasks = seat.tasks, {}
        for handle, work in tasks.values():
            handle.cancel()
            if inspect.getcoroutinestate(work) == inspect.CORO_CREATED:
                work.close()  # it will never begin
        seat.desk.cancel_all(seat.strategy_id)

    def _seat(self, strategy_id: StrategyId) -> Seat:
        try:
            return self._seats[strategy_id]
        except KeyError:
            raise CallerError(f"no strategy is called {strategy_id}") from None

    # --- what containment asks --------------------------------------------------------------------

    def pause_for_fault(self, seat: Seat, reason: str) -> None:
        """Take a strategy out that has gone wrong once too often."""
        self.pause(seat.strategy_id, reason=reason)

    def note(self, note: StrategyNote) -> None:
        """Keep a note, and pass it on."""
        self._notes.append(note)
        if self._on_note is not None:
            self._on_note(note)

    def _tell(self, seat: Seat, kind: NoteKind, message: str, /, **fields: object) -> None:
        self.note(
            StrategyNote(self._clock.now_ms(), seat.strategy_id, kind, message, fields),
        )

    # --- what contexts ask ------------------------------------------------------------------------

    @property
    def market_data(self) -> MarketDataPort:
        return self._market_data

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def monotonic_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS

    def watch(self, seat: Seat, key: StreamKey, warmup: int = 0) -> None:
        """Have a strategy hear a stream, and of its coin's condition."""
        if self._board.watches_of(seat) >= self._limits.watches_max:
            raise LimitReached("watches_max", f"{seat.strategy_id} watches too many streams")
        context = self._contexts[seat.strategy_id]
        self._board.join(key, seat, context, warmup=warmup)
        if key.coin and type(seat.strategy).on_condition is not Strategy.on_condition:
            self._board.join(StreamKey("condition", key.coin), seat, context)

    def set_timer(
        self, seat: Seat, name: str, delay_ms: int, *, repeats: bool, aligned: bool
    ) -> None:
        """Plan a strategy's timer."""
        owner, monotonic_ms = seat.strategy_id, self.monotonic_ms()
        if repeats:
            wall_ms = self._clock.now_ms() if aligned else None
            self._timers.every(
                owner, name, delay_ms, monotonic_ms=monotonic_ms, aligned_to_wall_ms=wall_ms
            )
        else:
            self._timers.after(owner, name, delay_ms, monotonic_ms=monotonic_ms)
        self._set_alarm()

    def cancel_timer(self, seat: Seat, name: str) -> None:
        """Forget a strategy's timer."""
        self._timers.cancel(seat.strategy_id, name)

    def spawn(self, seat: Seat, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a strategy's task, its end booked and its exceptions contained."""
        if len(seat.tasks) >= self._limits.tasks_max:
            work.close()
            raise LimitReached("tasks_max", f"{seat.strategy_id} has too many tasks")
        seat.tasks_spawned += 1
        full_name = f"strategy/{seat.strategy_id}/{name}/{seat.tasks_spawned}"
        handle = self._tasks.spawn(full_name, lambda: self._watched(seat, work, full_name))
        seat.tasks[full_name] = (handle, work)

    async def _watched(self, seat: Seat, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except FAULTS as error:
            self._containment.failed(seat, name, error)
        finally:
            seat.tasks.pop(name, None)

    def log(self, seat: Seat, message: str, fields: dict[str, object]) -> None:
        """Keep what a strategy says."""
        self._tell(seat, NoteKind.LOG, message, **fields)

    # --- timers -----------------------------------------------------------------------------------

    def _set_alarm(self) -> None:
        """One alarm for all timers: the earliest."""
        due_ms = self._timers.next_due_ms()
        if self._alarm is not None:
            if due_ms is not None and self._alarm_due_ms <= due_ms:
                return  # it rings early enough and is set anew then
            self._alarm.cancel()
            self._alarm = None
        if due_ms is not None:
            delay_ms = max(0, due_ms - self.monotonic_ms())
            self._alarm_due_ms = due_ms
            self._alarm = asyncio.get_running_loop().call_later(delay_ms / 1000, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        monotonic_ms, wall_ms = self.monotonic_ms(), self._clock.now_ms()
        while (timer := self._timers.pop_due(monotonic_ms, wall_ms)) is not None:
            seat = self._seats.get(StrategyId(timer.owner))
            if seat is None or not seat.is_running:
                continue
            if timer.missed:
                late = f"timer {timer.name} was {timer.late_ms} ms late; beats passed unfired"
                self._tell(seat, NoteKind.LATE, late, missed=timer.missed)
            context = self._contexts[seat.strategy_id]
            self._containment.call(seat, seat.strategy.on_timer, context, timer.name)
        self._set_alarm()

    # --- to be seen -------------------------------------------------------------------------------

    @property
    def fills(self) -> int:
        """Fills of everybody here, since they were taken in."""
        return sum(seat.fills for seat in self._seats.values())

    def snapshot(self) -> HostSnapshot:
        """How everything stands."""
        return HostSnapshot(
            strategies=tuple(self.snapshot_of(strategy_id) for strategy_id in self._seats),
            streams=len(self._board),
            timers=len(self._timers),
            timers_missed=self._timers.missed,
            notes=tuple(self._notes),
        )

    def snapshot_of(self, strategy_id: StrategyId) -> StrategySnapshot:
        """How one strategy stands.

        Raises:
            CallerError: there is none of that name.
        """
        seat = self._seat(strategy_id)
        mark_px = self._market_data.mark_px
        positions = tuple(
            position_view(seat.desk.position(seat.strategy_id, coin), coin, mark_px(coin))
            for coin in seat.coins
        )
        unrealized = [p.unrealized_usd for p in positions if p.unrealized_usd is not None]
        mean_us = seat.sampled_ns / seat.sampled_calls / 1_000 if seat.sampled_calls else 0.0
        return StrategySnapshot(
            strategy_id=strategy_id,
            kind=type(seat.strategy).__name__,
            state=seat.state,
            reason=seat.reason,
            calls=seat.direct_calls + self._board.calls_of(seat),
            errors=seat.errors,
            last_error=seat.last_error,
            slow_calls=seat.slow_calls,
            handler_mean_us=mean_us,
            handler_worst_us=seat.worst_ns / 1_000,
            orders=seat.orders,
            replaces=seat.replaces,
            cancels=seat.cancels,
            refusals=seat.refusals,
            fills=seat.fills,
            volume_usd=seat.volume_usd,
            open_orders=len(seat.desk.open_orders(strategy_id)),
            realized_usd=sum((p.realized_usd for p in positions), Decimal(0)),
            unrealized_usd=sum(unrealized, Decimal(0)),
            fees_usd=sum((p.fees_usd for p in positions), Decimal(0)),
            funding_usd=sum((p.funding_usd for p in positions), Decimal(0)),
            positions=positions,
            shown=seat.shown_text(),
        )


def _later(call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(call)


def _on_start(context: Any, strategy: Strategy[Any]) -> None:
    strategy.on_start(context)


def _on_stop(context: Any, strategy: Strategy[Any]) -> None:
    strategy.on_stop(context)
