"""Envelopes of accounts with several signers, as the official SDK makes them."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hyperliquid.utils import signing

from hive.domain.errors import MalformedAction
from hive.domain.identifiers import Address
from hive.hyperliquid.account_actions import MultiSigAction
from hive.hyperliquid.actions import Action
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import Signature, Signer
from hive.hyperliquid.signing_multi_sig import Envelope

sdk: Any = signing
"""The official SDK, which is not typed throughout."""

NONCE = 1_790_000_000_000
MULTI_SIG_USER = "0x" + "ab" * 20
LEADER, FIRST, SECOND = ("0x" + f"{number:064x}" for number in (1, 2, 3))
ORDER: dict[str, Any] = {
    "type": "order",
    "orders": [
        {"a": 3, "b": True, "p": "50000", "s": "0.001", "r": False, "t": {"limit": {"tif": "Gtc"}}}
    ],
    "grouping": "na",
}
SEND: dict[str, Any] = {
    "type": "usdSend",
    "signatureChainId": "0x66eee",
    "hyperliquidChain": "Testnet",
    "destination": "0x" + "cd" * 20,
    "amount": "1.5",
    "time": NONCE,
}


def address(key: str) -> Address:
    return Signer(key).address


def enveloped(
    inner: dict[str, Any], *, vault: str | None = None, expires_after: int | None = None
) -> tuple[Envelope, Signature]:
    """What the SDK sends for two signers and a leader: the envelope and the leader's signature."""
    leader = address(LEADER)
    signatures = [
        _inner_signature(inner, key, vault=vault, expires_after=expires_after)
        for key in (FIRST, SECOND)
    ]
    action = {
        "type": "multiSig",
        "signatureChainId": "0x66eee",
        "signatures": signatures,
        "payload": {"multiSigUser": MULTI_SIG_USER, "outerSigner": leader, "action": inner},
    }
    outer = sdk.sign_multi_sig_action(
        Account.from_key(LEADER), action, False, vault, NONCE, expires_after
    )
    parsed: Action = parse_action(action)
    assert isinstance(parsed, MultiSigAction)
    envelope = Envelope(
        action=parsed,
        nonce=NONCE,
        vault=None if vault is None else Address(vault),
        expires_after=expires_after,
        is_mainnet=False,
    )
    return envelope, Signature(**outer)


def _inner_signature(
    inner: dict[str, Any], key: str, *, vault: str | None, expires_after: int | None
) -> Any:
    wallet, leader = Account.from_key(key), address(LEADER)
    if inner["type"] == "usdSend":
        return sdk.sign_multi_sig_user_signed_action_payload(
            wallet,
            dict(inner),
            False,
            sdk.USD_SEND_SIGN_TYPES,
            "HyperliquidTransaction:UsdSend",
            MULTI_SIG_USER,
            leader,
        )
    return sdk.sign_multi_sig_l1_action_payload(
        wallet, inner, False, vault, NONCE, expires_after, MULTI_SIG_USER, leader
    )


@pytest.mark.parametrize("inner", [ORDER, SEND, {"type": "noop"}])
def test_leader_and_signers_are_told(inner: dict[str, Any]) -> None:
    envelope, outer = enveloped(inner)
    assert envelope.leader(outer) == address(LEADER)
    assert envelope.signers() == [address(FIRST), address(SECOND)]
    assert envelope.inner == parse_action(inner)


def test_vault_and_expiry_bind_all_signatures() -> None:
    envelope, outer = enveloped(ORDER, vault="0x" + "ef" * 20, expires_after=NONCE + 1)
    assert envelope.leader(outer) == address(LEADER)
    assert envelope.signers() == [address(FIRST), address(SECOND)]
    other = Envelope(
        action=envelope.action, nonce=NONCE, vault=None, expires_after=None, is_mainnet=False
    )
    assert other.leader(outer) != address(LEADER)
    assert address(FIRST) not in other.signers()


def test_another_nonce_makes_all_of_them_strangers() -> None:
    envelope, outer = enveloped(ORDER)
    other = Envelope(
        action=envelope.action, nonce=NONCE + 1, vault=None, expires_after=None, is_mainnet=False
    )
    assert other.leader(outer) != address(LEADER)
    assert address(FIRST) not in other.signers()


def test_an_l1_action_is_packed_anew_before_it_is_hashed() -> None:
    """So one that was respelled on the way still tells its signers."""
    respelled = {**ORDER, "orders": [{**ORDER["orders"][0], "p": "50000.0"}]}
    envelope, outer = enveloped(ORDER)
    shouted = MULTI_SIG_USER.upper().replace("0X", "0x")
    payload = {"multiSigUser": shouted, "outerSigner": address(LEADER), "action": respelled}
    action = parse_action(
        {
            "type": "multiSig",
            "signatureChainId": "0x66eee",
            "signatures": [
                {"r": "0x" + each.r[2:].zfill(64), "s": each.s, "v": each.v}
                for each in envelope.action.signatures
            ],
            "payload": payload,
        }
    )
    assert isinstance(action, MultiSigAction)
    again = Envelope(action=action, nonce=NONCE, vault=None, expires_after=None, is_mainnet=False)
    assert again.leader(outer) == address(LEADER)
    assert again.signers() == [address(FIRST), address(SECOND)]


@pytest.mark.parametrize(
    "inner", [{"type": "nothing"}, {}, {"type": "order", "orders": 5}, {"type": "multiSig"}]
)
def test_what_is_no_action_is_refused(inner: dict[str, Any]) -> None:
    action = parse_action(
        {
            "type": "multiSig",
            "signatureChainId": "0x66eee",
            "signatures": [],
            "payload": {
                "multiSigUser": MULTI_SIG_USER,
                "outerSigner": address(LEADER),
                "action": inner,
            },
        }
    )
    assert isinstance(action, MultiSigAction)
    envelope = Envelope(
        action=action, nonce=NONCE, vault=None, expires_after=None, is_mainnet=False
    )
    with pytest.raises(MalformedAction):
        envelope.signers()
