"""A quote set is reached by no more actions than the best plan that anybody could find."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hive.domain.identifiers import Cloid
from hive.domain.quotes import QuoteLevel
from hive.execution.order_types.quote_matching import Moves, Slack, Standing, least_moves

sizes = st.integers(1, 12).map(Decimal)
prices = st.integers(95, 105).map(Decimal)
levels_wanted = st.lists(st.builds(QuoteLevel, prices, sizes), max_size=5)
slacks = st.builds(Slack, st.sampled_from((0.0, 100.0, 250.0)), st.sampled_from((0.0, 10.0, 40.0)))


@st.composite
def standings(draw: st.DrawFn) -> list[Standing]:
    rows = draw(st.lists(st.tuples(prices, sizes, st.booleans()), max_size=5))
    return [
        Standing(Cloid(str(number)), px, size, is_movable=is_movable)
        for number, (px, size, is_movable) in enumerate(rows)
    ]


def actions(moves: Moves) -> int:
    return len(moves.moved) + len(moves.placed) + len(moves.surplus)


def fewest(levels: list[QuoteLevel], orders: list[Standing], slack: Slack) -> int:
    """By trying every way to give levels orders, or none."""
    slots: list[QuoteLevel | None] = [*levels, *[None] * len(orders)]
    best = len(levels) + len(orders)
    for chosen in set(permutations(range(len(slots)), len(orders))):
        cost = len(levels) - sum(1 for slot in chosen if slots[slot] is not None)
        for order, slot in zip(orders, chosen, strict=True):
            cost += _cost(order, slots[slot], slack)
        best = min(best, cost)
    return best


def _cost(order: Standing, level: QuoteLevel | None, slack: Slack) -> int:
    if level is None:
        return 1
    if slack.covers(order, level):
        return 0
    return 1 if order.is_movable else 2


small_levels = st.lists(st.builds(QuoteLevel, prices, sizes), max_size=3)


@given(small_levels, standings().map(lambda orders: orders[:3]), slacks)
def test_no_plan_is_cheaper(levels: list[QuoteLevel], orders: list[Standing], slack: Slack) -> None:
    assert actions(least_moves(levels, orders, slack)) == fewest(levels, orders, slack)


@given(levels_wanted, standings(), slacks)
def test_every_level_is_served_once_and_every_order_has_one_fate(
    levels: list[QuoteLevel], orders: list[Standing], slack: Slack
) -> None:
    moves = least_moves(levels, orders, slack)
    served = [level for _, level in moves.kept + moves.moved] + moves.placed
    assert sorted(served) == sorted(levels)
    fates = [order.cloid for order, _ in moves.kept + moves.moved]
    fates += [order.cloid for order in moves.surplus]
    assert sorted(fates) == sorted(order.cloid for order in orders)
    assert all(slack.covers(order, level) for order, level in moves.kept)
    assert all(order.is_movable for order, _ in moves.moved)


@given(levels_wanted, slacks)
def test_what_stands_as_it_is_wanted_costs_nothing(levels: list[QuoteLevel], slack: Slack) -> None:
    orders = [Standing(Cloid(str(i)), *level) for i, level in enumerate(levels)]
    assert actions(least_moves(levels, orders, slack)) == 0


@given(levels_wanted, standings())
def test_an_order_that_stands_exactly_where_one_is_wanted_is_never_moved(
    levels: list[QuoteLevel], orders: list[Standing]
) -> None:
    moves = least_moves(levels, orders, Slack(0.0, 0.0))
    moved = [order for order, _ in moves.moved] + moves.surplus
    left = [level for _, level in moves.moved] + moves.placed
    assert not [order for order in moved if (order.px, order.size) in left]
