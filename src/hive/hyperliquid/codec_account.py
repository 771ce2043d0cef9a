"""Private wire structs to the vocabulary of orders and accounts, exact to the last digit.

The decoder has proven every number text to be a number, so nothing here can fail on what it read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import UnsetType

from hive.domain.account import AccountState, Funding, Liquidation, VenuePosition
from hive.domain.identifiers import Address, Cloid, Oid, TradeId
from hive.domain.order_options import Trigger, TriggerKind
from hive.domain.orders import Fill, OrderReport, ReportKind
from hive.hyperliquid.wire_numbers import proven
from hive.hyperliquid.wire_private import (
    BasicOrder,
    ClearinghouseState,
    FrontendOrder,
    OrderRecord,
    OrderUpdate,
    Position,
    UserFundingRow,
    WsFill,
    WsLiquidation,
    WsUserFunding,
)

STATUSES_MAX: Final = 256
"""So many status words are understood once only; the venue uses some thirty."""

_KIND_BY_STATUS: Final = {
    "open": ReportKind.OPEN,
    "filled": ReportKind.FILLED,
    "triggered": ReportKind.TRIGGERED,
    "canceled": ReportKind.CANCELED,
    "scheduledCancel": ReportKind.CANCELED,
    "internalCancel": ReportKind.CANCELED,
    "rejected": ReportKind.REJECTED,
}


_STOP: Final = "Stop"
_MARKET: Final = "Market"
_TERMINAL: Final = (ReportKind.FILLED, ReportKind.CANCELED, ReportKind.REJECTED)


@lru_cache(maxsize=STATUSES_MAX)
def report_kind(status: str) -> ReportKind:
    """What a status word of the venue's means for an order's life (protocol.md 3.5).

    The set of words grows, so `*Canceled`, `*Cancel` and `*Rejected` are understood by their
    ending. A word that is none of them is UNKNOWN: its order's fate is to be asked for, never
    guessed.
    """
    kind = _KIND_BY_STATUS.get(status)
    if kind is not None:
        return kind
    if status.endswith(("Canceled", "Cancel")):
        return ReportKind.CANCELED
    if status.endswith("Rejected"):
        return ReportKind.REJECTED
    return ReportKind.UNKNOWN


def is_terminal(status: str) -> bool:
    """Whether the word says that the leg is over, one way or another."""
    return report_kind(status) in _TERMINAL


def to_fill(fill: WsFill, account: Address) -> Fill:
    """The fill, of the account whose it is (the wire does not always say)."""
    liquidation = fill.liquidation
    return Fill(
        account=account,
        coin=fill.coin,
        side=fill.side,
        px=proven(fill.px),
        size=proven(fill.sz),
        venue_ms=fill.time,
        trade_id=TradeId(fill.tid),
        oid=Oid(fill.oid),
        cloid=to_cloid(fill.cloid),
        start_position=proven(fill.start_position),
        direction=fill.dir,
        closed_pnl_usd=proven(fill.closed_pnl),
        fee=proven(fill.fee),
        fee_token=fill.fee_token,
        is_taker=fill.crossed,
        twap_id=None if isinstance(fill.twap_id, UnsetType) else fill.twap_id,
        liquidated_user=(
            None
            if liquidation is None or isinstance(liquidation, UnsetType)
            else Address(liquidation.liquidated_user.lower())
        ),
    )


def to_order_report(update: OrderUpdate | OrderRecord) -> OrderReport:
    """One status of one leg, from the stream or from `orderStatus`."""
    return _report(update.order, update.status, update.status_timestamp)


def to_open_order_report(order: BasicOrder | FrontendOrder, now_ms: int) -> OrderReport:
    """A row of the open orders: it was open when the venue answered, at `now_ms`."""
    return _report(order, "open", now_ms)


def to_account_state(state: ClearinghouseState, account: Address) -> AccountState:
    return AccountState(
        account=account,
        equity_usd=proven(state.margin_summary.account_value),
        margin_used_usd=proven(state.margin_summary.total_margin_used),
        withdrawable_usd=proven(state.withdrawable),
        positions=tuple([_position(row.position) for row in state.asset_positions]),
        venue_ms=state.time,
        raw_usd=proven(state.margin_summary.total_raw_usd),
    )


def to_funding(payment: WsUserFunding, account: Address) -> Funding:
    return Funding(
        account=account,
        coin=payment.coin,
        usd=proven(payment.usdc),
        size=proven(payment.szi),
        rate=proven(payment.funding_rate),
        venue_ms=payment.time,
    )


def past_funding(row: UserFundingRow, account: Address) -> Funding:
    """A payment that the history tells of."""
    return Funding(
        account=account,
        coin=row.delta.coin,
        usd=proven(row.delta.usdc),
        size=proven(row.delta.szi),
        rate=proven(row.delta.funding_rate),
        venue_ms=row.time,
    )


def to_liquidation(event: WsLiquidation, account: Address) -> Liquidation:
    return Liquidation(
        account=account,
        liquidation_id=event.lid,
        liquidated_user=Address(event.liquidated_user.lower()),
        notional_usd=proven(event.liquidated_ntl_pos),
        account_value_usd=proven(event.liquidated_account_value),
    )


def _report(order: BasicOrder | FrontendOrder, status: str, status_ms: int) -> OrderReport:
    return OrderReport(
        coin=order.coin,
        side=order.side,
        limit_px=proven(order.limit_px),
        open_size=proven(order.sz),
        original_size=proven(order.orig_sz),
        oid=Oid(order.oid),
        cloid=to_cloid(order.cloid),
        kind=report_kind(status),
        status=status,
        status_ms=status_ms,
        reduce_only=order.reduce_only is True,
        trigger=_trigger(order) if isinstance(order, FrontendOrder) else None,
    )


def _trigger(order: FrontendOrder) -> Trigger | None:
    """What the order waits for, or did; read from the name of its type."""
    if not order.is_trigger:
        return None
    is_stop = order.order_type.startswith(_STOP)
    kind = TriggerKind.STOP if is_stop else TriggerKind.TAKE_PROFIT
    return Trigger(kind, proven(order.trigger_px), order.order_type.endswith(_MARKET))


def _position(position: Position) -> VenuePosition:
    return VenuePosition(
        coin=position.coin,
        size=proven(position.szi),
        entry_px=None if position.entry_px is None else proven(position.entry_px),
        leverage=position.leverage.value,
        unrealized_pnl_usd=proven(position.unrealized_pnl),
        liquidation_px=None if position.liquidation_px is None else proven(position.liquidation_px),
    )


def to_cloid(cloid: str | UnsetType | None) -> Cloid | None:
    """The cloid in its one form; None where the wire has none."""
    return Cloid(cloid.lower()) if isinstance(cloid, str) else None
