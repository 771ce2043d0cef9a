"""What a written value is, by its setting's type and by its looks."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, inspect

from hive.app.config.faults import Place
from hive.app.config.scalars import UNSET, expected, plain_scalar, read_scalar
from hive.app.config.tree import Scalar

Small = Annotated[int, Meta(ge=1, le=9, description="1 to 9")]
Positive = Annotated[Decimal, Meta(extra={"gt": 0})]
Word = Annotated[str, Meta(pattern=r"^\w+\Z", min_length=2, max_length=3)]


def scalar(text: str, *, is_plain: bool = True) -> Scalar:
    return Scalar(Place("f", 1, 1), text, is_plain)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (int, "1_000", 1000),
        (int, "-7", -7),
        (int, "1.0", UNSET),
        (int, "1e3", UNSET),
        (int, "9" * 19, UNSET),
        (int, "٣", UNSET),
        (float, "1e3", 1000.0),
        (float, "0.5", 0.5),
        (float, ".nan", UNSET),
        (float, "inf", UNSET),
        (float, "1e999", UNSET),
        (Decimal, "0.1", Decimal("0.1")),
        (Decimal, "1_000.5", Decimal("1000.5")),
        (Decimal, "NaN", UNSET),
        (bool, "true", True),
        (bool, "yes", UNSET),
        (bool, "1", UNSET),
        (str, "NO", "NO"),
        (str, "1e3", "1e3"),
        (Literal["kill", "power"], "power", "power"),
        (Literal["kill", "power"], "Power", UNSET),
        (Small, "9", 9),
        (Small, "10", UNSET),
        (Small, "0", UNSET),
        (Positive, "0", UNSET),
        (Positive, "0.01", Decimal("0.01")),
        (Word, "ab", "ab"),
        (Word, "a", UNSET),
        (Word, "abcd", UNSET),
        (Word, "a b", UNSET),
    ],
)
def test_the_type_says_what_a_value_is(type_: Any, text: str, value: object) -> None:
    read = read_scalar(scalar(text), inspect.type_info(type_))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("type_", [int, float, Decimal, bool])
def test_quotes_make_text(type_: Any) -> None:
    assert read_scalar(scalar("1", is_plain=False), inspect.type_info(type_)) is UNSET


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("NO", "NO"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("0x10", "0x10"),
        ("2026-01-01", "2026-01-01"),
        ("", None),
    ],
)
def test_a_value_of_unknown_type_is_what_it_looks_like(text: str, value: object) -> None:
    read = plain_scalar(scalar(text))
    assert read == value
    assert type(read) is type(value)


def test_a_quoted_value_of_unknown_type_is_text() -> None:
    assert plain_scalar(scalar("12", is_plain=False)) == "12"


def test_types_say_what_they_expect() -> None:
    assert expected(inspect.type_info(Small)) == "1 to 9"
    assert expected(inspect.type_info(Literal["kill", "power"])) == "kill or power"
    three = inspect.type_info(Literal["halt", "none", "pause"])
    assert expected(three) == "halt, none or pause"
    assert expected(inspect.type_info(Literal["1"])) == "1"
    assert expected(inspect.type_info(bool)) == "true or false"
    assert expected(inspect.type_info(Positive)) == "a number"
    assert expected(inspect.type_info(dict[str, int])) == "`name: value` pairs"
