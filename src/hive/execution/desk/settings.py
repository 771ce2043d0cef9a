"""What a desk is told at the start, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

import msgspec

from hive.connection.rate_budget import AddressBudgetSnapshot
from hive.domain.identifiers import Address, StrategyId
from hive.domain.leverage import LeverageWish
from hive.execution.orders.dispatch import DEFAULT_LIMITS, DispatchLimits, DispatchSnapshot
from hive.execution.queue.economy import USUAL_PACE, PaceSettings
from hive.execution.sending.action_sender import SendSettings
from hive.execution.settling.errands import ErrandSettings
from hive.portfolio.limits import NO_LIMITS, NO_LOSS_LIMITS, LossLimits, RiskLimits


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an account is traded. Durations in milliseconds."""

    account: Address
    send: SendSettings
    errands: ErrandSettings = ErrandSettings()
    pace: PaceSettings = USUAL_PACE
    reserved_actions: int = 200
    """Of the address budget, left to what reduces risk."""
    is_adaptive: bool = True
    """Send less for a while after the venue has refused us for going too fast."""
    account_limits: RiskLimits = NO_LIMITS
    strategy_limits: RiskLimits = NO_LIMITS
    """Of each strategy that has none of its own."""
    account_losses: LossLimits = NO_LOSS_LIMITS
    flatten_slippage_pct: Decimal = Decimal(2)
    """How much worse than the mark a kill switch may close a position, per try."""
    leverage: Mapping[StrategyId, Mapping[str, LeverageWish]] = MappingProxyType({})
    """What strategies declare, by coin."""
    dead_man_ms: int | None = None
    """The venue is to cancel everything so long after it last heard of us; None is never."""
    durability: Literal["kill", "power"] = "kill"
    """What the journal survives when bytes leave: the death of the process, or a power cut too."""
    cross_inside: bool = False
    """Match opposite orders of one turn inside, at the mid, instead of refusing the later one."""
    is_polled: bool = False
    """The venue has no slot for this account's streams: it is asked instead, every
    `errands.state_every_ms`."""
    order_wait_max_ms: int = 3_000
    """How long an order may wait to be sent before it is not sent at all."""
    memory: DispatchLimits = DEFAULT_LIMITS
    """How many orders and fills are remembered."""
    start_timeout_ms: int = 20_000
    stop_timeout_ms: int = 15_000


class EconomySnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved, and where it was not enough."""

    min_move_bps: int
    """Quotes move by so much at least."""
    held_back: int
    """Moves of quotes that were not worth an action."""
    throttled: int
    """How often the venue said that we go too fast."""
    sent: dict[StrategyId, int]
    """Orders, replaces and cancels that went, by strategy."""
    traded_usd: dict[StrategyId, Decimal]
    """Notional of all fills ever, by strategy."""


class DeskSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How a desk stands, and what it has counted since it began."""

    account: Address
    is_in_step: bool
    """Nothing was missed that has not been made up for: orders may be placed."""
    hold_reason: str
    """Why nothing is placed now; empty if it is."""
    halt_reason: str
    """What about the account is unexplained, so that it takes no new risk; empty if it does."""
    orders: int
    replaces: int
    cancels: int
    fills: int
    unattributed_fills: int
    rejects: int
    refused: int
    not_sent: int
    unconfirmed: int
    unconfirmed_now: int
    never_arrived: int
    lost_responses: int
    signed_actions: int
    in_flight: int
    waiting: int
    corrections: int
    adopted: int
    external_orders: int
    orphans: int
    fills_swept: int
    sweeps: int
    own_crosses: int
    """Orders that did not leave, or were cancelled, because two of ours would have met."""
    crossed_inside: int
    liquidations: int
    alarms: int
    recent_alarms: tuple[str, ...]
    lag_ms: int
    """How late a fill is known at most, where the account is polled; 0 where it is streamed."""
    key_refusal: str
    """Why the venue does not take our key; empty while it does."""
    other_instances: int
    listener_errors: int
    journal_failed: bool
    records_lost: int
    equity_usd: float | None
    budget: AddressBudgetSnapshot
    economy: EconomySnapshot
    dispatch: DispatchSnapshot


class StopReport(msgspec.Struct, frozen=True):
    """How it ended. `orders_left` may still be open at the venue."""

    orders_left: int
    waited_ms: int
