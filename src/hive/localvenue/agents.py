"""Who may sign for whom: agents (API wallets) of accounts (protocol.md 2.3, venue.md 5).

An account has one agent without a name and a few named ones. An address is an agent of at most one
account, ever: a removed one is not taken again, because its old nonces are forgotten.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from hive.domain.identifiers import Address

NAMED_MAX: Final = 3
VALID_MS_MAX: Final = 180 * 86_400_000
VALID_MS_DEFAULT: Final = 90 * 86_400_000
NO_ADDRESS: Final = Address("0x" + "0" * 40)
"""Approving this address takes the agent of that name away."""

ALREADY_USED: Final = "Extra agent already used."
TOO_MANY: Final = (
    f"Too many extra agents for cumulative volume traded. Current limit is {NAMED_MAX}"
)
EXPIRED: Final = "Agent valid_until already expired."

_VALID_UNTIL: Final = re.compile(r"(.*?) ?valid_until ([0-9]{1,19})")


class Agent(msgspec.Struct, frozen=True):
    """An approval. The name is empty for the one without."""

    address: Address
    account: Address
    name: str
    valid_until_ms: int


class Agents:
    """All approvals."""

    def __init__(self) -> None:
        self._agent_by_address: dict[Address, Agent] = {}
        self._removed: dict[Address, None] = {}

    def account_of(self, signer: Address) -> Address | None:
        """Whose agent this is; None if nobody's (any more)."""
        agent = self._agent_by_address.get(signer)
        return None if agent is None else agent.account

    def of_account(self, account: Address) -> list[Agent]:
        """In the order of their approval."""
        return [agent for agent in self._agent_by_address.values() if agent.account == account]

    def approve(
        self, account: Address, address: Address, full_name: str | None, now_ms: int
    ) -> str | None:
        """Let `address` sign for `account`; or the venue's words for why not.

        An agent of the same name is replaced. The zero address removes it.
        """
        name, valid_until_ms = _parsed_name(full_name or "", now_ms)
        if not now_ms < valid_until_ms <= now_ms + VALID_MS_MAX:
            return EXPIRED
        own = self.of_account(account)
        before = next((agent for agent in own if agent.name == name), None)
        if address != NO_ADDRESS:
            if address in self._agent_by_address or address in self._removed:
                return ALREADY_USED
            named = [agent for agent in own if agent.name]
            if name and before is None and len(named) >= NAMED_MAX:
                return TOO_MANY
        if before is not None:
            del self._agent_by_address[before.address]
            self._removed[before.address] = None
        if address != NO_ADDRESS:
            self._agent_by_address[address] = Agent(address, account, name, valid_until_ms)
        return None


def _parsed_name(full_name: str, now_ms: int) -> tuple[str, int]:
    """The name without its ` valid_until <ms>`, and until when."""
    match = _VALID_UNTIL.fullmatch(full_name)
    if match is None:
        return full_name, now_ms + VALID_MS_DEFAULT
    return match[1], int(match[2])
