"""Instruments: what their numbers mean, what their refusals are called, and how they are found."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from hive.domain.errors import IllegalOrder, UnknownCoin
from hive.domain.instruments import PX_MAX, SIZE_MAX, Instrument, InstrumentKind, Universe
from hive.domain.market import Side

BTC = Instrument("BTC", 0, InstrumentKind.PERP, size_decimals=5, leverage_max=40)
ETH = Instrument("ETH", 1, InstrumentKind.PERP, size_decimals=4, leverage_max=25)
KPEPE = Instrument("kPEPE", 34, InstrumentKind.PERP, size_decimals=0, leverage_max=10)
PURR = Instrument("PURR/USDC", 10_000, InstrumentKind.SPOT, size_decimals=0, leverage_max=1)
UNIVERSE = Universe([BTC, ETH, KPEPE, PURR])


@pytest.mark.parametrize(
    ("kind", "size_decimals", "px_decimals_max"),
    [
        (InstrumentKind.PERP, 5, 1),
        (InstrumentKind.PERP, 0, 6),
        (InstrumentKind.SPOT, 0, 8),
        (InstrumentKind.SPOT, 5, 3),
        (InstrumentKind.BUILDER_PERP, 2, 4),
    ],
)
def test_decimals_of_a_price_depend_on_kind_and_lot(
    kind: InstrumentKind, size_decimals: int, px_decimals_max: int
) -> None:
    instrument = Instrument("X", 1, kind, size_decimals, 1)
    assert instrument.px_decimals_max == px_decimals_max
    assert instrument.lot == Decimal(10) ** -size_decimals


@pytest.mark.parametrize(
    ("px", "tick"),
    [
        ("0.5", "0.1"),
        ("1", "0.1"),
        ("9999.9", "0.1"),
        ("10000", "1"),
        ("99999", "1"),
        ("100000", "1"),
        ("1234567", "1"),
    ],
)
def test_the_tick_is_the_coarser_of_figures_and_decimals_and_never_over_one(
    px: str, tick: str
) -> None:
    assert BTC.tick_at(Decimal(px)) == Decimal(tick)


def test_rounding_up_over_a_power_of_ten_stays_legal() -> None:
    """There the tick grows tenfold within one step."""
    rounded = BTC.round_px(Decimal("9999.95"), side=Side.SELL)
    assert rounded == 10_000
    assert BTC.is_legal_px(rounded)


@pytest.mark.parametrize(
    ("px", "size", "rule"),
    [
        ("0", "1", "price"),
        (str(PX_MAX), "1", "price"),
        ("90000.5", "1", "tick"),
        ("90000", "0", "size"),
        ("90000", str(SIZE_MAX), "size"),
        ("90000", "0.000001", "lot"),
        ("90000", "0.00011", "minimum value"),
        ("NaN", "1", "price"),
        ("sNaN", "NaN", "price"),
        ("Infinity", "NaN", "price"),
        ("-1", "NaN", "price"),
        ("90000", "NaN", "size"),
        ("90000.5", "NaN", "tick"),
        ("90000", "-Infinity", "size"),
    ],
)
def test_a_refusal_names_its_rule(px: str, size: str, rule: str) -> None:
    with pytest.raises(IllegalOrder, match=f"^{rule}: ") as caught:
        BTC.check_order(Decimal(px), Decimal(size), reduce_only=False)
    assert caught.value.rule == rule


def test_ten_dollars_are_enough_and_less_may_only_reduce() -> None:
    BTC.check_order(Decimal(100), Decimal("0.1"), reduce_only=False)
    less = Decimal("0.09999")
    BTC.check_order(Decimal(100), less, reduce_only=True)
    with pytest.raises(IllegalOrder, match="minimum value"):
        BTC.check_order(Decimal(100), less, reduce_only=False)


def test_a_delisted_coin_takes_no_order_however_legal() -> None:
    gone = msgspec.structs.replace(BTC, is_delisted=True)
    with pytest.raises(IllegalOrder, match=r"^delisted: BTC"):
        gone.check_order(Decimal(90_000), Decimal(1), reduce_only=True)


def test_a_size_under_a_lot_is_nothing_and_a_negative_one_is_a_mistake() -> None:
    assert BTC.round_size(0.000009) == 0
    assert BTC.round_size(Decimal(0)) == 0
    with pytest.raises(IllegalOrder, match=r"^size: "):
        BTC.round_size(-0.1)


def test_a_universe_is_searched_by_coin_and_by_asset_id() -> None:
    assert UNIVERSE.of_coin("kPEPE") is KPEPE
    assert UNIVERSE.of_asset_id(10_000) is PURR
    assert UNIVERSE.of_asset_id(2) is None
    assert list(UNIVERSE) == [BTC, ETH, KPEPE, PURR]
    assert len(UNIVERSE) == 4
    assert "ETH" in UNIVERSE


def test_names_are_case_sensitive() -> None:
    """`kPEPE` is a thousand PEPE; `KPEPE` would be something else."""
    assert "KPEPE" not in UNIVERSE
    with pytest.raises(UnknownCoin):
        UNIVERSE.of_coin("KPEPE")


@pytest.mark.parametrize(
    ("asked", "near"), [("BTCC", "BTC"), ("KPEPE", "kPEPE"), ("PURR", "PURR/USDC")]
)
def test_a_near_name_is_suggested(asked: str, near: str) -> None:
    with pytest.raises(UnknownCoin, match=asked) as caught:
        UNIVERSE.of_coin(asked)
    assert caught.value.hint == f"did you mean {near}?"


def test_without_a_near_name_the_hint_says_where_names_come_from() -> None:
    with pytest.raises(UnknownCoin) as caught:
        UNIVERSE.of_coin("ZZZZZZ")
    assert "meta" in caught.value.hint


def test_the_refusal_of_a_hostile_name_is_short() -> None:
    with pytest.raises(UnknownCoin) as caught:
        UNIVERSE.of_coin("x" * 10_000)
    assert len(str(caught.value)) < 100


def test_of_a_coin_on_a_builder_dex_the_reason_is_told() -> None:
    with pytest.raises(UnknownCoin) as caught:
        Universe([]).of_coin("xyz:TSLA")
    told = "strategies trade perps of the first dex, not of builder dexes yet"
    assert caught.value.hint == told, "and nothing of spot, whose orders are refused"
