"""A burst: tens of thousands of orders, cancels and trades within one block.

It changes no price: quotes come behind the best ones and go again, and takers take the least there
is, so what is tried is how much venue and clients bear, not what a strategy makes of it.
"""

from __future__ import annotations

from typing import Final

from hive.domain.market import Side
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.coin import CoinMarket

COINS_FLOODED: Final = 8
TRADE_EVERY: Final = 10
"""One in so many pairs of events is a taker and its trade; the others are a quote and its end."""
DEEPEST: Final = 12


def flood(markets: list[CoinMarket], events: int, chance: Chance) -> None:
    """Do at least so much at once, in the first coins in turn."""
    for pair in range((events + 1) // 2):
        market = markets[pair % min(COINS_FLOODED, len(markets))]
        side = Side.BUY if chance.happens(0.5) else Side.SELL
        if pair % TRADE_EVERY == 0:
            market.take_least(side)
        else:
            market.flicker(side, 1 + int(chance.uniform() * DEEPEST))
