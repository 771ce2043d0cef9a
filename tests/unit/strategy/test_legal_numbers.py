"""A strategy's numbers on their way to the desk: whole ones, broken ones, impossible ones."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.strategy.legal_numbers import legal_px, legal_size

BTC = Instrument("BTC", 0, InstrumentKind.PERP, size_decimals=5, leverage_max=40)


@pytest.mark.parametrize("whole", [1, 57_001, 1_234_567, 10**400])
def test_an_int_is_taken_at_its_word_however_large(whole: int) -> None:
    """It lies on every tick and lot; what is out of all bounds the desk refuses by its rule."""
    assert legal_px(BTC, whole, Side.BUY) == whole == legal_size(BTC, whole)


def test_a_float_is_rounded_to_the_safe_side() -> None:
    assert legal_px(BTC, 57_001.7, Side.BUY) == 57_001
    assert legal_px(BTC, 57_001.2, Side.SELL) == 57_002
    assert legal_size(BTC, 0.123456) == Decimal("0.12345")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_what_no_rounding_can_save_goes_on_as_it_is(number: float) -> None:
    for found in (legal_px(BTC, number, None), legal_size(BTC, number)):
        assert repr(found) == repr(Decimal(repr(number)))
