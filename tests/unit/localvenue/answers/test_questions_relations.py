"""What is told of accounts: relations, ledgers, orders of the past, worth over time, stakes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.liquidation.test_liquidation import fall_to, long_of_one
from tests.unit.localvenue.still_venue import START_MS, Stage, Trader, buy, sell
from tests.unit.localvenue.test_recorded_shapes import recorded, shape

from hive.localvenue.config import PageSizes
from hive.localvenue.office.account_rules import AccountRules

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
STRANGER = "0x" + "ab" * 20
RULES = AccountRules(
    sub_account_volume_usd=0, vault_creation_fee_usd=0, vault_lockup_ms=0, referral_volume_usd=0
)
USDC = "USDC:0x6d1e7cde53ba9467b783cb7c530ce054"
OK = {"status": "ok", "response": {"type": "default"}}


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage(accounts=RULES)


def create_vault(leader: Trader, usd: int = 1_000) -> str:
    nonce = leader.request({"type": "noop"}).nonce + 1
    action = {
        "type": "createVault",
        "name": "A vault",
        "description": "It trades BTC.",
        "initialUsd": usd * 1_000_000,
        "nonce": nonce,
    }
    return str(leader.act(action, nonce=nonce)["response"]["data"])


def deltas(stage: Stage, user: str, **span: int) -> list[Any]:
    rows = stage.ask(type="userNonFundingLedgerUpdates", user=user, **span)
    return [row["delta"] for row in rows]


# --- relations ---


def test_named_agents_are_listed_with_their_end_and_the_unnamed_is_not(stage: Stage) -> None:
    master = stage.trader(1)
    until_ms = START_MS + DAY_MS
    master.sign("approveAgent", agentAddress=Trader(stage, 2).address)
    name = f"short valid_until {until_ms}"
    master.sign("approveAgent", agentAddress=Trader(stage, 3).address, agentName=name)
    master.sign("approveAgent", agentAddress=Trader(stage, 4).address, agentName="long")
    listed = stage.ask(type="extraAgents", user=master.address)
    address = Trader(stage, 3).address
    assert listed[0] == {"name": "short", "address": address, "validUntil": until_ms}
    assert listed[1]["name"] == "long"
    assert 0 <= stage.now_ms + 90 * DAY_MS - listed[1]["validUntil"] <= 1_000
    assert shape(listed) == shape(recorded("sdk/extra_agents")[0]["response"])


def test_roles(stage: Stage) -> None:
    master = stage.trader(1)
    sub = master.act({"type": "createSubAccount", "name": "s"})["response"]["data"]
    vault = create_vault(master)

    def role(user: str) -> Any:
        return stage.ask(type="userRole", user=user)

    assert role(STRANGER) == {"role": "missing"}
    assert role(master.address) == {"role": "user"}
    assert role(sub) == {"role": "subAccount", "data": {"master": master.address}}
    assert role(vault) == recorded("sdk/user_role")[0]["response"] == {"role": "vault"}


def test_sub_accounts_are_listed_with_their_states(stage: Stage) -> None:
    master = stage.trader(1)
    assert stage.ask(type="subAccounts", user=master.address) is None
    sub = master.act({"type": "createSubAccount", "name": "s"})["response"]["data"]
    (row,) = stage.ask(type="subAccounts", user=master.address)
    assert list(row) == ["name", "subAccountUser", "master", "clearinghouseState", "spotState"]
    assert (row["name"], row["subAccountUser"], row["master"]) == ("s", sub, master.address)
    assert row["spotState"] == {"balances": []}
    (row,) = stage.ask(type="subAccounts2", user=master.address)
    ((dex, state),) = row["dexToClearinghouseState"]
    assert (dex, state["withdrawable"]) == ("", "0.0")


def test_builder_approvals_are_in_tenths_of_a_basis_point(stage: Stage) -> None:
    trader, builder = stage.trader(1), stage.trader(2, usd=100)

    def approve(rate: str, whom: Trader = builder) -> Any:
        return trader.sign("approveBuilderFee", maxFeeRate=rate, builder=whom.address)

    assert approve("0.05%") == OK
    ask = {"user": trader.address, "builder": builder.address}
    assert stage.ask(type="maxBuilderFee", **ask) == 50
    assert stage.ask(type="approvedBuilders", user=trader.address) == [builder.address]
    poor = stage.trader(3, usd=99)
    text = "Builder has insufficient balance to be approved."
    assert approve("0.01%", poor)["response"] == text
    assert approve("1.001%")["status"] == approve("much")["status"] == "err"
    assert approve("0%") == OK
    assert stage.ask(type="maxBuilderFee", **ask) == 0


def test_referrals(stage: Stage) -> None:
    referrer, user = stage.trader(1), stage.trader(2)

    def refer(code: str) -> Any:
        return user.act({"type": "setReferrer", "code": code})

    assert refer("CODE")["response"] == "Referral code not registered"
    stages = [stage.ask(type="referral", user=referrer.address)["referrerState"]]
    referrer.act({"type": "registerReferrer", "code": "CODE"})
    assert refer("CODE") == OK
    assert refer("CODE")["status"] == "err"  # once only
    told = stage.ask(type="referral", user=user.address)
    assert told["referredBy"] == {"referrer": referrer.address, "code": "CODE"}
    stages.append(stage.ask(type="referral", user=referrer.address)["referrerState"])
    assert stages[0] == {"stage": "needToCreateCode"}
    assert stages[1]["stage"] == "ready"
    assert stages[1]["data"]["nReferrals"] == 1
    assert user.act({"type": "claimRewards"})["response"] == "No rewards to claim"


def test_a_referral_code_needs_volume() -> None:
    stage = Stage()
    trader = stage.trader(1)
    answer = trader.act({"type": "registerReferrer", "code": "CODE"})
    text = "Cannot generate referral code until enough volume traded."
    assert answer["response"].startswith(text)
    state = stage.ask(type="referral", user=trader.address)["referrerState"]
    assert state == {"stage": "needToTrade", "data": {"required": "10000.0"}}


def test_modes_flags_and_checks(stage: Stage) -> None:
    trader = stage.trader(1)
    user: dict[str, Any] = {"user": trader.address}
    assert stage.ask(type="userAbstraction", **user) == "default"
    assert stage.ask(type="userDexAbstraction", **user) is None
    assert trader.sign("userSetAbstraction", abstraction="disabled", **user) == OK
    assert trader.sign("userDexAbstraction", enabled=True, **user) == OK
    assert stage.ask(type="userAbstraction", **user) == "disabled"
    assert stage.ask(type="userDexAbstraction", **user) is True
    assert trader.act({"type": "agentSetAbstraction", "abstraction": "u"})["status"] == "err"
    assert stage.ask(type="userToMultiSigSigners", **user) is None
    assert stage.ask(type="isVip", **user) is False
    assert stage.ask(type="legalCheck", **user)["userAllowed"] is True
    dusting = {"type": "spotUser", "toggleSpotDusting": {"optOut": True}}
    assert trader.act(dusting) == OK
    assert trader.act(dusting)["response"] == "Already opted out of spot dusting"
    assert trader.act({"type": "evmUserModify", "usingBigBlocks": True}) == OK
    bid = {"type": "gossipPriorityBid", "slotId": 0, "ip": "8.8.8.8", "maxGas": 1}
    assert trader.act(bid)["status"] == "err"
    assert trader.act({"type": "setDisplayName", "displayName": "me"}) == OK
    check = {"type": "preTransferCheck", "source": trader.address}
    assert stage.ask(**check, user=STRANGER) == {
        "fee": "1.0",
        "isSanctioned": False,
        "userExists": False,
        "userHasSentTx": False,
    }
    known = stage.ask(**check, user=trader.address)
    assert (known["fee"], known["userExists"], known["userHasSentTx"]) == ("0.0", True, True)


# --- ledgers ---


def test_transfers_leave_rows_on_both_sides(stage: Stage) -> None:
    sender, receiver = stage.trader(1, usd=100), stage.trader(2, usd=10)
    sender.sign("usdSend", destination=receiver.address, amount="5")
    sender.sign("usdClassTransfer", amount="20", toPerp=False)
    sender.sign("spotSend", destination=receiver.address, token=USDC, amount="2")
    sender.sign("withdraw3", destination=STRANGER, amount="10")
    found = deltas(stage, sender.address)
    both = {"user": sender.address, "destination": receiver.address}
    assert found[:3] == [
        {"type": "deposit", "usdc": "100.0"},
        {"type": "internalTransfer", "usdc": "5.0", **both, "fee": "0.0"},
        {"type": "accountClassTransfer", "usdc": "20.0", "toPerp": False},
    ]
    assert found[4]["type"] == "withdraw"
    assert (found[4]["usdc"], found[4]["fee"]) == ("9.0", "1.0")
    assert deltas(stage, receiver.address)[1:] == [found[1], found[3]]
    theirs = recorded("sdk/user_non_funding_ledger_updates_without_end_time")[0]["response"]
    by_type = {row["delta"]["type"]: row for row in theirs}
    rows = stage.ask(type="userNonFundingLedgerUpdates", user=sender.address)
    for row in rows:
        kind = row["delta"]["type"]
        if kind in by_type and kind != "spotTransfer":
            assert shape(row) == shape(by_type[kind]), kind
    spot = by_type["spotTransfer"]["delta"]
    assert list(found[3]) == list(spot)  # only its nonce was null in 2024
    assert {k: shape(v) for k, v in found[3].items() if k != "nonce"} == {
        k: shape(v) for k, v in spot.items() if k != "nonce"
    }
    assert len({row["hash"] for row in rows}) == len(rows)


def test_a_page_has_so_many_rows_oldest_first_and_both_ends_included() -> None:
    stage = Stage(pages=PageSizes(rows=3))
    trader = stage.trader(1, usd=100)
    for _ in range(4):
        stage.pass_ms(1_000)
        trader.sign("usdClassTransfer", amount="1", toPerp=False)
    ask = {"type": "userNonFundingLedgerUpdates", "user": trader.address}
    first = stage.ask(**ask)
    assert first[0]["delta"]["type"] == "deposit"
    assert len(first) == 3
    second = stage.ask(**ask, startTime=first[-1]["time"])
    assert second[0] == first[-1]
    assert len(second) == 3
    assert stage.ask(**ask, startTime=0, endTime=first[1]["time"]) == first[:2]


def test_funding_is_told_hour_by_hour(stage: Stage) -> None:
    maker, taker = stage.trader(1), stage.trader(2)
    maker.place(sell(80_000, 1))
    taker.place(buy(80_000, 1))
    stage.listen(type="userFundings", user=taker.address)
    stage.pass_ms(2 * HOUR_MS)
    rows = stage.ask(type="userFunding", user=taker.address, startTime=0)
    assert len(rows) == 2
    assert Decimal(rows[0]["delta"]["usdc"]) < 0  # a long pays
    theirs = recorded("sdk/user_funding_history_without_end_time")[0]["response"][0]
    assert set(rows[0]) == set(theirs)
    assert set(rows[0]["delta"]) == set(theirs["delta"])
    frames = stage.heard("userFundings")
    assert [len(frame["fundings"]) for frame in frames] == [1, 1]
    assert frames[0]["fundings"][0]["coin"] == "BTC"
    assert "isSnapshot" not in frames[0]


def test_a_liquidation_is_in_the_ledger_and_notified(stage: Stage) -> None:
    poor = long_of_one(stage)
    assert stage.listen(type="notification", user=poor.address) == []
    fall_to(stage, 75_900)
    rows = [row for row in deltas(stage, poor.address) if row["type"] == "liquidation"]
    assert rows[0]["liquidatedPositions"] == [{"coin": "BTC", "szi": "1.0"}]
    assert Decimal(rows[0]["liquidatedNtlPos"]) > 50_000
    frames = stage.heard("notification")
    assert frames
    assert list(frames[0]) == ["notification"]


# --- orders, worth, vaults, stakes ---


def test_an_order_stands_in_the_history_with_each_status_it_had(stage: Stage) -> None:
    trader = stage.trader(1)
    oid = trader.place_one(buy(79_000, 1))["resting"]["oid"]
    stage.pass_ms(1_000)
    trader.cancel(0, oid)
    stage.pass_ms(1_000)
    trader.place(buy(79_000, 1, tif="Ioc"))
    rows = stage.ask(type="historicalOrders", user=trader.address)
    told = [(row["order"]["oid"] == oid, row["status"]) for row in rows]
    assert told == [(False, "iocCancelRejected"), (True, "canceled"), (True, "open")]
    theirs = recorded("sdk/historical_orders")[0]["response"]
    assert shape(rows[:1]) == shape(theirs[:1])


def test_worth_over_time(stage: Stage) -> None:
    maker, taker = stage.trader(1), stage.trader(2, usd=10_000)
    maker.place(sell(80_000, 1), buy(79_000, 1))
    stage.pass_ms(HOUR_MS)
    taker.place(buy(80_000, "0.1"))
    taker.place(sell(79_000, "0.1"))
    stage.pass_ms(26 * HOUR_MS)
    windows = dict(stage.ask(type="portfolio", user=taker.address))
    theirs = dict(recorded("sdk/portfolio")[0]["response"])
    assert list(windows) == list(theirs)
    assert shape(windows["week"]) == shape(theirs["week"])
    week = windows["week"]
    assert week["accountValueHistory"][0][1] == "10000.0"
    assert week["pnlHistory"][0][1] == "0.0"
    assert Decimal(week["pnlHistory"][-1][1]) < -100  # 100 lost, and fees
    assert week["vlm"] == windows["allTime"]["vlm"] == "15900.0"
    assert windows["day"]["vlm"] == "0.0"  # it was more than a day ago
    times = [ms for ms, _ in windows["day"]["accountValueHistory"]]
    assert times == sorted(times)
    assert times[-1] - times[0] <= DAY_MS


def test_vaults_are_told_of(stage: Stage) -> None:
    leader, follower = stage.trader(1), stage.trader(2)
    vault = create_vault(leader)
    transfer = {"type": "vaultTransfer", "vaultAddress": vault, "isDeposit": True}
    follower.act({**transfer, "usd": 3_000_000_000})
    equities = stage.ask(type="userVaultEquities", user=follower.address)
    assert shape(equities) == shape(recorded("sdk/user_vault_equities")[0]["response"])
    assert equities[0]["equity"] == "3000.0"
    led = stage.ask(type="leadingVaults", user=leader.address)
    assert led == [{"address": vault, "name": "A vault"}]
    (summary,) = stage.ask(type="vaultSummaries")
    assert (summary["tvl"], summary["leader"]) == ("4000.0", leader.address)
    details = stage.ask(type="vaultDetails", vaultAddress=vault, user=follower.address)
    assert details["leaderFraction"] == 0.25
    assert details["followerState"]["vaultEquity"] == "3000.0"
    assert [row["user"] for row in details["followers"]] == [follower.address, "Leader"]
    assert details["maxWithdrawable"] == 3_000.0
    assert stage.ask(type="vaultDetails", vaultAddress=STRANGER) is None
    stage.pass_ms(2 * HOUR_MS)
    assert stage.ask(type="vaultSummaries") == []


def test_staking_takes_a_week_to_leave() -> None:
    stage = Stage()
    trader = stage.trader(1)
    stage.venue.credit_token(trader.address, "HYPE", Decimal(10))
    user: dict[str, Any] = {"user": trader.address}
    hype = 10**8
    assert trader.sign("cDeposit", wei=11 * hype)["status"] == "err"
    assert trader.sign("cDeposit", wei=8 * hype) == OK
    assert trader.sign("tokenDelegate", validator=STRANGER, wei=5 * hype, isUndelegate=False) == OK
    (row,) = stage.ask(type="delegations", **user)
    assert (row["validator"], row["amount"]) == (STRANGER, "5.0")
    undelegate: dict[str, Any] = {"validator": STRANGER, "wei": 5 * hype, "isUndelegate": True}
    assert trader.sign("tokenDelegate", **undelegate)["status"] == "err"  # locked for a day
    stage.skip_ms(DAY_MS)
    assert trader.sign("tokenDelegate", **undelegate) == OK
    assert trader.sign("cWithdraw", wei=6 * hype) == OK
    assert stage.ask(type="delegatorSummary", **user) == {
        "delegated": "0.0",
        "undelegated": "2.0",
        "totalPendingWithdrawal": "6.0",
        "nPendingWithdrawals": 1,
    }
    stage.skip_ms(7 * DAY_MS + 10_000)
    (balance,) = stage.ask(type="spotClearinghouseState", **user)["balances"]
    assert balance["total"] == "8.0"
    history = stage.ask(type="delegatorHistory", **user)
    assert [next(iter(row["delta"])) for row in history] == [
        "withdrawal",
        "withdrawal",
        "delegate",
        "delegate",
        "cDeposit",
    ]
    theirs = recorded("sdk/delegator_history")[0]["response"]
    assert shape(history[3:]) == shape(theirs[:2])
    assert stage.ask(type="delegatorRewards", **user) == []


# --- streams ---


def test_the_ledger_is_pushed_after_a_snapshot(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    user = trader.address
    (first,) = stage.listen(type="userNonFundingLedgerUpdates", user=user)
    assert first["isSnapshot"] is True
    assert [row["delta"]["type"] for row in first["nonFundingLedgerUpdates"]] == ["deposit"]
    trader.sign("usdClassTransfer", amount="1", toPerp=False)
    (frame,) = stage.heard("userNonFundingLedgerUpdates")
    assert list(frame) == ["user", "nonFundingLedgerUpdates"]
    assert frame["nonFundingLedgerUpdates"][0]["delta"]["type"] == "accountClassTransfer"


def test_a_deposit_is_pushed_at_once(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    stage.listen(type="userNonFundingLedgerUpdates", user=trader.address)
    stage.heard("userNonFundingLedgerUpdates")
    stage.venue.credit(trader.address, Decimal(7))
    (frame,) = stage.heard("userNonFundingLedgerUpdates")
    assert frame["nonFundingLedgerUpdates"][-1]["delta"] == {"type": "deposit", "usdc": "7.0"}


def test_past_orders_are_pushed_as_they_change(stage: Stage) -> None:
    trader = stage.trader(1)
    (first,) = stage.listen(type="userHistoricalOrders", user=trader.address)
    assert first == {"isSnapshot": True, "user": trader.address, "orderHistory": []}
    trader.place(buy(79_000, 1))
    (frame,) = stage.heard("userHistoricalOrders")
    (row,) = frame["orderHistory"]
    assert (row["status"], row["order"]["tif"]) == ("open", "Gtc")
