"""Books out of diffs of single orders; the recorded lines are the measure of their form."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.localvenue.markets.archive_diffs import DiffBooks
from hive.localvenue.markets.archive_lines import iso_ms
from hive.localvenue.markets.feed_events import FULL_REACH, FeedBook, Unreadable

RECORDED = Path(__file__).parents[3] / "data" / "recorded" / "live_captures"
SAMPLES: dict[str, Any] = json.loads((RECORDED / "node_and_s3_lines.json").read_text())
TIME = "2026-06-10T12:56:15.035481067"
SIDES = {"B": 0, "Bid": 0, "A": 1, "Ask": 1}


def diff(oid: int, side: str, px: str, change: Any, coin: str = "SOL") -> dict[str, Any]:
    return {
        "user": "0x" + "a1" * 20,
        "oid": oid,
        "coin": coin,
        "side": side,
        "px": px,
        "raw_book_diff": change,
    }


def new(oid: int, side: str, px: str, size: str, coin: str = "SOL") -> dict[str, Any]:
    return diff(oid, side, px, {"new": {"sz": size}}, coin)


def update(oid: int, side: str, px: str, before: str, size: str) -> dict[str, Any]:
    return diff(oid, side, px, {"update": {"origSz": before, "newSz": size}})


def told(books: DiffBooks, *diffs: dict[str, Any]) -> list[FeedBook]:
    line = {"local_time": TIME, "block_time": TIME, "block_number": 1, "events": diffs}
    found = list(books.read(json.dumps(line).encode()))
    assert all(isinstance(event, FeedBook) for event in found)
    return [event for event in found if isinstance(event, FeedBook)]


def rungs(*pairs: tuple[str, str]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(px), Decimal(size)) for px, size in pairs)


def test_orders_of_a_price_are_one_level_best_first() -> None:
    (book,) = told(
        DiffBooks(),
        new(1, "B", "18.9", "3.0"),
        new(2, "Bid", "18.93", "10.0"),
        new(3, "B", "18.93", "0.5"),
        new(4, "A", "18.95", "2.0"),
        new(5, "Ask", "18.94", "1.0"),
    )
    assert book.bids == rungs(("18.93", "10.5"), ("18.9", "3"))
    assert book.asks == rungs(("18.94", "1"), ("18.95", "2"))
    assert book.ms == iso_ms(TIME)


def test_a_full_fill_is_an_update_to_nothing_and_a_removal() -> None:
    books = DiffBooks()
    told(books, new(1, "B", "18.93", "10.0"), new(2, "B", "18.93", "4.0"))
    (book,) = told(books, update(1, "B", "18.93", "10.0", "0.0"))
    assert book.bids == rungs(("18.93", "4"))
    assert told(books, diff(1, "B", "18.93", "remove")) == [], "it was gone already"
    (book,) = told(books, update(2, "B", "18.93", "4.0", "1.5"))
    assert book.bids == rungs(("18.93", "1.5"))
    (book,) = told(books, diff(2, "B", "18.93", "remove"))
    assert book.bids == ()


def test_an_order_from_before_the_first_line_is_known_from_its_first_change() -> None:
    books = DiffBooks()
    (book,) = told(books, update(7, "A", "18.94", "9.0", "5.0"))
    assert book.asks == rungs(("18.94", "5"))
    assert told(books, diff(8, "A", "18.95", "remove")) == []


def test_every_coin_of_a_block_is_told_of_once_and_only_news() -> None:
    books = DiffBooks()
    found = told(books, new(1, "B", "18.9", "3.0"), new(2, "B", "1600.0", "1.0", "ETH"))
    assert [book.coin for book in found] == ["SOL", "ETH"]
    far = [new(10 + number, "B", f"{17 - number / 10:.1f}", "1.0") for number in range(FULL_REACH)]
    (book,) = told(books, *far)
    assert len(book.bids) == FULL_REACH
    assert told(books, new(99, "B", "1.0", "5.0")) == [], "beyond the levels that are shown"


def test_recorded_lines_are_read() -> None:
    real = SAMPLES["node_raw_book_diffs_streaming_line_real"]
    books = DiffBooks()
    assert list(books.read(json.dumps(real).encode())) == [], "an unknown order that went"
    variants = {**real, "events": SAMPLES["node_raw_book_diff_variants"]}
    (book,) = books.read(json.dumps(variants).encode())
    assert isinstance(book, FeedBook)
    assert (book.coin, book.bids) == ("CHILLGUY", rungs(("1.36", "186910")))


def test_diffs_without_the_time_of_their_block_are_named() -> None:
    line = json.dumps(SAMPLES["node_raw_book_diff_variants"][0]).encode()
    with pytest.raises(Unreadable, match="by block"):
        list(DiffBooks().read(line))
    with pytest.raises(Unreadable, match="not a line of book diffs"):
        list(DiffBooks().read(b'{"block_time":1}'))


sizes = st.integers(0, 40).map(lambda lots: f"{lots / 10:.1f}")


@given(
    st.lists(
        st.tuples(st.integers(0, 9), sizes, st.booleans(), st.integers(0, 3)),
        max_size=60,
    )
)
def test_a_book_is_the_sum_of_the_orders_that_rest(story: list[Any]) -> None:
    """Each order keeps its side and price; a story changes sizes and removes, block by block."""
    books, resting = DiffBooks(), dict[int, tuple[str, str, Decimal]]()
    shown: list[FeedBook] = []
    for oid, size, is_removed, place in story:
        side = "B" if oid % 2 else "A"
        px = resting[oid][1] if oid in resting else f"{(10 if side == 'B' else 20) + place}.0"
        if is_removed:
            shown += told(books, diff(oid, side, px, "remove"))
            resting.pop(oid, None)
        elif oid in resting:
            shown += told(books, update(oid, side, px, str(resting[oid][2]), size))
            resting[oid] = (side, px, Decimal(size))
        else:
            shown += told(books, new(oid, side, px, size))
            resting[oid] = (side, px, Decimal(size))
        resting = {each: row for each, row in resting.items() if row[2] > 0}
    last = shown[-1] if shown else FeedBook("SOL", 0, (), ())
    for side, levels, is_best_high in (("B", last.bids, True), ("A", last.asks, False)):
        sums: dict[Decimal, Decimal] = {}
        for own_side, px, size in resting.values():
            if own_side == side:
                sums[Decimal(px)] = sums.get(Decimal(px), Decimal(0)) + size
        assert levels == tuple(sorted(sums.items(), reverse=is_best_high))
