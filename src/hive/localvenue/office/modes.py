"""Account modes: whether spot and the perps of each dex are balances of their own, or one.

    default, disabled    balances apart; the first is what nobody has chosen
    unifiedAccount       one USDC balance (`unified_accounts`)
    portfolioMargin      not offered

A user may go from any mode to any other but `default`, an agent only from there (the note in the
SDK's example script), and nobody with positions, open orders or running TWAPs (seen by a wallet's
makers). All of it is refused in the same words, which were measured for an agent's second try and
for `agentEnableDexAbstraction` of a unified account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sized
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid import account_actions as l1
from hive.hyperliquid import user_actions as signed
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed, Done
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.margin.unified_accounts import is_flat, separate, unify
from hive.localvenue.office.profiles import Abstraction
from hive.localvenue.office.registry import Registry

NOT_YOURS: Final = "Can only change own abstraction."
"""In our words."""
NOT_ALLOWED: Final = "Abstraction transition not allowed"
VAULTS_MAY_NOT: Final = "Vault may not perform this action."

_MODE_BY_LETTER: Final[Mapping[str, Abstraction]] = {
    "i": "disabled",
    "u": "unifiedAccount",
    "p": "portfolioMargin",
}


class ModeActions:
    """What an account may do about its mode."""

    def __init__(
        self,
        house: ClearingHouse,
        registry: Registry,
        mark_of: MarkOf,
        running_twaps: Callable[[Address], Sized],
    ) -> None:
        self._house = house
        self._registry = registry
        self._mark_of = mark_of
        self._running_twaps = running_twaps

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        """What is done for each type of action."""
        return {
            signed.UserSetAbstractionAction: self._set,
            signed.UserDexAbstractionAction: self._set_dex,
            l1.AgentSetAbstractionAction: self._set_by_agent,
            l1.AgentEnableDexAbstractionAction: self._enable_dex,
        }

    def _set(self, account: Account, action: signed.UserSetAbstractionAction) -> Done:
        whose = self._own(account, action.user)
        return NOT_YOURS if whose is None else self._change(whose, action.abstraction)

    def _set_by_agent(self, account: Account, action: l1.AgentSetAbstractionAction) -> Done:
        if self._registry.vaults.of_address(account.address) is not None:
            return VAULTS_MAY_NOT
        if self._registry.profiles.of(account.address).abstraction != "default":
            return NOT_ALLOWED
        return self._change(account, _MODE_BY_LETTER[action.abstraction])

    def _change(self, account: Account, mode: Abstraction) -> Done:
        if mode == self._registry.profiles.of(account.address).abstraction:
            return None
        if mode == "portfolioMargin" or not self._is_idle(account):
            return NOT_ALLOWED
        if account.is_unified:
            separate(account)
        if mode == "unifiedAccount":
            unify(account, self._mark_of)
        self._registry.profiles.change(account.address).abstraction = mode
        return None

    def _is_idle(self, account: Account) -> bool:
        return is_flat(account) and not self._running_twaps(account.address)

    def _set_dex(self, account: Account, action: signed.UserDexAbstractionAction) -> Done:
        whose = self._own(account, action.user)
        return NOT_YOURS if whose is None else self._abstract_dexes(whose, is_on=action.enabled)

    def _enable_dex(self, account: Account, _action: l1.AgentEnableDexAbstractionAction) -> Done:
        return self._abstract_dexes(account, is_on=True)

    def _abstract_dexes(self, account: Account, *, is_on: bool) -> Done:
        """Kept and told; it changes nothing here."""
        if is_on and account.is_unified:
            return NOT_ALLOWED
        self._registry.profiles.change(account.address).is_dex_abstracted = is_on
        return None

    def _own(self, account: Account, user: str) -> Account | None:
        """Who is meant, if an account may choose for them: itself, or a sub-account of its own."""
        named = Address(user)
        if named == account.address:
            return account
        sub = self._registry.sub_accounts.owned(named, account.address)
        return None if sub is None else self._house.accounts[named]
