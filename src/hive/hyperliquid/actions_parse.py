"""JSON to a typed action, restored to the canonical form that its signature covers.

The venue parses an action to typed form and writes it out again before hashing (protocol.md 2.2),
so a client that reordered its keys, padded a decimal with zeros or wrote a cloid in capitals is
still recognised as its signer. We do the same:

    JSON ──convert──▶ struct ──canonical──▶ struct ──msgpack──▶ hash

What the venue refuses outright (its 422) raises here: unknown fields in an action, numbers as JSON
numbers, exponents, signs, a ninth decimal. Extra fields inside an order are tolerated and dropped.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from hive.domain.errors import MalformedAction, MalformedIdentifier
from hive.domain.identifiers import parse_address, parse_cloid
from hive.hyperliquid.account_actions import (
    MultiSigAction,
    MultiSigPayload,
    SubAccountModifyAction,
    SubAccountSpotTransferAction,
    SubAccountTransferAction,
    VaultDistributeAction,
    VaultModifyAction,
    VaultTransferAction,
)
from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    CancelByCloidAction,
    ModifyAction,
    ModifyWire,
    OrderAction,
    OrderTerms,
    OrderWire,
    ReserveRequestWeightAction,
    TwapOrderAction,
)
from hive.hyperliquid.number_text import canonical_text
from hive.hyperliquid.user_actions import (
    ApproveAgentAction,
    ApproveBuilderFeeAction,
    TokenDelegateAction,
    UserDexAbstractionAction,
    UserSetAbstractionAction,
)

StructT = TypeVar("StructT", bound=msgspec.Struct)

_ADDRESS_FIELD: Final[dict[type[msgspec.Struct], str]] = {
    ReserveRequestWeightAction: "destination",
    VaultTransferAction: "vault_address",
    SubAccountTransferAction: "sub_account_user",
    SubAccountSpotTransferAction: "sub_account_user",
    SubAccountModifyAction: "sub_account_user",
    VaultModifyAction: "vault_address",
    VaultDistributeAction: "vault_address",
    ApproveAgentAction: "agent_address",
    ApproveBuilderFeeAction: "builder",
    TokenDelegateAction: "validator",
    UserDexAbstractionAction: "user",
    UserSetAbstractionAction: "user",
}
"""Fields the venue reads as twenty bytes, so their letters' case is lost before hashing.

The destination of a transfer is not among them: there the signature covers the text as it came.
"""


class _Parsed(msgspec.Struct):
    """A field of a struct, because msgspec keeps what it learned about a struct and not a union."""

    action: Action


def parse_action(json: object) -> Action:
    """The action that a decoded JSON value writes, canonical in every number and id.

    Raises:
        MalformedAction: the venue knows no such action, or a field does not fit.
    """
    try:
        action = msgspec.convert({"action": json}, _Parsed).action
    except msgspec.ValidationError as error:
        raise MalformedAction(str(error).replace("$.action", "$")) from None
    try:
        return _canonical(action)
    except MalformedIdentifier as error:
        raise MalformedAction(str(error)) from None


def _canonical(action: Action) -> Action:
    """The same action with the one spelling of each number, cloid and address."""
    match action:
        case OrderAction():
            return _canonical_order_action(action)
        case ModifyAction(oid=oid, order=order):
            return _with(action, oid=_oid(oid), order=_order(order))
        case BatchModifyAction():
            return _with(action, modifies=tuple(_modify(wire) for wire in action.modifies))
        case CancelByCloidAction():
            cancels = tuple(_with(wire, cloid=parse_cloid(wire.cloid)) for wire in action.cancels)
            return _with(action, cancels=cancels)
        case TwapOrderAction():
            return _with(action, twap=_with(action.twap, s=_number(action.twap.s)))
        case _:
            return _canonical_addresses(action)


def _canonical_addresses(action: Action) -> Action:
    if isinstance(action, MultiSigAction):
        return _with(action, payload=_payload(action.payload))
    field = _ADDRESS_FIELD.get(type(action))
    address = getattr(action, field) if field else None
    return _with(action, **{field: parse_address(address)}) if field and address else action


def _canonical_order_action(action: OrderAction) -> OrderAction:
    orders = tuple(_order(order) for order in action.orders)
    if action.builder is None:
        return _with(action, orders=orders)
    builder = _with(action.builder, b=parse_address(action.builder.b))
    return _with(action, orders=orders, builder=builder)


def _payload(payload: MultiSigPayload) -> MultiSigPayload:
    return _with(
        payload,
        multi_sig_user=parse_address(payload.multi_sig_user),
        outer_signer=parse_address(payload.outer_signer),
    )


def _modify(wire: ModifyWire) -> ModifyWire:
    return _with(wire, oid=_oid(wire.oid), order=_order(wire.order))


def _oid(oid: int | str) -> int | str:
    return parse_cloid(oid) if isinstance(oid, str) else oid


def _order(order: OrderWire) -> OrderWire:
    cloid = None if order.c is None else parse_cloid(order.c)
    return _with(order, p=_number(order.p), s=_number(order.s), t=_terms(order.t), c=cloid)


def _terms(terms: OrderTerms) -> OrderTerms:
    if (terms.limit is None) is (terms.trigger is None):
        raise MalformedAction("an order has either a limit or a trigger type")
    if terms.trigger is None:
        return terms
    trigger_px = _number(terms.trigger.trigger_px)
    return _with(terms, trigger=_with(terms.trigger, trigger_px=trigger_px))


def _number(text: str) -> str:
    canonical = canonical_text(text)
    if canonical is None:
        raise MalformedAction(f"{text[:40]!r} is not a decimal of at most eight places")
    return canonical


def _with(struct: StructT, **fields: Any) -> StructT:
    """`struct` itself if nothing changes, so that the usual, canonical request costs no copies."""
    if all(getattr(struct, name) == value for name, value in fields.items()):
        return struct
    return replace(struct, **fields)
