"""Actions about the account itself: agents, builders, referrals, choices, signers and staking.

Each returns None when it is done, the venue's words for why not, or what the answer holds.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid import account_actions as l1
from hive.hyperliquid import user_actions as signed
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed, Done
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.listings.spot_tokens import Token
from hive.localvenue.office.cash import Cash
from hive.localvenue.office.ledger import Ledger
from hive.localvenue.office.referrals import NOTHING_TO_CLAIM
from hive.localvenue.office.registry import Registry
from hive.localvenue.office.staking import TOO_LITTLE
from hive.localvenue.orders.builder_approvals import BUILDER_TOO_POOR, tenths_of
from hive.localvenue.units import USD, usd_text

CASH_NAME: Final = "USDC"
BUILDER_USD_MIN: Final = 100
"""What a builder must have on its perp side."""

BAD_FEE_RATE: Final = "Invalid builder fee rate."
NO_GOSSIP: Final = "There is no gossip at this venue to be told of first."
"""Both in our words."""


class AccountActions:
    """What an account does about itself."""

    def __init__(
        self,
        house: ClearingHouse,
        registry: Registry,
        cash: Cash,
        ledger: Ledger,
        *,
        native: Token,
    ) -> None:
        self._house = house
        self._registry = registry
        self._cash = cash
        self._ledger = ledger
        self._native = native

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        """What is done for each type of action."""
        return {
            signed.ApproveAgentAction: self._approve_agent,
            signed.ApproveBuilderFeeAction: self._approve_builder,
            signed.ConvertToMultiSigUserAction: self._convert,
            signed.StakingDepositAction: self._stake,
            signed.StakingWithdrawAction: self._unstake,
            signed.TokenDelegateAction: self._delegate,
            l1.RegisterReferrerAction: self._register_referrer,
            l1.SetReferrerAction: self._set_referrer,
            l1.ClaimRewardsAction: self._claim,
            l1.SetDisplayNameAction: self._set_name,
            l1.EvmUserModifyAction: self._set_big_blocks,
            l1.SpotUserAction: self._set_dusting,
            l1.GossipPriorityBidAction: _no_gossip,
        }

    # --- agents and builders ---

    def _approve_agent(self, account: Account, action: signed.ApproveAgentAction) -> Done:
        return self._registry.agents.approve(
            account.address,
            Address(action.agent_address),
            action.agent_name,
            sub_accounts=len(self._registry.sub_accounts.of_master(account.address)),
            now_ms=self._house.now_ms,
        )

    def _approve_builder(self, account: Account, action: signed.ApproveBuilderFeeAction) -> Done:
        tenths = tenths_of(action.max_fee_rate)
        if tenths is None:
            return BAD_FEE_RATE
        builder = self._house.accounts.get(Address(action.builder))
        held_usd = 0 if builder is None else self._cash.equity_usd(builder)
        if tenths and held_usd < BUILDER_USD_MIN * USD:
            return BUILDER_TOO_POOR
        return self._registry.builders.approve(account.address, Address(action.builder), tenths)

    # --- referrals ---

    def _register_referrer(self, account: Account, action: l1.RegisterReferrerAction) -> Done:
        referrals = self._registry.referrals
        return referrals.register(account.address, action.code, account.volume_usd)

    def _set_referrer(self, account: Account, action: l1.SetReferrerAction) -> Done:
        now_ms = self._house.now_ms
        return self._registry.referrals.refer(account.address, action.code, now_ms)

    def _claim(self, account: Account, _action: l1.ClaimRewardsAction) -> Done:
        usd = self._registry.referrals.claim(account.address)
        if not usd:
            return NOTHING_TO_CLAIM
        self._cash.earn(account, usd)
        self._ledger.note((account.address,), "rewardsClaim", amount=usd_text(usd), token=CASH_NAME)
        return None

    # --- choices ---

    def _set_name(self, account: Account, action: l1.SetDisplayNameAction) -> Done:
        self._registry.profiles.change(account.address).display_name = action.display_name
        return None

    def _set_big_blocks(self, account: Account, action: l1.EvmUserModifyAction) -> Done:
        profile = self._registry.profiles.change(account.address)
        profile.is_using_big_blocks = action.using_big_blocks
        return None

    def _set_dusting(self, account: Account, action: l1.SpotUserAction) -> Done:
        profile = self._registry.profiles.change(account.address)
        return profile.opt_out_of_dusting(is_out=action.toggle_spot_dusting.opt_out)

    def _convert(self, account: Account, action: signed.ConvertToMultiSigUserAction) -> Done:
        return self._registry.multi_sigs.convert(account.address, action.signers)

    # --- staking ---

    def _stake(self, account: Account, action: signed.StakingDepositAction) -> Done:
        if not 0 < action.wei <= account.spot.free(self._native.index):
            return TOO_LITTLE
        account.spot.give(self._native.index, action.wei)
        self._registry.stakes.deposit(account.address, action.wei)
        self._note_stake(account, "cDeposit", action.wei)
        self._note_transfer(account, action.wei, is_deposit=True)
        return None

    def _unstake(self, account: Account, action: signed.StakingWithdrawAction) -> Done:
        now_ms = self._house.now_ms
        refusal = self._registry.stakes.withdraw(account.address, action.wei, now_ms)
        if refusal is None:
            self._note_stake(account, "withdrawal", action.wei, phase="initiated")
        return refusal

    def _delegate(self, account: Account, action: signed.TokenDelegateAction) -> Done:
        stakes = self._registry.stakes
        change = stakes.undelegate if action.is_undelegate else stakes.delegate
        refusal = change(account.address, Address(action.validator), action.wei, self._house.now_ms)
        if refusal is None:
            fields = {
                "validator": action.validator,
                "amount": self._native.text(action.wei),
                "isUndelegate": action.is_undelegate,
            }
            self._ledger.note_stake(account.address, {"delegate": fields})
        return refusal

    def pay_out_stakes(self) -> None:
        """Give back to spot what has waited in the queue out of staking."""
        for unstaking in self._registry.stakes.take_due(self._house.now_ms):
            account = self._house.accounts[unstaking.user]
            account.spot.receive(self._native.index, unstaking.wei)
            self._note_stake(account, "withdrawal", unstaking.wei, phase="finalized")
            self._note_transfer(account, unstaking.wei, is_deposit=False)

    def _note_stake(self, account: Account, kind: str, wei: int, **fields: str) -> None:
        delta = {kind: {"amount": self._native.text(wei), **fields}}
        self._ledger.note_stake(account.address, delta)

    def _note_transfer(self, account: Account, wei: int, *, is_deposit: bool) -> None:
        self._ledger.note(
            (account.address,),
            "cStakingTransfer",
            token=self._native.name,
            amount=self._native.text(wei),
            isDeposit=is_deposit,
        )


def _no_gossip(_account: Account, _action: l1.GossipPriorityBidAction) -> Done:
    return NO_GOSSIP
