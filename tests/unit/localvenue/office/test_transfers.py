"""Money between users, between perp and spot, and off the venue (protocol.md 2.3, 2.10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.localvenue.still_venue import Stage, Trader, buy, sell

from hive.localvenue.office.account_rules import AccountRules

OK = {"status": "ok", "response": {"type": "default"}}
USDC = "USDC:0x6d1e7cde53ba9467b783cb7c530ce054"
PURR = "PURR:0xc1fb593aeffbeb02f85e0308e9956a90"
SHORT = "Insufficient balance for withdrawal"
SHORT_OF_TOKENS = "Insufficient balance for token transfer"
NEW = "0x" + "77" * 20


def refusal(answer: Any) -> str:
    assert answer["status"] == "err", answer
    return str(answer["response"])


def perp(trader: Trader) -> str:
    return str(trader.state()["withdrawable"])


def spot(trader: Trader) -> dict[str, str]:
    state = trader.stage.ask(type="spotClearinghouseState", user=trader.address)
    return {row["coin"]: row["total"] for row in state["balances"]}


@pytest.fixture(name="stage")
def _stage() -> Stage:
    return Stage()


# --- usdSend ---


def test_perp_usdc_goes_to_somebody_known_without_a_fee(stage: Stage) -> None:
    sender, receiver = stage.trader(1, usd=100), stage.trader(2, usd=10)
    assert sender.sign("usdSend", destination=receiver.address, amount="30.5") == OK
    assert (perp(sender), perp(receiver)) == ("69.5", "40.5")


def test_the_first_transfer_to_an_address_costs_one_usd_on_top(stage: Stage) -> None:
    sender = stage.trader(1, usd=100)
    assert sender.sign("usdSend", destination=NEW, amount="99.5")["response"] == SHORT
    assert sender.sign("usdSend", destination=NEW, amount="30") == OK
    assert perp(sender) == "69.0"
    assert sender.sign("usdSend", destination=NEW, amount="30") == OK
    assert perp(sender) == "39.0"  # known by now
    assert stage.ask(type="clearinghouseState", user=NEW)["withdrawable"] == "60.0"


def test_what_positions_and_orders_bind_is_not_sent(stage: Stage) -> None:
    maker, trader = stage.trader(1), stage.trader(2, usd=5_000)
    maker.place(sell(80_000, 1))
    trader.place(buy(80_000, "0.5"))
    free = Decimal(perp(trader))
    assert 0 < free < 5_000
    assert refusal(trader.sign("usdSend", destination=maker.address, amount="4000")) == SHORT
    assert trader.sign("usdSend", destination=maker.address, amount=str(free)) == OK
    assert perp(trader) == "0.0"


@pytest.mark.parametrize("amount", ["0", "1.0000001", "-1", "1e2", "", "much"])
def test_an_amount_that_is_none_is_no_send(stage: Stage, amount: str) -> None:
    sender, receiver = stage.trader(1), stage.trader(2)
    assert refusal(sender.sign("usdSend", destination=receiver.address, amount=amount)) == (
        "Invalid send"
    )


def test_nobody_sends_to_itself(stage: Stage) -> None:
    sender = stage.trader(1)
    answer = sender.sign("usdSend", destination=sender.address, amount="1")
    assert refusal(answer) == "Invalid send"


# --- between perp and spot ---


def test_usdc_goes_to_spot_and_back(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    assert trader.sign("usdClassTransfer", amount="40.000001", toPerp=False) == OK
    assert (perp(trader), spot(trader)) == ("59.999999", {"USDC": "40.000001"})
    assert trader.sign("usdClassTransfer", amount="40", toPerp=True) == OK
    assert (perp(trader), spot(trader)) == ("99.999999", {"USDC": "0.000001"})


def test_each_side_gives_only_what_it_has(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    assert refusal(trader.sign("usdClassTransfer", amount="101", toPerp=False)) == SHORT
    assert refusal(trader.sign("usdClassTransfer", amount="1", toPerp=True)) == SHORT_OF_TOKENS


def test_a_class_transfer_may_name_a_sub_account() -> None:
    stage = Stage(accounts=AccountRules(sub_account_volume_usd=0))
    master = stage.trader(1, usd=100)
    sub = master.act({"type": "createSubAccount", "name": "s"})["response"]["data"]
    master.act({"type": "subAccountTransfer", "subAccountUser": sub, "isDeposit": True, "usd": 5})
    amount = f"0.000003 subaccount:{sub}"
    assert master.sign("usdClassTransfer", amount=amount, toPerp=False) == OK
    balances = stage.ask(type="spotClearinghouseState", user=sub)["balances"]
    assert balances[0]["total"] == "0.000003"
    other = f"1 subaccount:{NEW}"
    answer = master.sign("usdClassTransfer", amount=other, toPerp=False)
    assert refusal(answer) == f"Sub-account {NEW} is not registered to {master.address}"


# --- withdrawals ---


def test_a_withdrawal_leaves_the_venue_and_its_fee_is_part_of_it(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    assert trader.sign("withdraw3", destination=NEW, amount="60") == OK
    assert perp(trader) == "40.0"
    for amount in ("40.000001", "1", "0.5", "nonsense"):
        assert refusal(trader.sign("withdraw3", destination=NEW, amount=amount)) == SHORT


# --- spot ---


def test_tokens_go_to_somebodys_spot_side(stage: Stage) -> None:
    sender, receiver = stage.trader(1), stage.trader(2)
    stage.venue.credit_token(sender.address, "PURR", Decimal(10))
    send: dict[str, Any] = {"destination": receiver.address, "token": PURR, "amount": "2.5"}
    assert sender.sign("spotSend", **send) == OK
    assert (spot(sender), spot(receiver)) == ({"PURR": "7.5"}, {"PURR": "2.5"})
    assert refusal(sender.sign("spotSend", **{**send, "amount": "7.6"})) == SHORT_OF_TOKENS
    assert refusal(sender.sign("spotSend", **{**send, "token": "PURR:0x0"})) == "Invalid send"
    assert refusal(sender.sign("spotSend", **{**send, "amount": "0.000001"})) == "Invalid send"


def test_tokens_to_a_new_address_need_usdc_for_its_activation(stage: Stage) -> None:
    sender = stage.trader(1)
    stage.venue.credit_token(sender.address, "PURR", Decimal(10))
    send: dict[str, Any] = {"destination": NEW, "token": PURR, "amount": "1"}
    assert refusal(sender.sign("spotSend", **send)) == SHORT_OF_TOKENS + " gas"
    sender.sign("usdClassTransfer", amount="1", toPerp=False)
    assert sender.sign("spotSend", **send) == OK
    assert spot(sender) == {"PURR": "9.0"}


# --- sendAsset ---


def send_asset(sender: Trader, destination: str, ends: str, amount: str, **more: str) -> Any:
    """`ends` as in "perp>spot"."""
    dexes = {"perp": "", "spot": "spot"}
    source, target = ends.split(">")
    fields: dict[str, Any] = {"token": USDC, "fromSubAccount": "", **more}
    return sender.sign(
        "sendAsset",
        destination=destination,
        sourceDex=dexes.get(source, source),
        destinationDex=dexes.get(target, target),
        amount=amount,
        **fields,
    )


def test_usdc_goes_between_any_two_sides(stage: Stage) -> None:
    sender, receiver = stage.trader(1, usd=100), stage.trader(2, usd=0)
    assert send_asset(sender, sender.address, "perp>spot", "50") == OK
    assert send_asset(sender, receiver.address, "spot>perp", "20") == OK
    assert send_asset(sender, receiver.address, "perp>spot", "10") == OK
    assert (perp(sender), spot(sender)) == ("40.0", {"USDC": "30.0"})
    assert (perp(receiver), spot(receiver)) == ("20.0", {"USDC": "10.0"})


def test_usdc_goes_to_a_builder_dex_and_back(stage: Stage) -> None:
    trader = stage.trader(1, usd=100)
    assert send_asset(trader, trader.address, "perp>xyz", "30") == OK
    state = stage.ask(type="clearinghouseState", user=trader.address, dex="xyz")
    assert (perp(trader), state["withdrawable"]) == ("70.0", "30.0")
    assert refusal(send_asset(trader, trader.address, "xyz>perp", "31")) == SHORT
    assert send_asset(trader, trader.address, "xyz>spot", "30") == OK
    assert spot(trader) == {"USDC": "30.0"}


def test_a_perp_side_takes_whole_millionths_of_its_own_token(stage: Stage) -> None:
    """Eight decimals were refused with these words on the test network."""
    trader = stage.trader(1, usd=100)
    stage.venue.credit_token(trader.address, "PURR", Decimal(10))
    stage.venue.credit_token(trader.address, "USDC", Decimal(20))
    assert refusal(send_asset(trader, trader.address, "spot>perp", "1.23456789")) == "Invalid send"
    answer = send_asset(trader, trader.address, "spot>perp", "1", token=PURR)
    assert refusal(answer) == "Invalid send"
    for ends in ("perp>perp", "perp>nowhere"):
        assert refusal(send_asset(trader, trader.address, ends, "1")) == "Invalid send"


def test_an_agent_moves_money_only_within_the_account() -> None:
    stage = Stage(accounts=AccountRules(sub_account_volume_usd=0))
    master, agent, other = stage.trader(1, usd=100), Trader(stage, 2), stage.trader(3)
    sub = master.act({"type": "createSubAccount", "name": "s"})["response"]["data"]
    master.sign("approveAgent", agentAddress=agent.address)

    def send(destination: str) -> Any:
        nonce = agent.request({"type": "noop"}).nonce + 1
        action = {
            "type": "agentSendAsset",
            "destination": destination,
            "sourceDex": "",
            "destinationDex": "spot",
            "token": USDC,
            "amount": "1",
            "fromSubAccount": "",
            "nonce": nonce,
        }
        return agent.act(action, nonce=nonce)

    assert send(master.address) == OK
    assert send(sub) == OK
    text = "Agent can only send asset to same user or their sub-accounts."
    assert refusal(send(other.address)) == text
    assert perp(master) == "98.0"


def test_the_nonce_inside_must_be_the_envelopes(stage: Stage) -> None:
    trader = stage.trader(1)
    action = {
        "type": "agentSendAsset",
        "destination": trader.address,
        "sourceDex": "",
        "destinationDex": "spot",
        "token": USDC,
        "amount": "1",
        "fromSubAccount": "",
        "nonce": 5,
    }
    assert refusal(trader.act(action)) == "Nonce mismatch."
