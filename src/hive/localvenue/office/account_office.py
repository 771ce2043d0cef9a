"""Everything about accounts that is not trading, put together: who may, and what is done.

Authority   from a signer to the account it acts for
deeds       what carries out each action about accounts and money
Registry    agents, sub-accounts, vaults, signers, builders, referrals, stakes, choices
Cash        money on its way, and what has left the accounts
Ledger      what is told of it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.identity import Identities
from hive.localvenue.limits.nonces import SignerNonces
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.listings.spot_balances import USDC
from hive.localvenue.listings.spot_tokens import Token
from hive.localvenue.office.account_actions import AccountActions
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.authority import Authority
from hive.localvenue.office.cash import PERP, Cash
from hive.localvenue.office.ledger import Ledger
from hive.localvenue.office.portfolios import Point, Portfolios
from hive.localvenue.office.registry import Registry
from hive.localvenue.office.spot_values import SpotValues
from hive.localvenue.office.sub_account_actions import SubAccountActions
from hive.localvenue.office.transfer_actions import TransferActions
from hive.localvenue.office.vault_actions import VaultActions
from hive.localvenue.units import usd_text
from hive.localvenue.views.market_state import MarketState

NATIVE: Final = "HYPE"


class AccountOffice:
    """The accounts' side of the venue."""

    def __init__(
        self,
        house: ClearingHouse,
        exchange: Exchange,
        market: MarketState,
        identities: Identities,
        *,
        nonces: SignerNonces,
        rules: AccountRules,
    ) -> None:
        self._house = house
        self._identities = identities
        catalog, mark_of = market.catalog, market.prices.mark
        self.registry = Registry(rules, is_account=self._is_account, forget_nonces=nonces.forget)
        house.builders = self.registry.referrals
        self.authority = Authority(house, self.registry)
        self.cash = Cash(mark_of)
        self.ledger = Ledger(house, identities)
        self.values = SpotValues(catalog, mark_of)
        native = catalog.tokens.of_name(NATIVE)
        assert native is not None
        self.native = native
        """The token that is staked."""
        self.transfers = TransferActions(
            house,
            self.cash,
            self.ledger,
            self.registry.sub_accounts,
            tokens=catalog.tokens,
            dexes=frozenset(dex.name for dex in catalog.dexes),
            value_of=self.values.usd_of,
            rules=rules,
        )
        self.vaults = VaultActions(
            house,
            exchange,
            self.cash,
            self.ledger,
            self.registry.vaults,
            mark_of=mark_of,
            rules=rules,
        )
        self._actions = AccountActions(house, self.registry, self.cash, self.ledger, native=native)
        self.portfolios = Portfolios(self._point, house.now_ms)
        self.deeds: Mapping[type[msgspec.Struct], Deed] = {
            **self.transfers.deeds(),
            **self.vaults.deeds(),
            **self._sub_account_actions(catalog).deeds(),
            **self._actions.deeds(),
        }

    def _sub_account_actions(self, catalog: Catalog) -> SubAccountActions:
        return SubAccountActions(
            self._house,
            self.cash,
            self.ledger,
            self.registry.sub_accounts,
            tokens=catalog.tokens,
            value_of=self.values.usd_of,
        )

    def builder_tenths(self, user: Address, builder: Address) -> int:
        """What an account lets a builder take at most; a sub-account, what its master does."""
        sub = self.registry.sub_accounts.of_address(user)
        return self.registry.builders.tenths(user if sub is None else sub.master, builder)

    def credit(self, address: Address, usd: int, dex: str = PERP) -> Account:
        """Pay money in over the bridge, in millionths of a USD; opens the account if need be."""
        self.ledger.begin_block()
        account = self._house.open_account(address)
        account.pay_in(usd, dex)
        self._identities.begin_action()
        self.ledger.note((address,), "deposit", usdc=usd_text(usd))
        return account

    def credit_token(self, address: Address, token: Token, wei: int) -> None:
        """Pay a token in for spot; opens the account if need be."""
        self.ledger.begin_block()
        self._house.open_account(address).spot.receive(token.index, wei)
        self._identities.begin_action()
        self.ledger.note((address,), "spotGenesis", token=token.name, amount=token.text(wei))

    def begin_block(self) -> None:
        """What time alone does to accounts, and what the venue has just done to them."""
        self._actions.pay_out_stakes()
        self.ledger.take_events()
        self.portfolios.sample(self._house.accounts.values(), self._house.now_ms)

    def _point(self, account: Account) -> Point:
        """What the account is worth now. What was gained on spot and has been sold is left out."""
        perp_usd = sum(self.cash.equity_usd(account, dex) for dex in account.margins)
        perp_gain_usd = perp_usd - account.paid_in_usd
        all_usd, all_gain_usd = perp_usd, perp_gain_usd
        for token, balance in account.spot.held():
            worth_usd = self.values.usd_of(token, balance.total)
            all_usd += worth_usd
            all_gain_usd += worth_usd - balance.entry_usd if token != USDC else 0
        for vault in self.registry.vaults.followed_by(account.address):
            worth_usd = vault.worth_usd(account.address, self.vaults.equity_usd(vault))
            follower = vault.followers[account.address]
            all_usd += worth_usd
            all_gain_usd += worth_usd - follower.basis_usd + follower.gained_usd
        now_ms = self._house.now_ms
        return Point(now_ms, perp_usd, perp_gain_usd, all_usd, all_gain_usd, account.volume_usd)

    def _is_account(self, address: Address) -> bool:
        account = self._house.accounts.get(address)
        return account is not None and not account.is_participant
