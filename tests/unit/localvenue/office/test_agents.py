"""Agents: who is one, for how long, and what becomes of the removed (venue.md 5)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.localvenue.still_venue import START_MS, Stage, Trader, buy

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.agents import REPLACED_KEPT, Agents

DAY_MS = 86_400_000
NOOP = {"type": "noop"}
NOBODY = "0x" + "0" * 40
OK = {"status": "ok", "response": {"type": "default"}}


def approve(master: Trader, agent: str, name: str | None = None) -> Any:
    """Let `agent` sign for `master`; the answer."""
    named: dict[str, Any] = {} if name is None else {"agentName": name}
    return master.sign("approveAgent", agentAddress=agent, **named)


def refusal(answer: Any) -> str:
    assert answer["status"] == "err", answer
    return str(answer["response"])


def test_an_approved_agent_trades_for_its_account() -> None:
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    assert approve(master, agent.address) == OK
    assert "resting" in agent.place_one(buy(79_000, 1))
    assert len(master.open_orders()) == 1
    role = stage.ask(type="userRole", user=agent.address)
    assert role == {"role": "agent", "data": {"user": master.address}}
    assert agent.open_orders() == []  # asked for by the agent's own address: nothing


def test_an_agent_signs_no_action_that_is_the_users_own() -> None:
    """What users sign is for whoever signed it, and an agent has deposited nothing."""
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address)
    text = f"Must deposit before performing actions. User: {agent.address}"
    assert refusal(approve(agent, Trader(stage, 3).address)) == text
    send = agent.sign("usdSend", destination=master.address, amount="1")
    assert refusal(send) == text


def test_an_agent_with_money_of_its_own_moves_only_that() -> None:
    stage = Stage()
    master, agent = stage.trader(1, usd=500), Trader(stage, 2)
    approve(master, agent.address)
    assert master.sign("usdSend", destination=agent.address, amount="100")["status"] == "ok"
    assert agent.sign("usdSend", destination=master.address, amount="40")["status"] == "ok"
    assert agent.state()["withdrawable"] == "60.0"
    assert "resting" in agent.place_one(buy(79_000, "0.001"))  # an L1 action: for the master
    assert len(master.open_orders()) == 1


def test_the_agent_without_a_name_is_replaced_by_the_next() -> None:
    stage = Stage()
    master, first, second = stage.trader(1), Trader(stage, 2), Trader(stage, 3)
    approve(master, first.address)
    approve(master, second.address)
    text = f"Must deposit before performing actions. User: {master.address}"
    assert refusal(first.act(NOOP)) == text
    assert second.act(NOOP)["status"] == "ok"


def test_an_address_that_is_an_agent_is_not_taken_again() -> None:
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address, "bot")
    for name in (None, "bot", "other"):
        assert refusal(approve(master, agent.address, name)) == "Extra agent already used."
    assert refusal(approve(stage.trader(3), agent.address)) == "Extra agent already used."


def test_three_named_agents_are_the_most_and_sub_accounts_add_two_each() -> None:
    stage = Stage(accounts=AccountRules(sub_account_volume_usd=0))
    master = stage.trader(1)
    for number in range(3):
        assert approve(master, Trader(stage, 10 + number).address, f"bot {number}") == OK
    text = "Too many extra agents for cumulative volume traded. Current limit is 3"
    assert refusal(approve(master, Trader(stage, 20).address, "one more")) == text
    assert approve(master, Trader(stage, 21).address) == OK  # one without a name goes beside them
    master.act({"type": "createSubAccount", "name": "sub"})
    for number in range(2):
        assert approve(master, Trader(stage, 30 + number).address, f"more {number}") == OK
    assert refusal(approve(master, Trader(stage, 40).address, "too many")).endswith("is 5")


def test_an_agent_is_taken_away_by_the_zero_address() -> None:
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address, "bot")
    assert approve(master, NOBODY, "bot") == OK
    assert refusal(agent.act(NOOP)) == f"User or API Wallet {agent.address} does not exist."
    assert stage.ask(type="userRole", user=agent.address) == {"role": "missing"}


@pytest.mark.parametrize("successor", [NOBODY, "0x" + "5" * 40])
def test_for_five_seconds_after_a_removal_no_other_approval_is_taken(successor: str) -> None:
    stage = Stage()
    master = stage.trader(1)
    approve(master, Trader(stage, 2).address, "bot")
    assert approve(master, successor, "bot") == OK
    text = "User has pending agent removal"
    assert refusal(approve(master, Trader(stage, 3).address, "other")) == text
    assert refusal(approve(master, NOBODY, "other")) == text
    stage.pass_ms(5_000)
    assert approve(master, Trader(stage, 3).address, "other") == OK


def test_with_an_agent_go_its_nonces() -> None:
    """So what it once signed can be replayed when it is approved once more (protocol.md 2.8)."""
    stage = Stage()
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address)
    assert agent.act(NOOP, nonce=START_MS + 7)["status"] == "ok"
    assert "duplicate" in refusal(agent.act(NOOP, nonce=START_MS + 7))
    approve(master, NOBODY)
    stage.pass_ms(5_000)
    approve(master, agent.address)
    assert agent.act(NOOP, nonce=START_MS + 7)["status"] == "ok"


@pytest.mark.parametrize(("days", "is_taken"), [(-1, False), (1, True), (180, True), (181, False)])
def test_an_approval_ends_within_half_a_year(days: int, is_taken: bool) -> None:
    stage = Stage()
    until_ms = START_MS + days * DAY_MS
    answer = approve(stage.trader(1), Trader(stage, 2).address, f"bot valid_until {until_ms}")
    assert (answer["status"] == "ok") is is_taken
    if not is_taken:
        assert answer["response"] == "Agent valid_until already expired."


def test_an_expired_agent_is_taken_for_a_while_yet() -> None:
    """As measured: a quarter of an hour after its end it still was (venue.md 5)."""
    stage = Stage(accounts=AccountRules(agent_grace_ms=900_000))
    master, agent = stage.trader(1), Trader(stage, 2)
    approve(master, agent.address, f"bot valid_until {START_MS + 30_000}")
    stage.pass_ms(30_000 + 890_000)
    assert agent.act(NOOP)["status"] == "ok"
    stage.pass_ms(20_000)
    assert refusal(agent.act(NOOP)).endswith("does not exist.")


def test_the_memory_of_replaced_agents_is_bounded() -> None:
    agents = Agents(AccountRules(agent_removal_ms=0), lambda _: None)
    master = Address("0x" + "f" * 40)
    signers = [Address(f"0x{number + 1:040x}") for number in range(REPLACED_KEPT + 3)]
    for number, signer in enumerate(signers):
        assert agents.approve(master, signer, "", sub_accounts=0, now_ms=number) is None
    told = [agents.replaced_account_of(signer) for signer in signers]
    assert told == [None, None, *[master] * REPLACED_KEPT, None]  # the last one acts
