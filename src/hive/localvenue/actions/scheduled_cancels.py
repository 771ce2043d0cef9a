"""The dead man's switch: an account's orders are cancelled at a time it has set (protocol.md 2.11).

Only who has traded enough may set it; each time it goes off counts towards the day's ten.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import ScheduleCancelAction
from hive.localvenue.accounts.account import Account
from hive.localvenue.accounts.deeds import Deed
from hive.localvenue.actions.scheduled_cancel_rules import ScheduledCancelRules
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.office.sub_accounts import volume_text
from hive.localvenue.orders.venue_order import Status
from hive.localvenue.units import USD

NEVER_MS: Final = 2**62
DAY_MS: Final = 86_400_000

VOLUME_GATE: Final = (
    "Cannot set scheduled cancel time until enough volume traded. Required: ${}. Traded: ${}."
)
TOO_SOON: Final = "Scheduled cancel time too early, must be at least {} seconds from now."
TOO_OFTEN: Final = "Too many scheduled cancels triggered for the day. Limit is {}."
"""How this one ends is not known."""


class ScheduledCancels:
    """Who has set a time, and how often it was reached today."""

    def __init__(
        self, house: ClearingHouse, exchange: Exchange, rules: ScheduledCancelRules
    ) -> None:
        self._house = house
        self._exchange = exchange
        self._rules = rules
        self._at_ms: dict[Address, int] = {}
        self._day = 0
        self._triggers: dict[Address, int] = {}

    def deeds(self) -> dict[type[msgspec.Struct], Deed]:
        return {ScheduleCancelAction: self._schedule}

    @property
    def next_ms(self) -> int:
        return min(self._at_ms.values(), default=NEVER_MS)

    def begin_block(self, now_ms: int) -> None:
        """Cancel for everybody whose time has come."""
        for user, at_ms in list(self._at_ms.items()):
            if at_ms <= now_ms:
                del self._at_ms[user]
                self._triggers[user] = self._today(user, now_ms) + 1
                self._exchange.cancel_all(self._house.accounts[user], Status.SCHEDULED_CANCEL)

    def _schedule(self, account: Account, action: ScheduleCancelAction) -> str | None:
        rules, now_ms = self._rules, self._house.now_ms
        if account.volume_usd < rules.volume_usd_min * USD:
            return VOLUME_GATE.format(rules.volume_usd_min, volume_text(account.volume_usd))
        if action.time is None:
            self._at_ms.pop(account.address, None)
            return None
        if action.time < now_ms + rules.ahead_ms_min:
            return TOO_SOON.format(rules.ahead_ms_min // 1_000)
        if self._today(account.address, now_ms) >= rules.triggers_a_day_max:
            return TOO_OFTEN.format(rules.triggers_a_day_max)
        self._at_ms[account.address] = action.time
        return None

    def _today(self, user: Address, now_ms: int) -> int:
        """How often it went off since midnight UTC."""
        day = now_ms // DAY_MS
        if day != self._day:
            self._day = day
            self._triggers.clear()
        return self._triggers.get(user, 0)
