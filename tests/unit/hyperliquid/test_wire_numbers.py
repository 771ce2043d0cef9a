"""Texts of numbers: what is one, and how each side writes it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hive.domain.errors import BadFrame
from hive.hyperliquid.codec import exact, venue_text, wire_text


@pytest.mark.parametrize(
    "text", ["0", "0.0", "20.0", "-22358.938225", "0.00000001", "12985854.2078639995", "9" * 20]
)
def test_exact_keeps_every_digit(text: str) -> None:
    assert exact(text) == Decimal(text)
    assert str(exact("20.50")) == "20.50"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "1.",
        ".5",
        "01",
        "1_0",
        "1e5",
        "NaN",
        "Infinity",
        "0x1",
        "--1",
        "-",
        "1,5",
        "true",
        "١",
        "１",
        "9" * 21,
        "0." + "1" * 21,
        "9" * 5000,
    ],
)
def test_exact_refuses_what_is_no_plain_number(text: str) -> None:
    with pytest.raises(BadFrame):
        exact(text)


def test_zero_has_no_sign() -> None:
    assert not exact("-0.0").is_signed()


@pytest.mark.parametrize(
    ("number", "ours", "theirs"),
    [
        ("20.50", "20.5", "20.5"),
        ("20", "20", "20.0"),
        ("1E+3", "1000", "1000.0"),
        ("1E-8", "0.00000001", "0.00000001"),
        ("0E-10", "0", "0.0"),
        ("-0.0", "0", "0.0"),
        ("84143", "84143", "84143.0"),
    ],
)
def test_how_each_side_writes_a_number(number: str, ours: str, theirs: str) -> None:
    """We sign over the shortest text; the venue writes one decimal at least."""
    assert wire_text(Decimal(number)) == ours
    assert venue_text(Decimal(number)) == theirs


def test_the_venue_writes_money_of_either_sign_and_any_length() -> None:
    assert venue_text(Decimal("-1.08240")) == "-1.0824"
    assert venue_text(Decimal("4161029539.6949653625")) == "4161029539.6949653625"
