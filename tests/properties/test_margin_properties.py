"""Whatever marks do to cross and isolated positions: cash is conserved, nobody stays in debt."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.unit.localvenue.still_venue import SHORT_PAST, START_MS, StillMarkets, catalog

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    Action,
    LimitTerms,
    OrderAction,
    OrderTerms,
    OrderWire,
    TopUpIsolatedOnlyMarginAction,
    UpdateIsolatedMarginAction,
    UpdateLeverageAction,
)
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.accounts.account import Account
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.margin.estates import estates_of
from hive.localvenue.margin.exposure import Exposure
from hive.localvenue.margin.requirements import equity_usd, summarize
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.units import USD

ACCOUNTS: Final = 12
COINS: Final = ("BTC", "ETH")
FUNDED_USD: Final = 4_000 * USD
BLOCK_MS: Final = 3_000
"""One block per change of marks."""
BLOCKS_BY_TIER: Final = {"default": 400, "full": 6_000, "soak": 60_000}
USUAL_MOVE: Final = 0.01
JUMP: Final = 0.2
"""So far that an account can lose more than it has between two looks."""


class Storm:
    """Accounts that trade with each other while the oracle jumps; nobody else is there."""

    def __init__(self, seed: int, rules: LiquidationRules) -> None:
        self.chance = Chance(seeded_sources(seed)("storm"))
        self.markets = StillMarkets()
        config = VenueConfig(
            start_ms=START_MS,
            seed=seed,
            block_ms=BLOCK_MS,
            history=SHORT_PAST,
            liquidation=rules,
            limits=VenueLimits(requests_initial=10**9),
        )
        self.engine = Engine(config, self.markets, catalog())
        self.names = [Address(f"0x{number + 1:040x}") for number in range(ACCOUNTS)]
        for name in self.names:
            self.engine.credit(name, FUNDED_USD)
        self.now_ms = START_MS
        self.nonce = START_MS

    @property
    def accounts(self) -> list[Account]:
        return list(self.engine.house.accounts.values())

    def mark_of(self, coin: str) -> int:
        return self.engine.market.prices.mark(coin)

    def pass_block(self) -> None:
        for _ in range(12):
            self._submit(self._one_of(self.names))
        for coin in COINS:
            highest = JUMP if self.chance.happens(0.08) else USUAL_MOVE
            self.markets.oracle[coin] *= 1.0 + highest * (2.0 * self.chance.uniform() - 1.0)
        self.now_ms += BLOCK_MS
        self.engine.make_block(self.now_ms)

    def help_the_ruined(self) -> None:
        for name in self.names:
            account = self.engine.house.accounts[name]
            if equity_usd(account, self.mark_of) < FUNDED_USD // 4:
                self.engine.credit(name, FUNDED_USD)

    def _submit(self, name: Address) -> None:
        self.nonce = max(self.nonce + 1, self.now_ms)
        submission: Any = Submission(
            action=self._action(),
            signer=name,
            is_user_signed=False,
            nonce=self.nonce,
            expires_after=None,
            answer=lambda _: None,
        )
        self.engine.submit(submission, self.now_ms)

    def _action(self) -> Action:
        dice = self.chance.uniform()
        asset = int(self.chance.uniform() * len(COINS))
        leverage = 1 + int(self.chance.uniform() * 25)
        if dice < 0.1:
            return UpdateLeverageAction(asset, self.chance.happens(0.3), leverage)
        if dice < 0.2:
            usd = int((self.chance.uniform() - 0.4) * 500 * USD)
            return UpdateIsolatedMarginAction(asset, True, usd)
        if dice < 0.23:
            return TopUpIsolatedOnlyMarginAction(asset, str(leverage))
        return OrderAction((self._order(asset),), "na")

    def _order(self, asset: int) -> OrderWire:
        listing = catalog().of_coin(COINS[asset])
        assert listing is not None
        around_px = listing.px_from_float(self.markets.oracle[listing.coin])
        px = round(around_px * (1.0 + 0.006 * (self.chance.uniform() - 0.5)))
        px -= px % listing.tick_at(px)
        size = max(1, round(self.chance.lognormal(9_000.0, 1.4) * 1e6 / px))
        return OrderWire(
            asset,
            self.chance.happens(0.5),
            listing.px_text(px).removesuffix(".0"),
            listing.size_text(size).removesuffix(".0"),
            self.chance.happens(0.15),
            OrderTerms(limit=LimitTerms("Gtc" if self.chance.happens(0.6) else "Ioc")),
        )

    def _one_of(self, names: list[Address]) -> Address:
        return names[int(self.chance.uniform() * len(names))]


def check_money(storm: Storm) -> None:
    """To the last millionth: what was paid in is in the accounts, or was paid in fees."""
    cash = sum(account.cash_usd for account in storm.accounts)
    paid_in = sum(account.paid_in_usd for account in storm.accounts)
    residue = storm.engine.clock.funding_residue_usd
    assert cash == paid_in - storm.engine.house.fees_usd - residue
    for coin in COINS:
        assert sum(account.size_of(coin) for account in storm.accounts) == 0
    # Sizes sum to zero, so whatever the marks, equity is cash.
    assert sum(equity_usd(account, storm.mark_of) for account in storm.accounts) == cash


def check_margin(storm: Storm) -> None:
    """The parts of an account are the whole, and no position has margin that is not its own."""
    for account in storm.accounts:
        summary = summarize(account.perps, storm.mark_of)
        whole_usd = summary.equity_usd + summary.isolated_margin_usd
        assert whole_usd == equity_usd(account, storm.mark_of)
        for holding in account.each_holding():
            if not holding.size or not holding.is_isolated:
                assert holding.raw_usd == 0


def check_nobody_owes(storm: Storm) -> None:
    """After a look at new marks nothing is worth less than nothing, and what is still under
    maintenance is being sold a part at a time."""
    for name in storm.names:
        account = storm.engine.house.accounts[name]
        for estate in estates_of(account):
            health = estate.health(storm.mark_of)
            assert health.equity_usd >= 0, (name, estate.kind)
            assert not health.is_beyond_the_book, (name, estate.kind)


@pytest.fixture(name="blocks")
def _blocks(tier: str) -> int:
    return BLOCKS_BY_TIER[tier]


@pytest.mark.parametrize("debt", ["counterparties", "vault"])
def test_cash_is_conserved_and_no_debt_outlives_a_look(blocks: int, debt: Any) -> None:
    storm = Storm(seed=3, rules=LiquidationRules(debt=debt))
    for number in range(blocks):
        storm.pass_block()
        storm.engine.liquidator.look()
        check_money(storm)
        check_margin(storm)
        check_nobody_owes(storm)
        if number % 25 == 0:
            storm.help_the_ruined()
    liquidator = storm.engine.liquidator
    assert liquidator.liquidations > blocks / 50
    assert liquidator.backstops > 0
    assert (liquidator.deleveraged > 0) is (debt == "counterparties")
    assert any(each.is_isolated for account in storm.accounts for each in account.each_holding())


def test_accounts_that_are_passed_over_are_healthy() -> None:
    """The bound by which accounts are not looked at never hides one that is in need."""
    storm = Storm(seed=8, rules=LiquidationRules())
    passed_over = 0
    for number in range(200):
        storm.pass_block()
        suspects = set(_addresses(storm.engine.house.exposure))
        for name in storm.names:
            account = storm.engine.house.accounts[name]
            healths = [estate.health(storm.mark_of) for estate in estates_of(account)]
            if name not in suspects:
                passed_over += 1
                assert not any(health.is_liquidatable for health in healths), name
        if number % 25 == 0:
            storm.help_the_ruined()
    assert passed_over > 300


def _addresses(exposure: Exposure) -> list[Address]:
    return [account.address for account in exposure.suspects()]
