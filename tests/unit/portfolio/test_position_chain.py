"""Holes in a coin's history are found from what each fill says was held before it."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

from tests.unit.portfolio.fills import fill

from hive.portfolio.position_chain import PositionChain

# held before, and bought (or sold)
HISTORY = [("3", "2"), ("5", "-3"), ("2", "2"), ("4", "-9"), ("-5", "1")]


def chain_of(rows: list[tuple[str, str]]) -> PositionChain:
    chain = PositionChain()
    for number, (start, size) in enumerate(rows):
        chain.add(fill(size, start=start, venue_ms=number))
    return chain


def test_nothing_known_is_whole_and_has_no_size() -> None:
    chain = PositionChain()
    assert chain.is_whole
    assert chain.size is None


def test_a_whole_history_is_whole_in_whatever_order_it_is_told() -> None:
    for rows in permutations(HISTORY):
        chain = chain_of(list(rows))
        assert chain.is_whole
        assert chain.size == Decimal(-4)
        assert chain.first_size == Decimal(3)


def test_a_missing_fill_in_the_middle_is_a_hole_until_it_comes() -> None:
    for missing in (1, 2, 3):
        chain = chain_of(HISTORY[:missing] + HISTORY[missing + 1 :])
        assert not chain.is_whole
        assert chain.size is None
        start, size = HISTORY[missing]
        chain.add(fill(size, start=start, venue_ms=missing))
        assert chain.is_whole


def test_a_round_trip_ends_where_its_latest_fill_says() -> None:
    chain = chain_of([("0", "1"), ("1", "-1")])
    assert chain.is_whole
    assert chain.size == 0


def test_a_hole_that_is_given_up_begins_a_new_chain() -> None:
    chain = chain_of([("0", "1"), ("5", "1")])
    assert not chain.is_whole
    chain.restart()
    chain.add(fill("1", start="6"))
    assert chain.size == 7
