"""Tables of request fields: what is read, filled in, dropped and refused."""

from __future__ import annotations

from typing import Any

import pytest

from hive.domain.errors import MalformedIdentifier
from hive.serving.info_requests import INFO_TYPES
from hive.serving.request_fields import (
    COIN,
    DEX,
    UINT64_MAX,
    USER,
    FieldTable,
    MisfitField,
    UnknownType,
    Unsigned,
    normalise_addresses,
)

TABLE = FieldTable({"book": (COIN, ("figures", int | None, None)), "state": (USER, DEX)})


def test_fields_come_in_the_tables_order_with_defaults_and_without_strangers() -> None:
    read = TABLE.read({"junk": 1, "coin": "BTC", "type": "book"})
    assert list(read.items()) == [("type", "book"), ("coin", "BTC"), ("figures", None)]
    assert TABLE.read({"type": "state", "user": "x"})["dex"] == ""


@pytest.mark.parametrize("value", [None, [], "book", {}, {"type": 1}, {"type": ["book"]}])
def test_what_names_no_type_is_unknown(value: Any) -> None:
    with pytest.raises(UnknownType):
        TABLE.read(value)


@pytest.mark.parametrize(
    "value",
    [
        {"type": "book"},
        {"type": "book", "coin": None},
        {"type": "book", "coin": "BTC", "figures": True},
        {"type": "book", "coin": "BTC", "figures": 1.5},
        {"type": "book", "coin": "BTC", "figures": UINT64_MAX + 1},
        {"type": "state", "user": "x", "dex": None},
    ],
)
def test_a_field_of_another_kind_is_a_misfit(value: dict[str, Any]) -> None:
    with pytest.raises(MisfitField):
        TABLE.read(value)


def test_sizes_are_checked_inside_objects_too() -> None:
    request = {"coin": "BTC", "interval": "1m", "startTime": UINT64_MAX + 1}
    with pytest.raises(MisfitField, match="64 bits"):
        INFO_TYPES.read({"type": "candleSnapshot", "req": request})


def test_the_table_knows_every_field_name_also_inner_ones() -> None:
    assert {"type", "coin", "figures", "user", "dex"} == TABLE.field_names
    assert {"req", "interval", "endTime", "vaultAddress"} <= INFO_TYPES.field_names


def test_a_field_that_is_unsigned_takes_no_sign() -> None:
    table = FieldTable({"id": (("id", Unsigned),)})
    with pytest.raises(MisfitField):
        table.read({"type": "id", "id": -1})


def test_addresses_get_one_form_and_absent_ones_stay_absent() -> None:
    fields: dict[str, Any] = {"user": "0x" + "AB" * 20, "builder": "cd" * 20, "vaultAddress": None}
    normalise_addresses(fields)
    assert fields == {"user": "0x" + "ab" * 20, "builder": "0x" + "cd" * 20, "vaultAddress": None}
    with pytest.raises(MalformedIdentifier):
        normalise_addresses({"source": "0X" + "ab" * 20})
