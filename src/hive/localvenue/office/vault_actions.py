"""Making vaults, and money in and out of them (protocol.md 2.4, venue.md 5).

A withdrawal that the vault's free margin does not cover first takes its orders out of the books,
then sells a fifth of its positions at a time until it does. What that costs, the one who withdraws
pays.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.account_actions import (
    CreateVaultAction,
    VaultDistributeAction,
    VaultModifyAction,
    VaultTransferAction,
)
from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.cash import PERP, Cash, Purse
from hive.localvenue.office.ledger import Ledger
from hive.localvenue.office.transfer_actions import INSUFFICIENT
from hive.localvenue.office.vaults import Vault, Vaults
from hive.localvenue.orders.venue_order import Status, Ticket, Tif
from hive.localvenue.units import USD, usd_text

Json = dict[str, Any]

NO_VAULT: Final = "Vault not registered: {}"
LEADER_ONLY: Final = "Only leader can perform this vault action"
NO_BALANCE: Final = "Cannot withdraw with zero balance in vault"
TOO_POOR: Final = "Insufficient balance to create vault"
TOO_LITTLE_DISTRIBUTED: Final = "Must distribute at least ${}"
TOO_LITTLE_INITIALLY: Final = "Initial vault deposit must be at least ${}"
TOO_LITTLE_DEPOSITED: Final = "Vault deposit must be at least ${}"
NO_DEPOSITS: Final = "Vault does not allow deposits"
LOCKED: Final = "Vault deposit is locked up"
LEADER_STAYS: Final = "Leader must keep at least {}% of the vault"
"""The last five are in our words: what the venue says is not known."""

BPS: Final = 10_000
PARTS: Final = 5
"""Of a position that is sold for a withdrawal, one at a time."""
ROUNDS_MAX: Final = 60
"""By then a position of any size is gone."""
REACH_DIVISOR: Final = 10
"""How far from mark such a sale reaches: a tenth of it."""


class VaultActions:
    """What leaders and followers do with vaults."""

    def __init__(
        self,
        house: ClearingHouse,
        exchange: Exchange,
        cash: Cash,
        ledger: Ledger,
        vaults: Vaults,
        *,
        mark_of: MarkOf,
        rules: AccountRules,
    ) -> None:
        self._house = house
        self._exchange = exchange
        self._cash = cash
        self._ledger = ledger
        self._vaults = vaults
        self._mark_of = mark_of
        self._rules = rules

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        """What is done for each type of action."""
        return {
            CreateVaultAction: self._create,
            VaultTransferAction: self._transfer,
            VaultModifyAction: self._modify,
            VaultDistributeAction: self._distribute,
        }

    def _create(self, account: Account, action: CreateVaultAction) -> str | Json:
        """The answer tells the new address."""
        fee_usd = self._rules.vault_creation_fee_usd * USD
        if action.initial_usd < self._rules.vault_initial_usd_min * USD:
            return TOO_LITTLE_INITIALLY.format(self._rules.vault_initial_usd_min)
        if action.initial_usd + fee_usd > self._cash.withdrawable_usd(account):
            return TOO_POOR
        self._cash.charge(Purse(account, PERP), USDC, fee_usd * WEI_PER_USD_UNIT)
        vault = self.found(account, action.name, action.description, action.initial_usd)
        self._ledger.note(
            (account.address,),
            "vaultCreate",
            vault=vault.address,
            usdc=usd_text(action.initial_usd),
            fee=usd_text(fee_usd),
        )
        return {"type": "createVault", "data": vault.address}

    def found(self, leader: Account, name: str, description: str, usd: int) -> Vault:
        """A new vault with the leader's first deposit, which must be there."""
        address = self._vaults.new_address(leader.address)
        account = self._house.open_account(address)
        vault = Vault(account, leader.address, name, description, self._house.now_ms)
        self._vaults.add(vault)
        self._deposit(vault, leader, usd)
        return vault

    def _transfer(self, account: Account, action: VaultTransferAction) -> str | None:
        """A deposit, or a withdrawal."""
        vault = self._vaults.of_address(Address(action.vault_address))
        if vault is None:
            return NO_VAULT.format(action.vault_address)
        if not action.is_deposit:
            return self._withdraw(vault, account, action.usd)
        refusal = self._objection_to_deposit(vault, account, action.usd)
        if refusal is not None:
            return refusal
        self._deposit(vault, account, action.usd)
        self._ledger.note(
            (account.address,), "vaultDeposit", vault=vault.address, usdc=usd_text(action.usd)
        )
        return None

    def _modify(self, account: Account, action: VaultModifyAction) -> str | None:
        vault = self._led(account, action.vault_address)
        if isinstance(vault, str):
            return vault
        if isinstance(action.allow_deposits, bool):
            vault.is_open_to_deposits = action.allow_deposits
        if isinstance(action.always_close_on_withdraw, bool):
            vault.is_closing_on_withdrawal = action.always_close_on_withdraw
        return None

    def _distribute(self, account: Account, action: VaultDistributeAction) -> str | None:
        """Pay out to all who hold shares; all of it and for good, if the amount is 0."""
        vault = self._led(account, action.vault_address)
        if isinstance(vault, str):
            return vault
        if not action.usd:
            return self._close(vault)
        if action.usd < self._rules.vault_distribution_usd_min * USD:
            return TOO_LITTLE_DISTRIBUTED.format(self._rules.vault_distribution_usd_min)
        if action.usd > self._cash.withdrawable_usd(vault.account):
            return INSUFFICIENT
        self._share_out(vault, action.usd)
        return None

    def equity_usd(self, vault: Vault) -> int:
        return self._cash.equity_usd(vault.account)

    # --- deposits ---

    def _objection_to_deposit(self, vault: Vault, account: Account, usd: int) -> str | None:
        refusal = None
        if vault.is_closed or not (vault.is_open_to_deposits or account.address == vault.leader):
            refusal = NO_DEPOSITS
        elif usd < self._rules.vault_deposit_usd_min * USD:
            refusal = TOO_LITTLE_DEPOSITED.format(self._rules.vault_deposit_usd_min)
        elif usd > self._cash.withdrawable_usd(account):
            refusal = INSUFFICIENT
        elif self.equity_usd(vault) <= 0:
            refusal = NO_DEPOSITS
        return refusal

    def _deposit(self, vault: Vault, account: Account, usd: int) -> None:
        vault.buy(
            account.address,
            usd,
            self.equity_usd(vault),
            now_ms=self._house.now_ms,
            lockup_ms=self._rules.vault_lockup_ms,
        )
        self._cash.move_usd(account, vault.account, usd)
        self._house.news.users[vault.address] = None

    # --- withdrawals ---

    def _withdraw(self, vault: Vault, account: Account, usd: int) -> str | None:
        refusal = self._objection_to_withdrawal(vault, account.address, usd)
        if refusal is not None:
            return refusal
        before_usd = self.equity_usd(vault)
        self._make_room(vault, usd, before_usd)
        closing_usd = max(0, before_usd - self.equity_usd(vault))
        paid_usd = usd - closing_usd
        if not 0 < paid_usd <= self._cash.withdrawable_usd(vault.account):
            return INSUFFICIENT
        basis_usd = vault.sell(account.address, usd, before_usd)
        is_leader = account.address == vault.leader
        gain_usd = max(0, paid_usd - basis_usd)
        commission_usd = 0 if is_leader else gain_usd * self._rules.vault_commission_bps // BPS
        self._cash.move_usd(vault.account, account, paid_usd)
        self._ledger.note(
            (account.address,),
            "vaultWithdraw",
            vault=vault.address,
            user=account.address,
            requestedUsd=usd_text(usd),
            commission=usd_text(commission_usd),
            closingCost=usd_text(closing_usd),
            basis=usd_text(basis_usd),
            netWithdrawnUsd=usd_text(paid_usd - commission_usd),
        )
        self._house.news.users[vault.address] = None
        if commission_usd:
            self._pay_commission(vault, account, commission_usd)
        return None

    def _objection_to_withdrawal(self, vault: Vault, user: Address, usd: int) -> str | None:
        equity = self.equity_usd(vault)
        worth_usd = vault.worth_usd(user, equity)
        refusal = None
        if not worth_usd:
            refusal = NO_BALANCE
        elif not 0 < usd <= worth_usd:
            refusal = INSUFFICIENT
        elif self._house.now_ms < vault.followers[user].locked_until_ms:
            refusal = LOCKED
        elif user == vault.leader and len(vault.followers) > 1:
            part_min = self._rules.vault_leader_bps_min
            if (worth_usd - usd) * BPS < (equity - usd) * part_min:
                refusal = LEADER_STAYS.format(part_min // 100)
        return refusal

    def _pay_commission(self, vault: Vault, follower: Account, usd: int) -> None:
        leader = self._house.accounts[vault.leader]
        self._cash.move_usd(follower, leader, usd)
        self._ledger.note(
            (leader.address,), "vaultLeaderCommission", user=leader.address, usdc=usd_text(usd)
        )

    def _make_room(self, vault: Vault, usd: int, equity: int) -> None:
        """Free margin: by cancelling orders, then by selling positions."""
        account = vault.account
        if vault.is_closing_on_withdrawal:
            for holding in list(account.each_holding()):
                self._sell(account, holding, -(-abs(holding.size) * usd // equity))
        if self._cash.withdrawable_usd(account) < usd:
            self._exchange.cancel_all(account, Status.VAULT_WITHDRAWAL_CANCELED)
        for _ in range(ROUNDS_MAX):
            lost_usd = max(0, equity - self.equity_usd(vault))
            if self._cash.withdrawable_usd(account) >= usd - lost_usd:
                return
            for holding in list(account.each_holding()):
                self._sell(account, holding, -(-abs(holding.size) // PARTS))

    def _sell(self, account: Account, holding: Holding, size: int) -> None:
        """Send so much of a position to the book."""
        if not size:
            return
        mark = self._mark_of(holding.listing.coin)
        is_buy = holding.size < 0
        reach = mark // REACH_DIVISOR
        ticket = Ticket(
            listing=holding.listing,
            is_buy=is_buy,
            px=mark + reach if is_buy else max(1, mark - reach),
            size=size,
            tif=Tif.FRONTEND_MARKET,
        )
        self._exchange.place_forced(account, ticket)

    # --- the leader's ---

    def _led(self, account: Account, address: str) -> Vault | str:
        """The vault, if the account leads it; or the venue's words."""
        vault = self._vaults.of_address(Address(address))
        if vault is None:
            return NO_VAULT.format(address)
        return vault if vault.leader == account.address else LEADER_ONLY

    def _close(self, vault: Vault) -> str | None:
        account = vault.account
        self._exchange.cancel_all(account, Status.VAULT_WITHDRAWAL_CANCELED)
        for holding in list(account.each_holding()):
            self._sell(account, holding, abs(holding.size))
        if any(holding.size for holding in account.each_holding()):
            return INSUFFICIENT
        self._share_out(vault, max(0, account.cash_usd))
        vault.followers.clear()
        vault.shares = 0
        vault.is_closed = True
        return None

    def _share_out(self, vault: Vault, usd: int) -> None:
        for user, part_usd in vault.parts(usd).items():
            if part_usd:
                self._cash.move_usd(vault.account, self._house.accounts[user], part_usd)
                vault.pay_out(user, part_usd)
                self._ledger.note(
                    (user,), "vaultDistribution", vault=vault.address, usdc=usd_text(part_usd)
                )
        self._house.news.users[vault.address] = None
