"""Accounts with several signers (protocol.md 2.3); the official SDK makes the envelopes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account import Account
from hyperliquid.utils import signing
from tests.unit.localvenue.still_venue import Stage, Trader, buy, order_action

from hive.serving.port import ExchangeRequest, SignatureHex

sdk: Any = signing
"""The official SDK, which is not typed throughout."""

TREASURY, FIRST, SECOND, THIRD, STRANGER = 1, 2, 3, 4, 5


def key(number: int) -> Any:
    return Account.from_key(f"0x{number:064x}")


def refusal(answer: Any) -> str:
    assert answer["status"] == "err", answer
    return str(answer["response"])


def convert(stage: Stage, signers: list[int], threshold: int) -> Any:
    users = [stage.trader(number).address for number in signers]
    text = json.dumps({"authorizedUsers": users, "threshold": threshold})
    return stage.trader(TREASURY).sign("convertToMultiSigUser", signers=text)


def enveloped(
    stage: Stage, inner: dict[str, Any], *, leader: int = FIRST, signers: tuple[int, ...]
) -> Any:
    """Send what these have signed and the leader hands in; the answer."""
    treasury = Trader(stage, TREASURY).address
    nonce = stage.now_ms
    outer = key(leader).address.lower()
    action = {
        "type": "multiSig",
        "signatureChainId": "0x66eee",
        "signatures": [
            sdk.sign_multi_sig_l1_action_payload(
                key(each), inner, False, None, nonce, None, treasury, outer
            )
            for each in signers
        ],
        "payload": {"multiSigUser": treasury, "outerSigner": outer, "action": inner},
    }
    signature = sdk.sign_multi_sig_action(key(leader), action, False, None, nonce, None)
    request = ExchangeRequest(
        action=action,
        nonce=nonce,
        signature=SignatureHex(**signature),
        vault_address=None,
        expires_after=None,
    )
    return Trader(stage, leader).answer_to(request)


@pytest.fixture(name="stage")
def _stage() -> Stage:
    stage = Stage()
    assert convert(stage, [FIRST, SECOND, THIRD], 2)["status"] == "ok"
    return stage


def test_two_of_three_place_an_order_for_the_account(stage: Stage) -> None:
    answer = enveloped(stage, order_action(buy(79_000, 1)), signers=(SECOND, THIRD))
    assert "resting" in answer["response"]["data"]["statuses"][0]
    assert len(Trader(stage, TREASURY).open_orders()) == 1


def test_the_accounts_own_key_is_not_enough_any_more(stage: Stage) -> None:
    treasury = Trader(stage, TREASURY)
    assert refusal(treasury.act({"type": "noop"})) == "Multi-sig required"
    send = treasury.sign("usdSend", destination=Trader(stage, FIRST).address, amount="1")
    assert refusal(send) == "Multi-sig required"


@pytest.mark.parametrize(
    ("leader", "signers", "text"),
    [
        (FIRST, (SECOND,), "Multi-sig threshold not met"),
        (FIRST, (SECOND, SECOND), "Multi-sig threshold not met"),
        (FIRST, (SECOND, STRANGER), "Invalid multi-sig inner signer"),
        (FIRST, (SECOND, TREASURY), "Invalid multi-sig inner signer"),
        (STRANGER, (SECOND, THIRD), "Invalid multi-sig outer signer"),
        (TREASURY, (SECOND, THIRD), "Invalid multi-sig outer signer"),
    ],
)
def test_who_may_not_sign(stage: Stage, leader: int, signers: tuple[int, ...], text: str) -> None:
    stage.trader(STRANGER)
    answer = enveloped(stage, {"type": "noop"}, leader=leader, signers=signers)
    assert refusal(answer) == text


def test_an_ordinary_account_takes_no_envelopes() -> None:
    stage = Stage()
    for number in (TREASURY, FIRST, SECOND):
        stage.trader(number)
    answer = enveloped(stage, {"type": "noop"}, signers=(FIRST, SECOND))
    assert refusal(answer) == "Invalid multi-sig user"


def test_nonces_are_the_leaders_and_requests_the_accounts(stage: Stage) -> None:
    noop = {"type": "noop"}
    first = enveloped(stage, noop, leader=FIRST, signers=(SECOND, THIRD))
    assert first["status"] == "ok"
    used = stage.ask(type="userRateLimit", user=Trader(stage, TREASURY).address)["nRequestsUsed"]
    assert used == 2  # the conversion, and this
    assert stage.ask(type="userRateLimit", user=Trader(stage, FIRST).address)["nRequestsUsed"] == 0


def test_enough_signers_make_it_an_ordinary_account_again(stage: Stage) -> None:
    """A user's own action is signed by its named fields, inside an envelope too."""
    treasury, nonce = Trader(stage, TREASURY).address, stage.now_ms
    leader = key(FIRST).address.lower()
    inner = {
        "type": "convertToMultiSigUser",
        "signatureChainId": "0x66eee",
        "hyperliquidChain": "Testnet",
        "signers": "null",
        "nonce": nonce,
    }
    signatures = [
        sdk.sign_multi_sig_user_signed_action_payload(
            key(each),
            dict(inner),
            False,
            sdk.CONVERT_TO_MULTI_SIG_USER_SIGN_TYPES,
            "HyperliquidTransaction:ConvertToMultiSigUser",
            treasury,
            leader,
        )
        for each in (FIRST, SECOND)
    ]
    action = {
        "type": "multiSig",
        "signatureChainId": "0x66eee",
        "signatures": signatures,
        "payload": {"multiSigUser": treasury, "outerSigner": leader, "action": inner},
    }
    signature = sdk.sign_multi_sig_action(key(FIRST), action, False, None, nonce, None)
    request = ExchangeRequest(
        action=action,
        nonce=nonce,
        signature=SignatureHex(**signature),
        vault_address=None,
        expires_after=None,
    )
    assert Trader(stage, FIRST).answer_to(request)["status"] == "ok"
    stage.pass_ms(1_000)
    assert Trader(stage, TREASURY).act({"type": "noop"})["status"] == "ok"


def test_an_agent_of_the_account_acts_by_itself() -> None:
    stage = Stage()
    treasury, agent = stage.trader(TREASURY), Trader(stage, 7)
    treasury.sign("approveAgent", agentAddress=agent.address)
    convert(stage, [FIRST, SECOND], 2)
    assert "resting" in agent.place_one(buy(79_000, 1))


@pytest.mark.parametrize(
    ("signers", "text"),
    [
        ('{"authorizedUsers": [], "threshold": 1}', "Invalid multi-sig threshold"),
        ('{"threshold": 1}', "Unexpected error (code=148)"),
        ("nonsense", "Unexpected error (code=148)"),
        ('{"authorizedUsers": ["0x12"], "threshold": 1}', "Unexpected error (code=148)"),
    ],
)
def test_signers_that_are_none(signers: str, text: str) -> None:
    assert refusal(Stage().trader(1).sign("convertToMultiSigUser", signers=signers)) == text


def test_signers_must_be_other_accounts_and_at_most_ten() -> None:
    stage = Stage()
    assert refusal(convert(stage, [TREASURY, FIRST], 1)) == (
        "Cannot register self as multi-sig authorized user"
    )
    assert refusal(convert(stage, [FIRST], 2)) == "Invalid multi-sig threshold"
    assert refusal(convert(stage, list(range(2, 13)), 1)) == "Too many multi-sig signers"
    text = json.dumps({"authorizedUsers": ["0x" + "ee" * 20], "threshold": 1})
    answer = stage.trader(TREASURY).sign("convertToMultiSigUser", signers=text)
    assert refusal(answer) == "Multi-sig authorized user must exist on L1"
