"""Cloids over their whole width, and text that claims to be one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import (
    CLOID_TAG,
    CloidFields,
    pack_cloid,
    parse_address,
    parse_cloid,
    unpack_cloid,
)


def unsigned(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


fields = st.builds(
    CloidFields, unsigned(16), unsigned(16), unsigned(16), unsigned(24), unsigned(40)
)
HEX = "0123456789abcdef"


@given(fields)
def test_what_was_packed_is_unpacked(packed: CloidFields) -> None:
    cloid = pack_cloid(packed)
    assert unpack_cloid(cloid) == packed
    assert parse_cloid(cloid) == cloid


@given(fields, fields)
def test_different_fields_make_different_cloids(one: CloidFields, other: CloidFields) -> None:
    assert (pack_cloid(one) == pack_cloid(other)) == (one == other)


@given(st.lists(fields, min_size=2, max_size=20))
def test_cloids_sort_as_their_fields_do(many: list[CloidFields]) -> None:
    """So a listing of one account's cloids reads by strategy, then by time."""
    by_text = sorted(many, key=pack_cloid)
    assert by_text == sorted(
        many, key=lambda f: (f.instance, f.account, f.strategy, f.epoch, f.sequence)
    )


@given(unsigned(128))
def test_any_128_bits_are_ours_or_foreign_by_their_tag(bits: int) -> None:
    cloid = f"0x{bits:032x}"
    found = unpack_cloid(cloid)
    assert (found is not None) == (bits >> 112 == CLOID_TAG)
    assert found is None or pack_cloid(found) == cloid


@given(fields, st.integers(2, 33), st.sampled_from(HEX))
def test_one_changed_digit_is_another_cloid(packed: CloidFields, place: int, digit: str) -> None:
    cloid = pack_cloid(packed)
    changed = cloid[:place] + digit + cloid[place + 1 :]
    assert (unpack_cloid(changed) == packed) == (changed == cloid)


@given(st.text(max_size=60))
def test_any_text_is_canonical_or_refused(text: str) -> None:
    """What passes is plain lower-case hex of the right length; parsing it again changes nothing."""
    for parse, length in ((parse_address, 42), (parse_cloid, 34)):
        try:
            parsed = parse(text)
        except MalformedIdentifier:
            continue
        assert len(parsed) == length
        assert parse(parsed) == parsed


@given(st.text(HEX + HEX.upper(), min_size=40, max_size=40), st.booleans())
def test_every_address_has_one_form(digits: str, has_prefix: bool) -> None:
    text = "0x" + digits if has_prefix else digits
    assert parse_address(text) == "0x" + digits.lower()


@given(st.text(HEX, max_size=45).filter(lambda digits: len(digits) != 40))
def test_no_other_length_is_an_address(digits: str) -> None:
    with pytest.raises(MalformedIdentifier):
        parse_address("0x" + digits)
