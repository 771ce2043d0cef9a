"""Staking of the native token: deposits, delegations, and the queue out of it (protocol.md 2.3).

    spot ──cDeposit──▶ undelegated ──tokenDelegate──▶ delegated (locked a day)
      ◀──a week── pending ◀──cWithdraw──┘

Nothing is earned here: there are no validators, and any address may be delegated to.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.office.account_rules import AccountRules

TOO_LITTLE: Final = "Insufficient staking balance"
LOCKED: Final = "Delegation is locked up"
TOO_MANY_PENDING: Final = "Too many pending withdrawals"
"""In our words: what the venue says is not known."""


class Delegation(msgspec.Struct):
    """What is staked with one validator."""

    wei: int
    locked_until_ms: int


class Unstaking(msgspec.Struct, frozen=True):
    """On its way back to spot."""

    due_ms: int
    user: Address
    wei: int


class Stake:
    """One account's."""

    __slots__ = ("delegations", "pending", "undelegated_wei")

    def __init__(self) -> None:
        self.undelegated_wei = 0
        self.delegations: dict[Address, Delegation] = {}
        self.pending: list[Unstaking] = []

    @property
    def delegated_wei(self) -> int:
        return sum(each.wei for each in self.delegations.values())

    @property
    def pending_wei(self) -> int:
        return sum(each.wei for each in self.pending)

    @property
    def total_wei(self) -> int:
        return self.undelegated_wei + self.delegated_wei + self.pending_wei


NO_STAKE: Final = Stake()
"""Of everybody who never staked; not to be changed."""


class Stakes:
    """All stakes."""

    def __init__(self, rules: AccountRules) -> None:
        self._rules = rules
        self._stakes: dict[Address, Stake] = {}
        self._queue: deque[Unstaking] = deque()

    def of(self, user: Address) -> Stake:
        """To be read; it is changed only here."""
        return self._stakes.get(user, NO_STAKE)

    @property
    def total_wei(self) -> int:
        return sum(stake.total_wei for stake in self._stakes.values())

    def deposit(self, user: Address, wei: int) -> None:
        self._stakes.setdefault(user, Stake()).undelegated_wei += wei

    def delegate(self, user: Address, validator: Address, wei: int, now_ms: int) -> str | None:
        """Stake with a validator; or the words for why not."""
        stake = self.of(user)
        if not 0 < wei <= stake.undelegated_wei:
            return TOO_LITTLE
        stake.undelegated_wei -= wei
        until_ms = now_ms + self._rules.delegation_lockup_ms
        delegation = stake.delegations.setdefault(validator, Delegation(0, until_ms))
        delegation.wei += wei
        delegation.locked_until_ms = until_ms
        return None

    def undelegate(self, user: Address, validator: Address, wei: int, now_ms: int) -> str | None:
        stake = self.of(user)
        delegation = stake.delegations.get(validator)
        if delegation is None or not 0 < wei <= delegation.wei:
            return TOO_LITTLE
        if now_ms < delegation.locked_until_ms:
            return LOCKED
        delegation.wei -= wei
        stake.undelegated_wei += wei
        if not delegation.wei:
            del stake.delegations[validator]
        return None

    def withdraw(self, user: Address, wei: int, now_ms: int) -> str | None:
        """Into the queue; or the words for why not."""
        stake = self.of(user)
        if not 0 < wei <= stake.undelegated_wei:
            return TOO_LITTLE
        if len(stake.pending) >= self._rules.unstakings_max:
            return TOO_MANY_PENDING
        stake.undelegated_wei -= wei
        unstaking = Unstaking(now_ms + self._rules.unstaking_ms, user, wei)
        stake.pending.append(unstaking)
        self._queue.append(unstaking)
        return None

    def take_due(self, now_ms: int) -> list[Unstaking]:
        """What has waited long enough; it is nobody's stake any more."""
        due: list[Unstaking] = []
        while self._queue and self._queue[0].due_ms <= now_ms:
            unstaking = self._queue.popleft()
            self._stakes[unstaking.user].pending.remove(unstaking)
            due.append(unstaking)
        return due
