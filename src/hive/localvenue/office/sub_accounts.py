"""Sub-accounts: accounts without a key, that their master trades through (venue.md 5).

A sub-account has its own money, orders, fills and address budget. Whoever may sign for the master
may sign for it, with the sub-account's address as the request's `vaultAddress`.
"""

from __future__ import annotations

from typing import Final

from hive.domain.identifiers import Address
from hive.hyperliquid.eip712 import keccak
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.units import USD, units_text

TOO_MANY: Final = "Too many sub-accounts"
"""In our words: what the venue says here is not known."""


class SubAccount:
    """One of a master's. Its name is all of it that changes."""

    __slots__ = ("address", "master", "name")

    def __init__(self, address: Address, master: Address, name: str) -> None:
        self.address = address
        self.master = master
        self.name = name


class SubAccounts:
    """All sub-accounts."""

    def __init__(self, rules: AccountRules) -> None:
        self._rules = rules
        self._by_address: dict[Address, SubAccount] = {}
        self._by_master: dict[Address, list[SubAccount]] = {}

    def of_address(self, address: Address) -> SubAccount | None:
        return self._by_address.get(address)

    def of_master(self, master: Address) -> list[SubAccount]:
        """In the order of their making."""
        return list(self._by_master.get(master, ()))

    def owned(self, address: Address, master: Address) -> SubAccount | None:
        """The sub-account of that address, if it is this master's."""
        found = self._by_address.get(address)
        return found if found is not None and found.master == master else None

    def create(self, master: Address, name: str, volume_usd: int) -> SubAccount | str:
        """A new one; or the venue's words for why not. `volume_usd` is what the master has traded,
        in millionths."""
        own = self._by_master.setdefault(master, [])
        required_usd = self._rules.sub_account_volume_usd
        if volume_usd < required_usd * USD:
            return (
                "Cannot create sub-accounts until enough volume traded. "
                f"Required: ${required_usd}. Traded: ${volume_text(volume_usd)}."
            )
        if len(own) >= self._most(volume_usd // USD):
            return TOO_MANY
        address = derived_address("sub-account", master, len(own))
        made = self._by_address[address] = SubAccount(address, master, name)
        own.append(made)
        return made

    def _most(self, volume_usd: int) -> int:
        rules = self._rules
        earned = volume_usd // rules.volume_usd_per_sub_account
        return min(rules.sub_accounts_initial + earned, rules.sub_accounts_max)


def derived_address(kind: str, owner: Address, number: int) -> Address:
    """An address that nobody has the key of, the same in every run."""
    return Address("0x" + keccak(f"{kind} {owner} {number}".encode())[12:].hex())


def volume_text(volume_usd: int) -> str:
    """Volume as the venue's refusals write it: "12066.75", and "0" for none."""
    return units_text(volume_usd // (USD // 100), 2).removesuffix(".0")
