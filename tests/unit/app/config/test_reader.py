"""Nodes into settings: every fault is met, and each says where it stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hive.app.config.faults import Place
from hive.app.config.reader import Reader
from hive.app.config.scalars import UNSET
from hive.app.config.tree import Mapping, Node, Sequence, parse_tree

Percent = Annotated[float, Meta(ge=0, le=100, description="0 to 100")]


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    low: int = 1
    high: int = 2

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    needed: str
    share: Percent = 50.0
    inner: Inner = Inner()
    limit: Decimal | dict[str, Decimal] | None = None
    piece: Mapping | None = None
    rows: Sequence | None = None


def tree(text: str) -> Node:
    node = parse_tree(text, "f")
    assert node is not None
    return node


def read(text: str) -> tuple[Any, list[str]]:
    reader = Reader()
    value = reader.struct(tree(text), Outer, "")
    return value, [str(fault) for fault in reader.faults]


def test_what_is_not_written_has_its_default() -> None:
    assert read("needed: a") == (Outer(needed="a"), [])


def test_settings_are_read_as_their_types_say() -> None:
    text = "{needed: NO, share: 1e1, inner: {low: 2}, limit: {BTC: 0.1}}"
    assert read(text) == (
        Outer(needed="NO", share=10.0, inner=Inner(low=2), limit={"BTC": Decimal("0.1")}),
        [],
    )


def test_an_alternative_is_chosen_by_shape() -> None:
    assert read("{needed: a, limit: 0.1}")[0].limit == Decimal("0.1")
    assert read("{needed: a, limit: null}")[0].limit is None
    assert read("{needed: a, limit: {BTC: x}}")[1] == [
        "f:1:26 limit.BTC: expected a number, got 'x'"
    ]
    assert read("{needed: a, limit: [1]}")[1] == ["f:1:20 limit: expected a number"]


def test_a_piece_of_the_tree_is_handed_over_as_it_is() -> None:
    value, _ = read("{needed: a, piece: {b: 1}, rows: [1]}")
    assert isinstance(value.piece, Mapping)
    assert isinstance(value.rows, Sequence)
    assert read("{needed: a, piece: [], rows: {}}")[1] == [
        "f:1:20 piece: expected `name: value` pairs",
        "f:1:30 rows: expected a list",
    ]


def test_all_faults_are_met_at_once() -> None:
    value, faults = read(
        "share: 101\ninner:\n  low: x\n  hihg: 3\nother: 1\nother: 2\nlimit:\n  BTC:\n"
    )
    assert value is UNSET
    assert faults == [
        "f:1:8 share: expected 0 to 100, got '101'",
        "f:3:8 inner.low: expected a whole number, got 'x'",
        'f:4:3 inner.hihg: unknown key, did you mean "high"?',
        "f:5:1 other: unknown key, known: needed, share, inner, limit, piece, rows",
        "f:6:1 other: stands here again, first in line 5",
        "f:8:7 limit.BTC: expected a number",
        "f:1:1 needed: is required",
    ]


def test_a_rule_over_several_settings_is_a_fault_of_their_section() -> None:
    assert read("{needed: a, inner: {low: 3}}")[1] == ["f:1:20 inner: low is above high"]


def test_a_section_must_hold_settings() -> None:
    assert read("needed: a\ninner: 3")[1] == ["f:2:8 inner: expected `name: value` pairs"]
    assert read("[needed]")[1] == ["f:1:1 expected `name: value` pairs"]


def test_settings_that_can_be_read_are_read_beside_faults() -> None:
    assert Reader().fields(tree("{needed: a, share: x, odd: 1}"), Outer, "") == {"needed": "a"}


def test_a_setting_is_found_again_by_its_path() -> None:
    reader = Reader()
    reader.struct(tree("needed: a\ninner:\n  low: 1\n"), Outer, "")
    assert reader.place_of("inner.low") == Place("f", 3, 3)
    assert reader.place_of("inner.high") == Place("f", 2, 1), "what it would stand in"
    assert reader.place_of("rows[3].x") == Place("f", 1, 1)


def test_plain_values_keep_their_looks() -> None:
    reader = Reader()
    node = tree("{a: [1, '1', NO, true, 0.5, null], b: {c: 1, c: 2}}")
    assert reader.plain(node, "p") == {"a": [1, "1", "NO", True, 0.5, None], "b": {"c": 1}}
    assert [fault.path for fault in reader.faults] == ["p.b.c"]
