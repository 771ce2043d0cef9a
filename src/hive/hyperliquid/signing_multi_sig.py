"""Accounts with several signers: who signed an action, and who handed it in (protocol.md 2.3).

    inner     an L1 action      hash of [account, leader, action]
              a user's action   its named fields, with account and leader after the chain
    envelope  hash of {signatureChainId, signatures, payload}, under `SendMultiSig`

All of them are bound to the envelope's nonce, vault and expiry. As the venue does, the envelope is
packed anew before it is hashed: an L1 action in its canonical order, signatures without leading
zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hive.domain.errors import MalformedAction
from hive.domain.identifiers import Address
from hive.hyperliquid.account_actions import MultiSigAction, MultiSigSignature
from hive.hyperliquid.actions import Action
from hive.hyperliquid.actions_parse import parse_action
from hive.hyperliquid.signing import SignatureText, action_hash, l1_digest, recover
from hive.hyperliquid.signing_user import envelope_digest, inner_user_digest
from hive.hyperliquid.user_actions import UserAction, chain_name

SIGNERS_MAX: Final = 10

_ABSTRACTION_BY_LETTER: Final[Mapping[str, str]] = {
    "i": "disabled",
    "u": "unifiedAccount",
    "p": "portfolioMargin",
}
"""How `userSetAbstraction` is packed inside an envelope, and what is signed for it."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A request of an account with several signers, and what binds its signatures."""

    action: MultiSigAction
    nonce: int
    vault: Address | None
    expires_after: int | None
    is_mainnet: bool

    @property
    def inner(self) -> Action:
        """The action that the signers want.

        Raises:
            MalformedAction: the venue knows no such action, or it is an envelope itself.
        """
        inner = parse_action(_as_signed(self.action.payload.action))
        if isinstance(inner, MultiSigAction):
            raise MalformedAction("an envelope holds no envelope")
        return inner

    def leader(self, signature: SignatureText) -> Address | None:
        """Who signed the envelope; None if it is no signature."""
        payload = self.action.payload
        packed = {
            "signatureChainId": self.action.signature_chain_id,
            "signatures": [_trimmed(each) for each in self.action.signatures],
            "payload": {
                "multiSigUser": payload.multi_sig_user,
                "outerSigner": payload.outer_signer,
                "action": self._packed_inner(),
            },
        }
        digest = envelope_digest(
            self._hash(packed),
            self.nonce,
            chain=chain_name(is_mainnet=self.is_mainnet),
            signature_chain_id=self.action.signature_chain_id,
        )
        return recover(digest, signature)

    def signers(self) -> list[Address | None]:
        """Who signed the inner action, in the order of the signatures; None for what is none.

        Raises:
            MalformedAction: as `inner`.
        """
        digest = self._inner_digest()
        return [recover(digest, signature) for signature in self.action.signatures]

    def _inner_digest(self) -> bytes:
        payload = self.action.payload
        account, leader = Address(payload.multi_sig_user), Address(payload.outer_signer)
        inner = self.inner
        if isinstance(inner, UserAction):
            fields = _as_signed(payload.action)
            return inner_user_digest(fields, multi_sig_user=account, leader=leader)
        return l1_digest(self._hash([account, leader, inner]), is_mainnet=self.is_mainnet)

    def _packed_inner(self) -> object:
        inner = self.inner
        return self.action.payload.action if isinstance(inner, UserAction) else inner

    def _hash(self, packed: object) -> bytes:
        return action_hash(packed, self.nonce, vault=self.vault, expires_after=self.expires_after)


def _as_signed(fields: dict[str, Any]) -> dict[str, Any]:
    if fields.get("type") != "userSetAbstraction":
        return fields
    letter = fields.get("abstraction", "")
    return {**fields, "abstraction": _ABSTRACTION_BY_LETTER.get(letter, letter)}


def _trimmed(signature: MultiSigSignature) -> dict[str, object]:
    return {"r": _minimal(signature.r), "s": _minimal(signature.s), "v": signature.v}


def _minimal(number: str) -> str:
    """Without leading zeros, as the venue packs it; what is no number stays as it came."""
    digits = number[2:].lstrip("0")
    return f"0x{digits or '0'}" if number.startswith("0x") else number
