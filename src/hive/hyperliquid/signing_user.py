"""What a user-signed action is signed over: its fields by name and type (protocol.md 2.3).

    type hash ‖ one word of 32 bytes per field ──keccak──▶ struct hash
    0x1901 ‖ domain of the signing chain ‖ struct hash ──keccak──▶ digest

The table knows every type the official SDK signs, also those Hive never sends, so that a server
can tell the signer of any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hive.domain.errors import MalformedAction, MalformedIdentifier
from hive.domain.identifiers import Address, parse_address
from hive.hyperliquid.eip712 import domain_separator, keccak, type_hash
from hive.hyperliquid.user_actions import ChainName, UserAction

_DOMAIN_NAME: Final = "HyperliquidSignTransaction"
_CHAIN_ID: Final = re.compile(r"0x[0-9a-fA-F]{1,16}")
_UINT64_MAX: Final = 2**64 - 1


class UserType(msgspec.Struct, frozen=True):
    """A named struct of EIP-712: `fields` are (wire name, type) in signing order."""

    name: str
    fields: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        body = ",".join(f"{kind} {field}" for field, kind in self.fields)
        return f"HyperliquidTransaction:{self.name}({body})"


def _user_type(name: str, fields: str) -> UserType:
    """`fields` as in "string amount, uint64 time"; the network always comes first."""
    pairs = [field.split() for field in f"string hyperliquidChain, {fields}".split(", ")]
    return UserType(name, tuple((field, kind) for kind, field in pairs))


USER_TYPES: Final[Mapping[str, UserType]] = {
    "usdSend": _user_type("UsdSend", "string destination, string amount, uint64 time"),
    "spotSend": _user_type(
        "SpotSend", "string destination, string token, string amount, uint64 time"
    ),
    "withdraw3": _user_type("Withdraw", "string destination, string amount, uint64 time"),
    "usdClassTransfer": _user_type("UsdClassTransfer", "string amount, bool toPerp, uint64 nonce"),
    "sendAsset": _user_type(
        "SendAsset",
        "string destination, string sourceDex, string destinationDex, string token, "
        "string amount, string fromSubAccount, uint64 nonce",
    ),
    "approveAgent": _user_type(
        "ApproveAgent", "address agentAddress, string agentName, uint64 nonce"
    ),
    "approveBuilderFee": _user_type(
        "ApproveBuilderFee", "string maxFeeRate, address builder, uint64 nonce"
    ),
    "tokenDelegate": _user_type(
        "TokenDelegate", "address validator, uint64 wei, bool isUndelegate, uint64 nonce"
    ),
    "userDexAbstraction": _user_type(
        "UserDexAbstraction", "address user, bool enabled, uint64 nonce"
    ),
    "userSetAbstraction": _user_type(
        "UserSetAbstraction", "address user, string abstraction, uint64 nonce"
    ),
    "cDeposit": _user_type("CDeposit", "uint64 wei, uint64 nonce"),
    "cWithdraw": _user_type("CWithdraw", "uint64 wei, uint64 nonce"),
    "convertToMultiSigUser": _user_type("ConvertToMultiSigUser", "string signers, uint64 nonce"),
}
"""By the action's wire type."""

_ENVELOPE: Final = _user_type("SendMultiSig", "bytes32 multiSigActionHash, uint64 nonce")
_INNER_FIELDS: Final = (("payloadMultiSigUser", "address"), ("outerSigner", "address"))
"""Stand after the chain in what each of several signers signs."""

_ABSENT: Final[Mapping[str, object]] = {"agentName": ""}
"""What an optional field is signed as when it is not sent."""


def user_digest(action: UserAction | Mapping[str, Any]) -> bytes:
    """The 32 bytes that are signed for a user-signed action (a struct, or its JSON object).

    Raises:
        MalformedAction: it is of no type that users sign, or a field does not fit its type.
    """
    fields = action if isinstance(action, Mapping) else msgspec.to_builtins(action)
    return _digest(_type_of(fields), fields)


def inner_user_digest(
    fields: Mapping[str, Any], *, multi_sig_user: Address, leader: Address
) -> bytes:
    """What each signer of an account with several signs: it names the account and the leader.

    Raises:
        MalformedAction: as `user_digest`.
    """
    single = _type_of(fields)
    chain, *rest = single.fields
    enriched = UserType(single.name, (chain, *_INNER_FIELDS, *rest))
    named = {**fields, "payloadMultiSigUser": multi_sig_user, "outerSigner": leader}
    return _digest(enriched, named)


def envelope_digest(
    action_hash: bytes, nonce: int, *, chain: ChainName, signature_chain_id: str
) -> bytes:
    """What the leader of an account with several signers signs: the hash of the whole envelope."""
    fields = {
        "hyperliquidChain": chain,
        "multiSigActionHash": action_hash,
        "nonce": nonce,
        "signatureChainId": signature_chain_id,
    }
    return _digest(_ENVELOPE, fields)


def _type_of(fields: Mapping[str, Any]) -> UserType:
    user_type = USER_TYPES.get(fields.get("type", ""))
    if user_type is None:
        raise MalformedAction(f"{fields.get('type')!r} is not signed by users")
    return user_type


def _digest(user_type: UserType, fields: Mapping[str, Any]) -> bytes:
    words = [type_hash(user_type.text)]
    for name, kind in user_type.fields:
        words.append(_word(kind, name, fields.get(name, _ABSENT.get(name))))
    domain = domain_separator(_DOMAIN_NAME, _chain_id(fields.get("signatureChainId")))
    return keccak(b"\x19\x01" + domain + keccak(b"".join(words)))


def _chain_id(text: object) -> int:
    if not isinstance(text, str) or _CHAIN_ID.fullmatch(text) is None:
        raise MalformedAction("signatureChainId is not a hex number")
    return int(text, 16)


def _word(kind: str, name: str, value: object) -> bytes:
    """The 32 bytes that stand for a field."""
    match kind, value:
        case "string", str():
            return keccak(value.encode())
        case "bool", bool():
            return int(value).to_bytes(32, "big")
        case "uint64", int() if 0 <= value <= _UINT64_MAX:
            return value.to_bytes(32, "big")
        case "address", str():
            return _address_word(value)
        case "bytes32", bytes() if len(value) == 32:
            return value
    raise MalformedAction(f"{name} is not a {kind}")


def _address_word(text: str) -> bytes:
    try:
        return bytes(12) + bytes.fromhex(parse_address(text)[2:])
    except MalformedIdentifier as error:
        raise MalformedAction(str(error)) from None
