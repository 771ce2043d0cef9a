"""Questions and actions over HTTP, inside the venue's weight budget.

A question (`info`) changes nothing, so it is asked again when no answer came. An action
(`exchange`) is sent once: whether to send it again is for the order desk, who knows what it would
do twice.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from hive.connection.fair_line import NOBODY
from hive.connection.rate_budget import IpBudget
from hive.connection.weight_gate import Rank, WeightGate
from hive.domain.errors import LinkError, VenueRefused
from hive.hyperliquid.limits import info_rows_weight, info_weight
from hive.runtime.ports import Clock, HttpReply, Net

ATTEMPTS_MAX: Final = 4
BACKOFF_MS: Final = 250
"""After a failed attempt; doubled each time."""
ENOUGH_MS: Final = 2_000
"""For so long nothing is asked after a 429; doubled each time for the same request."""
ENOUGH_TIMES_MAX: Final = 6
"""So often is a request held before the 429 is told: 126 s in all, and the venue counts minutes.
A process that begins right after another one finds the minute spent, and has to wait it out."""
INFO_TIMEOUT_MS: Final = 10_000
EXCHANGE_TIMEOUT_MS: Final = 10_000
REFUSAL_CHARS_MAX: Final = 200

_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_FAULTS: Final = 500


class HttpRefused(VenueRefused):
    """An answer whose HTTP status is a no; the message ends with its text."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RestSnapshot(msgspec.Struct, frozen=True):
    """What was asked and how it went."""

    requests: int
    """Attempts that were sent or tried."""
    retries: int
    refused_429: int
    link_errors: int
    waiting: int
    """Requests that wait for weight now."""


class RestClient:
    """One client per egress address; shares its budget with the sockets."""

    def __init__(self, net: Net, clock: Clock, ip_budget: IpBudget, *, url: str) -> None:
        """`url` is the venue's root, without `/info`."""
        self._net = net
        self._ip_budget = ip_budget
        self._url = url.rstrip("/")
        self._gate = WeightGate(ip_budget.weight, clock)
        self._requests = 0
        self._retries = 0
        self._refused_429 = 0
        self._link_errors = 0

    async def info(
        self,
        request: dict[str, Any],
        *,
        urgent: bool = False,
        timeout_ms: int = INFO_TIMEOUT_MS,
    ) -> bytes:
        """Ask, waiting for weight first; the answer's body.

        Up to `ATTEMPTS_MAX` attempts of `timeout_ms` where the link failed or the venue was
        overloaded; a 429 is waited out. `urgent` goes before what waits and may use the reserve:
        for what settles an unknown. Questions about several users wait in turn (`fair_line`).

        Raises:
            NotSent: the venue could not be reached.
            Unanswered: the last attempt got no answer.
            HttpRefused: it answered, and the answer is no.
            LimitReached: too many requests wait.
        """
        kind, rank = str(request.get("type", "")), Rank.URGENT if urgent else Rank.ORDINARY
        account = str(request.get("user", NOBODY))
        body = msgspec.json.encode(request)
        failures = held = 0
        while True:
            await self._gate.enter(info_weight(kind), rank, account=account)
            try:
                reply = await self._post("info", body, timeout_ms)
            except LinkError:
                failures += 1
                if failures == ATTEMPTS_MAX:
                    raise
            else:
                if reply.status == _OK:
                    self._charge_rows(kind, reply.body, account)
                    return reply.body
                is_held = reply.status == _TOO_MANY
                held, failures = held + is_held, failures + (not is_held)
                is_over = held > ENOUGH_TIMES_MAX or failures == ATTEMPTS_MAX
                if is_over or not _is_passing(reply.status):
                    raise HttpRefused(_refusal(kind, reply), reply.status)
                if is_held:
                    self._gate.hold(ENOUGH_MS << (held - 1))
            self._retries += 1
            await asyncio.sleep((BACKOFF_MS << max(0, failures - 1)) / 1000)

    async def exchange(
        self, body: bytes, weight: int, *, deadline_ms: int | None = None
    ) -> HttpReply:
        """Send a signed action once, waiting for weight first but for no question's 429.

        Any status is an answer. A 4xx was not carried out, except that a 429 comes from an edge
        before the venue, which may have let the action through first (`replies.Meaning.BUSY`).
        `deadline_ms` (monotonic) is until when its answer is waited for; None: for
        `EXCHANGE_TIMEOUT_MS` after it has left.

        Raises:
            NotSent: it never left, perhaps because its deadline came first.
            Unanswered: it may have been carried out.
            LimitReached: too many requests wait; it never left.
        """
        await self._gate.enter(weight, Rank.ACTION, deadline_ms=deadline_ms)
        timeout_ms = EXCHANGE_TIMEOUT_MS
        if deadline_ms is not None:
            timeout_ms = max(1, min(timeout_ms, deadline_ms - self._gate.now_ms()))
        return await self._post("exchange", body, timeout_ms)

    def held_ms(self) -> int:
        """How long the first of those that wait for the venue's weight has to wait yet; 0 if
        nobody does.
        """
        return self._gate.first_wait_ms()

    def snapshot(self) -> RestSnapshot:
        """Counts so far."""
        return RestSnapshot(
            requests=self._requests,
            retries=self._retries,
            refused_429=self._refused_429,
            link_errors=self._link_errors,
            waiting=len(self._gate),
        )

    async def _post(self, path: str, body: bytes, timeout_ms: int) -> HttpReply:
        self._requests += 1
        try:
            reply = await self._net.post(f"{self._url}/{path}", body, timeout_ms=timeout_ms)
        except LinkError:
            self._link_errors += 1
            raise
        self._refused_429 += reply.status == _TOO_MANY
        return reply

    def _charge_rows(self, kind: str, body: bytes, account: str) -> None:
        """Some answers cost by their length, which is only known now."""
        if info_rows_weight(kind, len(body)) == 0:
            return  # not even if every byte were a row
        try:
            rows = len(msgspec.json.decode(body, type=list[msgspec.Raw]))
        except msgspec.DecodeError:
            rows = 0  # null, or an object: not a list of rows
        self._ip_budget.charge_rows(kind, rows, self._gate.now_ms())
        self._gate.charge(account, info_rows_weight(kind, rows))


def _is_passing(status: int) -> bool:
    """The venue may answer the same request differently in a moment."""
    return status == _TOO_MANY or status >= _SERVER_FAULTS


def _refusal(kind: str, reply: HttpReply) -> str:
    text = reply.body[:REFUSAL_CHARS_MAX].decode("utf-8", "replace")
    return f"{kind}: HTTP {reply.status} {text}".rstrip()
