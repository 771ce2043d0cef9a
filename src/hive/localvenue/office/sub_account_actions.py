"""Making, naming and funding sub-accounts (protocol.md 2.4, venue.md 5)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.account_actions import (
    CreateSubAccountAction,
    SubAccountModifyAction,
    SubAccountSpotTransferAction,
    SubAccountTransferAction,
)
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.listings.spot_tokens import Tokens
from hive.localvenue.office.cash import PERP, SPOT, Cash, Purse
from hive.localvenue.office.ledger import Ledger
from hive.localvenue.office.sub_accounts import SubAccounts
from hive.localvenue.office.transfer_actions import (
    INSUFFICIENT,
    INSUFFICIENT_SPOT,
    INVALID_SEND,
    NOT_REGISTERED,
    UNIFIED,
    ValueOf,
)
from hive.localvenue.units import usd_text

Json = dict[str, Any]

INVALID_TRANSFER: Final = "Invalid sub-account transfer from {} to {}"


class SubAccountActions:
    """What a master does with its sub-accounts. Between them nothing costs anything."""

    def __init__(
        self,
        house: ClearingHouse,
        cash: Cash,
        ledger: Ledger,
        subs: SubAccounts,
        *,
        tokens: Tokens,
        value_of: ValueOf,
    ) -> None:
        self._house = house
        self._cash = cash
        self._ledger = ledger
        self._subs = subs
        self._tokens = tokens
        self._value_of = value_of

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        """What is done for each type of action."""
        return {
            CreateSubAccountAction: self._create,
            SubAccountModifyAction: self._modify,
            SubAccountTransferAction: self._transfer,
            SubAccountSpotTransferAction: self._spot_transfer,
        }

    def _create(self, account: Account, action: CreateSubAccountAction) -> str | Json:
        """The answer tells the new address."""
        made = self._subs.create(account.address, action.name, account.volume_usd)
        if isinstance(made, str):
            return made
        self._house.open_account(made.address)
        return {"type": "createSubAccount", "data": made.address}

    def _modify(self, account: Account, action: SubAccountModifyAction) -> str | None:
        address = Address(action.sub_account_user)
        sub = self._subs.owned(address, account.address)
        if sub is None:
            return NOT_REGISTERED.format(address, account.address)
        sub.name = action.name
        return None

    def _transfer(self, account: Account, action: SubAccountTransferAction) -> str | None:
        """Perp USDC from the master or back to it."""
        address = Address(action.sub_account_user)
        ends = self._ends(account, address, is_deposit=action.is_deposit)
        if isinstance(ends, str):
            return ends
        source, target = ends
        if not action.usd:
            return INVALID_SEND
        if action.usd > self._cash.withdrawable_usd(source):
            return INSUFFICIENT
        self._cash.move(
            Purse(source, PERP), Purse(target, PERP), USDC, action.usd * WEI_PER_USD_UNIT
        )
        self._ledger.note(
            (source.address, target.address),
            "subAccountTransfer",
            usdc=usd_text(action.usd),
            user=source.address,
            destination=target.address,
        )
        return None

    def _spot_transfer(self, account: Account, action: SubAccountSpotTransferAction) -> str | None:
        """A token from the master's spot side or back to it."""
        address = Address(action.sub_account_user)
        ends = self._ends(account, address, is_deposit=action.is_deposit)
        if isinstance(ends, str):
            return ends
        source, target = ends
        token = self._tokens.named(action.token)
        wei = None if token is None else token.wei_of(action.amount)
        if token is None or not wei:
            return INVALID_SEND
        if wei > source.spot.free(token.index):
            return INSUFFICIENT_SPOT
        self._cash.move(Purse(source, SPOT), Purse(target, SPOT), token.index, wei)
        self._ledger.note(
            (source.address, target.address),
            "spotTransfer",
            token=token.name,
            amount=token.text(wei),
            usdcValue=usd_text(self._value_of(token.index, wei)),
            user=source.address,
            destination=target.address,
            fee="0.0",
            nativeTokenFee="0.0",
            nonce=None,
            feeToken="",
        )
        return None

    def _ends(
        self, account: Account, sub_address: Address, *, is_deposit: bool
    ) -> tuple[Account, Account] | str:
        """From where to where; or the venue's words if that is no sub-account of the account's, or
        if either has one balance for everything."""
        ends = (account.address, sub_address) if is_deposit else (sub_address, account.address)
        if self._subs.owned(sub_address, account.address) is None:
            return INVALID_TRANSFER.format(*ends)
        source, target = (self._house.accounts[end] for end in ends)
        return UNIFIED if source.is_unified or target.is_unified else (source, target)
