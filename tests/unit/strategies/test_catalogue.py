"""Every ready-made strategy can be named, configured and told apart."""

from __future__ import annotations

import pytest

from hive.domain.errors import ConfigRefused
from hive.strategies.catalogue import CATALOGUE
from hive.strategies.demo_set import COINS_MAX, demo_set
from hive.strategy.interface import Params, Strategy
from hive.strategy.parameters import read_params

SPREADS = {f"C{i}": 0.5 + i / 4 for i in range(20)}


@pytest.mark.parametrize("kind", CATALOGUE)
def test_each_runs_on_its_defaults_and_documents_every_parameter(kind: str) -> None:
    made = CATALOGUE[kind]()
    assert isinstance(made, Strategy)
    assert made.params_type is not Params
    assert made.params_type.__doc__
    assert type(made).__doc__
    assert "coin" in made.params_type.__struct_fields__


@pytest.mark.parametrize("kind", CATALOGUE)
def test_each_refuses_what_it_does_not_know_and_says_what_is_near(kind: str) -> None:
    with pytest.raises(ConfigRefused, match="did you mean coin"):
        read_params(CATALOGUE[kind].params_type, {"coinn": "BTC"})


def test_the_demo_set_is_a_hundred_of_all_kinds_over_at_least_twelve_coins() -> None:
    found = demo_set(SPREADS, seed=1)
    assert len({each.strategy_id for each in found}) == 100
    assert {type(each.strategy) for each in found} == set(CATALOGUE.values())
    coins = {each.strategy.params.coin for each in found}
    assert 12 <= len(coins) <= COINS_MAX
    assert coins <= set(SPREADS)


def test_the_same_seed_gives_the_same_set_and_another_gives_another() -> None:
    def described(seed: int) -> list[object]:
        return [(s.strategy_id, s.strategy.params) for s in demo_set(SPREADS, seed=seed)]

    assert described(7) == described(7)
    assert described(7) != described(8)


@pytest.mark.parametrize("seed", range(20))
def test_every_parameter_drawn_is_in_its_bounds(seed: int) -> None:
    for each in demo_set(SPREADS, seed=seed, count=200):
        kind = type(each.strategy)
        assert kind(each.strategy.params).params == each.strategy.params


def test_no_kind_is_confined_to_a_few_coins() -> None:
    coins_by_kind: dict[str, dict[str, None]] = {}
    for each in demo_set(SPREADS, seed=1):
        kind = each.strategy_id.split("-")[0]
        coins_by_kind.setdefault(kind, {})[each.strategy.params.coin] = None
    assert all(len(coins) >= 6 for coins in coins_by_kind.values()), coins_by_kind
