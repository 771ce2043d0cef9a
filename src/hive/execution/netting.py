"""Several strategies on one coin of one account: what the venue cannot promise each of them.

The venue nets, so its own reduce-only looks at the account's position. That is a strategy's only
while nobody else holds the coin: with two opposed strategies the account may be flat, and the venue
would refuse either one's way out. So the desk holds every strategy to its own position, and asks
the venue to enforce it as well only where that means the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from hive.domain.identifiers import DESK, Cloid, StrategyId
from hive.domain.instruments import NOTIONAL_USD_MIN
from hive.domain.market import Side
from hive.domain.order_options import TriggerKind
from hive.domain.orders import OrderIntent
from hive.execution.order_life import OrderLife
from hive.execution.triggered import rivalry, rivalry_of
from hive.portfolio.positions import Positions

ZERO: Final = Decimal(0)


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
    strategy: StrategyId, coin: str, size: Decimal, px: Decimal, positions: Positions
) -> bool:
    """Whether the venue's own reduce-only means the strategy's position.

    For the desk's own orders it is what they mean: they close what the account holds. Below the
    smallest order value there is no choice: only a reduce-only order may be that small.
    """
    if strategy == DESK or size * px < NOTIONAL_USD_MIN:
        return True
    mine = positions.of(strategy, coin).size
    return (
        mine != 0 and mine == positions.account(coin).size and _is_alone(strategy, coin, positions)
    )


def over_reducing(
    strategy: StrategyId, coin: str, positions: Positions, lives: Iterable[OrderLife]
) -> list[Cloid]:
    """Reduce-only orders that have become too many for what the strategy still holds.

    The latest go first: the oldest have the best place in the book.
    """
    held = positions.of(strategy, coin).size
    excess: list[Cloid] = []
    open_size: dict[tuple[Side, TriggerKind | None], Decimal] = {}
    for life in lives:
        intent = life.intent
        if intent.coin != coin or not intent.reduce_only or life.cancel_asked:
            continue
        rivals = (intent.side, rivalry(life))
        whole = open_size.get(rivals, ZERO) + life.open_at_most
        if whole > reducible(held, intent.side):
            excess.append(life.cloid)
        else:
            open_size[rivals] = whole
    return excess


def _reducing(lives: Iterable[OrderLife], intent: OrderIntent) -> Decimal:
    return sum(
        (
            life.open_at_most
            for life in lives
            if life.intent.reduce_only
            and life.intent.coin == intent.coin
            and life.intent.side is intent.side
            and rivalry(life) is rivalry_of(intent)
        ),
        ZERO,
    )


def _is_alone(strategy: StrategyId, coin: str, positions: Positions) -> bool:
    return all(
        owner == strategy or not positions.of(owner, coin).size for owner in positions.owners(coin)
    )
