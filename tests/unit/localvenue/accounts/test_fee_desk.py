"""Fees: tiers by volume, rebates by maker share, stakes, referrals, and what is told of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import BTC_PX, START_MS, Stage, buy, catalog, sell

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.fee_desk import FeeDesk
from hive.localvenue.accounts.fee_schedule import Fees, FeeTerms, Rates, SpotRates, rate_text
from hive.localvenue.clock.utc_days import DAY_MS, date_text, day_of
from hive.localvenue.units import USD

USER = Address("0x" + "1" * 40)
SUB = Address("0x" + "2" * 40)
VAULT = Address("0x" + "3" * 40)
BASE = Rates(4_500, 1_500, 7_000, 4_000)
OTHERS_USD = 10**9 * USD
TODAY = day_of(START_MS)


class Family:
    """A sub-account and a vault. Behind `Standing`."""

    def __init__(self) -> None:
        self.referred: set[Address] = set()
        self.staked: dict[Address, int] = {}

    def master_of(self, user: Address) -> Address:
        return USER if user == SUB else user

    def is_vault(self, user: Address) -> bool:
        return user == VAULT

    def is_referred(self, user: Address) -> bool:
        return user in self.referred

    def staked_wei(self, user: Address) -> int:
        return self.staked.get(user, 0)


def desk(**fees: Any) -> FeeDesk:
    return FeeDesk(catalog().fees, Fees(**fees), OTHERS_USD)


def trade(
    which: FeeDesk,
    usd: int,
    *,
    day: int = 0,
    user: Address = USER,
    is_spot: bool = False,
    is_taker: bool = True,
) -> None:
    """So many USD, so many days from now."""
    account = Account(user, fills_kept=1)
    now_ms = START_MS + day * DAY_MS
    which.traded(account, usd * USD, now_ms, is_spot=is_spot, is_taker=is_taker)


# --- tiers ---


def test_the_base_rates_are_those_of_the_price_list() -> None:
    assert desk().rates(USER, TODAY) == BASE
    shown = desk().answer(USER, None, START_MS)
    recorded = dict(catalog().fees)
    assert {**shown, "dailyUserVlm": None} == {**recorded, "dailyUserVlm": None}
    assert list(shown) == list(recorded)


@pytest.mark.parametrize(
    ("volume_usd", "rates"),
    [
        (5_000_000, BASE),
        (5_000_001, Rates(4_000, 1_200, 6_000, 3_000)),
        (25_000_001, Rates(3_500, 800, 5_000, 2_000)),
        (100_000_001, Rates(3_000, 400, 4_000, 1_000)),
        (500_000_001, Rates(2_800, 0, 3_500, 0)),
        (2_000_000_001, Rates(2_600, 0, 3_000, 0)),
        (7_000_000_001, Rates(2_400, 0, 2_500, 0)),
    ],
)
def test_volume_earns_a_tier(volume_usd: int, rates: Rates) -> None:
    which = desk()
    trade(which, volume_usd)
    assert which.rates(USER, TODAY) == BASE  # assessed at the end of the day
    assert which.rates(USER, TODAY + 1) == rates


def test_a_tier_is_kept_for_fourteen_days() -> None:
    which = desk()
    trade(which, 6_000_000)
    assert which.rates(USER, TODAY + 14).taker == 4_000
    assert which.rates(USER, TODAY + 15).taker == 4_500


def test_spot_counts_twice() -> None:
    which = desk()
    trade(which, 2_400_000, is_spot=True)
    trade(which, 300_000)
    assert which.rates(USER, TODAY + 1).taker == 4_000


def test_sub_accounts_count_to_their_master_and_vaults_to_themselves() -> None:
    which = desk()
    which.consult(Family())
    trade(which, 3_000_000)
    trade(which, 3_000_000, user=SUB)
    trade(which, 3_000_000, user=VAULT)
    for user, taker in ((USER, 4_000), (SUB, 4_000), (VAULT, 4_500)):
        assert which.rates(user, TODAY + 1).taker == taker


def test_a_tier_can_be_given() -> None:
    which = desk(terms={USER: FeeTerms(vip_tier=3, rebate_tier=2)})
    assert which.rates(USER, TODAY) == Rates(3_000, -200, 4_000, -200)


def test_the_base_rates_can_be_chosen() -> None:
    which = desk(taker=5_000, maker=0, spot=SpotRates(taker=1, maker=2))
    assert which.rates(USER, TODAY) == Rates(5_000, 0, 1, 2)
    shown = which.answer(USER, None, START_MS)
    assert (shown["feeSchedule"]["cross"], shown["feeSchedule"]["add"]) == ("0.0005", "0.0")
    assert shown["userCrossRate"] == "0.0005"


# --- rebates ---


@pytest.mark.parametrize(("permille", "rate"), [(5, 1_200), (6, -100), (16, -200), (31, -300)])
def test_a_share_of_all_making_earns_a_rebate(permille: int, rate: int) -> None:
    which = desk(exchange_day_usd=0)
    made = 10_000_000
    trade(which, made * permille // 1_000, is_taker=False)
    trade(which, made - made * permille // 1_000, is_taker=False, user=VAULT)
    trade(which, 10_000_000)
    assert which.rates(USER, TODAY + 1).maker == rate


def test_the_share_is_one_of_what_the_whole_exchange_makes() -> None:
    which = desk()
    trade(which, 10_000_000, is_taker=False)  # of fourteen days of a thousand million
    assert which.rates(USER, TODAY + 1).maker == 1_200


# --- discounts ---


@pytest.mark.parametrize(
    ("hype", "percent"),
    [(10, 0), (11, 5), (101, 10), (1_001, 15), (10_001, 20), (100_001, 30), (500_001, 40)],
)
def test_a_stake_takes_its_part_off(hype: int, percent: int) -> None:
    which = desk(terms={USER: FeeTerms(staked_hype=Decimal(hype))})
    assert which.rates(USER, TODAY).taker == 4_500 * (100 - percent) // 100
    shown = which.answer(USER, None, START_MS)["activeStakingDiscount"]
    assert Decimal(shown["discount"]) == Decimal(percent) / 100
    assert Decimal(shown["bpsOfMaxSupply"]) == Decimal(hype) / 100_000


def test_a_sub_account_has_its_masters_stake_and_a_rebate_is_not_discounted() -> None:
    which = desk(terms={SUB: FeeTerms(rebate_tier=1)})
    family = Family()
    family.staked[USER] = 600_000 * 10**8
    which.consult(family)
    assert which.rates(SUB, TODAY) == Rates(2_700, -100, 4_200, -100)


def test_the_documented_sample_comes_out() -> None:
    which = desk(terms={USER: FeeTerms(staked_hype=Decimal(475_780))})
    assert which.answer(USER, None, START_MS)["userCrossRate"] == "0.000315"


def test_a_referral_is_worth_four_percent_until_25_million() -> None:
    which = desk(terms={SUB: FeeTerms(is_referred=True)})
    family = Family()
    family.referred = {USER, VAULT}
    which.consult(family)
    account = Account(USER, fills_kept=1)
    rate = which.rate(account, START_MS, is_spot=False, is_taker=True)
    assert rate == 4_500 * 96 // 100
    shown = which.answer(USER, account, START_MS)
    assert (shown["activeReferralDiscount"], shown["userCrossRate"]) == ("0.04", "0.00045")
    account.volume_usd = 25_000_000 * USD
    assert which.rate(account, START_MS, is_spot=False, is_taker=True) == 4_500
    for other in (SUB, VAULT):
        assert which.referral_percent(other, 0) == 0


# --- what is told ---


def test_the_days_that_count_are_told_with_what_was_taken_and_made() -> None:
    which = desk()
    trade(which, 73, day=-1)
    trade(which, 5, day=-1, is_taker=False, is_spot=True)
    trade(which, 1)
    rows = which.answer(USER, None, START_MS)["dailyUserVlm"]
    assert len(rows) == 15
    assert rows[-1]["date"] == date_text(TODAY)
    assert rows[-2]["userCross"] == "73.0"
    assert rows[-2]["userAdd"] == "5.0"
    assert rows[-2]["exchange"] == "1000000005.0"
    assert rows[-1]["userCross"] == "1.0"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01"),
        (951_782_400_000, "2000-02-29"),
        (951_868_800_000, "2000-03-01"),
        (1_788_480_000_000, "2026-09-04"),
        (1_798_675_200_000, "2026-12-31"),
        (1_798_761_600_000, "2027-01-01"),
    ],
)
def test_days_have_dates(ms: int, text: str) -> None:
    assert date_text(day_of(ms)) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0.0"), (4_500, "0.00045"), (-100, "-0.00001"), (10_000_000, "1.0")]
)
def test_rates_are_written_without_needless_zeros(rate: int, text: str) -> None:
    assert rate_text(rate) == text


def test_what_is_charged_is_what_is_told() -> None:
    stage = Stage(fees=Fees(terms={USER: FeeTerms()}, taker=5_000))
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(BTC_PX, "0.1"))
    taker.place(buy(BTC_PX, "0.1"))
    told = stage.ask(type="userFees", user=taker.address)
    notional = BTC_PX / 10
    assert Decimal(taker.fills()[0]["fee"]) == Decimal(told["userCrossRate"]) * int(notional)
    assert Decimal(maker.fills()[0]["fee"]) == Decimal(told["userAddRate"]) * int(notional)
    assert told["dailyUserVlm"][-1]["userCross"] == "8000.0"


def test_a_rebate_is_paid_out_of_the_fees() -> None:
    terms = {Stage().trader(1).address: FeeTerms(rebate_tier=3)}
    stage = Stage(fees=Fees(terms=terms))
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(BTC_PX, "0.1"))
    taker.place(buy(BTC_PX, "0.1"))
    assert maker.fills()[0]["fee"] == "-0.24"
    assert stage.oracle(type="counters")["feesUsd"] == "3.36"
