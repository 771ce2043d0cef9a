"""From a signed request to a submission for the next block, or to the answer it gets at once.

What fails here uses up no nonce (protocol.md 2.8): an action that does not fit, one that this venue
does not offer, a signature that is none, a vault that is not there.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import MalformedAction
from hive.hyperliquid.account_actions import AccountAction
from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    CancelAction,
    CancelByCloidAction,
    ModifyAction,
    NoopAction,
    OrderAction,
    ReserveRequestWeightAction,
    ScheduleCancelAction,
    TopUpIsolatedOnlyMarginAction,
    TwapCancelAction,
    TwapOrderAction,
    UpdateIsolatedMarginAction,
    UpdateLeverageAction,
)
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.user_actions import UserSignedAction
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.office.signers import NO_SIGNER, NONCE_MISMATCH, OTHER_NETWORK, read_signer
from hive.serving.port import Answer, ExchangeRequest, Reply

UNFIT: Final = "Failed to deserialize the JSON body into the target type: "
NOT_HERE: Final = "{} is not offered by this venue"
REASONS: Final = {NO_SIGNER: "signature", NONCE_MISMATCH: "nonce", OTHER_NETWORK: "network"}
"""What a request that nobody signed is counted as."""

MARGIN_ACTIONS: Final = (
    UpdateLeverageAction,
    UpdateIsolatedMarginAction,
    TopUpIsolatedOnlyMarginAction,
    ReserveRequestWeightAction,
)

NOT_OFFERED: Final = "triggers, TP/SL groups, TWAP and scheduled cancel"
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
    return action if missing is None else unfit(NOT_HERE.format(missing))


def submission_of(
    action: Action, request: ExchangeRequest, *, is_mainnet: bool, answer: Answer
) -> Submission | TurnedAway:
    """The action with its signer, whoever that is."""
    try:
        signed = read_signer(action, request, is_mainnet=is_mainnet)
    except MalformedAction as error:
        return unfit(str(error))
    if isinstance(signed, str):
        return refused(signed, REASONS[signed])
    action = signed.action
    missing = _missing(action)
    if missing is not None:
        return unfit(NOT_HERE.format(missing))
    return Submission(
        action=action,
        signer=signed.signer,
        is_user_signed=signed.is_user_signed,
        nonce=request.nonce,
        expires_after=request.expires_after,
        answer=answer,
        # What users sign names accounts inside, and does not cover the envelope's.
        vault=None if signed.is_user_signed else request.vault_address,
        envelope=signed.envelope,
    )


def _missing(action: Action) -> str | None:
    """What of an action this venue does not offer; None if it offers it all."""
    match action:
        case OrderAction() | ModifyAction() | BatchModifyAction():
            return None
        case CancelAction() | CancelByCloidAction() | NoopAction():
            return None
        case TwapOrderAction() | TwapCancelAction() | ScheduleCancelAction():
            return None
        case _ if isinstance(action, MARGIN_ACTIONS):
            return None
        case _:
            is_offered = isinstance(action, AccountAction | UserSignedAction)
            return None if is_offered else str(action.__struct_config__.tag)
