"""Numbers survive the wire: every digit, whoever writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import BadFrame, IllegalOrder
from hive.hyperliquid.codec import exact, venue_text, wire_text
from hive.hyperliquid.number_text import canonical_text

numbers = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**20) + 1, 10**20 - 1),
    st.integers(0, 20),
)
order_numbers = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(0, 10**18),
    st.integers(0, 8),
)


@given(numbers)
def test_what_the_venue_writes_is_read_exactly(number: Decimal) -> None:
    text = venue_text(number)
    assert exact(text) == number
    assert venue_text(exact(text)) == text


@given(numbers)
def test_the_venues_text_has_one_form(number: Decimal) -> None:
    """One decimal at least, no zero behind it, no exponent, no sign on zero."""
    whole, dot, part = venue_text(number).partition(".")
    assert dot == "."
    assert part == "0" or not part.endswith("0")
    assert part
    assert whole.lstrip("-").isdecimal()
    assert (whole.startswith("-")) == (number < 0)


@given(order_numbers)
def test_what_we_sign_over_is_the_shortest_text(number: Decimal) -> None:
    """The same for every spelling of the number, and a fixed point of the venue's own rewriting."""
    text = wire_text(number)
    assert Decimal(text) == number
    assert exact(text) == number
    assert wire_text(number * Decimal("1.000")) == text
    assert canonical_text(text) == text
    assert canonical_text(venue_text(number)) == text
    assert len(text) <= len(venue_text(number))


@given(st.integers(0, 10**18), st.integers(8, 30))
def test_a_ninth_decimal_is_never_dropped(whole: int, zeros: int) -> None:
    """What cannot be written is refused, not rounded."""
    with pytest.raises(IllegalOrder):
        wire_text(Decimal(f"{whole}.{'0' * zeros}1"))


@given(st.text(max_size=50))
def test_any_text_is_a_number_or_a_bad_frame(text: str) -> None:
    try:
        number = exact(text)
    except BadFrame:
        return
    assert number.is_finite()
    assert str(Decimal(text) or 0) == str(number)


@given(st.from_regex(r"-?[0-9]{1,22}(\.[0-9]{1,22})?", fullmatch=True))
def test_plain_numbers_within_the_bounds_are_read(text: str) -> None:
    """Twenty digits on either side, no leading zero: no more and no less."""
    whole, _, part = text.lstrip("-").partition(".")
    fits = len(whole) <= 20 and len(part) <= 20 and (whole == "0" or not whole.startswith("0"))
    if fits:
        assert exact(text) == Decimal(text)
    else:
        with pytest.raises(BadFrame):
            exact(text)
