"""Random actions signed by the official SDK and by us are the same bytes.

Compared for each: the action hash, r, s, v, and the JSON of the request's body.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import pytest
from eth_account import Account
from hyperliquid.utils import signing
from hyperliquid.utils.types import Cloid as SdkCloid
from msgspec import to_builtins
from tests.unit.hyperliquid.test_account_actions import CANONICAL, USER

from hive.domain.identifiers import Address, Cloid, Oid
from hive.domain.instruments import Instrument, InstrumentKind
from hive.domain.market import Side
from hive.domain.orders import TimeInForce
from hive.hyperliquid import account_actions as account
from hive.hyperliquid import actions as ours
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.l1_action import L1Action
from hive.hyperliquid.signing import (
    Signature,
    Signer,
    action_hash,
    recover_user_action,
    signed_request,
)
from hive.hyperliquid.user_actions import UserAction

sdk: Any = signing
"""The official SDK, which is not typed throughout."""

Pair = tuple[dict[str, Any], L1Action]
"""The SDK's action and ours."""

ACTIONS_BY_TIER = {"default": 2_000, "full": 10_000, "soak": 100_000}
TPSL: tuple[Literal["tp"], Literal["sl"]] = ("tp", "sl")
GROUPINGS: tuple[Any, ...] = ("na", "normalTpsl", "positionTpsl", ours.PriorityGrouping(7))
NONCE_START = 1_700_000_000_000
L1_OF_ACCOUNTS = [action for action in CANONICAL if "signatureChainId" not in action]


def _hex(rng: random.Random, size_bytes: int) -> str:
    return "0x" + rng.randbytes(size_bytes).hex()


def _number(rng: random.Random) -> float:
    """Six significant figures anywhere between a hundredth of a millionth and millions."""
    return float(f"{rng.uniform(1, 10):.5f}e{rng.randint(-3, 6)}")


def _order(rng: random.Random) -> tuple[dict[str, Any], ours.OrderWire]:
    px, size, reduce_only = _number(rng), _number(rng), rng.random() < 0.2
    side = rng.choice(list(Side))
    asset = rng.choice(
        [rng.randrange(300), 10_000 + rng.randrange(300), 110_000 + rng.randrange(9)]
    )
    cloid = _hex(rng, 16) if rng.random() < 0.7 else None
    tif = rng.choice(list(TimeInForce))
    is_trigger = rng.random() < 0.2
    trigger_px, is_market, tpsl = _number(rng), rng.random() < 0.5, rng.choice(TPSL)
    order_type: Any = {"limit": {"tif": tif.value}}
    if is_trigger:
        order_type = {"trigger": {"triggerPx": trigger_px, "isMarket": is_market, "tpsl": tpsl}}
    theirs = sdk.order_request_to_order_wire(
        {
            "coin": "ANY",
            "is_buy": side is Side.BUY,
            "sz": size,
            "limit_px": px,
            "reduce_only": reduce_only,
            "order_type": order_type,
            "cloid": SdkCloid.from_str(cloid) if cloid else None,
        },
        asset,
    )
    mine = ours.limit_order(
        Instrument("ANY", asset, InstrumentKind.PERP, 5, 40),
        side=side,
        size=Decimal(repr(size)),
        limit_px=Decimal(repr(px)),
        tif=tif,
        reduce_only=reduce_only,
        cloid=Cloid(cloid) if cloid else None,
    )
    if is_trigger:
        terms = ours.trigger_terms(Decimal(repr(trigger_px)), is_market=is_market, tpsl=tpsl)
        mine = ours.OrderWire(mine.a, mine.b, mine.p, mine.s, mine.r, terms, mine.c)
    return dict(theirs), mine


def _orders(rng: random.Random) -> Pair:
    batch = [_order(rng) for _ in range(rng.choice([1, 1, 1, 2, 5, 15, 16, 17]))]
    grouping: ours.Grouping | ours.PriorityGrouping = rng.choice(GROUPINGS)
    builder = ours.BuilderWire(_hex(rng, 20), rng.randrange(101)) if rng.random() < 0.2 else None
    theirs = sdk.order_wires_to_order_action(
        [order for order, _ in batch], builder and to_builtins(builder), to_builtins(grouping)
    )
    return theirs, ours.OrderAction(tuple(order for _, order in batch), grouping, builder)


def _cancel(rng: random.Random) -> Pair:
    pairs = [(rng.randrange(200_000), rng.randrange(2**40)) for _ in range(rng.randint(1, 20))]
    theirs = {"type": "cancel", "cancels": [{"a": a, "o": o} for a, o in pairs]}
    return theirs, ours.CancelAction(tuple(ours.CancelWire(*pair) for pair in pairs))


def _cancel_by_cloid(rng: random.Random) -> Pair:
    pairs = [(rng.randrange(200_000), _hex(rng, 16)) for _ in range(rng.randint(1, 20))]
    theirs = {"type": "cancelByCloid", "cancels": [{"asset": a, "cloid": c} for a, c in pairs]}
    return theirs, ours.CancelByCloidAction(tuple(ours.CancelByCloidWire(*pair) for pair in pairs))


def _batch_modify(rng: random.Random) -> Pair:
    modifies = []
    for _ in range(rng.randint(1, 4)):
        oid: Any = Oid(rng.randrange(2**40)) if rng.random() < 0.5 else _hex(rng, 16)
        modifies.append((oid, *_order(rng)))
    theirs = {
        "type": "batchModify",
        "modifies": [{"oid": oid, "order": order} for oid, order, _ in modifies],
    }
    mine = ours.BatchModifyAction(tuple(ours.ModifyWire(oid, order) for oid, _, order in modifies))
    return theirs, mine


def _modify(rng: random.Random) -> Pair:
    oid = rng.randrange(2**40)
    theirs, mine = _order(rng)
    return {"type": "modify", "oid": oid, "order": theirs}, ours.ModifyAction(oid, mine)


def _leverage(rng: random.Random) -> Pair:
    asset, leverage, is_cross = rng.randrange(300), rng.randint(1, 50), rng.random() < 0.5
    theirs = {
        "type": "updateLeverage",
        "asset": asset,
        "isCross": is_cross,
        "leverage": leverage,
    }
    return theirs, ours.UpdateLeverageAction(asset, is_cross, leverage)


def _isolated_margin(rng: random.Random) -> Pair:
    asset, ntli = rng.randrange(300), rng.randint(-(10**12), 10**12)
    theirs = {"type": "updateIsolatedMargin", "asset": asset, "isBuy": True, "ntli": ntli}
    return theirs, ours.UpdateIsolatedMarginAction(asset, is_buy=True, ntli=ntli)


def _schedule_cancel(rng: random.Random) -> Pair:
    if rng.random() < 0.5:
        return {"type": "scheduleCancel"}, ours.ScheduleCancelAction()
    at_ms = NONCE_START + rng.randrange(10**9)
    return {"type": "scheduleCancel", "time": at_ms}, ours.ScheduleCancelAction(at_ms)


def _transfers(rng: random.Random) -> Pair:
    user, usd, is_deposit = _hex(rng, 20), rng.randrange(10**12), rng.random() < 0.5
    if rng.random() < 0.5:
        theirs = {
            "type": "subAccountTransfer",
            "subAccountUser": user,
            "isDeposit": is_deposit,
            "usd": usd,
        }
        return theirs, account.SubAccountTransferAction(user, is_deposit, usd)
    theirs = {"type": "vaultTransfer", "vaultAddress": user, "isDeposit": is_deposit, "usd": usd}
    return theirs, account.VaultTransferAction(user, is_deposit, usd)


def _of_accounts(rng: random.Random) -> Pair:
    """What concerns accounts and money; the official SDK signs these as they stand."""
    theirs = dict(rng.choice(L1_OF_ACCOUNTS))
    for name, value in theirs.items():
        if value == USER:
            theirs[name] = _hex(rng, 20)
        elif name in ("usd", "initialUsd", "nonce"):
            theirs[name] = rng.randrange(2**50)
    mine = parse_action(theirs)
    assert isinstance(mine, L1Action)
    return theirs, mine


def _names(rng: random.Random) -> Pair:
    name = "".join(rng.choices("abc äöü 日本", k=rng.randint(1, 16)))
    pairs: list[Pair] = [
        ({"type": "createSubAccount", "name": name}, account.CreateSubAccountAction(name)),
        ({"type": "setReferrer", "code": name}, account.SetReferrerAction(name)),
        ({"type": "noop"}, ours.NoopAction()),
        ({"type": "evmUserModify", "usingBigBlocks": True}, account.EvmUserModifyAction(True)),
        (
            {"type": "gossipPriorityBid", "slotId": 0, "ip": "8.8.8.8", "maxGas": 1},
            account.GossipPriorityBidAction(0, "8.8.8.8", 1),
        ),
    ]
    return rng.choice(pairs)


MAKERS: list[Callable[[random.Random], Pair]] = [
    _orders,
    _orders,
    _orders,
    _cancel,
    _cancel_by_cloid,
    _batch_modify,
    _modify,
    _leverage,
    _isolated_margin,
    _schedule_cancel,
    _transfers,
    _of_accounts,
    _names,
]


def _compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def test_random_l1_actions_equal_the_official_sdk(tier: str) -> None:
    """Hash, signature and body of any L1 action are byte for byte the SDK's."""
    rng = random.Random("l1 actions")
    for number in range(ACTIONS_BY_TIER[tier]):
        theirs, mine = rng.choice(MAKERS)(rng)
        key = _hex(rng, 32)
        nonce = NONCE_START + number
        vault = Address(_hex(rng, 20)) if rng.random() < 0.3 else None
        expires_after = nonce + rng.randrange(10**6) if rng.random() < 0.3 else None
        is_mainnet = rng.random() < 0.5

        expected_hash = sdk.action_hash(theirs, vault, nonce, expires_after)
        assert action_hash(mine, nonce, vault=vault, expires_after=expires_after) == expected_hash
        expected = sdk.sign_l1_action(
            Account.from_key(key), theirs, vault, nonce, expires_after, is_mainnet
        )
        signature = Signer(key).sign_l1(
            mine, nonce, vault=vault, expires_after=expires_after, is_mainnet=is_mainnet
        )
        assert {"r": signature.r, "s": signature.s, "v": signature.v} == expected

        body = {
            "action": theirs,
            "nonce": nonce,
            "signature": expected,
            "vaultAddress": vault,
            "expiresAfter": expires_after,
        }
        sent = signed_request(mine, nonce, signature, vault=vault, expires_after=expires_after)
        assert sent == _compact(body)


def _user_fields(rng: random.Random, nonce: int) -> dict[str, dict[str, Any]]:
    """Fields that the SDK signs, by the action's type."""
    user, amount = _hex(rng, 20), str(_number(rng))
    return {
        "usdSend": {"destination": user, "amount": amount, "time": nonce},
        "spotSend": {"destination": user, "token": "PURR:0x1", "amount": amount, "time": nonce},
        "usdClassTransfer": {"amount": amount, "toPerp": rng.random() < 0.5, "nonce": nonce},
        "sendAsset": {
            "destination": user,
            "sourceDex": "",
            "destinationDex": "spot",
            "token": "USDC",
            "amount": amount,
            "fromSubAccount": "",
            "nonce": nonce,
        },
        "approveAgent": {"agentAddress": user, "agentName": "one", "nonce": nonce},
        "approveBuilderFee": {"maxFeeRate": "0.01%", "builder": user, "nonce": nonce},
        "withdraw3": {"destination": user, "amount": amount, "time": nonce},
        "tokenDelegate": {
            "validator": user,
            "wei": rng.randrange(2**60),
            "isUndelegate": rng.random() < 0.5,
            "nonce": nonce,
        },
        "userDexAbstraction": {"user": user, "enabled": rng.random() < 0.5, "nonce": nonce},
        "userSetAbstraction": {"user": user, "abstraction": "unifiedAccount", "nonce": nonce},
        "convertToMultiSigUser": {
            "signers": json.dumps({"authorizedUsers": [user], "threshold": 1}),
            "nonce": nonce,
        },
    }


USER_SIGNERS: dict[str, Callable[..., Any]] = {
    "usdSend": sdk.sign_usd_transfer_action,
    "spotSend": sdk.sign_spot_transfer_action,
    "usdClassTransfer": sdk.sign_usd_class_transfer_action,
    "sendAsset": sdk.sign_send_asset_action,
    "approveAgent": sdk.sign_agent,
    "approveBuilderFee": sdk.sign_approve_builder_fee,
    "withdraw3": sdk.sign_withdraw_from_bridge_action,
    "tokenDelegate": sdk.sign_token_delegate_action,
    "userDexAbstraction": sdk.sign_user_dex_abstraction_action,
    "userSetAbstraction": sdk.sign_user_set_abstraction_action,
    "convertToMultiSigUser": sdk.sign_convert_to_multi_sig_user_action,
}


@pytest.mark.parametrize("kind", USER_SIGNERS)
def test_random_user_actions_equal_the_official_sdk(kind: str) -> None:
    """What users sign by named fields is signed as the SDK signs it, and tells its signer."""
    rng = random.Random(kind)
    for number in range(50):
        theirs = {"type": kind, **_user_fields(rng, NONCE_START + number)[kind]}
        key = _hex(rng, 32)
        expected = USER_SIGNERS[kind](Account.from_key(key), theirs, rng.random() < 0.5)
        signer, mine = Signer(key), parse_action(theirs)
        assert isinstance(mine, UserAction)
        signature = signer.sign_user_action(mine)
        assert {"r": signature.r, "s": signature.s, "v": signature.v} == expected
        assert recover_user_action(mine, signature) == signer.address


def test_an_unnamed_agent_is_signed_as_one_with_an_empty_name() -> None:
    """The SDK signs agentName "" and leaves the key out of the body; the signer is found again."""
    key = "0x" + "17" * 32
    theirs = {"type": "approveAgent", "agentAddress": "0x" + "a1" * 20, "agentName": "", "nonce": 5}
    expected = sdk.sign_agent(Account.from_key(key), theirs, False)
    del theirs["agentName"]
    action = parse_action(theirs)
    assert isinstance(action, UserAction)
    assert recover_user_action(action, Signature(**expected)) == Signer(key).address
