"""Accounts with several signers: who may sign, and how many must (protocol.md 2.3).

An account that was converted acts only through envelopes that enough of its authorised users have
signed and one of them handed in. Its agents, approved that way, still act by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import Address, parse_address

SIGNERS_MAX: Final = 10

REQUIRED: Final = "Multi-sig required"
NOT_ONE: Final = "Invalid multi-sig user"
BAD_LEADER: Final = "Invalid multi-sig outer signer"
LEADER_UNKNOWN: Final = "Multi-sig outer signer must be an L1 user."
BAD_SIGNER: Final = "Invalid multi-sig inner signer"
TOO_FEW: Final = "Multi-sig threshold not met"
BAD_THRESHOLD: Final = "Invalid multi-sig threshold"
UNKNOWN_USER: Final = "Multi-sig authorized user must exist on L1"
SELF: Final = "Cannot register self as multi-sig authorized user"
TOO_MANY: Final = "Too many multi-sig signers"
UNREADABLE: Final = "Unexpected error (code=148)"


class Signers(msgspec.Struct, frozen=True, rename="camel"):
    """Who may sign, in order of address, and how many of them must."""

    authorized_users: tuple[Address, ...]
    threshold: int


class _Asked(msgspec.Struct, rename="camel"):
    authorized_users: list[str]
    threshold: int


class MultiSigs:
    """All accounts with several signers."""

    def __init__(self, is_account: Callable[[Address], bool]) -> None:
        self._is_account = is_account
        self._signers: dict[Address, Signers] = {}

    def of(self, user: Address) -> Signers | None:
        return self._signers.get(user)

    def convert(self, user: Address, text: str) -> str | None:
        """Let those sign for the account that the JSON text names, or make it an ordinary one
        again if it is `null`; or the venue's words for why not."""
        try:
            asked = msgspec.json.decode(text, type=_Asked | None)
            named = [] if asked is None else asked.authorized_users
            users = sorted({parse_address(each) for each in named})
        except (msgspec.MsgspecError, MalformedIdentifier):
            return UNREADABLE
        if asked is None:
            self._signers.pop(user, None)
            return None
        return self._register(user, users, asked.threshold)

    def _register(self, user: Address, users: list[Address], threshold: int) -> str | None:
        refusal = None
        if user in users:
            refusal = SELF
        elif not all(self._is_account(each) for each in users):
            refusal = UNKNOWN_USER
        elif len(users) > SIGNERS_MAX:
            refusal = TOO_MANY
        elif not 1 <= threshold <= len(users):
            refusal = BAD_THRESHOLD
        else:
            self._signers[user] = Signers(tuple(users), threshold)
        return refusal

    def objection(
        self, user: Address, leader: Address, signers: Iterable[Address | None]
    ) -> str | None:
        """Why an envelope for the account is not taken, in the venue's words; None if it is."""
        known = self._signers.get(user)
        if known is None:
            return NOT_ONE
        found = set(signers)
        refusal = None
        if leader not in known.authorized_users:
            refusal = BAD_LEADER
        elif not self._is_account(leader):
            refusal = LEADER_UNKNOWN
        elif not found <= set(known.authorized_users):
            refusal = BAD_SIGNER
        elif len(found) < known.threshold:
            refusal = TOO_FEW
        return refusal
