"""Who may act for whom: from the signer of a request to the account it is for (protocol.md 2.8).

    a user's own action       the signer itself, whatever else it is
    an L1 action              the signer, or the account whose agent it is
      with a vaultAddress     that account's sub-account, or a vault that it leads
    an envelope               the account with several signers that it is for

What is refused here uses up no nonce.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.office import multi_sigs
from hive.localvenue.office.registry import Registry
from hive.localvenue.office.transfer_actions import NOT_REGISTERED
from hive.localvenue.office.vault_actions import LEADER_ONLY, NO_VAULT

NO_USER: Final = "User or API Wallet {} does not exist."
NO_DEPOSIT: Final = "Must deposit before performing actions. User: {}"


class Objection(msgspec.Struct, frozen=True):
    """Why somebody may not, in the venue's words."""

    reason: str
    """Its kind, for counting."""
    text: str


class Authority:
    """Judges submissions."""

    def __init__(self, house: ClearingHouse, registry: Registry) -> None:
        self._house = house
        self._registry = registry

    def account_for(self, submission: Submission) -> Account | Objection:
        """The account that an action is carried out for."""
        if submission.envelope is not None:
            account = self._enveloped(submission)
        elif submission.is_user_signed:
            account = self._own(submission.signer)
        else:
            account = self._principal(submission.signer)
        if isinstance(account, Objection) or submission.vault is None:
            return account
        return self._through(account, submission.vault)

    def _own(self, signer: Address) -> Account | Objection:
        account = self._account(signer)
        if account is None:
            return Objection("unknown signer", NO_DEPOSIT.format(signer))
        return self._single(account)

    def _principal(self, signer: Address) -> Account | Objection:
        agents = self._registry.agents
        master = agents.account_of(signer, self._house.now_ms)
        if master is not None:
            return self._house.accounts[master]
        account = self._account(signer)
        if account is not None:
            return self._single(account)
        replaced = agents.replaced_account_of(signer)
        if replaced is not None:
            return Objection("unknown signer", NO_DEPOSIT.format(replaced))
        return Objection("unknown signer", NO_USER.format(signer))

    def _single(self, account: Account) -> Account | Objection:
        """The account, unless its own key is not enough."""
        if self._registry.multi_sigs.of(account.address) is None:
            return account
        return Objection("multi-sig", multi_sigs.REQUIRED)

    def _enveloped(self, submission: Submission) -> Account | Objection:
        envelope = submission.envelope
        assert envelope is not None
        leader = submission.signer
        if leader != envelope.named_leader:
            return Objection("multi-sig", multi_sigs.BAD_LEADER)
        text = self._registry.multi_sigs.objection(envelope.user, leader, envelope.signers)
        if text is not None:
            return Objection("multi-sig", text)
        return self._house.accounts[envelope.user]

    def _through(self, account: Account, address: Address) -> Account | Objection:
        """The sub-account or vault of that address, if the account acts for it."""
        sub = self._registry.sub_accounts.of_address(address)
        vault = self._registry.vaults.of_address(address)
        if sub is not None and sub.master != account.address:
            text = NOT_REGISTERED.format(address, account.address)
        elif vault is not None and vault.leader != account.address:
            text = LEADER_ONLY
        elif sub is None and (vault is None or vault.is_closed):
            text = NO_VAULT.format(address)
        else:
            return self._house.accounts[address]
        return Objection("vault", text)

    def _account(self, address: Address) -> Account | None:
        account = self._house.accounts.get(address)
        return None if account is None or account.is_participant else account
