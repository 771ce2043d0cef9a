"""Watches over the keys: says when one is about to end, and takes one that was put in its place.

A key that the venue refuses stops its account alone (`execution.desk.key_care`). Whoever runs Hive
approves a new agent, then or before, and writes its key where the old one was; nothing has to be
restarted. While the old one is good, the new one takes its place once the venue takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from hive.app.notes.notices import Notices
from hive.app.wiring.accounts import TradedAccount
from hive.domain.errors import LimitReached, LinkError, OperatorError, VenueError
from hive.domain.identifiers import Address
from hive.execution.desk.account_rights import AccountRights
from hive.hyperliquid.signing import NonceSequence
from hive.runtime.ports import Clock

LOOK_EVERY_S: Final = 10.0
ASK_EVERY_MS: Final = 3_600_000
CHECK_EVERY_MS: Final = 60_000
"""So often whether a key that waits for its approval has it: the question is a heavy one."""
WARN_BEFORE_MS: Final = 7 * 86_400_000
HOUR_MS: Final = 3_600_000
NS_BY_MS: Final = 1_000_000


class KeyWatch:
    """One for all accounts of a runtime."""

    def __init__(
        self,
        accounts: Sequence[TradedAccount],
        rights: AccountRights,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._accounts = accounts
        self._rights = rights
        self._clock = clock
        self._notices = notices
        self._signer_by_account = {each.address: each.plan.signer.address for each in accounts}
        self._nonces_by_signer: dict[Address, NonceSequence] = {
            each.plan.signer.address: each.nonces for each in accounts
        }
        self._ask_ms = 0
        self._unreadable: dict[Address, None] = {}
        self._again_ms: dict[Address, int] = {}
        """When to ask again about keys that the venue does not take yet."""

    async def run(self) -> None:
        """Look until cancelled."""
        self._say_who_is_polled()
        while True:
            if self._now_ms() >= self._ask_ms:
                self._ask_ms = self._now_ms() + ASK_EVERY_MS
                await self._warn()
            for account in self._accounts:
                await self._look_for_another(account)
            await asyncio.sleep(LOOK_EVERY_S)

    def _say_who_is_polled(self) -> None:
        for account in self._accounts:
            lag_ms = account.desk.snapshot().lag_ms
            if lag_ms:
                self._notices.say(
                    "accounts",
                    f"{account.plan.name} ({account.address}) is polled, a fill is known up to "
                    f"{lag_ms / 1000:.0f} s late: the venue streams only so many users to one IP",
                )

    async def _warn(self) -> None:
        """Say which keys end soon."""
        for account in self._accounts:
            signer = self._signer_by_account[account.address]
            try:
                until_ms = await self._rights.valid_until_ms(signer)
            except (LinkError, VenueError, LimitReached):
                continue  # it is asked again
            left_ms = WARN_BEFORE_MS if until_ms is None else until_ms - self._clock.now_ms()
            if left_ms < WARN_BEFORE_MS:
                hours = max(0, left_ms // HOUR_MS)
                self._notices.say(
                    "warning",
                    f"the agent {signer} of {account.plan.name} ends in {hours} h: approve another",
                )

    async def _look_for_another(self, account: TradedAccount) -> None:
        """Take the key that stands where ours stood, if it is another and not worse."""
        if account.plan.read_signer is None:
            return
        try:
            signer = account.plan.read_signer()
        except OperatorError as error:
            if account.address not in self._unreadable:
                self._unreadable[account.address] = None
                self._notices.say("warning", f"the key of {account.plan.name}: {error}")
            return
        self._unreadable.pop(account.address, None)
        if signer.address == self._signer_by_account[account.address]:
            return
        is_refused = bool(account.desk.snapshot().key_refusal)
        if not (is_refused or await self._is_good(account, signer.address)):
            return
        self._signer_by_account[account.address] = signer.address
        nonces = self._nonces_by_signer.setdefault(signer.address, NonceSequence())
        account.desk.replace_key(signer, nonces)
        self._notices.say("accounts", f"{account.plan.name} is signed for by {signer.address} now")

    async def _is_good(self, account: TradedAccount, signer: Address) -> bool:
        """Whether the venue takes a key for the account; asked seldom while it does not."""
        if self._now_ms() < self._again_ms.get(signer, 0):
            return False
        self._rights.forget(signer)
        try:
            await self._rights.check(
                signer, account.address, account.plan.trade_for, holds_positions=False
            )
        except OperatorError as error:
            if signer not in self._again_ms:
                self._notices.say("warning", f"the new key of {account.plan.name}: {error}")
            self._again_ms[signer] = self._now_ms() + CHECK_EVERY_MS
            return False
        except (LinkError, VenueError, LimitReached):
            return False  # it is asked again
        self._again_ms.pop(signer, None)
        return True

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
