"""Compare what we hold with what the venue says; list what must change.

Nothing is changed here and nothing is concluded from one silence: an order that the venue's list
does not show may have filled a moment ago, so it is asked for; one that the list shows and we think
over is asked for too, because lists can be old. What is settled at once: an open order of ours that
we have no record of (a power cut took it) is adopted, anybody else's is labelled external.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.account import AccountState
from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.instruments import ZERO
from hive.domain.orders import Order, OrderPhase, OrderReport
from hive.portfolio.position_chain import is_netted
from hive.portfolio.positions import Positions

DEX_MARK: Final = ":"
"""Between a builder dex and its coin."""


class Confirm(msgspec.Struct, frozen=True):
    """The order is open at the venue as we thought; the report refreshes what we know."""

    report: OrderReport


class Adopt(msgspec.Struct, frozen=True):
    """An open order with a cloid of ours that we have no record of."""

    report: OrderReport
    strategy: StrategyId


class LabelExternal(msgspec.Struct, frozen=True):
    """An open order of somebody else's on this account."""

    report: OrderReport


class AskForOrder(msgspec.Struct, frozen=True):
    """What we think and what the list shows differ: ask for this order."""

    cloid: Cloid
    reason: str


class PositionDiffers(msgspec.Struct, frozen=True):
    """The account's size of a coin is not what our fills make it."""

    coin: str
    ours: Decimal
    venues: Decimal
    entry_px: Decimal | None


Correction = Confirm | Adopt | LabelExternal | AskForOrder


def compare_orders(
    listed: Iterable[OrderReport],
    live: Mapping[Cloid, Order],
    over: Callable[[Cloid], bool],
    owner_of: Callable[[Cloid], StrategyId | None],
) -> list[Correction]:
    """What the venue's list of open orders (frontendOpenOrders) means for ours.

    `live` are the orders we think are, or may be, at the venue and were so before the list was
    asked for; `over` says whether we remember an order as ended; `owner_of` reads our cloids.
    """
    corrections: list[Correction] = []
    seen: dict[Cloid, Oid] = {}
    for report in listed:
        cloid = report.cloid
        if cloid is not None and cloid in live:
            seen[cloid] = report.oid
            corrections.append(Confirm(report))
        elif cloid is not None and over(cloid):
            corrections.append(AskForOrder(cloid, "listed as open, and we think it is over"))
        elif cloid is not None and (strategy := owner_of(cloid)) is not None:
            corrections.append(Adopt(report, strategy))
        else:
            corrections.append(LabelExternal(report))
    corrections += [
        AskForOrder(cloid, f"{order.phase.value} here, not in the list of open orders")
        for cloid, order in live.items()
        if cloid not in seen and order.phase is not OrderPhase.DONE
    ]
    return corrections


def is_told_by_state(coin: str) -> bool:
    """Whether `clearinghouseState` tells what is held of the coin: a perp of the venue's own.

    Spot and outcomes are balances, which fees and transfers change too, and builders' dexes have
    states of their own.
    """
    return is_netted(coin) and DEX_MARK not in coin


def compare_positions(state: AccountState, positions: Positions) -> list[PositionDiffers]:
    """Every coin of the state's whose size the venue and our fills state differently."""
    venues = {position.coin: position for position in state.positions}
    ours_told = [coin for coin in positions.coins() if is_told_by_state(coin)]
    coins = dict.fromkeys([*ours_told, *venues])
    differing = []
    for coin in coins:
        ours = positions.account(coin).size
        there = venues.get(coin)
        size = ZERO if there is None else there.size
        if size != ours:
            entry_px = None if there is None else there.entry_px
            differing.append(PositionDiffers(coin, ours, size, entry_px))
    return differing
