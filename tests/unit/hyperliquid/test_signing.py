"""Signatures equal the official vectors, and a key never shows."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from hive.domain.errors import KeyRefused, LimitReached, MalformedAction
from hive.domain.identifiers import Address
from hive.hyperliquid.actions import NoopAction, OrderAction
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import (
    NonceSequence,
    Signature,
    Signer,
    action_hash,
    recover_l1,
    recover_user_action,
    signed_request,
)
from hive.hyperliquid.signing_user import USER_TYPES
from hive.hyperliquid.user_actions import UsdSendAction

# tests/data/signing_vectors.json is the reference collection's payloads/signing_vectors.json; each
# entry names the test of the venue's Python or Rust SDK that it comes from.
VECTORS = json.loads((Path(__file__).parents[2] / "data" / "signing_vectors.json").read_text())
ALL = [*VECTORS["vectors"], *VECTORS["derived_vectors"]]
L1 = [vector for vector in ALL if "types" not in vector and "private_key" in vector]
USER = [vector for vector in ALL if "types" in vector]

KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
KEY_ADDRESS = "0x14791697260e4c9a71f18484c9f997b308e59325"


def _name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def _expected(vector: dict[str, Any]) -> Signature:
    return Signature(*(vector["expected"][part] for part in "rsv"))


def _as_numbers(signature: Signature) -> tuple[int, int, int]:
    """The vectors write r and s padded or not: only their values count."""
    return int(signature.r, 16), int(signature.s, 16), signature.v


def _wire_type(vector: dict[str, Any]) -> str:
    name = vector["primary_type"].removeprefix("HyperliquidTransaction:")
    return next(wire for wire, user_type in USER_TYPES.items() if user_type.name == name)


# --- the official vectors ----------------------------------------------------------------------


def test_every_vector_is_put_to_use() -> None:
    """Each of the 27 is hashed, signed or recovered below."""
    assert len(ALL) == 27
    hash_only = [vector for vector in ALL if vector not in L1 and vector not in USER]
    assert [_name(vector) for vector in hash_only] == ["phantom_agent_connection_id"]


@pytest.mark.parametrize("vector", [v for v in ALL if "connection_id" in v], ids=_name)
def test_action_hash_equals_the_vector(vector: dict[str, Any]) -> None:
    """The connection id is what the SDK (once: production) computed."""
    digest = action_hash(
        vector["action"],
        vector["nonce"],
        vault=vector["vault_address"],
        expires_after=vector["expires_after"],
    )
    assert "0x" + digest.hex() == vector["connection_id"]


@pytest.mark.parametrize("vector", L1, ids=_name)
def test_l1_signature_equals_the_vector(vector: dict[str, Any]) -> None:
    """r, s and v are the SDK's, on both networks."""
    signature = Signer(vector["private_key"]).sign_l1(
        vector["action"],
        vector["nonce"],
        vault=vector["vault_address"],
        expires_after=vector["expires_after"],
        is_mainnet=vector["network"] == "mainnet",
    )
    assert _as_numbers(signature) == _as_numbers(_expected(vector))


@pytest.mark.parametrize("vector", L1, ids=_name)
def test_l1_signature_tells_its_signer_and_its_network(vector: dict[str, Any]) -> None:
    """It recovers to the signer; taken for the other network, to the stranger the vector names."""
    is_mainnet = vector["network"] == "mainnet"

    def recovered(*, is_mainnet: bool) -> str | None:
        return recover_l1(
            vector["action"],
            vector["nonce"],
            _expected(vector),
            vault=vector["vault_address"],
            expires_after=vector["expires_after"],
            is_mainnet=is_mainnet,
        )

    assert recovered(is_mainnet=is_mainnet) == vector["signer_address"].lower()
    stranger = recovered(is_mainnet=not is_mainnet)
    assert stranger != vector["signer_address"].lower()
    if "wrong_network_recovers_to" in vector:
        assert stranger == vector["wrong_network_recovers_to"].lower()


@pytest.mark.parametrize("vector", USER, ids=_name)
def test_user_signature_tells_its_signer(vector: dict[str, Any]) -> None:
    """Named fields hash as the vector's types say, for every kind a vector exists for."""
    action = {**vector["action"], "type": _wire_type(vector)}
    assert recover_user_action(action, _expected(vector)) == vector["signer_address"].lower()


@pytest.mark.parametrize("vector", USER, ids=_name)
def test_user_types_equal_the_vectors(vector: dict[str, Any]) -> None:
    """Our table lists the fields in the SDK's order with the SDK's types."""
    expected = tuple((field["name"], field["type"]) for field in vector["types"])
    assert USER_TYPES[_wire_type(vector)].fields == expected


def test_usd_send_is_signed_as_its_vector() -> None:
    """The struct that Hive sends hashes as the JSON that the vector holds."""
    vector = next(v for v in USER if _name(v) == "usdSend_testnet")
    action = parse_action({**vector["action"], "type": "usdSend"})
    assert isinstance(action, UsdSendAction)
    signature = Signer(vector["private_key"]).sign_user_action(action)
    assert _as_numbers(signature) == _as_numbers(_expected(vector))


# --- recovering what is no signature -----------------------------------------------------------

GOOD = Signer(KEY).sign_l1(NoopAction(), 1, is_mainnet=False)


@pytest.mark.parametrize(
    "signature",
    [
        Signature("0x0", "0x0", 27),
        Signature(GOOD.r, GOOD.s, 26),
        Signature(GOOD.r, GOOD.s, 0),
        Signature("12", GOOD.s, 27),
        Signature("0x", GOOD.s, 27),
        Signature("0x" + "f" * 65, GOOD.s, 27),
        Signature("0x" + "f" * 64, GOOD.s, 27),
        Signature("0xzz", GOOD.s, 27),
        Signature("-0x1", GOOD.s, 27),
    ],
)
def test_what_is_no_signature_recovers_to_nobody(signature: Signature) -> None:
    """Zeros, a strange v, text that is no number: None, never an exception."""
    assert recover_l1(NoopAction(), 1, signature, is_mainnet=False) is None


def test_padded_and_unpadded_hex_are_the_same_signature() -> None:
    """Clients pad r and s to 32 bytes or do not; both are taken."""
    padded = Signature(f"0x{int(GOOD.r, 16):064x}", f"0x{int(GOOD.s, 16):064X}", GOOD.v)
    assert recover_l1(NoopAction(), 1, padded, is_mainnet=False) == KEY_ADDRESS


@pytest.mark.parametrize("change", ["nonce", "vault", "expires_after", "action"])
def test_any_change_recovers_to_a_stranger(change: str) -> None:
    """The signature binds the action, the nonce, the vault and the expiry."""
    vault = Address("0x" + "ab" * 20)
    signature = Signer(KEY).sign_l1(
        NoopAction(), 7, vault=vault, expires_after=99, is_mainnet=False
    )
    signed: dict[str, Any] = {"nonce": 7, "vault": vault, "expires_after": 99}
    action: object = NoopAction()
    assert recover_l1(action, signature=signature, is_mainnet=False, **signed) == KEY_ADDRESS
    if change == "action":
        action = OrderAction((), "na")
    else:
        signed[change] = {"nonce": 8, "vault": None, "expires_after": None}[change]
    assert recover_l1(action, signature=signature, is_mainnet=False, **signed) != KEY_ADDRESS


def test_what_users_do_not_sign_is_refused() -> None:
    """An action of no known type, or with a field of the wrong kind, is the sender's fault."""
    fields = {"signatureChainId": "0x66eee", "hyperliquidChain": "Testnet"}
    good = {**fields, "type": "usdClassTransfer", "amount": "1", "toPerp": True, "nonce": 1}
    assert recover_user_action(good, GOOD) is not None
    for change in (
        {"type": "order"},
        {"type": None},
        {"toPerp": 1},
        {"nonce": -1},
        {"nonce": 2**64},
        {"nonce": "1"},
        {"amount": 1.0},
        {"signatureChainId": "66eee"},
        {"signatureChainId": "0x" + "f" * 17},
        {"hyperliquidChain": None},
    ):
        with pytest.raises(MalformedAction):
            recover_user_action({**good, **change}, GOOD)


# --- keys --------------------------------------------------------------------------------------

CANARY = "c0ffee" * 10 + "beef"


def test_a_key_is_taken_as_text_or_bytes() -> None:
    """With 0x, without, or as 32 bytes: the same signer."""
    keys: list[bytes | str] = [KEY, KEY[2:], bytes.fromhex(KEY[2:]), KEY.upper().replace("X", "x")]
    assert {Signer(key).address for key in keys} == {KEY_ADDRESS}


def test_a_signer_shows_its_address_and_nothing_else() -> None:
    """repr, str, format and the attributes in reach hold no part of the key."""
    signer = Signer(CANARY)
    shown = f"{signer} {signer!r} {signer!s} {[signer]} {dir(signer)}"
    assert signer.address in shown
    assert "c0ffee" not in shown
    assert not hasattr(signer, "__dict__")


@pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_signer_does_not_leave_the_process(leave: Any) -> None:
    """Neither pickled nor copied, whatever holds it."""
    with pytest.raises(TypeError) as refusal:
        leave([Signer(CANARY)] if leave is not copy.copy else Signer(CANARY))
    assert "c0ffee" not in str(refusal.value)


@pytest.mark.parametrize(
    "key",
    [
        CANARY[:-1],
        CANARY + "0",
        "0X" + CANARY,
        " " + CANARY[1:],
        CANARY[:-1] + "g",
        CANARY.encode(),
        bytes.fromhex(CANARY)[1:],
        "0" * 64,
        bytes(32),
        "f" * 64,
        "",
        b"",
    ],
)
def test_a_malformed_key_is_refused_without_being_shown(key: bytes | str) -> None:
    """Neither the message, nor the hint, nor any cause holds the value."""
    with pytest.raises(KeyRefused) as refusal:
        Signer(key)
    error = refusal.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + error.hint
    assert "c0ffee" not in told.lower()
    assert "ffff" not in told


# --- the request -------------------------------------------------------------------------------


def test_the_body_spells_out_vault_and_expiry() -> None:
    """Absent is null, as the official SDK sends it."""
    body = json.loads(signed_request(NoopAction(), 5, GOOD))
    assert list(body) == ["action", "nonce", "signature", "vaultAddress", "expiresAfter"]
    assert body["action"] == {"type": "noop"}
    assert body["vaultAddress"] is None
    assert body["expiresAfter"] is None


# --- nonces ------------------------------------------------------------------------------------


def test_nonces_follow_the_clock_and_outrun_it_when_it_stands() -> None:
    """The clock's milliseconds where they are new, one more where they are not."""
    nonces = NonceSequence()
    assert [nonces.next(now) for now in (100, 100, 100, 200, 150, 203)] == [
        *(100, 101, 102),
        *(200, 201, 203),
    ]


def test_nonces_start_above_the_floor() -> None:
    """After a restart with a clock set back, no nonce of the journal comes again."""
    nonces = NonceSequence(floor=5_000)
    assert nonces.next(1_000) == 5_001
    assert nonces.last == 5_001


def test_a_clock_set_back_a_day_stops_the_sequence_and_loses_no_nonce() -> None:
    """Beyond the venue's window there is no nonce to give; the clock mended, it goes on."""
    nonces = NonceSequence(floor=10_000, ahead_ms_max=1_000)
    assert nonces.next(9_001) == 10_001
    with pytest.raises(LimitReached) as refusal:
        nonces.next(9_001)
    assert refusal.value.limit == "nonce_ahead_ms_max"
    assert nonces.last == 10_001
    assert nonces.next(9_002) == 10_002
