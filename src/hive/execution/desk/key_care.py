"""The key that signs for an account: whether the venue takes it, and another one in its place.

Agents end: after a time, by the account's owner, or because a new one was approved under the same
name (protocol.md 2.6). The venue says so with the next action. Then nothing ordinary is sent for
this account until the venue takes the key again or another key is handed in; other accounts go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hive.domain.identifiers import Address
from hive.execution.desk.account_rights import AccountRights, AgentGone
from hive.execution.sending.action_sender import ActionSender
from hive.execution.settling.errands import Errand, Errands
from hive.hyperliquid.signing import NonceSequence, Signer

CHECK_AGAIN_MS: Final = 30_000
"""So often the venue is asked whether it takes the key again; the question is a heavy one."""
_RECOVERED: Final = re.compile(r"User or API Wallet (0x[0-9a-fA-F]{40})")
"""Whom the venue took for the signer, when it knows nobody of that address."""


class KeyCare:
    """Knows whether the account's key is good."""

    def __init__(
        self,
        account: Address,
        rights: AccountRights,
        sender: ActionSender,
        errands: Errands,
        *,
        vault: Address | None,
        on_alarm: Callable[[str], None],
    ) -> None:
        self._account = account
        self._rights = rights
        self._sender = sender
        self._errands = errands
        self._vault = vault
        self._on_alarm = on_alarm
        self.refusal = ""
        """The venue's words when it last refused the key; empty while it takes it."""
        self._is_misread = False
        """What this key signed was taken for somebody else's."""

    async def check_first(self, *, holds_positions: bool) -> None:
        """Return if the key trades the account.

        Raises:
            OperatorError: it does not, or the venue does not know what our journal says we hold.
            LinkError, VenueError: the venue gives no answer.
        """
        await self._rights.check(
            self._sender.signer, self._account, self._vault, holds_positions=holds_positions
        )

    def refused(self, text: str, now_ms: int) -> None:
        """The venue does not take the key."""
        signer, recovered = self._sender.signer, _RECOVERED.search(text)
        self._is_misread = recovered is not None and recovered[1].lower() != signer
        if not self.refusal:
            self._on_alarm(
                f"the venue takes another for the signer of what {signer} signed ({text}): "
                "account.network names the wrong network, nothing can be traded"
                if self._is_misread
                else f"the key of {signer} no longer trades {self._account} ({text}): "
                "approve it again, or put a new agent's key in its place"
            )
        self.refusal = text
        self._errands.request(Errand.RIGHTS, now_ms + CHECK_AGAIN_MS)

    async def check_again(self, now_ms: int) -> bool:
        """Whether the venue takes the key by now; asks again later if it does not."""
        if not self.refusal:
            return True
        self._rights.forget(self._sender.signer)
        try:
            await self.check_first(holds_positions=False)
        except AgentGone:
            self._errands.request(Errand.RIGHTS, now_ms + CHECK_AGAIN_MS)
            return False
        self.refusal = ""
        if not self._is_misread:  # which no answer about the key can contradict
            self._on_alarm(f"the key of {self._sender.signer} trades {self._account} again")
        return True

    def replace(self, signer: Signer, nonces: NonceSequence, now_ms: int) -> None:
        """Sign with another key from now on, and see whether the venue takes it."""
        self._sender.sign_with(signer, nonces)
        self.refusal = self.refusal or "a new key that was not asked about yet"
        self._errands.request(Errand.RIGHTS, now_ms)
