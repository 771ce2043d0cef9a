"""A strategy's seat in the host: where in its life it is, and what was counted about it.

ADDED ──start──▶ RUNNING ──pause──▶ PAUSED ──start──▶ RUNNING
  │                 │                  │
  ╰──────stop───────┴──stop─▶ STOPPING ┴──▶ STOPPED
"""

from __future__ import annotations

from collections.abc import Coroutine
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any, Final

import msgspec

from hive.domain.errors import CallerError
from hive.domain.identifiers import StrategyId
from hive.strategy.interface import PositionView, Strategy
from hive.strategy.limits import FaultWindow, HostLimits
from hive.strategy.ports import DeskPort, TaskHandlePort


class SeatState(Enum):
    """Where in its life a strategy is."""

    ADDED = "added"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    """`on_stop` is running: it may still reduce."""
    STOPPED = "stopped"


SEAT_MOVES: Final[dict[SeatState, tuple[SeatState, ...]]] = {
    SeatState.ADDED: (SeatState.RUNNING, SeatState.STOPPED),
    SeatState.RUNNING: (SeatState.PAUSED, SeatState.STOPPING),
    SeatState.PAUSED: (SeatState.RUNNING, SeatState.STOPPED),
    SeatState.STOPPING: (SeatState.STOPPED,),
    SeatState.STOPPED: (),
}

SHOWN_MAX: Final = 12
SHOWN_LENGTH_MAX: Final = 80
"""So many entries of what a strategy wants shown, and so many letters of each key and value."""


class StrategySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How one strategy stands."""

    strategy_id: StrategyId
    kind: str
    """The name of its class."""
    state: SeatState
    reason: str
    """Why it is paused or stopped; empty while it runs."""
    calls: int
    """Handlers called."""
    errors: int
    last_error: str
    slow_calls: int
    handler_mean_us: float
    """Of the calls that were timed, a sample; 0 before the first."""
    handler_worst_us: float
    orders: int
    replaces: int
    cancels: int
    refusals: int
    fills: int
    volume_usd: Decimal
    open_orders: int
    realized_usd: Decimal
    unrealized_usd: Decimal
    fees_usd: Decimal
    funding_usd: Decimal
    positions: tuple[PositionView, ...]
    """Coins it holds, or has earned something on."""
    shown: dict[str, str]
    """What it wants shown, as text: the first `SHOWN_MAX` entries."""

    @property
    def profit_usd(self) -> Decimal:
        """Realized and unrealized, after fees and funding."""
        return self.realized_usd + self.unrealized_usd + self.funding_usd - self.fees_usd


class Seat:
    """One strategy, its desk and its counts. The host alone changes it."""

    __slots__ = (
        "cancels",
        "coins",
        "desk",
        "direct_calls",
        "errors",
        "errors_window",
        "fills",
        "last_coin",
        "last_error",
        "orders",
        "reason",
        "refusals",
        "refusals_window",
        "replaces",
        "sampled_calls",
        "sampled_ns",
        "shown",
        "slow_calls",
        "slow_window",
        "state",
        "strategy",
        "strategy_id",
        "tasks",
        "tasks_spawned",
        "volume_usd",
        "worst_ns",
    )

    def __init__(
        self,
        strategy_id: StrategyId,
        strategy: Strategy[Any],
        desk: DeskPort,
        limits: HostLimits,
    ) -> None:
        self.strategy_id = strategy_id
        self.strategy = strategy
        self.desk = desk
        self.state = SeatState.ADDED
        self.reason = ""
        self.direct_calls = 0
        """Calls outside the fan-outs, and those of fan-outs that were left."""
        self.errors = 0
        self.last_error = ""
        self.slow_calls = 0
        self.sampled_calls = 0
        self.sampled_ns = 0
        self.worst_ns = 0
        self.orders = 0
        self.replaces = 0
        self.cancels = 0
        self.refusals = 0
        self.fills = 0
        self.volume_usd = Decimal(0)
        self.coins: dict[str, None] = {}
        """Coins it ever traded or ordered, oldest first."""
        self.last_coin = ""
        """It ordered this last, so it is among them: looked at first, being nearer in memory."""
        self.shown: dict[str, Any] = {}
        self.tasks: dict[str, tuple[TaskHandlePort, Coroutine[Any, Any, None]]] = {}
        self.tasks_spawned = 0
        self.errors_window = FaultWindow(limits.errors_max, limits.errors_window_ms)
        self.slow_window = FaultWindow(limits.slow_handlers_max, limits.errors_window_ms)
        self.refusals_window = FaultWindow(limits.refusals_max, limits.refusals_window_ms)

    @property
    def is_running(self) -> bool:
        return self.state is SeatState.RUNNING

    def move(self, state: SeatState, reason: str = "") -> None:
        """Go on to the next state of its life.

        Raises:
            CallerError: its life does not allow that.
        """
        if state not in SEAT_MOVES[self.state]:
            raise CallerError(
                f"{self.strategy_id} is {self.state.value} and cannot become {state.value}"
            )
        self.state = state
        self.reason = reason

    def shown_text(self) -> dict[str, str]:
        """What it wants shown, as far as there is room."""
        return {_shown(key): _shown(value) for key, value in islice(self.shown.items(), SHOWN_MAX)}

    def timed(self, elapsed_ns: int) -> None:
        """A handler's time was taken."""
        self.sampled_calls += 1
        self.sampled_ns += elapsed_ns
        if elapsed_ns > self.worst_ns:
            self.worst_ns = elapsed_ns


def _shown(value: object) -> str:
    """As text; what cannot say what it is must not cost everybody else the picture."""
    try:
        return str(value)[:SHOWN_LENGTH_MAX]
    except Exception as error:  # noqa: BLE001 (a strategy's fault stays its own)
        return f"({type(error).__name__} in str)"
