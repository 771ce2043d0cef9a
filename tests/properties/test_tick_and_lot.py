"""Tick and lot rules over the whole universe, against the venue's rule restated on digits.

The rule (protocol.md 2.5): a price has at most five significant figures and at most 6 - szDecimals
decimals (8 on spot), but an integer is always a price; a size has at most szDecimals decimals. The
reference below works on the digits of a text and shares nothing with `Instrument`.
"""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.recorded import ITEMS, METADATA

from hive.domain.errors import IllegalOrder
from hive.domain.instruments import SIZE_MAX, Instrument, InstrumentKind
from hive.domain.market import Side
from hive.hyperliquid import codec

PERPS = codec.perp_instruments(codec.decode_meta((METADATA / "meta_perps.json").read_bytes()))
SPOTS = codec.spot_instruments(codec.decode_spot_meta((METADATA / "spot_meta.json").read_bytes()))
UNIVERSE = [*PERPS, *SPOTS]
FRACTION_DIGITS = 14


class Neighbours(NamedTuple):
    """The legal prices at or around a price, as integers of `10 ** -places`."""

    below: int
    above: int
    places: int
    twice_beyond: int
    """-1, 0, 1: the price lies nearer to `below`, in the middle, nearer to `above`."""

    def decimal(self, number: int) -> Decimal:
        return Decimal(number).scaleb(-self.places)


def decimals_allowed(instrument: Instrument) -> int:
    return (8 if instrument.kind is InstrumentKind.SPOT else 6) - instrument.size_decimals


def is_price(text: str, instrument: Instrument) -> bool:
    """The rule, digit by digit; `text` is a positive plain decimal."""
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if not part:
        return int(whole) > 0
    figures = (whole + part).lstrip("0")
    return len(part) <= decimals_allowed(instrument) and len(figures) <= 5


def neighbours(text: str, instrument: Instrument) -> Neighbours:
    """Cut the text where five figures or the decimals end; the next price is one up there."""
    whole, _, part = text.partition(".")
    part = part.ljust(40, "0")
    leading = len(whole.lstrip("0")) or len(part.lstrip("0")) - len(part)
    places = max(0, min(5 - leading, decimals_allowed(instrument)))
    below, rest = int(whole + part[:places]), part[places:]
    half = "5".ljust(len(rest), "0")
    return Neighbours(
        below=below,
        above=below + (1 if rest.strip("0") else 0),
        places=places,
        twice_beyond=(rest > half) - (rest < half),
    )


instruments = st.sampled_from(UNIVERSE)


def _text(digits: int, places: int) -> str:
    padded = str(digits).rjust(places + 1, "0")
    return f"{padded[: len(padded) - places]}.{padded[len(padded) - places :]}"


prices = st.builds(
    _text,
    st.one_of(st.integers(1, 10**6), st.integers(1, 10**11)),
    st.integers(1, FRACTION_DIGITS),
)


@given(instruments, prices)
def test_what_is_a_price(instrument: Instrument, text: str) -> None:
    assert instrument.is_legal_px(Decimal(text)) == is_price(text, instrument)


def test_what_is_a_price_for_every_instrument() -> None:
    """Near prices of every size, around the edges of both rules."""
    rng = Random(5)
    verdicts = set()
    for instrument in UNIVERSE:
        for places in range(1, 10):
            text = _text(rng.randrange(1, 10 ** rng.randrange(1, 9)), places)
            verdicts.add(is_price(text, instrument))
            assert instrument.is_legal_px(Decimal(text)) == is_price(text, instrument), text
    assert verdicts == {True, False}


def check_rounding(instrument: Instrument, text: str) -> None:
    """Every way of rounding gives the neighbour that the digits give."""
    near = neighbours(text, instrument)
    nearest = near.above if near.twice_beyond > 0 else near.below
    if near.twice_beyond == 0 and near.above > near.below:
        nearest = near.below + near.below % 2
    for side, number in ((Side.BUY, near.below), (Side.SELL, near.above), (None, nearest)):
        if number == 0:
            with pytest.raises(IllegalOrder, match="tick"):
                instrument.round_px(Decimal(text), side=side)
            continue
        rounded = instrument.round_px(Decimal(text), side=side)
        assert rounded == near.decimal(number), (instrument, text, side)
        assert instrument.is_legal_px(rounded)
        assert instrument.round_px(rounded, side=side) == rounded


@given(instruments, prices)
def test_prices_are_rounded_to_their_neighbours(instrument: Instrument, text: str) -> None:
    check_rounding(instrument, text)


def test_prices_are_rounded_to_their_neighbours_on_every_instrument() -> None:
    """At the live price of each, off by everything up to ten ticks."""
    contexts = json.loads((METADATA / "asset_ctxs.json").read_bytes())
    rng = Random(6)
    for instrument, context in zip(PERPS, contexts, strict=True):
        mark_px = Decimal(context["markPx"])
        for _ in range(20):
            offset = instrument.tick_at(mark_px) * Decimal(rng.randrange(-(10**6), 10**6)).scaleb(
                -5
            )
            if mark_px + offset > 0:
                check_rounding(instrument, f"{mark_px + offset:f}")


@given(instruments, prices)
def test_a_rounded_quote_is_never_worse(instrument: Instrument, text: str) -> None:
    """A buyer never pays more, a seller never gets less, than was asked for."""
    px = Decimal(text)
    assert instrument.round_px(px, side=Side.SELL) >= px
    try:
        assert instrument.round_px(px, side=Side.BUY) <= px
    except IllegalOrder:
        assert px < instrument.tick_at(px)


@given(instruments, st.floats(1e-6, 1e8))
def test_floats_are_rounded_as_they_read(instrument: Instrument, px: float) -> None:
    """By the shortest text of the float, not by its binary tail."""
    for side in (Side.BUY, Side.SELL, None):
        try:
            rounded = instrument.round_px(px, side=side)
        except IllegalOrder:
            continue
        assert rounded == instrument.round_px(Decimal(repr(px)), side=side)


@given(instruments, st.integers(1, 10**11))
def test_whole_numbers_are_taken_as_they_are(instrument: Instrument, whole: int) -> None:
    """They are legal prices and sizes, however many figures they have."""
    for side in (Side.BUY, Side.SELL, None):
        px = instrument.round_px(float(whole), side=side)
        assert px == whole == instrument.round_size(float(whole))
        assert instrument.is_legal_px(px)


@given(instruments, st.floats(1e-3, 1e7))
def test_the_official_clients_prices_are_legal(instrument: Instrument, px: float) -> None:
    """It rounds a market order's price to five figures, then to the decimals."""
    rounded = round(float(f"{px:.5g}"), decimals_allowed(instrument))
    if rounded > 0:
        assert instrument.is_legal_px(Decimal(repr(rounded)))


@given(instruments, prices)
def test_sizes(instrument: Instrument, text: str) -> None:
    """As many decimals as the lot has; the rest is cut off, never added."""
    whole, _, part = text.partition(".")
    cut = f"{whole}.{part[: instrument.size_decimals]}"
    is_size = not part[instrument.size_decimals :].strip("0")
    assert instrument.is_legal_size(Decimal(text)) == is_size
    assert instrument.round_size(Decimal(text)) == Decimal(cut)
    assert instrument.round_size(float(text)) <= Decimal(repr(float(text)))


def test_recorded_prices_and_sizes_are_legal() -> None:
    """What really traded or rested in 2026 obeys the rules as we state them."""
    by_coin = {instrument.coin: instrument for instrument in UNIVERSE}
    probe = "live_captures/wsprobe_frames_2026-09-24.json#"
    rows = [
        *ITEMS["live_captures/bytex_ws_trades.json"]["data"],
        *ITEMS[probe + "trades"]["data"],
        *ITEMS["live_captures/bytex_ws_user_fills_channel.json"]["data"]["fills"],
        *ITEMS["nautilus/http_user_fills_dust_conversion.json"][:2],
        *({"coin": "BTC", **level} for level in ITEMS[probe + "bbo"]["data"]["bbo"]),
        *(
            {"coin": "BTC", **level}
            for side in ITEMS[probe + "l2Book_default_trimmed"]["data"]["levels"]
            for level in side
        ),
    ]
    assert len(rows) >= 14
    for row in rows:
        instrument = by_coin[row["coin"]]
        assert instrument.is_legal_px(Decimal(row["px"])), row
        assert instrument.is_legal_size(Decimal(row["sz"])), row


HOSTILE = ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-0", "-1", "1E+40", "1E-40", "1E+999999"]


@pytest.mark.parametrize("text", [*HOSTILE, str(SIZE_MAX)])
def test_hostile_numbers_are_no_orders(text: str) -> None:
    """Each is refused with the name of a rule, never with an arithmetic error."""
    number = Decimal(text)
    for instrument in (PERPS[0], SPOTS[0]):
        with pytest.raises(IllegalOrder):
            instrument.check_order(number, Decimal(1), reduce_only=False)
        with pytest.raises(IllegalOrder):
            instrument.check_order(Decimal(100), number, reduce_only=True)


RULES = {"delisted", "price", "tick", "size", "lot", "minimum value"}


@given(instruments, st.decimals(), st.decimals())
def test_any_number_is_legal_or_refused_by_name(
    instrument: Instrument, px: Decimal, size: Decimal
) -> None:
    """Never an arithmetic error, however long the number."""
    try:
        instrument.check_order(px, size, reduce_only=False)
    except IllegalOrder as refused:
        rule = refused.rule
    else:
        rule = "none"
        assert is_price(f"{px:f}", instrument)
        assert px * size >= 10
    assert rule in {*RULES, "none"}
