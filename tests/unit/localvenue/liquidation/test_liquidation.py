"""Liquidation: into the book, into the vault, against counterparties; and who is looked at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import ETH, Stage, Trader, buy, sell

from hive.localvenue.liquidation.liquidation_rules import LiquidationRules
from hive.localvenue.liquidation.liquidator import VAULT
from hive.localvenue.units import USD

TO_VAULT = LiquidationRules(debt="vault")


def isolate(trader: Trader, leverage: int = 20) -> None:
    trader.act({"type": "updateLeverage", "asset": 0, "isCross": False, "leverage": leverage})


def long_of_one(stage: Stage, usd: int = 5_000, *, is_isolated: bool = False) -> Trader:
    """Somebody who bought 1 BTC at 80,000 from the first trader with so much money."""
    maker, poor = stage.trader(1, usd=10**7), stage.trader(2, usd=usd)
    if is_isolated:
        isolate(poor)
    maker.place(sell(80_000, 1))
    poor.place(buy(80_000, 1))
    return poor


def fall_to(stage: Stage, px: float, *, bids: float = 10) -> None:
    """Let the mark fall there, with so many coins bid for just under it."""
    maker = Trader(stage, 1)
    maker.place(buy(px, bids), sell(px + 10, bids))
    stage.markets.oracle["BTC"] = float(px)
    stage.pass_ms(3_000)


def all_cash(stage: Stage) -> Decimal:
    """Of everybody, the vault included."""
    accounts = stage.engine.house.accounts.values()
    return Decimal(sum(account.cash_usd for account in accounts)) / USD


def value(trader: Trader) -> Decimal:
    return Decimal(trader.state()["marginSummary"]["accountValue"])


# --- into the book ---


def test_an_account_under_maintenance_is_sold_into_the_book() -> None:
    stage = Stage()
    poor = long_of_one(stage)
    resting = poor.place_one(buy(60_000, "0.001"))["resting"]["oid"]
    stage.listen(type="userEvents", user=poor.address)
    fall_to(stage, 75_900)
    assert poor.status(resting) == "liquidatedCanceled"
    assert poor.size() == "0.0"
    fill = poor.fills()[0]
    assert fill["dir"] == "Close Long"
    assert fill["liquidation"]["liquidatedUser"] == poor.address
    assert fill["liquidation"]["method"] == "market"
    other = Trader(stage, 1).fills()[0]
    assert other["liquidation"] == fill["liquidation"]
    assert other["dir"] == "Close Short"
    events = stage.heard("user")
    (told,) = [event["liquidation"] for event in events if "liquidation" in event]
    assert told["liquidated_user"] == poor.address
    assert told["liquidator"] == VAULT
    assert {"nonUserCancel": [{"coin": "BTC", "oid": resting}]} in events
    assert value(poor) >= 0
    (row,) = stage.engine.office.ledger.updates.latest(poor.address, 1)
    assert row.delta["type"] == "liquidation"
    assert row.delta["leverageType"] == "Cross"
    assert row.delta["liquidatedPositions"] == [{"coin": "BTC", "szi": "1.0"}]
    assert row.delta["accountValue"] == told["liquidated_account_value"]


def test_of_a_large_position_a_fifth_goes_first() -> None:
    stage = Stage()
    maker, poor = stage.trader(1, usd=10**8), stage.trader(2, usd=23_800)
    maker.place(sell(80_000, 5))
    poor.place(buy(80_000, 5))
    maker.place(buy(75_995, 10), sell(76_005, 10))
    stage.markets.oracle["BTC"] = 76_000.0
    stage.pass_ms(3_000)
    assert poor.size() == "4.0"
    stage.pass_ms(3_000)
    assert poor.size() == "0.0"  # within half a minute the rest goes at once


def test_after_the_cooldown_a_fifth_goes_first_again() -> None:
    stage = Stage(liquidation=LiquidationRules(cooldown_ms=2_000))
    maker, poor = stage.trader(1, usd=10**8), stage.trader(2, usd=23_800)
    maker.place(sell(80_000, 5))
    poor.place(buy(80_000, 5))
    maker.place(buy(75_995, 10), sell(76_005, 10))
    stage.markets.oracle["BTC"] = 76_000.0
    stage.pass_ms(3_000)
    assert poor.size() == "4.0"
    # A fifth was enough for a while: what is left needs less.
    stage.markets.oracle["BTC"] = 75_600.0
    maker.place(buy(75_600, 20), sell(75_610, 20))
    stage.pass_ms(30_000)
    assert stage.oracle(type="counters")["liquidations"] >= 2
    sold = [fill["sz"] for fill in poor.fills() if fill["side"] == "A"]
    assert "0.8" in sold


def test_where_a_part_begins_is_a_choice() -> None:
    stage = Stage(liquidation=LiquidationRules(partial_above_usd=10_000 * USD, parts=4))
    poor = long_of_one(stage)
    fall_to(stage, 75_950)
    assert poor.fills()[0]["sz"] == "0.25"


def test_the_book_is_only_swept_as_far_as_equity_lasts() -> None:
    stage = Stage(liquidation=TO_VAULT)
    poor = long_of_one(stage)
    maker = Trader(stage, 1)
    # A thin top, and the rest far below where nothing would be left.
    maker.place(buy(75_900, "0.25"), buy(60_000, 10), sell(75_910, 10))
    stage.markets.oracle["BTC"] = 75_900.0
    stage.pass_ms(3_000)
    pxs = [Decimal(fill["px"]) for fill in poor.fills() if fill["side"] == "A"]
    assert max(pxs) >= min(pxs) > 60_000
    assert stage.oracle(type="counters")["vaultLossUsd"] == "0.0"


def test_a_healthy_account_is_left_alone() -> None:
    stage = Stage()
    maker, trader = stage.trader(1), stage.trader(2, usd=5_000)
    maker.place(sell(80_000, 1), buy(79_000, 1), sell(2_500, 1, asset=ETH))
    trader.place(buy(80_000, 1))
    stage.markets.oracle["BTC"] = 79_000.0
    stage.pass_ms(9_000)
    assert trader.size() == "1.0"
    assert stage.ask(type="liquidatable") == []


# --- the backstop ---


def test_under_two_thirds_of_maintenance_the_vault_takes_all_of_a_cross_account() -> None:
    stage = Stage()
    poor = long_of_one(stage)
    before = all_cash(stage)
    fall_to(stage, 75_500, bids=0.001)  # 464 USD are left, 944 are needed
    assert poor.size() == "0.0"
    assert value(poor) == 0  # maintenance margin is not given back
    fill = poor.fills()[0]
    assert (fill["dir"], fill["liquidation"]["method"]) == ("Liquidated Cross Long", "backstop")
    assert (fill["px"], fill["fee"]) == ("75510.0", "0.0")
    vault = stage.engine.house.accounts[VAULT]
    assert vault.size_of("BTC") == 99_900
    assert stage.oracle(type="counters")["backstops"] == 1
    assert before - all_cash(stage) < Decimal("0.1"), "but for the fee of what the book took"


def test_of_isolated_positions_only_the_one_is_taken() -> None:
    stage = Stage()
    poor = long_of_one(stage, usd=50_000, is_isolated=True)
    maker = Trader(stage, 1)
    maker.place(sell(2_500, 4, asset=ETH))
    poor.place(buy(2_500, 4, asset=ETH))
    cash = Decimal(poor.state()["crossMarginSummary"]["totalRawUsd"])
    order = poor.place_one(buy(2_000, 1, asset=ETH))["resting"]["oid"]
    other = poor.place_one(buy(60_000, "0.01"))["resting"]["oid"]
    fall_to(stage, 76_500, bids=0.001)
    assert poor.size() == "0.0"
    assert poor.size("ETH") == "4.0"
    assert (poor.status(order), poor.status(other)) == ("open", "liquidatedCanceled")
    fill = poor.fills()[0]
    assert (fill["dir"], fill["liquidation"]["method"]) == ("Liquidated Isolated Long", "backstop")
    assert Decimal(poor.state()["crossMarginSummary"]["totalRawUsd"]) - cash < 1


def test_an_isolated_position_is_sold_into_the_book_while_it_can_be() -> None:
    stage = Stage()
    poor = long_of_one(stage, usd=50_000, is_isolated=True)
    fall_to(stage, 76_800)
    assert poor.size() == "0.0"
    assert poor.fills()[0]["dir"] == "Close Long"
    # 4,000 of margin, less 3,200 of loss and the fees of both trades, is free again.
    fees = Decimal(80_000) * Decimal("0.00045") + Decimal(76_800) * Decimal("0.00045")
    assert value(poor) == Decimal(50_000) - 3_200 - fees


def test_a_cross_account_does_not_answer_for_an_isolated_position() -> None:
    stage = Stage(liquidation=TO_VAULT)
    poor = long_of_one(stage, usd=50_000, is_isolated=True)
    fall_to(stage, 70_000, bids=0.001)
    assert poor.size() == "0.0"
    assert value(poor) == Decimal(50_000) - 4_000 - 36
    assert Decimal(stage.oracle(type="counters")["vaultLossUsd"]) == 5_990


def test_the_vault_may_answer_for_every_debt() -> None:
    stage = Stage(liquidation=TO_VAULT)
    poor = long_of_one(stage)
    fall_to(stage, 70_000, bids=0.001)
    assert poor.size() == "0.0"
    assert value(poor) == 0
    assert poor.fills()[0]["liquidation"]["method"] == "backstop"
    assert poor.fills()[0]["px"] == "70010.0"
    counters = stage.oracle(type="counters")
    assert Decimal(counters["vaultLossUsd"]) > 4_000
    assert counters["deleveraged"] == 0


# --- deleveraging ---


def test_a_debt_is_closed_against_the_counterparty_at_the_mark_before() -> None:
    stage = Stage()
    poor = long_of_one(stage)
    before = all_cash(stage)
    fall_to(stage, 70_000, bids=0.001)
    assert poor.size() == "0.0"
    assert value(poor) == 4_964  # as at 80,000, the mark before
    ours, theirs = poor.fills()[0], Trader(stage, 1).fills()[0]
    assert (ours["dir"], ours["px"]) == ("Liquidated Cross Long", "80000.0")
    assert (theirs["dir"], theirs["px"]) == ("Auto-Deleveraging", "80000.0")
    assert ours["tid"] == theirs["tid"]
    assert theirs["fee"] == "0.0"
    counters = stage.oracle(type="counters")
    assert (counters["deleveraged"], counters["vaultLossUsd"]) == (1, "0.0")
    assert all_cash(stage) == before


def short_at(stage: Stage, number: int, px: int, leverage: int, usd: int) -> Trader:
    trader = stage.trader(number, usd=usd)
    trader.act({"type": "updateLeverage", "asset": 0, "isCross": True, "leverage": leverage})
    trader.place(sell(px, 1))
    return trader


def test_who_gains_most_with_least_behind_it_is_closed_first() -> None:
    stage = Stage()
    careful = short_at(stage, 3, 80_000, 20, usd=1_000_000)
    daring = short_at(stage, 4, 80_000, 20, usd=20_000)
    early = short_at(stage, 5, 81_000, 20, usd=19_000)
    poor = stage.trader(2, usd=8_000)
    poor.place(buy(80_000, "1.5"))
    rich = stage.trader(6, usd=10**6)
    rich.place(buy(81_000, "1.5"))
    stage.markets.oracle["BTC"] = 72_000.0
    stage.trader(1).place(buy(72_000, "0.001"), sell(72_010, "0.001"))
    stage.pass_ms(3_000)
    assert poor.size() == "0.0"
    # With the same value behind both, who entered higher comes first. The careful one keeps all.
    sizes = [Decimal(trader.size()) for trader in (early, daring, careful)]
    assert sizes[0] == 0
    assert sizes[1] == Decimal("-0.5")
    assert sizes[2] == -1


def test_a_closed_counterparty_loses_orders_that_would_only_have_reduced() -> None:
    stage = Stage()
    poor = long_of_one(stage)
    maker = Trader(stage, 1)
    reducing = maker.place_one(buy(60_000, 1, reduce_only=True))["resting"]["oid"]
    fall_to(stage, 70_000, bids=0.001)
    assert poor.size() == "0.0"
    assert maker.status(reducing) == "reduceOnlyCanceled"


# --- who is looked at ---


def test_an_account_far_from_its_liquidation_is_not_looked_at_each_time() -> None:
    stage = Stage()
    maker, safe = stage.trader(1, usd=10**7), stage.trader(2, usd=100_000)
    maker.place(sell(80_000, 1))
    safe.place(buy(80_000, 1))
    maker.place(buy(79_990, 1), sell(80_010, 1))
    exposure = stage.engine.house.exposure
    stage.pass_ms(3_000)
    looks = exposure.looks
    for step in range(20):
        stage.markets.oracle["BTC"] = 80_000.0 + step % 2
        stage.pass_ms(3_000)
    assert exposure.looks == looks
    assert len(exposure) == 2


@pytest.mark.parametrize("is_isolated", [False, True])
def test_a_slow_fall_is_seen_in_time(is_isolated: bool) -> None:
    stage = Stage()
    poor = long_of_one(stage, is_isolated=is_isolated)
    maker = Trader(stage, 1)
    px = 80_000
    while poor.size() != "0.0":
        px -= 100
        assert px > 75_000, "nobody looked"
        oids = [order["oid"] for order in maker.open_orders()]
        for oid in oids:
            maker.cancel(0, oid)
        fall_to(stage, px)
        health: Any = poor.state()
        if poor.size() != "0.0" and not is_isolated:
            equity = Decimal(health["crossMarginSummary"]["accountValue"])
            assert equity >= Decimal(health["crossMaintenanceMarginUsed"])
    assert 75_000 < px < 77_000


def test_funding_and_withdrawn_margin_make_an_account_a_suspect_again() -> None:
    stage = Stage()
    poor = long_of_one(stage, is_isolated=True, usd=10_000)
    stage.pass_ms(3_000)
    looks = stage.engine.house.exposure.looks
    poor.act({"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": 10 * USD})
    stage.pass_ms(3_000)
    assert stage.engine.house.exposure.looks == looks + 1
    stage.pass_ms(3_600_000)
    assert stage.engine.house.exposure.looks >= looks + 3
