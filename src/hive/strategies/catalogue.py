"""The ready-made strategies by the names that configuration files call them."""

from __future__ import annotations

from typing import Any, Final

from hive.strategies.breakout import Breakout
from hive.strategies.ema_cross import EmaCross
from hive.strategies.grid import GridTrader
from hive.strategies.maker import MarketMaker
from hive.strategies.mean_reversion import MeanReversion
from hive.strategies.twap import TwapExecution
from hive.strategy.interface import Strategy

CATALOGUE: Final[dict[str, type[Strategy[Any]]]] = {
    "maker": MarketMaker,
    "grid": GridTrader,
    "ema_cross": EmaCross,
    "mean_reversion": MeanReversion,
    "breakout": Breakout,
    "twap": TwapExecution,
}
"""Class by kind, in the order they are listed to people."""
