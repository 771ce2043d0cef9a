"""Who signs, over what, and how a signature tells its signer (protocol.md 2.2, 2.8).

An L1 action is packed, hashed together with its nonce, vault and expiry, and the hash is signed
under a made-up "agent" that names the network:

    msgpack(action) ‖ nonce ‖ vault ‖ expiry ──keccak──▶ connection id
    Agent(source "a" or "b", connection id)  ──EIP-712──▶ digest ──secp256k1──▶ r, s, v

So a signature made for the test network recovers to a stranger on the main one, and the other way
round. Everything of EIP-712 that does not depend on the action is computed once. Signatures are
deterministic (RFC 6979): the same action signed twice is the same bytes.

A private key enters here and never leaves: not in a repr, a pickle, a copy or an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Protocol

import msgspec
from coincurve import PrivateKey, PublicKey

from hive.domain.errors import KeyRefused, LimitReached
from hive.domain.identifiers import Address
from hive.hyperliquid.eip712 import domain_separator, keccak, type_hash
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.signing_user import user_digest
from hive.hyperliquid.user_actions import UserAction

NONCE_AHEAD_MS_MAX: Final = 86_400_000 - 120_000
"""The venue takes nonces up to a day ahead of its block time; its edge is about 120 s inside."""

_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_SIGNATURE_V: Final = (27, 28)
_HEX_INTEGER: Final = re.compile(r"0x[0-9a-fA-F]{1,64}")
_HEX_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")

_L1_PREFIX: Final = b"\x19\x01" + domain_separator("Exchange", 1337)
_AGENT_TYPE: Final = type_hash("Agent(string source,bytes32 connectionId)")
_MAINNET_AGENT: Final = _AGENT_TYPE + keccak(b"a")
_TESTNET_AGENT: Final = _AGENT_TYPE + keccak(b"b")
_PACKER: Final = msgspec.msgpack.Encoder()
_JSON: Final = msgspec.json.Encoder()


class Signature(msgspec.Struct, frozen=True):
    """r and s in hex without leading zeros (the official SDK's spelling), v 27 or 28."""

    r: str
    s: str
    v: int


class SignatureText(Protocol):
    """Any signature as a request carries it; r and s may be padded to 32 bytes."""

    @property
    def r(self) -> str: ...
    @property
    def s(self) -> str: ...
    @property
    def v(self) -> int: ...


class SignedRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The body of /exchange. The last two are always spelled out, as the official SDK does."""

    action: L1Action | UserAction
    nonce: int
    signature: Signature
    vault_address: Address | None = None
    expires_after: int | None = None


# --- what is signed ----------------------------------------------------------------------------


def action_hash(
    action: object,
    nonce: int,
    *,
    vault: Address | None = None,
    expires_after: int | None = None,
) -> bytes:
    """The connection id of an L1 action: 32 bytes over its canonical form and its envelope."""
    packed = _PACKER.encode(action) + nonce.to_bytes(8, "big")
    packed += b"\x00" if vault is None else b"\x01" + bytes.fromhex(vault[2:])
    if expires_after is not None:
        packed += b"\x00" + expires_after.to_bytes(8, "big")
    return keccak(packed)


def l1_digest(connection_id: bytes, *, is_mainnet: bool) -> bytes:
    """The 32 bytes that are signed for an L1 action on that network."""
    agent = _MAINNET_AGENT if is_mainnet else _TESTNET_AGENT
    return keccak(_L1_PREFIX + keccak(agent + connection_id))


def signed_request(
    action: L1Action | UserAction,
    nonce: int,
    signature: Signature,
    *,
    vault: Address | None = None,
    expires_after: int | None = None,
) -> bytes:
    """The whole JSON body of /exchange, or the payload of a post of kind `action`."""
    return _JSON.encode(SignedRequest(action, nonce, signature, vault, expires_after))


# --- signing -----------------------------------------------------------------------------------


class Signer:
    """A private key that signs and shows nothing of itself but its address."""

    __slots__ = ("_address", "_key")

    def __init__(self, private_key: bytes | str) -> None:
        """Take 32 bytes, or 64 hex digits with or without `0x`.

        Raises:
            KeyRefused: it is not a key of the curve. The value is not in the message.
        """
        self._key = _curve_key(private_key)
        self._address = _address_of(self._key.public_key)

    @property
    def address(self) -> Address:
        return self._address

    def __repr__(self) -> str:
        return f"Signer({self._address})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer is neither copied nor pickled: its key stays in this process")

    def sign_l1(
        self,
        action: object,
        nonce: int,
        *,
        is_mainnet: bool,
        vault: Address | None = None,
        expires_after: int | None = None,
    ) -> Signature:
        """Sign an L1 action (an `L1Action`, or any value whose msgpack is canonical)."""
        connection_id = action_hash(action, nonce, vault=vault, expires_after=expires_after)
        return self._sign(l1_digest(connection_id, is_mainnet=is_mainnet))

    def sign_user_action(self, action: UserAction) -> Signature:
        """Sign an action by its named fields; its nonce and network are in the action itself."""
        return self._sign(user_digest(action))

    def _sign(self, digest: bytes) -> Signature:
        signed = self._key.sign_recoverable(digest, hasher=None)
        return Signature(
            hex(int.from_bytes(signed[:32], "big")),
            hex(int.from_bytes(signed[32:64], "big")),
            27 + signed[64],
        )


def _curve_key(private_key: bytes | str) -> PrivateKey:
    """The key, or a refusal raised outside any `except`, so that no cause carries the value."""
    refusal = ""
    secret = b""
    if isinstance(private_key, str):
        if _HEX_KEY.fullmatch(private_key) is None:
            refusal = f"a key is 64 hex digits, with or without 0x; got {len(private_key)} letters"
        else:
            secret = bytes.fromhex(private_key[-64:])
    else:
        secret = bytes(private_key)
    if not refusal and len(secret) != 32:
        refusal = f"a key is 32 bytes; got {len(secret)}"
    if not refusal and not 0 < int.from_bytes(secret, "big") < _CURVE_ORDER:
        refusal = "a key is a number from 1 to the order of secp256k1"
    if refusal:
        raise KeyRefused(refusal, hint="paste the agent's private key as the venue's site shows it")
    return PrivateKey(secret)


# --- recovering --------------------------------------------------------------------------------


def recover_l1(
    action: object,
    nonce: int,
    signature: SignatureText,
    *,
    is_mainnet: bool,
    vault: Address | None = None,
    expires_after: int | None = None,
) -> Address | None:
    """Whose signature this is; a stranger's address if anything differs from what was signed.

    None if it is no signature at all (the venue then says "Unable to recover signer.").
    """
    connection_id = action_hash(action, nonce, vault=vault, expires_after=expires_after)
    return recover(l1_digest(connection_id, is_mainnet=is_mainnet), signature)


def recover_user_action(
    action: UserAction | Mapping[str, Any], signature: SignatureText
) -> Address | None:
    """As `recover_l1`, for actions signed by their named fields: a struct, or its JSON object.

    Raises:
        MalformedAction: the object is of no type that users sign.
    """
    return recover(user_digest(action), signature)


def recover(digest: bytes, signature: SignatureText) -> Address | None:
    """Who signed these 32 bytes; None if it is no signature."""
    if signature.v not in _SIGNATURE_V:
        return None
    if not (_HEX_INTEGER.fullmatch(signature.r) and _HEX_INTEGER.fullmatch(signature.s)):
        return None
    r, s = (int(text, 16).to_bytes(32, "big") for text in (signature.r, signature.s))
    recoverable = r + s + bytes([signature.v - 27])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except ValueError:  # r or s is zero, or off the curve: nobody's
        return None
    return _address_of(key)


def _address_of(key: PublicKey) -> Address:
    return Address("0x" + keccak(key.format(compressed=False)[1:])[12:].hex())


# --- nonces ------------------------------------------------------------------------------------


class NonceSequence:
    """Nonces of one signer: milliseconds that only grow.

    The venue keeps the highest hundred per signer and refuses one it has seen or that is below
    them; two actions in one millisecond, or a clock set back, must therefore not repeat one. After
    a restart `floor` is the last nonce the journal knows.
    """

    __slots__ = ("_ahead_ms_max", "_last")

    def __init__(self, floor: int = 0, *, ahead_ms_max: int = NONCE_AHEAD_MS_MAX) -> None:
        assert floor >= 0
        assert ahead_ms_max > 0
        self._last = floor
        self._ahead_ms_max = ahead_ms_max

    @property
    def last(self) -> int:
        """The highest nonce given out, or the floor."""
        return self._last

    def raise_floor(self, floor: int) -> None:
        """Nonces up to `floor` may have been used: go on above it."""
        self._last = max(self._last, floor)

    def next(self, now_ms: int) -> int:
        """A nonce above every earlier one, at least `now_ms` (wall clock, epoch milliseconds).

        Raises:
            LimitReached: it would lie further ahead of the clock than the venue admits. The clock
                is then wrong, or was when the floor was set; nothing was given out.
        """
        nonce = max(now_ms, self._last + 1)
        if nonce - now_ms > self._ahead_ms_max:
            raise LimitReached(
                "nonce_ahead_ms_max",
                f"the last nonce is {nonce - now_ms} ms ahead of the clock: check the clock",
            )
        self._last = nonce
        return nonce
