"""What of a venue's open orders and positions a duty is about, and the actions that carry it out.

Only two kinds of action are ever made here: cancels, of orders and of TWAPs, and orders that are
reduce-only. The venue holds both to what they say, whatever the guardian believes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.account import AccountState
from hive.domain.errors import IllegalOrder
from hive.domain.identifiers import Address, Cloid, StrategyId, unpack_cloid
from hive.domain.instruments import ZERO, Universe
from hive.domain.orders import OrderReport, TimeInForce
from hive.domain.switches import Reach, Scope, Strength
from hive.domain.twaps import TwapReport
from hive.guardian.vigil import Duty
from hive.hyperliquid.actions import (
    CancelAction,
    CancelWire,
    OrderAction,
    TwapCancelAction,
    limit_order,
)
from hive.portfolio.closing import closing_of

BATCH_LEN_MAX: Final = 100
RUNNING: Final = "activated"
"""So the venue's history calls a TWAP that has not ended."""


class Names(msgspec.Struct, frozen=True):
    """What the cloids of a trader on this machine say; empty where no such trader is known."""

    instance: int = 0
    strategies: tuple[StrategyId, ...] = ()
    accounts: tuple[Address, ...] = ()

    def owner_of(self, cloid: Cloid | None) -> StrategyId | None:
        """Whose order it is, as far as its cloid tells."""
        fields = None if cloid is None else unpack_cloid(cloid)
        if fields is None or fields.instance != self.instance:
            return None
        known = 1 <= fields.strategy <= len(self.strategies)
        return self.strategies[fields.strategy - 1] if known else None

    def can_tell(self, duty: Duty) -> bool:
        """Whether the orders that a duty is about can be told from others."""
        return duty.scope.reach is not Reach.STRATEGY or duty.scope.name in self.strategies


def orders_of(
    duties: Iterable[Duty], orders: Iterable[OrderReport], account: Address, names: Names
) -> list[OrderReport]:
    """The orders to be cancelled. Stops that protect a position stay until it is to be closed."""
    mine = [duty for duty in duties if _is_mine(duty.scope, account)]
    return [order for order in orders if any(_concerns(duty, order, names) for duty in mine)]


def twaps_of(
    duties: Iterable[Duty], history: Iterable[TwapReport], account: Address
) -> list[TwapReport]:
    """Those that run and are to be ended; of a history, newest first. Whose one is the venue does
    not know, so a duty about a strategy ends none.
    """
    mine = [duty for duty in duties if _is_mine(duty.scope, account)]
    newest: dict[int, TwapReport] = {}
    for report in history:
        if report.twap_id is not None:
            newest.setdefault(report.twap_id, report)
    return [
        report
        for report in newest.values()
        if report.status == RUNNING and any(_ends(duty.scope, report) for duty in mine)
    ]


def twap_cancel(report: TwapReport, universe: Universe) -> TwapCancelAction | None:
    """The action that ends it; None of what the venue does not list."""
    if report.twap_id is None or report.coin not in universe:
        return None
    return TwapCancelAction(universe.of_coin(report.coin).asset_id, report.twap_id)


def _ends(scope: Scope, report: TwapReport) -> bool:
    if scope.reach is Reach.COIN:
        return report.coin == scope.name
    return scope.reach is not Reach.STRATEGY


def is_exit(order: OrderReport, positions: dict[str, Decimal]) -> bool:
    """Whether a trigger can only make the account's position smaller.

    On a coin that several strategies trade, the desk itself sees to it that exits only reduce: the
    venue is not told, for its net may be flat or turned where each of them holds something.
    """
    held = positions.get(order.coin, ZERO)
    is_against = held * order.side.sign < 0
    return order.trigger is not None and is_against and order.open_size <= abs(held)


def _is_mine(scope: Scope, account: Address) -> bool:
    return scope.reach is not Reach.ACCOUNT or scope.name == account


def _concerns(duty: Duty, order: OrderReport, names: Names) -> bool:
    if duty.strength < Strength.FLATTEN and order.reduce_only and order.trigger is not None:
        return False
    match duty.scope.reach:
        case Reach.COIN:
            return order.coin == duty.scope.name
        case Reach.STRATEGY:
            return names.owner_of(order.cloid) == duty.scope.name
        case _:
            return True


def cancels(orders: Iterable[OrderReport], universe: Universe) -> list[CancelAction]:
    """The actions that take the orders out, in batches."""
    wires = [
        CancelWire(universe.of_coin(order.coin).asset_id, order.oid)
        for order in orders
        if order.coin in universe
    ]
    return [
        CancelAction(tuple(wires[start : start + BATCH_LEN_MAX]))
        for start in range(0, len(wires), BATCH_LEN_MAX)
    ]


def positions_of(
    duties: Iterable[Duty], state: AccountState, account: Address
) -> dict[str, Decimal]:
    """The account's positions to be closed, signed. A strategy's own is not known at the venue."""
    coins: dict[str, Decimal] = {}
    for duty in duties:
        if duty.strength < Strength.FLATTEN or not _is_mine(duty.scope, account):
            continue
        for position in state.positions:
            is_named = duty.scope.reach is Reach.COIN and duty.scope.name == position.coin
            is_all = duty.scope.reach in (Reach.ACCOUNT, Reach.EVERYTHING)
            if position.size and (is_named or is_all):
                coins[position.coin] = position.size
    return coins


def closings(
    held: dict[str, Decimal],
    universe: Universe,
    mark_px: Callable[[str], Decimal | None],
    *,
    slippage_pct: Decimal,
    cloids: Iterable[Cloid | None],
) -> OrderAction | None:
    """Reduce-only orders that take what is there now, never worse than the bound."""
    wires = []
    for (coin, size), cloid in zip(held.items(), cloids, strict=False):
        px = mark_px(coin)
        if px is None or coin not in universe:
            continue
        instrument = universe.of_coin(coin)
        try:
            closing = closing_of(instrument, size, px, slippage_pct)
        except IllegalOrder:
            continue
        wires.append(
            limit_order(
                instrument,
                side=closing.side,
                size=closing.size,
                limit_px=closing.limit_px,
                tif=TimeInForce.IOC,
                reduce_only=True,
                cloid=cloid,
            )
        )
    return OrderAction(tuple(wires), "na") if wires else None
