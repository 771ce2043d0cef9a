"""Signed actions carried out: who may, whether it still may, and what the venue answers.

The order of checks is the venue's (protocol.md 2.8): known signer, nonce, expiry, budget; then what
the action's own family does (`order_actions`, `margin_actions`, `account_office`). From the nonce
on, everything uses it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    Action,
    CancelAction,
    CancelByCloidAction,
    NoopAction,
    request_count,
)
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.actions.action_answers import DEFAULT, ActionCounts, Json, done
from hive.localvenue.actions.limit_actions import LimitActions
from hive.localvenue.actions.margin_actions import MarginActions
from hive.localvenue.actions.order_actions import OrderActions
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.clock.blocks import Submission
from hive.localvenue.identity import Identities
from hive.localvenue.limits.address_budget import AddressBudget
from hive.localvenue.limits.daily_actions import DailyActions
from hive.localvenue.limits.nonces import SignerNonces
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.office.account_office import AccountOffice
from hive.localvenue.office.authority import Objection
from hive.localvenue.validation.modify_rules import LosesOpen, ModifyRules

ALREADY_EXPIRED: Final = "Action already expired"
TOO_LARGE_A_BATCH: Final = "Too many orders in one action."
"""Ours: the venue's own text is not known."""


class Executor:
    """What happens to an action when its block comes."""

    def __init__(
        self,
        catalog: Catalog,
        house: ClearingHouse,
        exchange: Exchange,
        office: AccountOffice,
        identities: Identities,
        *,
        deeds: Mapping[type, Deed],
        nonces: SignerNonces,
        limits: VenueLimits,
        mark_of: MarkOf,
        modifies: ModifyRules,
        loses_open: LosesOpen,
        is_open_told_first: bool,
    ) -> None:
        self._house = house
        self._office = office
        self._nonces = nonces
        self._identities = identities
        self._limits = limits
        self._budgets: dict[Address, AddressBudget] = {}
        self._daily = DailyActions(limits.unified_actions_per_day)
        self.accepted = 0
        """Actions that passed signer, nonce, expiry and budget."""
        self.counts = ActionCounts()
        self._orders = OrderActions(
            catalog,
            house,
            exchange,
            self.counts,
            mark_of=mark_of,
            approved_tenths=office.builder_tenths,
            modifies=modifies,
            loses_open=loses_open,
            is_open_told_first=is_open_told_first,
        )
        self._deeds: dict[type, Deed] = {
            NoopAction: _nothing,
            **MarginActions(catalog, mark_of).deeds(),
            **LimitActions(house, mark_of, self.budget).deeds(),
            **office.deeds,
            **deeds,
        }

    def budget(self, address: Address) -> AddressBudget:
        budget = self._budgets.get(address)
        if budget is None:
            budget = self._budgets[address] = AddressBudget(self._limits)
        return budget

    def requests_of(self, address: Address) -> int:
        """How many requests an address has used."""
        budget = self._budgets.get(address)
        return 0 if budget is None else budget.used

    def budgets(self) -> dict[str, int]:
        """Requests used, by address."""
        return {address: budget.used for address, budget in self._budgets.items()}

    def exhausted(self) -> dict[str, int]:
        """How often budgets were exhausted, by address, where they were."""
        return {
            address: budget.refused for address, budget in self._budgets.items() if budget.refused
        }

    def execute(self, submission: Submission) -> Json:
        """Carry an action out; the JSON of its answer."""
        account = self._office.authority.account_for(submission)
        if isinstance(account, Objection):
            return self.counts.failure(account.reason, account.text)
        now_ms = self._house.now_ms
        refusal = self._nonces.admit(submission.signer, submission.nonce, now_ms)
        if refusal is not None:
            return self.counts.failure("nonce", refusal)
        if submission.expires_after is not None and submission.expires_after < now_ms:
            self.budget(account.address).used += self._limits.stale_expiry_charge
            return self.counts.failure("expired", ALREADY_EXPIRED)
        action = submission.action
        requests = request_count(action)
        if requests > self._limits.batch_taken_max:
            return self.counts.failure("batch", TOO_LARGE_A_BATCH)
        over = self._over_budget(account, action, requests)
        if over is not None:
            return self.counts.failure(over.reason, over.text)
        self.accepted += 1
        self._identities.begin_action()
        return self._carry_out(account, action)

    def _over_budget(self, account: Account, action: Action, requests: int) -> Objection | None:
        """Count the action; or why there were too many before it."""
        now_ms = self._house.now_ms
        is_cancel = isinstance(action, CancelAction | CancelByCloidAction)
        budget = self.budget(account.address)
        text = budget.charge(requests, account.volume_usd, now_ms, is_cancel=is_cancel)
        if text is not None:
            return Objection("address budget", text)
        text = self._daily.charge(account.address, now_ms) if account.is_unified else None
        return None if text is None else Objection("daily actions", text)

    def _carry_out(self, account: Account, action: Action) -> Json:
        order_deed = self._orders.deeds.get(type(action))
        if order_deed is not None:
            return order_deed(account, action)
        self.counts.ask("other actions")
        response = self._deeds[type(action)](account, action)
        if isinstance(response, str):
            return self.counts.failure(type(action).__name__, response)
        self._house.news.users[account.address] = None
        return DEFAULT if response is None else done(response)


def _nothing(_account: Account, _action: NoopAction) -> None:
    """All there is to it is that it uses up a nonce."""
