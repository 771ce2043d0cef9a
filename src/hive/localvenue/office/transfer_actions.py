"""Transfers: between users, between perp and spot, and off the venue (protocol.md 2.3, 2.10).

The first transfer to an address costs its sender an activation fee on top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address, parse_address
from hive.hyperliquid.account_actions import AgentSendAssetAction
from hive.hyperliquid.user_actions import (
    SendAssetAction,
    SpotSendAction,
    UsdClassTransferAction,
    UsdSendAction,
    WithdrawAction,
)
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.listings.spot_tokens import Token, Tokens, amount_units
from hive.localvenue.office.account_rules import AccountRules
from hive.localvenue.office.cash import PERP, SPOT, Cash, Purse
from hive.localvenue.office.ledger import Ledger
from hive.localvenue.office.sub_accounts import SubAccounts
from hive.localvenue.units import PERP_DECIMALS, USD, usd_text

INSUFFICIENT: Final = "Insufficient balance for withdrawal"
INSUFFICIENT_SPOT: Final = "Insufficient balance for token transfer"
INSUFFICIENT_GAS: Final = "Insufficient balance for token transfer gas"
INVALID_SEND: Final = "Invalid send"
UNIFIED: Final = "Action disabled when unified account is active"
OWN_ONLY: Final = "Agent can only send asset to same user or their sub-accounts."
NOT_REGISTERED: Final = "Sub-account {} is not registered to {}"

_SUFFIX: Final = " subaccount:"
"""In the amount of a class transfer, before the sub-account that is meant."""

ValueOf = Callable[[int, int], int]
"""What so many wei of a token are worth, in millionths of a USD."""


class TransferActions:
    """Every action that moves money, but for those of sub-accounts and vaults."""

    def __init__(
        self,
        house: ClearingHouse,
        cash: Cash,
        ledger: Ledger,
        subs: SubAccounts,
        *,
        tokens: Tokens,
        dexes: frozenset[str],
        value_of: ValueOf,
        rules: AccountRules,
    ) -> None:
        self._house = house
        self._cash = cash
        self._ledger = ledger
        self._subs = subs
        self._tokens = tokens
        self._dexes = dexes
        self._value_of = value_of
        self._rules = rules

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        """What is done for each type of action."""
        return {
            UsdSendAction: self._usd_send,
            UsdClassTransferAction: self._class_transfer,
            WithdrawAction: self._withdraw,
            SpotSendAction: self._spot_send,
            SendAssetAction: self._send_asset,
            AgentSendAssetAction: self._send_asset,
        }

    def fee_usd_to(self, destination: Address) -> int:
        """What a transfer to that address costs now, in millionths of a USD."""
        is_new = destination not in self._house.accounts
        return self._rules.activation_fee_usd * USD if is_new else 0

    def _usd_send(self, account: Account, action: UsdSendAction) -> str | None:
        """Perp USDC to somebody's perp side."""
        if account.is_unified:
            return UNIFIED
        usd = amount_units(action.amount, PERP_DECIMALS)
        destination = parse_address(action.destination)
        if not usd or destination == account.address or self._is_closed_to_all(destination):
            return INVALID_SEND
        fee_usd = self.fee_usd_to(destination)
        if usd + fee_usd > self._cash.withdrawable_usd(account):
            return INSUFFICIENT
        self._charge(Purse(account, PERP), fee_usd)
        self._cash.move_usd(account, self._house.open_account(destination), usd)
        self._ledger.note(
            (account.address, destination),
            "internalTransfer",
            usdc=usd_text(usd),
            user=account.address,
            destination=destination,
            fee=usd_text(fee_usd),
        )
        return None

    def _class_transfer(self, account: Account, action: UsdClassTransferAction) -> str | None:
        """Between the perp and the spot side of the account, or of a sub-account it names."""
        amount, _, named = action.amount.partition(_SUFFIX)
        if named:
            sub = self._subs.owned(Address(named.lower()), account.address)
            if sub is None:
                return NOT_REGISTERED.format(named.lower(), account.address)
            account = self._house.accounts[sub.address]
        if account.is_unified:
            return UNIFIED
        usd = amount_units(amount, PERP_DECIMALS)
        if not usd:
            return INVALID_SEND
        perp, spot = Purse(account, PERP), Purse(account, SPOT)
        source, target = (spot, perp) if action.to_perp else (perp, spot)
        wei = usd * WEI_PER_USD_UNIT
        if wei > self._cash.free_wei(source, USDC):
            return INSUFFICIENT_SPOT if action.to_perp else INSUFFICIENT
        self._cash.move(source, target, USDC, wei)
        self._ledger.note(
            (account.address,), "accountClassTransfer", usdc=usd_text(usd), toPerp=action.to_perp
        )
        return None

    def _withdraw(self, account: Account, action: WithdrawAction) -> str | None:
        """Over the bridge; the fee is part of the amount."""
        usd = amount_units(action.amount, PERP_DECIMALS)
        fee_usd = self._rules.withdrawal_fee_usd * USD
        if usd is None or usd <= fee_usd or usd > self._cash.withdrawable_usd(account):
            return INSUFFICIENT
        self._charge(Purse(account, PERP), fee_usd)
        self._cash.withdraw_usd(account, usd - fee_usd)
        self._ledger.note(
            (account.address,),
            "withdraw",
            usdc=usd_text(usd - fee_usd),
            nonce=action.time,
            fee=usd_text(fee_usd),
        )
        return None

    def _spot_send(self, account: Account, action: SpotSendAction) -> str | None:
        """A token to somebody's spot side."""
        if account.is_unified:
            return UNIFIED
        token = self._tokens.named(action.token)
        wei = None if token is None else token.wei_of(action.amount)
        destination = parse_address(action.destination)
        is_open = destination != account.address and not self._is_closed_to_all(destination)
        if token is None or not wei or not is_open:
            return INVALID_SEND
        fee_usd = self.fee_usd_to(destination)
        purse = Purse(account, SPOT)
        refusal = self._unaffordable(purse, token, wei, fee_usd)
        if refusal is not None:
            return refusal
        self._charge(purse, fee_usd)
        target = Purse(self._house.open_account(destination), SPOT)
        self._cash.move(purse, target, token.index, wei)
        self._ledger.note(
            (account.address, destination),
            "spotTransfer",
            **self._token_fields(token, wei),
            user=account.address,
            destination=destination,
            **_fee_fields(fee_usd, action.time),
        )
        return None

    def _send_asset(
        self, account: Account, action: SendAssetAction | AgentSendAssetAction
    ) -> str | None:
        """Between any two purses: users, sub-accounts, perp and spot."""
        source_account = self._source(account, action.from_sub_account)
        if isinstance(source_account, str):
            return source_account
        destination = parse_address(action.destination)
        if isinstance(action, AgentSendAssetAction) and not self._is_own(account, destination):
            return OWN_ONLY
        source = Purse(source_account, action.source_dex)
        token = self._asset(action.token)
        wei = self._sendable_wei(source, action.destination_dex, token, action.amount)
        is_still = destination == source_account.address and (
            source.dex == action.destination_dex or source_account.is_unified
        )
        if token is None or not wei or is_still or self._is_closed_to_all(destination):
            return INVALID_SEND
        fee_usd = self.fee_usd_to(destination)
        refusal = self._unaffordable(source, token, wei, fee_usd)
        if refusal is not None:
            return refusal
        self._charge(source, fee_usd)
        target = Purse(self._house.open_account(destination), action.destination_dex)
        self._cash.move(source, target, token.index, wei)
        self._ledger.note(
            (source_account.address, destination),
            "send",
            user=source_account.address,
            destination=destination,
            sourceDex=source.dex,
            destinationDex=target.dex,
            **self._token_fields(token, wei),
            **_fee_fields(fee_usd, action.nonce),
        )
        return None

    def _asset(self, name: str) -> Token | None:
        """A token by its wire name; USDC also by the bare one, as the SDK's examples send it."""
        cash = self._tokens.of_index(USDC)
        return cash if name == cash.name else self._tokens.named(name)

    def _source(self, account: Account, from_sub_account: str) -> Account | str:
        if not from_sub_account:
            return account
        address = Address(from_sub_account.lower())
        if self._subs.owned(address, account.address) is None:
            return NOT_REGISTERED.format(address, account.address)
        return self._house.accounts[address]

    def _is_own(self, account: Account, destination: Address) -> bool:
        is_sub = self._subs.owned(destination, account.address) is not None
        return is_sub or destination == account.address

    def _sendable_wei(
        self, source: Purse, target_dex: str, token: Token | None, amount: str
    ) -> int | None:
        """The amount in wei; None if it is no number, or if a perp side has no such amounts."""
        ends = {source.dex, target_dex}
        if token is None or not ends <= {SPOT, *self._dexes}:
            return None
        wei = token.wei_of(amount)
        touches_perp = ends != {SPOT}
        is_cash = token.index == USDC and wei is not None and wei % WEI_PER_USD_UNIT == 0
        return None if touches_perp and not is_cash else wei

    def _unaffordable(self, source: Purse, token: Token, wei: int, fee_usd: int) -> str | None:
        """The venue's words if the purse has not enough for amount and fee."""
        fee_wei = fee_usd * WEI_PER_USD_UNIT
        short = INSUFFICIENT_SPOT if source.is_spot else INSUFFICIENT
        if token.index == USDC:
            return short if wei + fee_wei > self._cash.free_wei(source, USDC) else None
        if wei > self._cash.free_wei(source, token.index):
            return short
        return INSUFFICIENT_GAS if fee_wei > self._cash.free_wei(source, USDC) else None

    def _charge(self, purse: Purse, fee_usd: int) -> None:
        self._cash.charge(purse, USDC, fee_usd * WEI_PER_USD_UNIT)

    def _is_closed_to_all(self, destination: Address) -> bool:
        """The markets' own participants take no money."""
        account = self._house.accounts.get(destination)
        return account is not None and account.is_participant

    def _token_fields(self, token: Token, wei: int) -> dict[str, Any]:
        value = usd_text(self._value_of(token.index, wei))
        return {"token": token.name, "amount": token.text(wei), "usdcValue": value}


def _fee_fields(fee_usd: int, nonce: int) -> dict[str, Any]:
    return {
        "fee": usd_text(fee_usd),
        "nativeTokenFee": "0.0",
        "nonce": nonce,
        "feeToken": "",
    }
