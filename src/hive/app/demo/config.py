"""The demonstration as a configuration file: what runs is what anybody could have written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import msgspec
import yaml

from hive.localvenue.markets.table import MARKET_SPECS
from hive.strategies.catalogue import CATALOGUE
from hive.strategies.demo_set import DemoStrategy, demo_set

COINS: Final = 14
STRATEGIES_PER_RUN_MAX: Final = 1_000
FUNDS_USD: Final = Decimal(100_000)
ORDER_USD_MAX: Final = Decimal(2_000)
POSITION_USD_MAX: Final = Decimal(20_000)


def demo_strategies(count: int, seed: int) -> list[DemoStrategy]:
    """The set, over the busiest coins of the local venue."""
    spread_bps_by_coin = {
        coin: spec.spread_bps for coin, spec in list(MARKET_SPECS.items())[:COINS]
    }
    return demo_set(spread_bps_by_coin, seed=seed, count=count)


def demo_config(url: str, key_file: str, count: int, seed: int) -> str:
    """A whole configuration as YAML."""
    name_by_class = {kind: name for name, kind in CATALOGUE.items()}
    blocks: list[dict[str, Any]] = [
        {
            "id": str(strategy_id),
            "use": f"hive.strategies.{name_by_class[type(strategy)]}",
            "params": msgspec.to_builtins(strategy.params),
        }
        for strategy_id, strategy in demo_strategies(count, seed)
    ]
    whole = {
        "version": 1,
        "mode": "paper",
        "runtime": {"max_strategies": STRATEGIES_PER_RUN_MAX, "state_dir": "."},
        "account": {"url": url, "key_file": key_file},
        "risk": {
            "max_order_notional_usd": int(ORDER_USD_MAX),
            "max_position_notional_usd": int(POSITION_USD_MAX),
        },
        "strategies": blocks,
    }
    text = yaml.safe_dump(whole, sort_keys=False, width=96)
    return (
        f"# A demonstration: {count} strategies on the local venue, drawn from seed {seed}.\n{text}"
    )
