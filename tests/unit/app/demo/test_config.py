"""The demonstration's file is one that `hive run` takes, and one seed always writes the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hive.app.config.load import HiveConfig, load_config
from hive.app.demo.config import demo_config, demo_strategies
from hive.app.wiring.plan import plan_of
from hive.localvenue.markets.table import MARKET_SPECS
from hive.strategies.catalogue import CATALOGUE

URL = "http://127.0.0.1:8421"
COUNT, SEED = 100, 7


def loaded(folder: Path, text: str) -> HiveConfig:
    key_file = folder / "agent.key"
    key_file.touch(mode=0o600)
    key_file.write_text("ab" * 32)
    (folder / "hive.yml").write_text(text)
    return load_config(folder / "hive.yml")


def test_a_hundred_strategies_of_every_kind_on_a_dozen_coins_are_loaded(tmp_path: Path) -> None:
    config = loaded(tmp_path, demo_config(URL, "agent.key", COUNT, SEED))
    kinds = {entry.strategy for entry in config.strategies}
    coins = {msgspec.to_builtins(entry.params)["coin"] for entry in config.strategies}
    assert len(config.strategies) == len({entry.id for entry in config.strategies}) == COUNT
    assert kinds == set(CATALOGUE.values())
    assert len(coins) >= 12
    assert coins <= set(MARKET_SPECS), "the local venue makes these markets"
    assert config.venue_url == URL


def test_what_is_loaded_is_what_was_drawn(tmp_path: Path) -> None:
    """Nothing is lost on the way through the file, not a digit of a parameter."""
    config = loaded(tmp_path, demo_config(URL, "agent.key", COUNT, SEED))
    planned = plan_of(config).accounts[0].strategies
    drawn = demo_strategies(COUNT, SEED)
    assert [(plan.strategy_id, plan.strategy.params) for plan in planned] == [
        (strategy_id, strategy.params) for strategy_id, strategy in drawn
    ]


def test_one_seed_writes_one_text_and_another_another() -> None:
    texts = [demo_config(URL, "agent.key", COUNT, seed) for seed in (SEED, SEED, SEED + 1)]
    assert texts[0] == texts[1] != texts[2].replace(f"seed {SEED + 1}", f"seed {SEED}")


def test_a_smaller_demonstration_is_the_start_of_a_larger_one() -> None:
    few, many = demo_strategies(10, SEED), demo_strategies(COUNT, SEED)
    assert [(s.strategy_id, s.strategy.params) for s in few] == [
        (s.strategy_id, s.strategy.params) for s in many[:10]
    ]


@pytest.mark.parametrize("count", [1, 1_000])
def test_any_offered_size_is_a_file_that_loads(tmp_path: Path, count: int) -> None:
    config = loaded(tmp_path, demo_config(URL, "agent.key", count, SEED))
    assert len(config.strategies) == count
