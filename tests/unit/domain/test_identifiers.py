"""Addresses and cloids: one canonical form each, and nothing else gets through."""

from __future__ import annotations

import msgspec
import pytest

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import (
    CLOID_TAG,
    CloidFields,
    pack_cloid,
    parse_address,
    parse_cloid,
    unpack_cloid,
)

DIGITS = "00112233445566778899aabbccddeeff00112233"
ZEROS = CloidFields(instance=0, account=0, strategy=0, epoch=0, sequence=0)
BITS_BY_FIELD = {"instance": 16, "account": 16, "strategy": 16, "epoch": 24, "sequence": 40}


@pytest.mark.parametrize("text", ["0x" + DIGITS, DIGITS, "0x" + DIGITS.upper(), DIGITS.upper()])
def test_an_address_has_one_canonical_form(text: str) -> None:
    assert parse_address(text) == "0x" + DIGITS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0X" + DIGITS,
        "0x" + DIGITS[:-1],
        "0x" + DIGITS + "0",
        "0x0x" + DIGITS[2:],
        "0x" + DIGITS[:-1] + "g",
        "0x" + DIGITS[:-1] + "٣",
        "0x" + DIGITS + "\n",
        " 0x" + DIGITS,
        "0x" + DIGITS[:19] + "_" + DIGITS[20:],
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Among them: digits of other scripts and a final line break, which look right to the eye."""
    with pytest.raises(MalformedIdentifier, match="not an address"):
        parse_address(text)


def test_a_refusal_quotes_little_of_what_was_given() -> None:
    """A hostile name must not fill a log."""
    for parse in (parse_address, parse_cloid):
        with pytest.raises(MalformedIdentifier) as caught:
            parse("f" * 1_000_000)
        assert len(str(caught.value)) < 150


def test_the_fields_stand_in_the_documented_places() -> None:
    fields = CloidFields(
        instance=0x1111, account=0x2222, strategy=0x3333, epoch=0x444444, sequence=0x5555555555
    )
    assert pack_cloid(fields) == "0x48691111222233334444445555555555"


@pytest.mark.parametrize(("field", "bits"), BITS_BY_FIELD.items())
def test_a_field_holds_its_width_and_not_one_more(field: str, bits: int) -> None:
    largest = msgspec.structs.replace(ZEROS, **{field: 2**bits - 1})
    assert unpack_cloid(pack_cloid(largest)) == largest
    for number in (2**bits, -1):
        with pytest.raises(MalformedIdentifier, match=str(number)):
            pack_cloid(msgspec.structs.replace(ZEROS, **{field: number}))


def test_every_field_is_tested() -> None:
    assert tuple(BITS_BY_FIELD) == CloidFields.__struct_fields__
    assert sum(BITS_BY_FIELD.values()) + 16 == 128, "with the tag, a whole cloid"


@pytest.mark.parametrize("tag", [CLOID_TAG - 1, CLOID_TAG + 1, 0, 0xFFFF])
def test_another_tag_is_somebody_elses(tag: int) -> None:
    assert unpack_cloid(f"0x{tag:04x}{'0' * 28}") is None


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x4869", "0x4869" + "0" * 27, "0x4869" + "0" * 29, "4869" + "0" * 28],
)
def test_what_is_no_cloid_has_no_fields_and_is_refused(text: str) -> None:
    assert unpack_cloid(text) is None
    with pytest.raises(MalformedIdentifier, match="not a cloid"):
        parse_cloid(text)


def test_a_foreign_cloid_is_kept_in_lower_case() -> None:
    assert parse_cloid("0x" + "AB" * 16) == "0x" + "ab" * 16


def test_a_cloid_of_ours_is_known_in_upper_case_too() -> None:
    """Other clients may write it back so."""
    ours = pack_cloid(msgspec.structs.replace(ZEROS, sequence=0xABCDEF))
    assert unpack_cloid("0x" + ours[2:].upper()) == unpack_cloid(ours) is not None
