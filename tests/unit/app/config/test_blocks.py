"""Blocks into strategies: templates, ids, quotas, and each strategy's own settings."""

from __future__ import annotations

from typing import Any

import pytest

from hive.app.config.blocks import StrategyEntry, strategy_entries
from hive.app.config.reader import Reader
from hive.app.config.sections import RiskSettings
from hive.app.config.tree import Sequence, parse_tree
from hive.domain.errors import ConfigRefused
from hive.strategy.interface import Coin, Count, Params, Strategy


class Settings(Params, frozen=True):
    coin: Coin = "BTC"
    fast: Count = 3
    slow: Count = 9

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise ValueError("fast must be below slow")


class Cross(Strategy[Settings]):
    pass


def find(use: str) -> type[Strategy[Any]]:
    if use != "cross":
        raise ConfigRefused(f"no strategy {use}")
    return Cross


def read(text: str, strategies_max: int = 100) -> tuple[tuple[StrategyEntry, ...], list[str]]:
    reader = Reader()
    node = parse_tree(f"strategies:\n{text}", "f")
    values = reader.fields(node, Holder, "") if node else {}
    entries = strategy_entries(
        values["strategies"],
        reader,
        find,
        strategies_max=strategies_max,
        orders_per_second_max=5.0,
    )
    return entries, [str(fault) for fault in reader.faults]


class Holder(Params, frozen=True):
    strategies: Sequence


def test_a_block_is_a_strategy_with_its_settings() -> None:
    entries, faults = read("- {id: a, use: cross, params: {fast: 4}}")
    assert faults == []
    assert entries == (
        StrategyEntry(
            id=entries[0].id,
            strategy=Cross,
            params=Settings(fast=4),
            orders_per_second_max=5.0,
            coin=entries[0].coin,
        ),
    )
    assert entries[0].id == "a"


def test_coin_is_a_setting_of_the_strategy_and_a_name_for_the_id() -> None:
    entries, _ = read("- {id: 'x-{coin}', use: cross, coin: NO}")
    assert [(entry.id, entry.params) for entry in entries] == [("x-NO", Settings(coin="NO"))]


def test_foreach_makes_a_strategy_of_every_combination() -> None:
    entries, faults = read(
        "- {id: 'x-{coin}-{fast}', use: cross, foreach: {coin: [BTC, ETH], fast: [1, 2]}}"
    )
    assert faults == []
    assert [(entry.id, entry.params) for entry in entries] == [
        ("x-BTC-1", Settings(coin="BTC", fast=1)),
        ("x-BTC-2", Settings(coin="BTC", fast=2)),
        ("x-ETH-1", Settings(coin="ETH", fast=1)),
        ("x-ETH-2", Settings(coin="ETH", fast=2)),
    ]


def test_a_quota_of_its_own_replaces_the_common_one() -> None:
    entries, _ = read(
        "- {id: a, use: cross, quota: {max_orders_per_second: 2}}\n- {id: b, use: cross}"
    )
    assert [entry.orders_per_second_max for entry in entries] == [2.0, 5.0]


def test_a_strategy_may_have_limits_of_its_own() -> None:
    entries, _ = read("- {id: a, use: cross, risk: {max_open_orders: 7}}")
    assert entries[0].risk == RiskSettings(max_open_orders=7)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        (
            "{id: a, use: cross, params: {fasst: 1}}",
            "f:2:32 strategies[0].params.fasst: no such parameter; did you mean fast?",
        ),
        (
            "{id: a, use: cross, params: {fast: 0}}",
            "f:2:32 strategies[0].params.fast: expected a whole number >= 1, got '0'",
        ),
        (
            "{id: a, use: cross, params: {fast: 9}}",
            "f:2:23 strategies[0].params: fast must be below slow",
        ),
        (
            "{id: a, use: cross, foreach: {fats: [1]}}",
            "f:2:33 strategies[0].foreach.fats: no such parameter; did you mean fast?",
        ),
        (
            "{id: a, use: cross, coin: ''}",
            "f:2:29 strategies[0].coin: expected a line of text, got ''",
        ),
        (
            "{id: a, use: cross, coin: A, params: {coin: B}}",
            "f:2:41 strategies[0].params.coin: is set outside of params too",
        ),
        (
            "{id: 'a-{coin}', use: cross, coin: A, foreach: {coin: [B]}}",
            "f:2:32 strategies[0].coin: stands in foreach too",
        ),
        (
            "{id: 'a-{coi}', use: cross, coin: A}",
            "f:2:4 strategies[0].id: unknown name in {}: 'coi', did you mean \"coin\"?",
        ),
        (
            "{id: 'a-{coin}', use: cross}",
            "f:2:4 strategies[0].id: unknown name in {}: 'coin', there is no foreach",
        ),
        (
            "{id: 'a b', use: cross}",
            "f:2:4 strategies[0].id: expected up to 64 letters, digits or .:@/+-_, got 'a b'",
        ),
        (
            "{id: a, use: cross, foreach: {coin: [A, B]}}",
            "f:2:4 strategies[0].id: 'a' is not one strategy's own: add {NAME} of foreach to it",
        ),
        (
            "{id: 'a{coin}', use: cross, foreach: {coin: []}}",
            "f:2:41 strategies[0].foreach.coin: expected a list of values",
        ),
        (
            "{id: 'a{coin}', use: cross, foreach: {coin: [[A]]}}",
            "f:2:41 strategies[0].foreach.coin: expected a list of values",
        ),
        ("{id: a, use: cros}", "f:2:11 strategies[0].use: no strategy cros"),
        ("{id: a}", "f:2:3 strategies[0].use: is required"),
        ("7", "f:2:3 strategies[0]: expected `name: value` pairs"),
        (
            "{id: a, use: cross, risk: {max_opn: 2}}",
            'f:2:30 strategies[0].risk.max_opn: unknown key, did you mean "max_open_orders"?',
        ),
    ],
)
def test_a_fault_names_its_setting(block: str, fault: str) -> None:
    assert fault in read(f"- {block}")[1]


def test_the_first_owner_keeps_an_id() -> None:
    _, faults = read("- {id: a, use: cross}\n- {id: a, use: cross}")
    assert faults == ["f:3:4 strategies[1].id: 'a' is taken by strategies[0]"]


def test_a_block_with_a_fault_is_read_on() -> None:
    _, faults = read("- {id: a, use: cros, qouta: 1, foreach: {x: 1}, params: {y: 1}}")
    assert len(faults) == 3, "the unknown key, the unknown strategy, the foreach that is no list"


def test_no_strategies_are_a_fault() -> None:
    assert read("  []")[1] == ["f:1:1 strategies: expected at least one strategy"]


def test_more_strategies_than_the_bound_are_refused() -> None:
    many = ", ".join(map(str, range(1, 5)))
    template = f"- {{id: 'a{{fast}}', use: cross, foreach: {{fast: [{many}]}}}}"
    assert read(template, strategies_max=4)[1] == []
    assert read(template, strategies_max=3)[1] == [
        "f:2:31 strategies[0].foreach: more than 3 combinations"
    ]
    single = "\n".join(f"- {{id: a{index}, use: cross}}" for index in range(4))
    assert read(single, strategies_max=3)[1] == [
        "f:1:1 strategies: more than runtime.max_strategies (3)"
    ]


def test_a_foreach_that_is_no_list_is_one_fault() -> None:
    _, faults = read("- {id: 'x-{coin}', use: cross, foreach: {coin: BTC}}")
    assert faults == ["f:2:42 strategies[0].foreach.coin: expected a list of values"]


def test_a_parameter_of_another_type_is_told_in_the_words_of_every_setting() -> None:
    _, faults = read("- {id: a, use: cross, params: {fast: lots}}")
    assert faults == [
        "f:2:32 strategies[0].params.fast: expected a whole number, got 'lots'",
    ]
