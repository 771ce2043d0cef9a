"""The small parts: scaled numbers, seeded chance, names, the timetable."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.localvenue.still_venue import catalog

from hive.localvenue.clock.timetable import Timetable
from hive.localvenue.identity import Identities
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.units import decimal_of, divided, parse_units, ratio_text, units_of, units_text


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (0, 6, "0.0"),
        (20, 0, "20.0"),
        (841_430, 1, "84143.0"),
        (-5, 5, "-0.00005"),
        (1_050_000, 6, "1.05"),
        (-1_000_000, 6, "-1.0"),
    ],
)
def test_numbers_are_written_as_the_venue_writes_them(units: int, decimals: int, text: str) -> None:
    assert units_text(units, decimals) == text


def test_text_finer_than_its_decimals_is_no_number() -> None:
    assert parse_units("0.00001", 5) == 1
    assert parse_units("0.000001", 5) is None
    assert parse_units("12", 2) == 1_200


def test_exact_numbers_go_in_and_out() -> None:
    assert units_of(Decimal("1.50"), 2) == 150
    assert decimal_of(-150, 2) == Decimal("-1.5")
    with pytest.raises(AssertionError):
        units_of(Decimal("0.001"), 2)


def test_division_rounds_to_the_nearest_on_both_sides_of_zero() -> None:
    assert [divided(number, 4) for number in (-6, -5, -2, 2, 5, 6)] == [-2, -1, -1, 1, 1, 2]
    assert ratio_text(-1, 3, 4) == "-0.3333"


def test_price_and_size_decimals_of_every_perp_make_six() -> None:
    for listing in catalog().perps:
        assert listing.px_decimals + listing.size_decimals == 6


@pytest.mark.parametrize("coin", ["BTC", "SOL", "kPEPE", "DOGE"])
def test_our_tick_rule_is_the_domains(coin: str) -> None:
    listing = catalog().of_coin(coin)
    assert isinstance(listing, Listing)
    for px in (9, 99_999, 100_000, 100_001, 100_010, 123_456, 1_234_560, 10**6, 10**9, 10**9 + 1):
        exact = decimal_of(px, listing.px_decimals)
        assert listing.is_on_tick(px) is listing.instrument.is_legal_px(exact), exact
        assert decimal_of(listing.tick_at(px), listing.px_decimals) == listing.instrument.tick_at(
            exact
        )


def test_tiers_are_continuous_where_they_meet() -> None:
    tiered = [listing for listing in catalog().listings if len(listing.tiers) > 1]
    assert len(tiered) > 30
    for listing in tiered:
        bound = listing.tiers[1].from_usd
        assert abs(listing.maintenance_usd(bound) - listing.maintenance_usd(bound - 1)) <= 1
    onto_five = next(each for each in tiered if each.instrument.margin_table_id == 51)
    assert onto_five.tiers[1].deduction_usd == 150_000 * 10**6


def test_chance_is_the_same_for_a_seed_and_another_for_each_name() -> None:
    first, again = seeded_sources(7)("a"), seeded_sources(7)("a")
    other, elsewhere = seeded_sources(7)("b"), seeded_sources(8)("a")
    draws = [first() for _ in range(1_000)]
    assert draws == [again() for _ in range(1_000)]
    assert draws != [other() for _ in range(1_000)]
    assert draws != [elsewhere() for _ in range(1_000)]
    assert all(0.0 <= draw < 1.0 for draw in draws)
    assert sum(draws) / 1_000 == pytest.approx(0.5, abs=0.03)


def test_trade_ids_are_a_hash_of_both_orders_and_collide_on_demand() -> None:
    usual, narrow = Identities(1), Identities(1, tid_bits=4)
    pairs = [(usual.oid(), usual.oid()) for _ in range(500)]
    assert len({usual.tid(*pair) for pair in pairs}) == 500
    assert len({narrow.tid(*pair) for pair in pairs}) == 500  # in one block they never do
    tids = set()
    for pair in pairs:
        narrow.begin_block()
        tids.add(narrow.tid(*pair))
    assert len(tids) <= 16
    buyer, seller = pairs[0]
    assert Identities(1).tid(buyer, seller) == Identities(9).tid(buyer, seller) < 2**50
    assert Identities(1).tid(buyer, seller) != Identities(1).tid(seller, buyer)


def test_one_action_has_one_hash() -> None:
    identities = Identities(1)
    identities.begin_action()
    first = identities.hash
    assert first == identities.hash
    assert len(first) == 66
    identities.begin_action()
    assert identities.hash != first


def test_a_timetable_keeps_its_pace_and_skips_what_nobody_saw() -> None:
    done: list[tuple[str, int]] = []

    def fast(now_ms: int) -> None:
        done.append(("fast", now_ms))

    def slow(now_ms: int) -> None:
        done.append(("slow", now_ms))

    table = Timetable({fast: 10, slow: 25}, 0)
    for now_ms in (9, 10, 21, 30, 33, 1_000):
        for task in table.due(now_ms):
            task(now_ms)
    expected = [("fast", 10), ("fast", 21), ("fast", 30), ("slow", 30)]
    assert done == [*expected, ("fast", 1_000), ("slow", 1_000)]
    assert table.next_ms == 1_010
