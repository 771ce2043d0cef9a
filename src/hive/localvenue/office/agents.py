"""Who may sign for whom: agents (API wallets) of accounts (protocol.md 2.3, venue.md 5).

An account has one agent without a name and a few named ones. What becomes of an agent:

    approved ──▶ acts ──expiry, and a while──▶ unknown
                  │──replaced under its name──▶ told that its master must deposit
                  └──removed (zero address)──▶ unknown

With an agent go its nonces: an address that is approved once more could be replayed, here as there.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules

NO_ADDRESS: Final = Address("0x" + "0" * 40)
"""Approving this address takes the agent of that name away."""

REPLACED_KEPT: Final = 10_000
"""Replaced agents of all accounts that are still told so; the oldest are forgotten first."""

ALREADY_USED: Final = "Extra agent already used."
TOO_MANY: Final = "Too many extra agents for cumulative volume traded. Current limit is {}"
EXPIRED: Final = "Agent valid_until already expired."
PENDING_REMOVAL: Final = "User has pending agent removal"

_VALID_UNTIL: Final = re.compile(r"(.*?) ?valid_until ([0-9]{1,19})")


class Agent(msgspec.Struct, frozen=True):
    """An approval. The name is empty for the one without."""

    address: Address
    account: Address
    name: str
    valid_until_ms: int


class Agents:
    """All approvals. `forget_nonces` is called for an agent that is one no longer."""

    def __init__(self, rules: AccountRules, forget_nonces: Callable[[Address], None]) -> None:
        self._rules = rules
        self._forget_nonces = forget_nonces
        self._agent_by_address: dict[Address, Agent] = {}
        self._by_account: dict[Address, dict[str, Agent]] = {}
        self._removing_until_ms: dict[Address, int] = {}
        self._replaced: dict[Address, Address] = {}
        self._replaced_order: deque[Address] = deque()

    def account_of(self, signer: Address, now_ms: int) -> Address | None:
        """Whose agent this is; None if nobody's (any more)."""
        agent = self._agent_by_address.get(signer)
        if agent is None:
            return None
        if agent.valid_until_ms + self._rules.agent_grace_ms < now_ms:
            self._drop(agent)
            return None
        return agent.account

    def replaced_account_of(self, signer: Address) -> Address | None:
        """Whose agent this was until another one took its name."""
        return self._replaced.get(signer)

    def of_account(self, account: Address) -> list[Agent]:
        """In the order of their approval; expired ones too, for as long as they are taken."""
        return list(self._by_account.get(account, {}).values())

    def approve(
        self,
        account: Address,
        address: Address,
        full_name: str | None,
        *,
        sub_accounts: int,
        now_ms: int,
    ) -> str | None:
        """Let `address` sign for `account`; or the venue's words for why not.

        An agent of the same name is replaced. The zero address removes it.
        """
        name, valid_until_ms = self._parsed_name(full_name or "", now_ms)
        own = self._by_account.setdefault(account, {})
        before = own.get(name)
        named_max = self._named_max(sub_accounts)
        refusal = None
        if not now_ms < valid_until_ms <= now_ms + self._rules.agent_valid_ms_max:
            refusal = EXPIRED
        elif now_ms < self._removing_until_ms.get(account, 0):
            refusal = PENDING_REMOVAL
        elif address in self._agent_by_address:
            refusal = ALREADY_USED
        elif address != NO_ADDRESS and name and before is None and _named(own) >= named_max:
            refusal = TOO_MANY.format(named_max)
        if refusal is not None:
            return refusal
        if before is not None:
            self._drop(before)
            self._removing_until_ms[account] = now_ms + self._rules.agent_removal_ms
        if address == NO_ADDRESS:
            return None
        if before is not None:
            self._remember_replaced(before)
        self._replaced.pop(address, None)
        agent = Agent(address, account, name, valid_until_ms)
        own[name] = self._agent_by_address[address] = agent
        return None

    def _named_max(self, sub_accounts: int) -> int:
        rules = self._rules
        return rules.agents_named_max + rules.agents_per_sub_account * sub_accounts

    def _drop(self, agent: Agent) -> None:
        del self._agent_by_address[agent.address]
        del self._by_account[agent.account][agent.name]
        self._forget_nonces(agent.address)

    def _remember_replaced(self, agent: Agent) -> None:
        self._replaced[agent.address] = agent.account
        self._replaced_order.append(agent.address)
        if len(self._replaced_order) > REPLACED_KEPT:
            self._replaced.pop(self._replaced_order.popleft(), None)

    def _parsed_name(self, full_name: str, now_ms: int) -> tuple[str, int]:
        """The name without its ` valid_until <ms>`, and until when."""
        match = _VALID_UNTIL.fullmatch(full_name)
        if match is None:
            return full_name, now_ms + self._rules.agent_valid_ms
        return match[1], int(match[2])


def _named(agents: dict[str, Agent]) -> int:
    return sum(1 for name in agents if name)
