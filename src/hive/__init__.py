"""Hive: many strategies, wallets and accounts against Hyperliquid, in one process.

The names below are resolved when first used, so that `import hive.domain` loads nothing above it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hive.domain.instruments import Instrument
    from hive.domain.leverage import (
        LeverageEvent,
        LeverageNews,
        LeverageSetting,
        MarginMode,
    )
    from hive.domain.market import Bbo, Book, Candle, Side, Trade
    from hive.domain.order_options import BuilderFee, OrderOptions, Trigger, TriggerKind
    from hive.domain.orders import Fill, Order, OrderDraft, OrderEvent, OrderNews, TimeInForce
    from hive.domain.twaps import Twap, TwapEvent, TwapNews
    from hive.strategy.interface import Context, Params, Strategy
    from hive.strategy.views import Bracket, Protection

__version__ = "0.1.0"

_HOME_BY_NAME = {
    "Bbo": "hive.domain.market",
    "Book": "hive.domain.market",
    "Bracket": "hive.strategy.views",
    "BuilderFee": "hive.domain.order_options",
    "Candle": "hive.domain.market",
    "Trade": "hive.domain.market",
    "Instrument": "hive.domain.instruments",
    "Fill": "hive.domain.orders",
    "Order": "hive.domain.orders",
    "OrderDraft": "hive.domain.orders",
    "OrderEvent": "hive.domain.orders",
    "OrderNews": "hive.domain.orders",
    "OrderOptions": "hive.domain.order_options",
    "Protection": "hive.strategy.views",
    "Side": "hive.domain.market",
    "TimeInForce": "hive.domain.orders",
    "Trigger": "hive.domain.order_options",
    "TriggerKind": "hive.domain.order_options",
    "Twap": "hive.domain.twaps",
    "TwapEvent": "hive.domain.twaps",
    "TwapNews": "hive.domain.twaps",
    "LeverageEvent": "hive.domain.leverage",
    "LeverageNews": "hive.domain.leverage",
    "LeverageSetting": "hive.domain.leverage",
    "MarginMode": "hive.domain.leverage",
    "Context": "hive.strategy.interface",
    "Params": "hive.strategy.interface",
    "Strategy": "hive.strategy.interface",
}

__all__ = [
    "Bbo",
    "Book",
    "Bracket",
    "BuilderFee",
    "Candle",
    "Context",
    "Fill",
    "Instrument",
    "LeverageEvent",
    "LeverageNews",
    "LeverageSetting",
    "MarginMode",
    "Order",
    "OrderDraft",
    "OrderEvent",
    "OrderNews",
    "OrderOptions",
    "Params",
    "Protection",
    "Side",
    "Strategy",
    "TimeInForce",
    "Trade",
    "Trigger",
    "TriggerKind",
    "Twap",
    "TwapEvent",
    "TwapNews",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_BY_NAME:
        return getattr(import_module(_HOME_BY_NAME[name]), name)
    raise AttributeError(f"module 'hive' has no attribute {name!r}")
