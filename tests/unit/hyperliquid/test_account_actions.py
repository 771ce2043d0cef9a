"""Actions about accounts and money: how they are spelled, and what of them is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from hive.domain.errors import MalformedAction
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.user_actions import UserAction, inner_nonce

USER = "0x" + "cd" * 20
CHAIN = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}

# One of every kind that test_actions does not try, its keys in canonical order.
CANONICAL: list[dict[str, Any]] = [
    {"type": "subAccountModify", "subAccountUser": USER, "name": "other"},
    {
        "type": "createVault",
        "name": "A vault",
        "description": "It trades.",
        "initialUsd": 100_000_000,
        "nonce": 5,
    },
    {
        "type": "vaultModify",
        "vaultAddress": USER,
        "allowDeposits": None,
        "alwaysCloseOnWithdraw": True,
    },
    {"type": "vaultDistribute", "vaultAddress": USER, "usd": 10_000_000},
    {
        "type": "agentSendAsset",
        "destination": USER,
        "sourceDex": "",
        "destinationDex": "spot",
        "token": "USDC:0x6d1e7cde53ba9467b783cb7c530ce054",
        "amount": "1",
        "fromSubAccount": "",
        "nonce": 5,
    },
    {"type": "agentSetAbstraction", "abstraction": "u"},
    {"type": "agentEnableDexAbstraction"},
    {"type": "registerReferrer", "code": "CODE1"},
    {"type": "claimRewards"},
    {"type": "setDisplayName", "displayName": ""},
    {"type": "spotUser", "toggleSpotDusting": {"optOut": True}},
    {
        "type": "multiSig",
        "signatureChainId": "0x66eee",
        "signatures": [{"r": "0x1", "s": "0x2", "v": 27}],
        "payload": {"multiSigUser": USER, "outerSigner": USER, "action": {"type": "noop"}},
    },
    {"type": "withdraw3", **CHAIN, "destination": USER, "amount": "2", "time": 5},
    {"type": "cDeposit", **CHAIN, "wei": 7, "nonce": 5},
    {"type": "cWithdraw", **CHAIN, "wei": 7, "nonce": 5},
    {
        "type": "tokenDelegate",
        **CHAIN,
        "validator": USER,
        "wei": 7,
        "isUndelegate": False,
        "nonce": 5,
    },
    {"type": "userDexAbstraction", **CHAIN, "user": USER, "enabled": True, "nonce": 5},
    {"type": "userSetAbstraction", **CHAIN, "user": USER, "abstraction": "disabled", "nonce": 5},
    {"type": "convertToMultiSigUser", **CHAIN, "signers": "null", "nonce": 5},
]


def _kind(action: dict[str, Any]) -> str:
    return str(action["type"])


@pytest.mark.parametrize("action", CANONICAL, ids=_kind)
def test_an_action_keeps_its_canonical_order(action: dict[str, Any]) -> None:
    """JSON and msgpack come out with the keys in the order that is hashed."""
    for sent in (action, dict(reversed(action.items()))):
        parsed = parse_action(sent)
        assert msgspec.json.encode(parsed) == msgspec.json.encode(action)
        assert msgspec.msgpack.encode(parsed) == msgspec.msgpack.encode(action)


@pytest.mark.parametrize("action", CANONICAL, ids=_kind)
def test_an_unknown_field_is_refused(action: dict[str, Any]) -> None:
    with pytest.raises(MalformedAction, match="surprise"):
        parse_action({**action, "surprise": 1})


@pytest.mark.parametrize("kind", ["vaultDistribute", "subAccountModify", "userSetAbstraction"])
def test_addresses_are_read_in_any_spelling(kind: str) -> None:
    """They are twenty bytes to the venue, so the letters' case is lost before hashing."""
    action = next(each for each in CANONICAL if each["type"] == kind)
    shouted = {
        name: value.upper().replace("0X", "0x") if value == USER else value
        for name, value in action.items()
    }
    assert shouted != action
    assert parse_action(shouted) == parse_action(action)


def test_absent_vault_settings_are_left_out_and_null_ones_are_not() -> None:
    """Both hash differently, and the client has signed one of them."""
    for action in (
        {"type": "vaultModify", "vaultAddress": USER},
        {"type": "vaultModify", "vaultAddress": USER, "allowDeposits": None},
    ):
        assert msgspec.json.decode(msgspec.json.encode(parse_action(action))) == action


@pytest.mark.parametrize("action", [each for each in CANONICAL if "hyperliquidChain" in each])
def test_what_users_sign_says_its_nonce(action: dict[str, Any]) -> None:
    parsed = parse_action(action)
    assert isinstance(parsed, UserAction)
    assert inner_nonce(parsed) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "createVault", "name": "ab"},
        {"type": "createVault", "description": "too short"},
        {"type": "registerReferrer", "code": ""},
        {"type": "registerReferrer", "code": "x" * 21},
        {"type": "setDisplayName", "displayName": "x" * 21},
        {"type": "agentSetAbstraction", "abstraction": "unifiedAccount"},
        {"type": "userSetAbstraction", "abstraction": "u"},
        {"type": "userSetAbstraction", "user": "0x12"},
        {"type": "vaultDistribute", "usd": -1},
        {"type": "withdraw3", "hyperliquidChain": "Devnet"},
        {"type": "multiSig", "signatures": {}},
    ],
    ids=str,
)
def test_a_field_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    action = next(each for each in CANONICAL if each["type"] == changes["type"])
    with pytest.raises(MalformedAction):
        parse_action({**action, **changes})
