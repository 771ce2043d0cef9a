"""Several strategies on one coin of one account: what the venue cannot promise each of them.

The venue nets, so its own reduce-only looks at the account's position. That is a strategy's only
while nobody else holds the coin: with two opposed strategies the account may be flat, and the venue
would refuse either one's way out. So the desk holds every strategy to its own position, and asks
the venue to enforce it as well only where that means the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from hive.domain.identifiers import DESK, Cloid, StrategyId
from hive.domain.instruments import NOTIONAL_USD_MIN, ZERO
from hive.domain.market import Side
from hive.domain.order_options import TriggerKind
from hive.domain.orders import OrderIntent
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import rivalry, rivalry_of
from hive.portfolio.exposure import Exposure
from hive.portfolio.positions import Positions


def reducible(held: Decimal, side: Side) -> Decimal:
    """How much of a signed position an order on this side can close."""
    return max(ZERO, -held * side.sign)


def reduce_only_fault(
    intent: OrderIntent, positions: Positions, lives: Iterable[OrderLife]
) -> str | None:
    """Why an order of a strategy would do more than reduce its own position; None if it would not.

    `lives` are the strategy's live orders: what they may still close cannot be closed twice.
    """
    if intent.strategy == DESK:
        held = positions.account_size(intent.coin)
    else:
        held = positions.size_of(intent.strategy, intent.coin)
    free = reducible(held, intent.side) - _reducing(lives, intent)
    if intent.size <= free:
        return None
    return f"{intent.size} {intent.coin} would close more than the {max(ZERO, free)} that is open"


def venue_may_enforce(
    intent: OrderIntent, notional_usd: Decimal, positions: Positions, exposure: Exposure
) -> bool:
    """Whether the venue's own reduce-only means the strategy's position, now and until it is asked.

    That is so while nobody else holds the coin or could come to; and it is what the desk's own
    orders mean, which close what the account holds. Below the smallest order value there is no
    choice: only a reduce-only order may be that small.
    """
    if intent.strategy == DESK or notional_usd < NOTIONAL_USD_MIN:
        return True
    strategy, coin = intent.strategy, intent.coin
    return positions.size_of(strategy, coin) != 0 and has_to_itself(
        strategy, coin, positions, exposure
    )


def has_to_itself(
    strategy: StrategyId, coin: str, positions: Positions, exposure: Exposure
) -> bool:
    """Whether nobody else on the account holds the coin, or could come to."""
    return (
        positions.size_of(strategy, coin) == positions.account_size(coin)
        and exposure.is_alone(strategy, coin)
        and _holds_alone(strategy, coin, positions)
    )


class Cut(NamedTuple):
    """How much of an order may stay open, where it is more than there is to reduce."""

    cloid: Cloid
    rest: Decimal


def over_reducing(
    strategy: StrategyId, coin: str, positions: Positions, lives: Iterable[OrderLife]
) -> list[Cut]:
    """Reduce-only orders that have become too much for what the strategy still holds.

    The latest are cut first: the oldest have the best place in the book.
    """
    held = positions.size_of(strategy, coin)
    cuts: list[Cut] = []
    open_size: dict[tuple[Side, TriggerKind | None], Decimal] = {}
    for life in lives:
        intent = life.intent
        if intent.coin != coin or not intent.reduce_only or life.cancel_asked or life.is_asleep:
            continue
        rivals = (intent.side, rivalry(life))
        open_before = open_size.get(rivals, ZERO)
        room = reducible(held, intent.side) - open_before
        if life.open_at_most > room:
            cuts.append(Cut(life.cloid, room))
        open_size[rivals] = open_before + min(room, life.open_at_most)
    return cuts


def _reducing(lives: Iterable[OrderLife], intent: OrderIntent) -> Decimal:
    return sum(
        (
            life.open_at_most
            for life in lives
            if life.intent.reduce_only
            and not life.is_asleep
            and life.intent.coin == intent.coin
            and life.intent.side is intent.side
            and rivalry(life) is rivalry_of(intent)
        ),
        ZERO,
    )


def _holds_alone(strategy: StrategyId, coin: str, positions: Positions) -> bool:
    return all(
        owner == strategy or not positions.size_of(owner, coin) for owner in positions.owners(coin)
    )
