"""Who signed a request: one key, or those of an account with several (protocol.md 2.2, 2.3).

What fails here uses up no nonce: it is not known whose.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.errors import MalformedAction
from hive.domain.identifiers import Address
from hive.hyperliquid.account_actions import (
    AgentSendAssetAction,
    CreateVaultAction,
    MultiSigAction,
)
from hive.hyperliquid.actions import Action
from hive.hyperliquid.signing import recover_l1, recover_user_action
from hive.hyperliquid.signing_multi_sig import Envelope
from hive.hyperliquid.user_actions import UserAction, UserSignedAction, chain_name, inner_nonce
from hive.localvenue.clock.blocks import Enveloped
from hive.serving.port import ExchangeRequest

NO_SIGNER: Final = "Unable to recover signer."
NONCE_MISMATCH: Final = "Nonce mismatch."
OTHER_NETWORK: Final = "Mainnet and testnet require different signature."
NO_EXPIRY: Final = "expiresAfter is not supported by actions that users sign"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """An action with its signer, whoever that is. Of an envelope, the action inside."""

    action: Action
    signer: Address
    is_user_signed: bool
    envelope: Enveloped | None = None


def read_signer(action: Action, request: ExchangeRequest, *, is_mainnet: bool) -> Signed | str:
    """Who signed the action; or the venue's words for why nobody did.

    Raises:
        MalformedAction: an envelope with no action in it, or an expiry that cannot be.
    """
    if isinstance(action, MultiSigAction):
        return _read_envelope(action, request, is_mainnet=is_mainnet)
    refusal = _misfit(action, request, is_mainnet=is_mainnet)
    if refusal == NONCE_MISMATCH:
        return refusal
    if isinstance(action, UserAction):
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
        return NO_SIGNER
    if refusal is not None:
        return refusal
    return Signed(action=action, signer=signer, is_user_signed=isinstance(action, UserAction))


def _read_envelope(
    action: MultiSigAction, request: ExchangeRequest, *, is_mainnet: bool
) -> Signed | str:
    envelope = Envelope(
        action=action,
        nonce=request.nonce,
        vault=request.vault_address,
        expires_after=request.expires_after,
        is_mainnet=is_mainnet,
    )
    inner = envelope.inner
    refusal = _misfit(inner, request, is_mainnet=is_mainnet)
    if refusal is not None:
        return refusal
    leader = envelope.leader(request.signature)
    if leader is None:
        return NO_SIGNER
    return Signed(
        action=inner,
        signer=leader,
        is_user_signed=isinstance(inner, UserAction),
        envelope=Enveloped(
            user=Address(action.payload.multi_sig_user),
            named_leader=Address(action.payload.outer_signer),
            signers=tuple(envelope.signers()),
        ),
    )


def _misfit(action: Action, request: ExchangeRequest, *, is_mainnet: bool) -> str | None:
    """The venue's words if action and envelope contradict each other.

    Raises:
        MalformedAction: the envelope has an expiry, which what users sign cannot have.
    """
    inner = _inner_nonce(action)
    if inner is not None and inner != request.nonce:
        return NONCE_MISMATCH
    if not isinstance(action, UserAction):
        return None
    if request.expires_after is not None:
        raise MalformedAction(NO_EXPIRY)
    is_ours = action.hyperliquid_chain == chain_name(is_mainnet=is_mainnet)
    return None if is_ours else OTHER_NETWORK


def _inner_nonce(action: Action) -> int | None:
    """The nonce that an action itself names; None if it names none."""
    if isinstance(action, UserSignedAction):
        return inner_nonce(action)
    if isinstance(action, AgentSendAssetAction | CreateVaultAction):
        return action.nonce
    return None
