"""Twenty accounts on spot, by chance: no wei is made or lost, nothing negative or bound twice."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pytest
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, catalog

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    BatchModifyAction,
    CancelAction,
    CancelWire,
    LimitTerms,
    ModifyWire,
    OrderAction,
    OrderTerms,
    OrderWire,
)
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.accounts.spot_clearing import bound_by
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import Cadence, VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.listings.listing_plan import Delist, PlannedChange
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.scripted import ScriptedCoin, ScriptedMarkets, flow, wave
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.orders.venue_order import Status

ACCOUNTS: Final = 20
COINS: Final = ("PURR/USDC", "@107", "@142", "@150")
CREDITS: Final = {
    "USDC": "900.12345678",
    "PURR": "1500.5",
    "HYPE": "7.00000007",
    "USDE": "300.01",
    "LICK": "0.25",
}
"""The last one is dust."""
BLOCK_MS: Final = 500
TIFS: Final = ("Gtc", "Gtc", "Ioc", "Ioc", "Alo")
ACTIONS_BY_TIER: Final = {"default": 3_000, "full": 100_000, "soak": 1_000_000}


class SpotCrowd:
    """Accounts that act by chance, with a market among them."""

    def __init__(self, seed: int, *planned: PlannedChange) -> None:
        self.chance = Chance(seeded_sources(seed)("spot crowd"))
        listings = [catalog().of_coin(coin) for coin in COINS]
        self.listings = [listing for listing in listings if listing is not None]
        takes = [
            take
            for coin in COINS
            for take in flow(coin, every_ms=1_700, usd=700.0, until_ms=3_600_000)
        ]
        config = VenueConfig(
            start_ms=START_MS,
            listing_changes=planned,
            seed=seed,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            limits=VenueLimits(requests_initial=10**9),
            cadence=Cadence(dust_ms=10_000),
        )
        scripts = [self._script(listing) for listing in self.listings]
        markets = ScriptedMarkets(scripts, takes, step_ms=BLOCK_MS)
        self.engine = Engine(config, markets, catalog())
        self.names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        self.tokens = self.engine.market.catalog.tokens
        for name in self.names:
            spot = self.engine.house.open_account(name).spot
            for token, wei in self._credits():
                spot.receive(token, wei)
        self.now_ms = START_MS
        self.nonce = START_MS

    def _credits(self) -> list[tuple[int, int]]:
        tokens = [(self.tokens.of_name(name), amount) for name, amount in CREDITS.items()]
        return [(token.index, token.wei_of(amount) or 0) for token, amount in tokens if token]

    def _script(self, listing: Any) -> ScriptedCoin:
        px = float(Decimal(listing.recorded["markPx"]))
        path = wave(low_px=px * 0.98, high_px=px * 1.02, half_ms=30_000, halves=10_000)
        return ScriptedCoin(coin=listing.coin, path=path, levels=3, depth_usd=300.0)

    def act(self) -> None:
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

    def check(self) -> None:
        """Balances, the markets' share and the fees of each token make what was credited."""
        house = self.engine.house
        credited = {token: wei * ACCOUNTS for token, wei in self._credits()}
        for index in {*credited, *house.spot.market_wei, *house.spot.fees_wei}:
            held = sum(house.accounts[name].spot.total(index) for name in self.names)
            market = house.spot.market_wei.get(index, 0) + house.spot.fees_wei.get(index, 0)
            assert held + market == credited.get(index, 0), index
        for name in self.names:
            account = house.accounts[name]
            bound: Counter[int] = Counter()
            for order in account.open_orders.values():
                token, wei = bound_by(order, order.open_size)
                bound[token] += wei
            for index, balance in account.spot.held():
                assert 0 <= balance.hold <= balance.total
                assert balance.hold == bound.pop(index, 0)
            assert not bound

    def _action(self, name: Address) -> Any:
        dice = self.chance.uniform()
        held = list(self.engine.house.accounts[name].open_orders.values())
        if dice < 0.15 and held:
            order = self._one_of(held)
            return CancelAction((CancelWire(order.listing.asset_id, order.oid),))
        if dice < 0.3 and held:
            order = self._one_of(held)
            return BatchModifyAction((ModifyWire(order.oid, self._order(order.listing)),))
        return OrderAction((self._order(self._one_of(self.listings)),), "na")

    def _order(self, listing: Any) -> OrderWire:
        mark = self.engine.market.prices.mark(listing.coin)
        px = round(mark * (1.0 + 0.03 * (self.chance.uniform() - 0.5)))
        px -= px % listing.tick_at(px)
        size = max(1, round(self.chance.lognormal(60.0, 1.2) * 1e8 / px))
        return OrderWire(
            listing.asset_id,
            self.chance.happens(0.5),
            listing.px_text(px).removesuffix(".0"),
            listing.size_text(size).removesuffix(".0"),
            False,
            OrderTerms(limit=LimitTerms(TIFS[int(self.chance.uniform() * len(TIFS))])),
        )

    def _one_of(self, things: list[Any]) -> Any:
        return things[int(self.chance.uniform() * len(things))]


@pytest.fixture(name="actions")
def _actions(tier: str) -> int:
    return ACTIONS_BY_TIER[tier]


def test_no_wei_is_made_or_lost(actions: int) -> None:
    crowd = SpotCrowd(seed=3)
    done = 0
    while done < actions:
        for _ in range(25):
            crowd.act()
            done += 1
        crowd.make_block()
        crowd.check()
    executor = crowd.engine.executor
    assert executor.counts.refusals.keys() & {"nonce", "unknown signer", "static fault"} == set()
    dust = crowd.tokens.of_name("LICK")
    assert dust is not None
    assert crowd.engine.house.spot.market_wei[dust.index] == 25_000 * ACCOUNTS
    # The world was worth looking at: all kinds of things happened.
    assert crowd.engine.archive.count > actions / 10
    for kind in (
        "insufficientSpotBalanceRejected",
        "minTradeSpotNtlRejected",
        "iocCancelRejected",
        "badAloPxRejected",
    ):
        assert executor.counts.refusals[kind] > 0, kind


def test_a_delisted_pair_takes_nothing_along() -> None:
    """Orders of everybody rest in the pair when it goes; every wei stays, and others trade on."""
    crowd = SpotCrowd(3, PlannedChange(40 * BLOCK_MS, Delist("@107")))
    for _ in range(80):
        for _ in range(25):
            crowd.act()
        crowd.make_block()
        crowd.check()
    statuses = {
        order.status
        for name in crowd.names
        for order in crowd.engine.house.accounts[name].orders.values()
        if order.listing.coin == "@107"
    }
    assert Status.DELISTED_CANCELED in statuses
    assert not statuses & {Status.OPEN, Status.TRIGGERED}
    assert any(crowd.engine.market.books["PURR/USDC"].top)
