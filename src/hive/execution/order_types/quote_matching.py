"""The least that turns the orders of a side into the levels that are wanted.

An order that stands close enough to a level is left alone: moved, it would cost an action and its
place in the line, for a replace is a cancel and a new order to the venue (protocol.md 2.7). As many
as possible are left. What remains is paired: an order with a level is a replace, one action; a
level without an order is placed, one action; an order without a level is cancelled, which has an
allowance of its own. Nothing cheaper gets there.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hive.domain.identifiers import Cloid
from hive.domain.quotes import QuoteLevel

BPS: float = 10_000.0
PCT: float = 100.0


class Standing(NamedTuple):
    """An order as it will be once what is under way has arrived."""

    cloid: Cloid
    px: Decimal
    size: Decimal
    """Open, in coins."""
    is_movable: bool = True
    """It can be replaced, and stay what it is besides size and price."""
    is_sent: bool = True
    """What was not sent yet costs nothing to withdraw."""

    def is_exactly(self, level: QuoteLevel) -> bool:
        return self.px == level.px and self.size == level.size


class Slack(NamedTuple):
    """What is too little to act on."""

    move_bps: float
    resize_pct: float

    def covers(self, order: Standing, level: QuoteLevel) -> bool:
        """Whether the order may serve the level as it is."""
        if order.is_exactly(level):
            return True
        px, size = float(level.px), float(level.size)
        return (
            abs(float(order.px) - px) * BPS <= self.move_bps * px
            and abs(float(order.size) - size) * PCT <= self.resize_pct * size
        )


class Moves(NamedTuple):
    """What is to be done on a side."""

    kept: list[tuple[Standing, QuoteLevel]]
    moved: list[tuple[Standing, QuoteLevel]]
    placed: list[QuoteLevel]
    surplus: list[Standing]


def least_moves(levels: Sequence[QuoteLevel], orders: Sequence[Standing], slack: Slack) -> Moves:
    """As few actions as bring `orders` to `levels`, within the slack."""
    order_by_level = _most_kept(levels, orders, slack)
    kept = [(orders[number], levels[place]) for place, number in order_by_level.items()]
    busy = set(order_by_level.values())
    free_orders = [order for number, order in enumerate(orders) if number not in busy]
    free_levels = [level for place, level in enumerate(levels) if place not in order_by_level]
    # By size, so that as few as possible have to grow: what grows may have to wait for others.
    movable = [order for order in free_orders if order.is_movable]
    movable.sort(key=lambda order: (not order.is_sent, -order.size))
    free_levels.sort(key=lambda level: -level.size)
    moved = list(zip(movable, free_levels, strict=False))
    surplus = movable[len(moved) :] + [order for order in free_orders if not order.is_movable]
    return Moves(kept, moved, free_levels[len(moved) :], surplus)


def _most_kept(
    levels: Sequence[QuoteLevel], orders: Sequence[Standing], slack: Slack
) -> dict[int, int]:
    """As many levels as possible, each with an order that may serve it: a maximum matching.

    An exact order comes first; then others are taken, and may be passed on to where they serve as
    well, if that frees one for a level that has none.
    """
    fits: list[list[int]] = []
    for level in levels:
        numbers = [number for number, order in enumerate(orders) if slack.covers(order, level)]
        exact = [number for number in numbers if orders[number].is_exactly(level)]
        fits.append(exact + [number for number in numbers if number not in exact])
    level_by_order: dict[int, int] = {}
    for place in range(len(levels)):
        _find_order(place, fits, level_by_order, {})
    return {place: number for number, place in sorted(level_by_order.items())}


def _find_order(
    place: int, fits: list[list[int]], level_by_order: dict[int, int], tried: dict[int, None]
) -> bool:
    """Give the level an order, passing others on where that helps."""
    for number in fits[place]:
        if number in tried:
            continue
        tried[number] = None
        other = level_by_order.get(number)
        if other is None or _find_order(other, fits, level_by_order, tried):
            level_by_order[number] = place
            return True
    return False
