"""Vaults: shares, a leader who trades, and what withdrawals take to be paid (venue.md 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, order_action, sell

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules

DAY_MS = 86_400_000
RULES = AccountRules(vault_creation_fee_usd=100, vault_lockup_ms=0)
SHORT = "Insufficient balance for withdrawal"


def refusal(answer: Any) -> str:
    assert answer["status"] == "err", answer
    return str(answer["response"])


def create(leader: Trader, usd: int = 1_000) -> Any:
    nonce = leader.request({"type": "noop"}).nonce + 1
    action = {
        "type": "createVault",
        "name": "A vault",
        "description": "It trades BTC.",
        "initialUsd": usd * 1_000_000,
        "nonce": nonce,
    }
    return leader.act(action, nonce=nonce)


def move(who: Trader, vault: str, usd: str, *, is_deposit: bool) -> Any:
    action = {"type": "vaultTransfer", "vaultAddress": vault, "isDeposit": is_deposit}
    return who.act({**action, "usd": int(Decimal(usd) * 1_000_000)})


def deposit(who: Trader, vault: str, usd: str) -> Any:
    return move(who, vault, usd, is_deposit=True)


def withdraw(who: Trader, vault: str, usd: str) -> Any:
    return move(who, vault, usd, is_deposit=False)


def worth(who: Trader) -> Decimal:
    (vault,) = who.stage.ask(type="userVaultEquities", user=who.address)
    return Decimal(vault["equity"])


def free(who: Trader) -> Decimal:
    return Decimal(who.state()["withdrawable"])


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage(accounts=RULES)


@pytest.fixture(name="leader")
def _leader(stage: Stage) -> Trader:
    return stage.trader(1, usd=10_000)


@pytest.fixture(name="vault")
def _vault(leader: Trader) -> Address:
    return Address(create(leader)["response"]["data"])


def lose_or_gain(stage: Stage, leader: Trader, vault: Address, *, px: int) -> None:
    """Let the vault buy 0.1 BTC at 80,000 and sell them at `px`."""
    maker = stage.trader(9)
    maker.place(sell(80_000, "0.1"), buy(px, "0.1") if px < 80_000 else buy(79_000, "0.1"))
    leader.place(buy(80_000, "0.1", tif="Ioc"), vault=vault)
    if px > 80_000:
        maker.place(buy(px, "0.1"))
    leader.place(sell(px, "0.1", tif="Ioc"), vault=vault)


def test_a_leader_makes_one_and_trades_it(stage: Stage, leader: Trader, vault: Address) -> None:
    assert free(leader) == 10_000 - 1_000 - 100
    assert "resting" in leader.place(buy(79_000, "0.01"), vault=vault)[0]
    assert len(stage.ask(type="openOrders", user=vault)) == 1
    assert leader.open_orders() == []


def test_a_vault_wants_a_hundred_and_its_fee(stage: Stage) -> None:
    poor = stage.trader(5, usd=1_099)
    assert refusal(create(poor)) == "Insufficient balance to create vault"
    refusal(create(poor, usd=99))
    assert create(poor, usd=999)["response"]["type"] == "createVault"


def test_only_its_leader_acts_for_it(stage: Stage, vault: Address) -> None:
    other = stage.trader(2)
    text = "Only leader can perform this vault action"
    assert refusal(other.act(order_action(buy(79_000, 1)), vault=vault)) == text
    for action in (
        {"type": "vaultModify", "vaultAddress": vault, "allowDeposits": False},
        {"type": "vaultDistribute", "vaultAddress": vault, "usd": 10_000_000},
    ):
        assert refusal(other.act(action)) == text


def test_what_is_no_vault(stage: Stage) -> None:
    trader = stage.trader(2)
    nowhere = "0x" + "de" * 20
    assert refusal(deposit(trader, nowhere, "10")) == f"Vault not registered: {nowhere}"


def test_shares_are_worth_their_part_of_what_the_vault_gains(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    follower = stage.trader(2, usd=3_000)
    assert deposit(follower, vault, "3000")["status"] == "ok"
    lose_or_gain(stage, leader, vault, px=82_000)
    equity = Decimal(stage.ask(type="clearinghouseState", user=vault)["withdrawable"])
    assert 4_180 < equity < 4_200  # 200 gained, less fees
    assert abs(worth(follower) - equity * 3 / 4) < Decimal("0.000002")
    late = stage.trader(3, usd=1_000)
    deposit(late, vault, "1000")
    assert abs(worth(late) - 1_000) < Decimal("0.000002")  # what was gained before is not theirs


def test_a_leader_earns_a_tenth_of_what_a_follower_gained(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    follower = stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    lose_or_gain(stage, leader, vault, px=82_000)
    all_of_it = worth(follower)
    before = free(leader)
    assert withdraw(follower, vault, str(all_of_it))["status"] == "ok"
    commission = (all_of_it - 1_000) / 10
    assert abs(free(leader) - before - commission) <= Decimal("0.000001")
    assert abs(free(follower) - all_of_it + commission) <= Decimal("0.000001")
    assert stage.ask(type="userVaultEquities", user=follower.address) == []
    row = stage.ask(type="userNonFundingLedgerUpdates", user=follower.address)[-1]["delta"]
    assert row["type"] == "vaultWithdraw"
    assert Decimal(row["basis"]) == 1_000
    assert Decimal(row["netWithdrawnUsd"]) == free(follower)


def test_nobody_withdraws_more_than_its_part(stage: Stage, vault: Address) -> None:
    follower, stranger = stage.trader(2, usd=500), stage.trader(3)
    deposit(follower, vault, "500")
    assert refusal(withdraw(follower, vault, "500.000001")) == SHORT
    text = "Cannot withdraw with zero balance in vault"
    assert refusal(withdraw(stranger, vault, "5")) == text


def test_a_deposit_is_locked_up_for_a_day() -> None:
    stage = Stage(accounts=AccountRules(vault_creation_fee_usd=0))
    leader, follower = stage.trader(1), stage.trader(2)
    vault = create(leader)["response"]["data"]
    deposit(follower, vault, "100")
    (row,) = stage.ask(type="userVaultEquities", user=follower.address)
    assert row["lockedUntilTimestamp"] == stage.now_ms + DAY_MS
    assert refusal(withdraw(follower, vault, "50")) == "Vault deposit is locked up"
    stage.pass_ms(DAY_MS)
    assert withdraw(follower, vault, "50")["status"] == "ok"


def test_a_leader_keeps_a_twentieth(stage: Stage, leader: Trader, vault: Address) -> None:
    follower = stage.trader(2, usd=9_000)
    deposit(follower, vault, "9000")
    assert withdraw(leader, vault, "500")["status"] == "ok"
    assert refusal(withdraw(leader, vault, "100")) == "Leader must keep at least 5% of the vault"


def test_a_withdrawal_that_needs_the_margin_of_orders_cancels_them(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    follower = stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    oid = leader.place(buy(79_000, "0.4"), vault=vault)[0]["resting"]["oid"]
    assert withdraw(follower, vault, "1000")["status"] == "ok"
    status = stage.ask(type="orderStatus", user=vault, oid=oid)
    assert status["order"]["status"] == "vaultWithdrawalCanceled"
    assert free(follower) == 1_000


def test_a_withdrawal_that_needs_the_margin_of_positions_sells_them_and_pays_for_it(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    maker, follower = stage.trader(9), stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    maker.place(sell(80_000, "0.45"), buy(79_990, "0.45"))
    leader.place(buy(80_000, "0.45", tif="Ioc"), vault=vault)
    part = worth(follower)
    assert withdraw(follower, vault, str(part))["status"] == "ok"
    row = stage.ask(type="userNonFundingLedgerUpdates", user=follower.address)[-1]["delta"]
    cost = Decimal(row["closingCost"])
    assert cost > 0
    assert free(follower) == part - cost
    (position,) = stage.ask(type="clearinghouseState", user=vault)["assetPositions"]
    assert 0 < Decimal(position["position"]["szi"]) < Decimal("0.45")  # no more than needed


def test_a_vault_may_always_sell_for_a_withdrawal(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    maker, follower = stage.trader(9), stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    leader.act({"type": "vaultModify", "vaultAddress": vault, "alwaysCloseOnWithdraw": True})
    maker.place(sell(80_000, "0.01"))
    leader.place(buy(80_000, "0.01", tif="Ioc"), vault=vault)
    maker.place(buy(79_990, "0.01"))
    withdraw(follower, vault, "500")
    (position,) = stage.ask(type="clearinghouseState", user=vault)["assetPositions"]
    assert Decimal(position["position"]["szi"]) < Decimal("0.0076")  # a quarter was sold


def test_deposits_can_be_closed(stage: Stage, leader: Trader, vault: Address) -> None:
    follower = stage.trader(2)
    leader.act({"type": "vaultModify", "vaultAddress": vault, "allowDeposits": False})
    refusal(deposit(follower, vault, "100"))
    assert deposit(leader, vault, "100")["status"] == "ok"


def test_a_leader_pays_out_to_all_by_their_shares(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    follower = stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    before = free(leader)
    distribute = {"type": "vaultDistribute", "vaultAddress": vault}
    assert refusal(leader.act({**distribute, "usd": 9_000_000})) == "Must distribute at least $10"
    assert leader.act({**distribute, "usd": 300_000_000})["status"] == "ok"
    assert free(follower) == 150
    assert free(leader) == before + 150
    assert worth(follower) == 850


def test_a_vault_that_pays_out_nothing_is_closed(
    stage: Stage, leader: Trader, vault: Address
) -> None:
    follower = stage.trader(2, usd=1_000)
    deposit(follower, vault, "1000")
    leader.place(buy(79_000, "0.01"), vault=vault)
    assert (
        leader.act({"type": "vaultDistribute", "vaultAddress": vault, "usd": 0})["status"] == "ok"
    )
    assert free(follower) == 1_000
    details = stage.ask(type="vaultDetails", vaultAddress=vault)
    assert details["isClosed"] is True
    answer = leader.act(order_action(buy(79_000, 1)), vault=vault)
    assert refusal(answer) == f"Vault not registered: {vault}"
