"""What the registry knows of accounts, as far as fees go. Behind `fee_desk.Standing`."""

from __future__ import annotations

from hive.domain.identifiers import Address
from hive.localvenue.office.registry import Registry


class AccountStanding:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def master_of(self, user: Address) -> Address:
        sub_account = self._registry.sub_accounts.of_address(user)
        return user if sub_account is None else sub_account.master

    def is_vault(self, user: Address) -> bool:
        return self._registry.vaults.of_address(user) is not None

    def is_referred(self, user: Address) -> bool:
        return self._registry.referrals.referred(user) is not None

    def staked_wei(self, user: Address) -> int:
        return self._registry.stakes.of(user).delegated_wei
