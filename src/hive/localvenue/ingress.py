"""From a signed request to a submission for the next block, or to the answer it gets at once.

What fails here uses up no nonce (protocol.md 2.8): an action that does not fit, one that this venue
does not offer, a signature that is none, a vault that is not there.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import MalformedAction
from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    CancelAction,
    CancelByCloidAction,
    ModifyAction,
    NoopAction,
    OrderAction,
    OrderWire,
    TopUpIsolatedOnlyMarginAction,
    UpdateIsolatedMarginAction,
    UpdateLeverageAction,
)
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import recover_l1, recover_user_action
from hive.hyperliquid.user_actions import ApproveAgentAction, UserAction, chain_name
from hive.localvenue.blocks import Submission
from hive.serving.port import Answer, ExchangeRequest, Reply

UNFIT: Final = "Failed to deserialize the JSON body into the target type: "
NO_SIGNER: Final = "Unable to recover signer."
NO_BUILDER: Final = "Builder fee has not been approved."

MARGIN_ACTIONS: Final = (
    UpdateLeverageAction,
    UpdateIsolatedMarginAction,
    TopUpIsolatedOnlyMarginAction,
)

NOT_OFFERED: Final = (
    "triggers, TP/SL groups, TWAP, scheduled cancel, transfers, sub-accounts, vaults, "
    " builder fees, referrals, staking and everything that is not a perp order"
)
"""Actions of the real venue that this one does not know yet; they are answered 422."""


class TurnedAway(msgspec.Struct, frozen=True):
    """A request that never reaches a block, and its answer."""

    reply: Reply
    reason: str


def refused(text: str, reason: str) -> TurnedAway:
    """A failure in the venue's way: status 200, and an error inside."""
    body = msgspec.json.encode({"status": "err", "response": text})
    return TurnedAway(Reply(200, body), reason)


def unfit(text: str) -> TurnedAway:
    body = (UNFIT + text).encode(errors="replace")
    return TurnedAway(Reply(422, body, is_text=True), "unfit action")


def read_action(request: ExchangeRequest) -> Action | TurnedAway:
    """The typed action, if it is one that this venue offers."""
    try:
        action = parse_action(request.action)
    except MalformedAction as error:
        return unfit(str(error))
    missing = _missing(action)
    return action if missing is None else unfit(f"{missing} is not offered by this venue")


def submission_of(
    action: Action, request: ExchangeRequest, *, is_mainnet: bool, answer: Answer
) -> Submission | TurnedAway:
    """The action with its signer, whoever that is."""
    is_user_signed = isinstance(action, UserAction)
    if isinstance(action, ApproveAgentAction):
        if action.nonce != request.nonce:
            text = f"Invalid nonce: {action.nonce} in the action is not {request.nonce}"
            return refused(text, "nonce")
        signer = recover_user_action(request.action, request.signature)
    else:
        signer = recover_l1(
            action,
            request.nonce,
            request.signature,
            is_mainnet=is_mainnet,
            vault=request.vault_address,
            expires_after=request.expires_after,
        )
    if signer is None:
        return refused(NO_SIGNER, "signature")
    if request.vault_address is not None:
        return refused(f"Vault not registered: {request.vault_address}", "vault")
    if isinstance(action, ApproveAgentAction):
        if action.hyperliquid_chain != chain_name(is_mainnet=is_mainnet):
            # Signed for the other network, where alone this signer may have deposited.
            text = f"Must deposit before performing actions. User: {signer}"
            return refused(text, "unknown signer")
    elif isinstance(action, OrderAction) and action.builder is not None:
        return refused(NO_BUILDER, "builder")
    return Submission(
        action=action,
        signer=signer,
        is_user_signed=is_user_signed,
        nonce=request.nonce,
        expires_after=request.expires_after,
        answer=answer,
    )


def _missing(action: Action) -> str | None:
    """What of an action this venue does not offer; None if it offers it all."""
    match action:
        case OrderAction(orders=orders, grouping=grouping):
            return _missing_in(orders) if grouping == "na" else "grouping"
        case ModifyAction(order=order):
            return _missing_in((order,))
        case BatchModifyAction(modifies=modifies):
            return _missing_in(tuple(modify.order for modify in modifies))
        case CancelAction() | CancelByCloidAction() | NoopAction() | ApproveAgentAction():
            return None
        case _ if isinstance(action, MARGIN_ACTIONS):
            return None
        case _:
            return str(action.__struct_config__.tag)


def _missing_in(orders: tuple[OrderWire, ...]) -> str | None:
    return None if all(order.t.limit is not None for order in orders) else "trigger"
