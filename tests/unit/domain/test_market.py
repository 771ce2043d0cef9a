"""Market values: middles, edges of candles, and the bounds that shut nonsense out at the border."""

from __future__ import annotations

import msgspec
import pytest

from hive.domain.market import INTERVAL_MS_BY_NAME, Bbo, Book, Candle, Level, Side

BID, ASK = Level(99.0, 2.0, 1), Level(101.0, 3.0, 2)


def test_buying_and_selling_are_opposites_in_the_venues_letters() -> None:
    assert [(side.value, side.sign, side.opposite.value) for side in Side] == [
        ("B", 1, "A"),
        ("A", -1, "B"),
    ]


def test_the_mid_is_between_the_best_prices() -> None:
    worse = Level(98.0, 9.0, 1)
    assert Book("BTC", 1, 1, (BID, worse), (ASK,)).mid_px == 100.0
    assert Bbo("BTC", 1, 1, BID, ASK).mid_px == 100.0


def test_without_one_side_there_is_no_mid() -> None:
    assert Book("BTC", 1, 1, (), (ASK,)).mid_px is None
    assert Book("BTC", 1, 1, (BID,), ()).mid_px is None
    assert Bbo("BTC", 1, 1, None, ASK).mid_px is None
    assert Bbo("BTC", 1, 1, BID, None).mid_px is None


@pytest.mark.parametrize("px", ["0", "-1", "1e15", "1e400", "NaN", "Infinity", "null", '"1"'])
def test_no_level_is_decoded_with_a_nonsense_price(px: str) -> None:
    """So nothing behind the border compares against NaN or divides by zero."""
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
        msgspec.json.decode(f'{{"px": {px}, "sz": 1, "n": 1}}', type=Level)


@pytest.mark.parametrize(("sz", "n"), [("-0.1", "1"), ("1e18", "1"), ("1", "-1"), ("1", "1.5")])
def test_no_level_is_decoded_with_a_nonsense_size_or_count(sz: str, n: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"px": 1, "sz": {sz}, "n": {n}}}', type=Level)


def test_a_level_may_be_empty_of_size() -> None:
    assert msgspec.json.decode('{"px": 1.5, "sz": 0, "n": 0}', type=Level) == Level(1.5, 0.0, 0)


def test_a_candle_ends_where_the_next_begins() -> None:
    candle = Candle("BTC", 60_000, 120_000, 1, 2, 0.5, 1.5, 10, 3, is_closed=True)
    assert candle.close_ms == 180_000


def test_an_intervals_name_says_its_length() -> None:
    ms_by_unit = {
        "m": 60_000,
        "h": 3_600_000,
        "d": 86_400_000,
        "w": 7 * 86_400_000,
        "M": 30 * 86_400_000,
    }
    for name, ms in INTERVAL_MS_BY_NAME.items():
        assert ms == int(name[:-1]) * ms_by_unit[name[-1]]
    assert list(INTERVAL_MS_BY_NAME.values()) == sorted(INTERVAL_MS_BY_NAME.values())
