"""Sub-accounts: made, funded, traded through, and never by strangers (venue.md 5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, order_action, sell

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules

NOOP = {"type": "noop"}
PURR = "PURR:0xc1fb593aeffbeb02f85e0308e9956a90"
OPEN = AccountRules(sub_account_volume_usd=0)


def refusal(answer: Any) -> str:
    assert answer["status"] == "err", answer
    return str(answer["response"])


def create(master: Trader, name: str = "sub") -> Address:
    answer = master.act({"type": "createSubAccount", "name": name})
    assert answer["response"]["type"] == "createSubAccount", answer
    return Address(answer["response"]["data"])


def fund(master: Trader, sub: str, usd: int, *, is_deposit: bool = True) -> Any:
    action = {"type": "subAccountTransfer", "subAccountUser": sub, "isDeposit": is_deposit}
    return master.act({**action, "usd": usd * 1_000_000})


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage(accounts=OPEN)


def test_the_first_one_needs_a_hundred_thousand_traded() -> None:
    stage = Stage()
    maker, master = stage.trader(1), stage.trader(2)
    text = "Cannot create sub-accounts until enough volume traded. Required: $100000. Traded: ${}."
    answer = master.act({"type": "createSubAccount", "name": "sub"})
    assert refusal(answer) == text.format("0")
    maker.place(sell(80_000, 2))
    master.place(buy(80_000, "0.5"))
    answer = master.act({"type": "createSubAccount", "name": "sub"})
    assert refusal(answer) == text.format("40000")
    master.place(buy(80_000, "0.75"))
    create(master)


def test_a_master_chooses_modes_for_its_sub_accounts(stage: Stage) -> None:
    master, other = stage.trader(1), stage.trader(2)
    sub = create(master)
    asked = {"type": "userDexAbstraction", "user": sub}
    assert master.sign("userDexAbstraction", enabled=True, user=sub)["status"] == "ok"
    assert stage.ask(**asked) is True
    assert master.sign("userSetAbstraction", abstraction="disabled", user=sub)["status"] == "ok"
    assert stage.ask(type="userAbstraction", user=sub) == "disabled"
    refusal(other.sign("userDexAbstraction", enabled=False, user=sub))
    assert stage.ask(**asked) is True


def test_ten_are_the_most_without_more_volume(stage: Stage) -> None:
    master = stage.trader(1)
    addresses = {create(master, f"sub {number}") for number in range(10)}
    assert len(addresses) == 10
    refusal(master.act({"type": "createSubAccount", "name": "eleven"}))


def test_a_master_and_its_agent_trade_through_it(stage: Stage) -> None:
    master, agent = stage.trader(1, usd=10_000), Trader(stage, 2)
    master.sign("approveAgent", agentAddress=agent.address)
    sub = create(master)
    assert fund(master, sub, 4_000)["status"] == "ok"
    for signer in (master, agent):
        assert "resting" in signer.place(buy(79_000, "0.01"), vault=sub)[0]
    assert len(stage.ask(type="openOrders", user=sub)) == 2
    assert master.open_orders() == []
    state = stage.ask(type="clearinghouseState", user=sub)
    assert state["marginSummary"]["accountValue"] == "4000.0"


def test_its_requests_count_to_its_own_budget_and_nonces_to_the_signer(stage: Stage) -> None:
    master = stage.trader(1)
    sub = create(master)
    used = stage.ask(type="userRateLimit", user=master.address)["nRequestsUsed"]
    nonce = master.request(NOOP).nonce + 1
    assert master.act(NOOP, nonce=nonce, vault=sub)["status"] == "ok"
    assert stage.ask(type="userRateLimit", user=sub)["nRequestsUsed"] == 1
    assert stage.ask(type="userRateLimit", user=master.address)["nRequestsUsed"] == used
    assert "duplicate nonce" in refusal(master.act(NOOP, nonce=nonce))


def test_nobody_else_acts_for_it(stage: Stage) -> None:
    master, other = stage.trader(1), stage.trader(2)
    sub = create(master)
    nonce = other.request(NOOP).nonce + 1
    answer = other.act(order_action(buy(79_000, 1)), nonce=nonce, vault=sub)
    assert refusal(answer) == f"Sub-account {sub} is not registered to {other.address}"
    assert other.act(NOOP, nonce=nonce)["status"] == "ok"  # the nonce was not used
    answer = master.act(NOOP, vault=other.address)
    assert refusal(answer) == f"Vault not registered: {other.address}"


def test_money_comes_back(stage: Stage) -> None:
    master = stage.trader(1, usd=100)
    sub = create(master)
    fund(master, sub, 60)
    assert fund(master, sub, 61, is_deposit=False)["response"].startswith("Insufficient balance")
    assert fund(master, sub, 25, is_deposit=False)["status"] == "ok"
    assert master.state()["withdrawable"] == "65.0"
    assert stage.ask(type="clearinghouseState", user=sub)["withdrawable"] == "35.0"


@pytest.mark.parametrize("is_deposit", [True, False])
def test_a_transfer_with_what_is_no_sub_account_of_ones_own(
    stage: Stage, *, is_deposit: bool
) -> None:
    master, other = stage.trader(1), stage.trader(2)
    sub = create(other)
    ends = (master.address, sub) if is_deposit else (sub, master.address)
    text = "Invalid sub-account transfer from {} to {}".format(*ends)
    assert refusal(fund(master, sub, 1, is_deposit=is_deposit)) == text


def test_tokens_go_both_ways(stage: Stage) -> None:
    master = stage.trader(1)
    sub = create(master)
    stage.venue.credit_token(master.address, "PURR", Decimal(10))

    def move(amount: str, *, is_deposit: bool) -> Any:
        action = {"type": "subAccountSpotTransfer", "subAccountUser": sub}
        return master.act({**action, "isDeposit": is_deposit, "token": PURR, "amount": amount})

    assert move("4.5", is_deposit=True)["status"] == "ok"
    assert move("0.5", is_deposit=False)["status"] == "ok"
    assert refusal(move("5", is_deposit=False)) == "Insufficient balance for token transfer"
    (balance,) = stage.ask(type="spotClearinghouseState", user=sub)["balances"]
    assert (balance["coin"], balance["total"]) == ("PURR", "4.0")


def test_its_name_changes_by_its_master_alone(stage: Stage) -> None:
    master, other = stage.trader(1), stage.trader(2)
    sub = create(master)
    rename = {"type": "subAccountModify", "subAccountUser": sub, "name": "new"}
    text = f"Sub-account {sub} is not registered to {other.address}"
    assert refusal(other.act(rename)) == text
    assert master.act(rename) == {"status": "ok", "response": {"type": "default"}}
