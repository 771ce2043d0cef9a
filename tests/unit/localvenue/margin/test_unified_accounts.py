"""Unified accounts: one USDC balance for spot and the perps of every dex (protocol.md 1.3, 4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.localvenue.liquidation.test_liquidation import fall_to
from tests.unit.localvenue.one_balance import (
    OK,
    USDC_NAME,
    after_maintenance,
    send_asset,
    set_mode,
    spot_state,
    unified,
    usdc,
)
from tests.unit.localvenue.still_venue import BTC, ETH, Stage, Trader, buy, sell

from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.office.account_rules import AccountRules

XYZ100 = 110_000
HYPE = 10_107
DISABLED = {"status": "err", "response": "Action disabled when unified account is active"}


@pytest.fixture
def stage() -> Stage:
    return Stage(accounts=AccountRules(sub_account_volume_usd=0))


# --- one balance ---


def test_all_of_it_is_shown_on_spot_and_nothing_on_the_dexes(stage: Stage) -> None:
    alice = unified(stage, 1, usd=10_000, USDC="500.00000007")
    assert usdc(alice) == (Decimal("10500.00000007"), 0)
    assert after_maintenance(alice) == Decimal("10500.00000007")
    state = alice.state()
    assert state["withdrawable"] == "0.0"
    assert set(state["marginSummary"].values()) == {"0.0"}
    assert "tokenToAvailableAfterMaintenance" not in spot_state(stage.trader(2))


def test_money_from_spot_covers_perps_of_every_dex(stage: Stage) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=0, USDC="10000")
    stage.oracle(type="credit", user=maker.address, usd=10**6, dex="xyz")
    maker.place(sell(80_000, 1))
    assert "filled" in alice.place_one(buy(80_000, 1))  # 4,000 at 20x
    px = stage.ask(type="metaAndAssetCtxs", dex="xyz")[1][0]["oraclePx"]
    size = Decimal(50_000 / float(px)).quantize(Decimal("0.0001"))
    assert "resting" in alice.place_one(buy(px, str(size), asset=XYZ100))
    hold = usdc(alice)[1]
    assert hold > 4_000 + 2_400
    # Together they bind nearly all; by itself each would have left room for another.
    assert alice.place_one(buy(80_000, 2))["error"].startswith("Insufficient margin")
    assert alice.state()["marginSummary"]["totalMarginUsed"] == "4000.0"


def test_a_spot_order_and_a_perp_order_cannot_bind_the_same_money(stage: Stage) -> None:
    alice = unified(stage, 1, usd=1_000)
    assert "resting" in alice.place_one(buy("90", 8, asset=HYPE))  # 720
    assert usdc(alice) == (1_000, 720)
    assert alice.place_one(buy(80_000, "0.1"))["error"].startswith("Insufficient margin")  # 400
    assert "resting" in alice.place_one(buy(80_000, "0.05"))
    assert usdc(alice) == (1_000, 920)
    assert alice.place_one(buy("90", 1, asset=HYPE))["error"].startswith("Insufficient spot")


def test_profit_fees_and_trades_on_spot_settle_in_it(stage: Stage) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=10_000)
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    assert usdc(alice)[0] == 10_000 - 36  # 0.045 % of 80,000
    maker.place(buy(80_500, 1))
    alice.place(sell(80_500, 1))
    fee = Decimal("36.225")
    assert usdc(alice) == (10_000 - 36 + 500 - fee, 0)
    assert stage.venue.credit_token(maker.address, "HYPE", Decimal(10))
    maker.place(sell("90", 2, asset=HYPE))
    alice.place(buy("90", 2, asset=HYPE, tif="Ioc"))
    assert usdc(alice) == (10_000 - 36 + 500 - fee - 180, 0)
    maker.sign("usdClassTransfer", amount="1000", toPerp=False)
    maker.place(buy("90", "1.99", asset=HYPE))
    alice.place(sell("90", "1.99", asset=HYPE, tif="Ioc"))
    earned = Decimal("179.1") * (1 - Decimal("0.0007"))
    assert usdc(alice)[0] == 10_000 - 36 + 500 - fee - 180 + earned


def test_funding_is_paid_out_of_it(stage: Stage) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=10_000)
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    before = usdc(alice)[0]
    stage.pass_ms(3_600_000)
    (row,) = stage.ask(type="userFunding", user=alice.address, startTime=0)
    assert Decimal(row["delta"]["usdc"]) < 0
    assert usdc(alice)[0] == before + Decimal(row["delta"]["usdc"])


def test_profit_that_is_not_realised_counts_and_can_be_spent_on_spot(stage: Stage) -> None:
    maker, alice = stage.trader(1, usd=10**7), unified(stage, 2, usd=5_000)
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    maker.place(buy(84_990, 1), sell(85_010, 1))
    stage.markets.oracle["BTC"] = 85_000.0
    stage.pass_ms(3_000)
    total, hold = usdc(alice)
    gained = Decimal(alice.positions()["BTC"]["unrealizedPnl"])
    assert gained > 4_900
    assert (total, hold) == (5_000 - 36 + gained, Decimal(alice.positions()["BTC"]["marginUsed"]))
    assert stage.venue.credit_token(maker.address, "HYPE", Decimal(100))
    maker.place(sell("90", 63, asset=HYPE))
    assert "filled" in alice.place_one(buy("90", 63, asset=HYPE, tif="Ioc"))
    assert usdc(alice)[0] == total - 5_670
    assert alice.size() == "1.0"


def test_an_isolated_position_is_part_of_the_total_and_held(stage: Stage) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=10_000)
    alice.act({"type": "updateLeverage", "asset": BTC, "isCross": False, "leverage": 20})
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    assert usdc(alice) == (10_000 - 36, 4_000)
    assert after_maintenance(alice) == 10_000 - 36 - 4_000
    assert alice.positions()["BTC"]["marginUsed"] == "4000.0"
    move = {"type": "updateIsolatedMargin", "asset": BTC, "isBuy": True, "ntli": 5_000_000_000}
    assert alice.act(move) == OK
    assert usdc(alice) == (10_000 - 36, 9_000)


def test_what_may_be_traded_is_told_of_the_whole_balance(stage: Stage) -> None:
    alice = unified(stage, 1, usd=1_000, USDC="500")
    for coin in ("BTC", "xyz:XYZ100"):
        told = stage.ask(type="activeAssetData", user=alice.address, coin=coin)
        assert told["availableToTrade"] == ["1500.0", "1500.0"], coin


def test_less_than_a_millionth_is_not_lost(stage: Stage) -> None:
    alice, bob = unified(stage, 1, usd=0, USDC="20.00000099"), unified(stage, 2, usd=0)
    assert send_asset(alice, bob.address, "12.00000077", "spot", "spot") == OK
    assert usdc(alice)[0] + usdc(bob)[0] == Decimal("20.00000099")
    assert usdc(bob)[0] == Decimal("12.00000077")


# --- transfers ---


def test_transfers_between_sides_and_by_the_older_actions_are_refused(stage: Stage) -> None:
    alice, bob = unified(stage, 1, HYPE="10"), stage.trader(2)
    sub = alice.act({"type": "createSubAccount", "name": "sub"})["response"]["data"]
    hype = "HYPE:0x0d01dc56dcaaca66ad901c959b4011ec"
    for is_to_perp in (True, False):
        assert alice.sign("usdClassTransfer", amount="1", toPerp=is_to_perp) == DISABLED
    assert alice.sign("usdSend", destination=bob.address, amount="1") == DISABLED
    assert alice.sign("spotSend", destination=bob.address, token=hype, amount="1") == DISABLED
    to_sub = {"subAccountUser": sub, "isDeposit": True}
    assert alice.act({"type": "subAccountTransfer", **to_sub, "usd": 1_000_000}) == DISABLED
    spot = {"type": "subAccountSpotTransfer", **to_sub, "token": USDC_NAME, "amount": "1"}
    assert alice.act(spot) == DISABLED
    assert usdc(alice)[0] == 10_000


def test_send_asset_sends_from_the_balance_and_into_it(stage: Stage) -> None:
    alice, bob = unified(stage, 1, usd=1_000), stage.trader(2, usd=1_000)
    assert send_asset(alice, bob.address, "300", "spot", "") == OK
    assert send_asset(alice, bob.address, "200", "xyz", "spot") == OK
    assert usdc(alice) == (500, 0)
    assert bob.state()["withdrawable"] == "1300.0"
    assert usdc(bob)[0] == 200
    assert send_asset(bob, alice.address, "200", "spot", "spot") == OK
    assert send_asset(bob, alice.address, "100", "", "xyz") == OK
    assert usdc(alice) == (800, 0)
    assert send_asset(alice, bob.address, "801", "spot", "spot")["status"] == "err"
    still = send_asset(alice, alice.address, "1", "spot", "")
    assert still == {"status": "err", "response": "Invalid send"}


def test_a_withdrawal_takes_what_neither_margin_nor_a_tenth_of_the_notional_keeps(
    stage: Stage,
) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=10_000)
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    withdraw = {"destination": alice.address}
    assert alice.sign("withdraw3", amount="1965", **withdraw)["status"] == "err"
    assert alice.sign("withdraw3", amount="1964", **withdraw) == OK
    assert usdc(alice)[0] == 8_000


def test_back_in_a_mode_of_separate_sides_all_of_it_is_on_spot(stage: Stage) -> None:
    alice = unified(stage, 1, usd=700, USDC="300.00000005")
    stage.oracle(type="credit", user=alice.address, usd=50, dex="xyz")
    assert set_mode(alice, "disabled") == OK
    assert usdc(alice) == (Decimal("1050.00000005"), 0)
    assert alice.state()["marginSummary"]["accountValue"] == "0.0"
    assert alice.sign("usdClassTransfer", amount="1050", toPerp=True) == OK
    assert alice.state()["withdrawable"] == "1050.0"


# --- liquidation ---


def ratio(trader: Trader) -> Decimal:
    """The unified account ratio, by the formula that the documentation prints."""
    maintenance = isolated = Decimal(0)
    for dex in ("", "xyz"):
        state = trader.stage.ask(type="clearinghouseState", user=trader.address, dex=dex)
        maintenance += Decimal(state["crossMaintenanceMarginUsed"])
        for row in state["assetPositions"]:
            if row["position"]["leverage"]["type"] == "isolated":
                isolated += Decimal(row["position"]["marginUsed"])
    return maintenance / (usdc(trader)[0] - isolated)


def test_it_is_liquidated_when_the_documented_ratio_comes_to_one(stage: Stage) -> None:
    """With an isolated position and an open spot order besides, which change nothing of it."""
    maker, alice = stage.trader(1, usd=10**7), unified(stage, 2, usd=6_000)
    alice.act({"type": "updateLeverage", "asset": ETH, "isCross": False, "leverage": 20})
    maker.place(sell(80_000, 1), sell(2_500, 4, asset=ETH))
    alice.place(buy(80_000, 1), buy(2_500, 4, asset=ETH))
    resting = alice.place_one(buy("80", 10, asset=HYPE))["resting"]["oid"]
    px = Decimal(alice.positions()["BTC"]["liquidationPx"])
    fall_to(stage, round(px) + 5)
    assert Decimal("0.95") < ratio(alice) < 1
    assert alice.size() == "1.0"
    fall_to(stage, round(px) - 10)
    assert alice.size() == "0.0"
    assert alice.size("ETH") == "4.0"
    assert alice.status(resting) == "liquidatedCanceled", "what it bound covers the position"


def test_money_on_spot_keeps_a_position_alive(stage: Stage) -> None:
    maker = stage.trader(1, usd=10**7)
    plain, one = stage.trader(2, usd=5_000), unified(stage, 3, usd=5_000, USDC="5000")
    stage.venue.credit_token(plain.address, "USDC", Decimal(5_000))
    maker.place(sell(80_000, 2))
    for trader in (plain, one):
        trader.place(buy(80_000, 1))
    fall_to(stage, 75_500)
    assert (plain.size(), one.size()) == ("0.0", "1.0")


def test_in_the_end_the_vault_takes_positions_of_all_dexes_and_all_usdc(stage: Stage) -> None:
    maker, alice = stage.trader(1, usd=10**7), unified(stage, 2, usd=6_500, HYPE="3")
    stage.oracle(type="credit", user=maker.address, usd=10**6, dex="xyz")
    px = stage.ask(type="metaAndAssetCtxs", dex="xyz")[1][0]["oraclePx"]
    maker.place(sell(80_000, 1), sell(px, "0.1", asset=XYZ100))
    alice.place(buy(80_000, 1), buy(px, "0.1", asset=XYZ100))
    fall_to(stage, 74_050, bids=0.001)
    states = [
        stage.ask(type="clearinghouseState", user=alice.address, dex=dex) for dex in ("", "xyz")
    ]
    assert [state["assetPositions"] for state in states] == [[], []]
    assert usdc(alice) == (0, 0)
    (hype,) = [row for row in spot_state(alice)["balances"] if row["coin"] == "HYPE"]
    assert hype["total"] == "3.0", "other tokens are no collateral"


# --- what else knows of it ---


def test_its_worth_is_counted_once(stage: Stage) -> None:
    maker, alice = stage.trader(1), unified(stage, 2, usd=600, USDC="400")
    stage.pass_ms(3_600_000)
    maker.place(sell(80_000, "0.1"))
    alice.place(buy(80_000, "0.1"), buy("50", 4, asset=HYPE))
    stage.pass_ms(1_800_000)
    day = dict(stage.ask(type="portfolio", user=alice.address))["day"]
    assert Decimal(day["accountValueHistory"][-1][1]) == usdc(alice)[0] == 1_000 - Decimal("3.6")
    assert Decimal(day["pnlHistory"][-1][1]) == Decimal("-3.6")


def test_its_spot_state_is_told_when_only_the_marks_move(stage: Stage) -> None:
    maker, alice = stage.trader(1, usd=10**7), unified(stage, 2, usd=5_000)
    maker.place(sell(80_000, 1))
    alice.place(buy(80_000, 1))
    (first,) = stage.listen(type="spotState", user=alice.address)
    assert first["spotState"] == spot_state(alice)
    stage.pass_ms(2_000)
    stage.heard("spotState")
    maker.place(buy(80_990, 1), sell(81_010, 1))
    stage.markets.oracle["BTC"] = 81_000.0
    stage.pass_ms(10_000)
    told = stage.heard("spotState")[-1]["spotState"]
    assert told == spot_state(alice)
    assert Decimal(told["balances"][0]["total"]) > 5_900


def test_a_builder_with_one_balance_earns_nothing(stage: Stage) -> None:
    """Builders must be in standard mode to accrue fees (the documentation)."""
    builder, maker, alice = stage.trader(1), stage.trader(2), stage.trader(3)
    alice.sign("approveBuilderFee", maxFeeRate="0.05%", builder=builder.address)
    assert set_mode(builder, "unifiedAccount") == OK
    maker.place(sell(80_000, 1))
    order = {"type": "order", "orders": [buy(80_000, "0.1")], "grouping": "na"}
    alice.act({**order, "builder": {"b": builder.address, "f": 50}})
    (fill,) = alice.fills()
    assert fill["builderFee"] == "4.0"
    assert builder.act({"type": "claimRewards"})["status"] == "err"
    assert usdc(builder)[0] == 1_000_000


def test_fifty_thousand_actions_a_day_are_the_most(stage: Stage) -> None:
    """Three of them here; separate sides have no such limit."""
    stage = Stage(limits=VenueLimits(weight_per_min=10**6, unified_actions_per_day=3))
    alice, bob = stage.trader(1), stage.trader(2)
    assert set_mode(alice, "unifiedAccount") == OK
    noop = {"type": "noop"}
    assert [alice.act(noop)["status"] for _ in range(4)] == ["ok", "ok", "ok", "err"]
    assert [bob.act(noop)["status"] for _ in range(4)] == ["ok"] * 4
    stage.pass_ms(86_400_000)
    assert alice.act(noop)["status"] == "ok"
