"""The one place where actions are signed and leave.

    batch ──▶ nonce, expiry ──▶ journal ──▶ signature ──▶ link        in this order, always

Nonces only grow on the wire, whatever the clock does, and across restarts. What is in flight is
remembered until it is answered; what was never answered is remembered a while longer, because the
answer may be late.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from hive.connection.rate_budget import AddressBudget
from hive.domain.errors import DiskFailed, LimitReached, NotSent
from hive.domain.identifiers import Address
from hive.execution.books.record_writer import RecordWriter
from hive.execution.books.venue_time import VenueTime
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.ports import ActionLink
from hive.execution.queue.economy import ActionPace
from hive.execution.sending.batching import Batch
from hive.hyperliquid.signing import NonceSequence, Signer, signed_request
from hive.runtime.ports import Clock
from hive.storage.records import UnsentRecord

LATE_ANSWERS_MAX: Final = 1_000
NS_BY_MS: Final = 1_000_000


class SendSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How actions are sent. Durations in milliseconds."""

    is_mainnet: bool
    batch_len_max: int = 100
    expires_after_ms: int = 5_000
    """An order that arrives later than this is refused by the venue: after it, silence is proof."""
    answer_timeout_ms: int = 5_000
    vault: Address | None = None
    """The sub-account or vault that is traded, where the signer trades it for its master."""


class Place(NamedTuple):
    """Where instructions stood when they were sent first: nonces grow in the order of sending."""

    nonce: int
    offset: int
    """Of the first of them, in that action."""


class SentAction(msgspec.Struct, frozen=True):
    """An action on its way. `expires_ms` is by the venue's clock; 0 for none."""

    request_id: int
    batch: Batch
    nonce: int
    expires_ms: int
    attempts: int
    place: Place | None = None
    """Of what is sent again; None for the first time."""


class ActionSender:
    """Signs, journals and posts; keeps what is in flight."""

    def __init__(
        self,
        signer: Signer,
        nonces: NonceSequence,
        clock: Clock,
        *,
        settings: SendSettings,
        budget: AddressBudget,
        pace: ActionPace,
        venue_time: VenueTime,
        writer: RecordWriter,
    ) -> None:
        self._signer = signer
        self._nonces = nonces
        self._clock = clock
        self._settings = settings
        self._budget = budget
        self._pace = pace
        self._venue_time = venue_time
        self._writer = writer
        self._in_flight: dict[int, SentAction] = {}
        self._late: RecentlySeen[int, SentAction] = RecentlySeen(LATE_ANSWERS_MAX)
        self._request_id = 0
        self.signed_actions = 0

    @property
    def signer(self) -> Address:
        """Whose signature our actions bear."""
        return self._signer.address

    @property
    def last_nonce(self) -> int:
        return self._nonces.last

    def sign_with(self, signer: Signer, nonces: NonceSequence) -> None:
        """Sign with another key from now on; nonces are each key's own."""
        self._signer, self._nonces = signer, nonces

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def send(
        self,
        batch: Batch,
        link: ActionLink,
        *,
        attempts: int = 1,
        only_reduces: bool = False,
        place: Place | None = None,
    ) -> SentAction:
        """Journal, sign and post the batch; ask first whether the link is open.

        Cancels, and what `only_reduces`, leave even if the disk refuses their
        record, which is then written as soon as it does not.

        Raises:
            NotSent: no byte of it left.
            DiskFailed: it could not be journaled, so it was not sent.
        """
        now_ms, wall_ms = self._clock.monotonic_ns() // NS_BY_MS, self._clock.now_ms()
        venue_ms = self._venue_time.at_least_ms(now_ms) or wall_ms
        try:
            nonce = self._nonces.next(wall_ms if wall_ms > venue_ms else venue_ms)
        except LimitReached as error:
            raise NotSent(str(error)) from error
        good_for_ms = batch.key.good_for_ms or self._settings.expires_after_ms
        expires_ms = venue_ms + good_for_ms if batch.expires else 0
        self._journal(batch, nonce, wall_ms, expires_ms, is_urgent=only_reduces)
        body = self._signed(batch, nonce, expires_ms or None)
        self._request_id += 1
        sent = SentAction(self._request_id, batch, nonce, expires_ms, attempts, place)
        try:
            link.post(sent.request_id, body, now_ms + self._settings.answer_timeout_ms)
        except NotSent:
            self._writer.note(UnsentRecord(batch.cloids))
            raise
        self._in_flight[sent.request_id] = sent
        requests = len(batch.instructions)
        self._budget.spend(requests, now_ms)
        self._pace.spend(requests)
        self.signed_actions += 1
        return sent

    def answered(self, request_id: int) -> SentAction | None:
        """What an answer is to; None if nobody waits for it any more."""
        sent = self._in_flight.pop(request_id, None)
        if sent is not None:
            self._budget.settle(len(sent.batch.instructions))
            return sent
        return self._late.get(request_id)

    def unanswered(self, request_id: int) -> SentAction | None:
        """What was given up; its answer may still come."""
        sent = self._in_flight.pop(request_id, None)
        if sent is not None:
            self._budget.settle(len(sent.batch.instructions))
            self._late.add(request_id, sent)
        return sent

    def raise_nonce_floor(self, floor: int) -> None:
        """The venue knows of higher nonces than we: go on above them."""
        self._nonces.raise_floor(floor)

    def _journal(
        self, batch: Batch, nonce: int, wall_ms: int, expires_ms: int, *, is_urgent: bool
    ) -> None:
        record = batch.record(nonce, wall_ms, expires_ms)
        self._writer.reached.used(nonce, expires_ms)
        try:
            self._writer.write_now(record)
        except DiskFailed:
            if not (batch.is_cancel or is_urgent):
                raise
            self._writer.keep(record)

    def _signed(self, batch: Batch, nonce: int, expires_ms: int | None) -> bytes:
        action = batch.action()
        vault = self._settings.vault
        signature = self._signer.sign_l1(
            action,
            nonce,
            is_mainnet=self._settings.is_mainnet,
            vault=vault,
            expires_after=expires_ms,
        )
        return signed_request(action, nonce, signature, vault=vault, expires_after=expires_ms)
