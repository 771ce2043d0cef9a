"""Orders as a crowd sends them: quotes that rest, cancels of them, and takers; by a seed.

    45 %  quotes    a post-only order about half a percent off the mark
    35 %  cancels   of an own order that rests
    20 %  takers    an immediate-or-cancel order through the touch, a tenth of a quote's size

So books keep growing slowly, as they do in life, and every second taker meets several makers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    Action,
    CancelAction,
    CancelWire,
    LimitTerms,
    OrderAction,
    OrderTerms,
    OrderWire,
)
from hive.localvenue.accounts.account import Account
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.engine import Engine
from hive.localvenue.listings.catalog import Catalog, Listing

QUOTES: Final = 0.45
CANCELS: Final = 0.35
NEAR: Final = 0.001
FAR: Final = 0.01
"""How far off the mark quotes lie, as a share of it."""
THROUGH: Final = 0.02
QUOTE_USD: Final = 2_000.0
TAKER_USD: Final = 400.0

_ALO: Final = OrderTerms(limit=LimitTerms("Alo"))
_IOC: Final = OrderTerms(limit=LimitTerms("Ioc"))


def busiest(catalog: Catalog, count: int) -> list[Listing]:
    """The perps with most volume on the day they were recorded."""
    perps = [
        each
        for each in catalog.listings
        if each.pair is None and not each.dex and not each.is_delisted
    ]
    perps.sort(key=lambda each: -float(each.recorded["dayNtlVlm"]))
    return perps[:count]


class Crowd:
    """Accounts that act straight at an engine: what they send is signed by nobody."""

    def __init__(
        self, engine: Engine, names: Sequence[Address], coins: Sequence[Listing], *, seed: int
    ) -> None:
        self._engine = engine
        self._names = names
        self._coins = coins
        self._chance = random.Random(seed)
        self._nonce = 0

    def submissions(self, actions: int, batch: int, now_ms: int) -> list[Submission]:
        """So many actions of `batch` orders or cancels each, in the crowd's mix."""
        self._nonce = max(self._nonce, now_ms)
        return [self._submission(batch) for _ in range(actions)]

    def _submission(self, batch: int) -> Submission:
        self._nonce += 1
        name = self._chance.choice(self._names)
        return Submission(
            action=self._action(self._engine.house.accounts[name], batch),
            signer=name,
            is_user_signed=False,
            nonce=self._nonce,
            expires_after=None,
            answer=_unheard,
        )

    def _action(self, account: Account, batch: int) -> Action:
        dice = self._chance.random()
        resting = account.open_orders
        if dice >= QUOTES and dice < QUOTES + CANCELS and len(resting) >= batch:
            chosen = self._chance.sample(list(resting.values()), batch)
            return CancelAction(
                tuple(CancelWire(order.listing.asset_id, order.oid) for order in chosen)
            )
        is_quote = dice < QUOTES + CANCELS
        return OrderAction(tuple(self._order(is_quote=is_quote) for _ in range(batch)), "na")

    def _order(self, *, is_quote: bool) -> OrderWire:
        listing = self._chance.choice(self._coins)
        mark = self._engine.market.prices.mark(listing.coin)
        is_buy = self._chance.random() < 0.5
        away = self._chance.uniform(NEAR, FAR) if is_quote else -THROUGH
        px = round(mark * (1.0 - away if is_buy else 1.0 + away))
        px -= px % listing.tick_at(px)
        usd = QUOTE_USD if is_quote else TAKER_USD
        size = max(1, round(usd * self._chance.uniform(0.5, 1.5) * 1e6 / px))
        return OrderWire(
            listing.asset_id,
            is_buy,
            listing.px_text(px).removesuffix(".0"),
            listing.size_text(size).removesuffix(".0"),
            False,
            _ALO if is_quote else _IOC,
        )


def _unheard(_: Any) -> None:
    """Whoever sent it does not wait for the answer."""
