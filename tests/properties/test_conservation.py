"""Whatever fifty accounts do: nothing is made and nothing is lost, and no book is ever crossed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

import pytest
from msgspec.structs import replace
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, catalog

from hive.domain.identifiers import Address, Oid
from hive.hyperliquid.actions import (
    BatchModifyAction,
    CancelAction,
    CancelWire,
    LimitTerms,
    ModifyWire,
    OrderAction,
    OrderTerms,
    OrderWire,
    TriggerTerms,
    UpdateLeverageAction,
)
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.margin.requirements import equity_usd, summarize, unbound_usd
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.scripted import ScriptedCoin, ScriptedMarkets, wave
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.orders.venue_order import Status, Waiting
from hive.localvenue.units import usd_of

ACCOUNTS: Final = 50
COINS: Final = ("BTC", "SOL", "kPEPE")
FUNDED_USD: Final = Decimal(1_200)
"""Little, so that margin refuses and liquidations happen."""
BLOCK_MS: Final = 500
ACTIONS_BY_TIER: Final = {"default": 3_000, "full": 100_000, "soak": 1_000_000}
TIFS: Final = ("Gtc", "Gtc", "Ioc", "Ioc", "Alo")


def _stormy(coin: str) -> ScriptedCoin:
    """A price that goes up and down by a few per cent within a minute."""
    listing = catalog().of_coin(coin)
    assert listing is not None
    middle_px = float(listing.recorded["markPx"])
    path = wave(low_px=middle_px * 0.97, high_px=middle_px * 1.03, half_ms=30_000, halves=10_000)
    return ScriptedCoin(coin=coin, path=path, levels=3)


class Crowd:
    """Accounts that act by chance, straight at the engine: signatures are another test's."""

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seeded_sources(seed)("crowd"))
        markets = ScriptedMarkets([_stormy(coin) for coin in COINS], step_ms=BLOCK_MS)
        config = VenueConfig(
            start_ms=START_MS,
            seed=seed,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            limits=VenueLimits(requests_initial=10**9),
        )
        self.engine = Engine(config, markets, catalog())
        self.listings = [catalog().of_coin(coin) for coin in COINS]
        self.names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        for name in self.names:
            self.engine.credit(name, usd_of(FUNDED_USD))
        self.now_ms = START_MS
        self.nonce = START_MS

    def act(self) -> None:
        """One action of somebody, waiting for the next block."""
        name = self._one_of(self.names)
        self.nonce += 1
        submission = Submission(
            action=self._action(name),
            signer=name,
            is_user_signed=False,
            nonce=self.nonce,
            expires_after=None,
            answer=lambda _: None,
        )
        self.engine.submit(submission, self.now_ms)

    def make_block(self) -> None:
        self.now_ms += BLOCK_MS
        self.nonce = max(self.nonce, self.now_ms)
        self.engine.make_block(self.now_ms)

    def help_the_ruined(self) -> None:
        """Pay in again, so that everybody goes on trading."""
        for name in self.names:
            account = self.engine.house.accounts[name]
            if equity_usd(account, self.engine.market.prices.mark) < usd_of(FUNDED_USD / 3):
                self.engine.credit(name, usd_of(FUNDED_USD))

    @property
    def ends(self) -> set[Status]:
        """Every status that an order of somebody has."""
        accounts = (self.engine.house.accounts[name] for name in self.names)
        return {order.status for account in accounts for order in account.orders.values()}

    def _action(self, name: Any) -> Any:
        dice = self.chance.uniform()
        held = list(self.engine.house.accounts[name].open_orders.values())
        if dice < 0.15 and held:
            order = self._one_of(held)
            return CancelAction((CancelWire(order.listing.asset_id, order.oid),))
        if dice < 0.3 and held:
            order = self._one_of(held)
            return BatchModifyAction((ModifyWire(order.oid, self._order(order.listing)),))
        if dice < 0.33:
            listing = self._one_of(self.listings)
            leverage = 1 + int(self.chance.uniform() * listing.leverage_max)
            return UpdateLeverageAction(listing.asset_id, True, leverage)
        if dice < 0.42:
            return self._family(self._one_of(self.listings))
        count = 1 + int(self.chance.uniform() * 3)
        orders = tuple(self._order(self._one_of(self.listings)) for _ in range(count))
        return OrderAction(orders, "na")

    def _order(self, listing: Any) -> OrderWire:
        mark = self.engine.market.prices.mark(listing.coin)
        px = round(mark * (1.0 + 0.004 * (self.chance.uniform() - 0.5)))
        px -= px % listing.tick_at(px)
        usd = self.chance.lognormal(2_000.0, 1.5)
        size = max(1, round(usd * 1e6 / px))
        return OrderWire(
            listing.asset_id,
            self.chance.happens(0.5),
            listing.px_text(px).removesuffix(".0"),
            listing.size_text(size).removesuffix(".0"),
            self.chance.happens(0.2),
            OrderTerms(limit=LimitTerms(TIFS[int(self.chance.uniform() * len(TIFS))])),
        )

    def _family(self, listing: Any) -> OrderAction:
        """A bracket around an entry, or the protection of a position that may not be there."""
        parent = self._order(listing)
        if self.chance.happens(0.4):
            is_buy, size, grouping = self.chance.happens(0.5), "0", "positionTpsl"
        else:
            is_buy, size, grouping = not parent.b, parent.s, "normalTpsl"
        children = tuple(
            self._child(listing, is_buy=is_buy, size=size, tpsl=tpsl) for tpsl in ("tp", "sl")
        )
        if grouping == "positionTpsl":
            return OrderAction(children, "positionTpsl")
        parent = replace(parent, r=False)
        return OrderAction((parent, *children), "normalTpsl")

    def _child(
        self, listing: Any, *, is_buy: bool, size: str, tpsl: Literal["tp", "sl"]
    ) -> OrderWire:
        mark = self.engine.market.prices.mark(listing.coin)
        is_above = is_buy is (tpsl == "sl")
        away = 1.0 + (0.0005 + 0.01 * self.chance.uniform()) * (1 if is_above else -1)
        px = round(mark * away)
        text = listing.px_text(px - px % listing.tick_at(px)).removesuffix(".0")
        terms = TriggerTerms(self.chance.happens(0.5), text, tpsl)
        return OrderWire(listing.asset_id, is_buy, text, size, True, OrderTerms(trigger=terms))

    def _one_of(self, things: list[Any]) -> Any:
        return things[int(self.chance.uniform() * len(things))]


def check(crowd: Crowd) -> None:
    """What must hold between any two blocks."""
    engine = crowd.engine
    accounts = engine.house.accounts.values()
    cash = sum(account.cash_usd for account in accounts)
    paid_in = sum(account.paid_in_usd for account in accounts)
    residue = engine.clock.funding_residue_usd
    assert cash == paid_in - engine.house.fees_usd - residue, "cash only changes by fees"
    for coin in COINS:
        sizes = [account.size_of(coin) for account in accounts]
        assert sum(sizes) == 0, coin
        long_size = sum(size for size in sizes if size > 0)
        assert long_size == engine.house.bounds.long_size_by_coin[coin]
        bid, ask = engine.market.books[coin].top
        assert bid is None or ask is None or bid.px < ask.px, "crossed"


def check_orders(crowd: Crowd) -> None:
    """What accounts and books believe of each other's orders."""
    engine = crowd.engine
    resting: dict[Oid, int] = {}
    for coin in COINS:
        for oid, order in engine.market.books[coin].orders.items():
            assert order.is_live
            assert 0 < order.open_size <= order.size
            resting[oid] = order.open_size
    for name in crowd.names:
        account = engine.house.accounts[name]
        summary = summarize(account.perps, engine.market.prices.mark)
        unbound_usd_now = unbound_usd(account.perps, engine.market.prices.mark)
        assert unbound_usd_now == summary.equity_usd - summary.bound_usd
        in_books = {
            oid: each for oid, each in account.open_orders.items() if each.waiting is Waiting.NOT
        }
        for oid, order in in_books.items():
            assert resting[oid] == order.open_size
        for holding in account.each_holding():
            awake = [o for o in account.open_orders.values() if o.waiting is Waiting.FOR_TRIGGER]
            mine = {o.oid for o in awake if o.listing is holding.listing and o.reduce_only}
            assert set(holding.waiting) == mine
            own = [o for o in in_books.values() if o.listing is holding.listing]
            buys = [o for o in own if o.is_buy and not o.reduce_only]
            sells = [o for o in own if not o.is_buy and not o.reduce_only]
            assert holding.buying_size == sum(order.open_size for order in buys)
            assert holding.selling_usd == sum(order.open_size * order.px for order in sells)
            assert set(holding.reducing) == {order.oid for order in own if order.reduce_only}


def check_families(crowd: Crowd) -> None:
    """No child outlives what it belongs to, and of two that filled there is only one."""
    for name in crowd.names:
        for order in crowd.engine.house.accounts[name].orders.values():
            family = order.family
            if family is None:
                continue
            if order.waiting is Waiting.FOR_PARENT and order.is_live:
                assert family.parent is not None
                assert family.parent.is_live
            filled = [each for each in family.children if each.status is Status.FILLED]
            living = [each for each in family.children if each.is_live]
            assert not (filled and living)


def check_chain(crowd: Crowd) -> None:
    """Each fill starts where the one before ended, and the last one ends at the position."""
    for name in crowd.names:
        sizes: dict[str, int] = {}
        for fill in crowd.engine.archive.of(name):
            coin = fill.listing.coin
            assert fill.start_position == sizes.get(coin, 0)
            sizes[coin] = fill.start_position + (fill.size if fill.is_buy else -fill.size)
        account = crowd.engine.house.accounts[name]
        held = {each.listing.coin: each.size for each in account.each_holding() if each.size}
        assert {coin: size for coin, size in sizes.items() if size} == held


@pytest.fixture(name="actions")
def _actions(tier: str) -> int:
    return ACTIONS_BY_TIER[tier]


def test_size_cash_and_position_are_conserved(actions: int) -> None:
    crowd = Crowd(seed=11)
    done = 0
    while done < actions:
        for _ in range(25):
            crowd.act()
            done += 1
        crowd.make_block()
        check(crowd)
        if done % 500 == 0:
            check_orders(crowd)
            check_families(crowd)
            crowd.help_the_ruined()
    check_chain(crowd)
    refusals = crowd.engine.executor.counts.refusals
    assert refusals.keys() & {"nonce", "unknown signer", "address budget", "static fault"} == set()
    # The world was worth looking at: all kinds of things happened.
    assert crowd.engine.archive.count > actions / 4
    assert crowd.engine.liquidator.liquidations > 0
    for kind in ("perpMarginRejected", "reduceOnlyRejected", "badAloPxRejected"):
        assert refusals[kind] > 0
    assert crowd.ends >= {Status.SIBLING_FILLED_CANCELED, Status.REDUCE_ONLY_CANCELED}


def test_the_same_seed_makes_the_same_world() -> None:
    worlds = [Crowd(seed=5), Crowd(seed=5)]
    for crowd in worlds:
        for _ in range(40):
            for _ in range(10):
                crowd.act()
            crowd.make_block()
    left, right = (
        [[fill.tid for fill in crowd.engine.archive.of(name)] for name in crowd.names]
        for crowd in worlds
    )
    assert left == right
    assert sum(map(len, left)) > 100
