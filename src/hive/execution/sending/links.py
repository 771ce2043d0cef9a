"""Two other ways for an action to leave, behind the same small port as the socket.

`HttpLink` carries it by HTTP, for what cannot wait while the socket is down. `SyncGate` holds it
until the journal is on the platter (`durability: power`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from hive.domain.errors import DiskFailed, LimitReached, NotSent, Unanswered
from hive.execution.ports import ActionLink, HttpActions, JournalPort, TaskPort
from hive.hyperliquid.limits import exchange_weight
from hive.runtime.ports import HttpReply, SyncTicket

OnHttpReply = Callable[[int, HttpReply], None]
OnEnd = Callable[[int, str], None]
"""`(request_id, reason)`."""


class HttpLink:
    """Actions by HTTP, one at a time: a second would wait here while later nonces leave elsewhere.

    Open unless one is on its way: whether it arrives is found out by trying.
    """

    def __init__(
        self,
        http: HttpActions,
        tasks: TaskPort,
        name: str,
        *,
        batch_len_max: int,
        admits: Callable[[int], bool],
        on_reply: OnHttpReply,
        on_unanswered: OnEnd,
        on_unsent: OnEnd,
    ) -> None:
        """`admits` says whether the venue's weight lets an action of that weight leave at once."""
        self._http = http
        self._tasks = tasks
        self._name = name
        self._weight = exchange_weight(batch_len_max)
        self._admits = admits
        self._on_reply = on_reply
        self._on_unanswered = on_unanswered
        self._on_unsent = on_unsent
        self._sent = 0
        self._is_busy = False

    @property
    def is_open(self) -> bool:
        return not self._is_busy and self._admits(self._weight)

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send it now; without an answer by then it is unanswered.

        Raises:
            NotSent: another one is on its way, or the venue's weight does not admit it.
        """
        if not self.is_open:
            raise NotSent("by HTTP one action at a time is sent, inside the venue's weight")
        self._is_busy = True
        self._sent += 1
        name = f"{self._name} {self._sent}"
        self._tasks.spawn(name, lambda: self._exchange(request_id, body, deadline_ms))

    async def _exchange(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        tell = await self._outcome(body, deadline_ms)
        self._is_busy = False  # before telling: whoever hears may have more to send
        tell(request_id)

    async def _outcome(self, body: bytes, deadline_ms: int) -> Callable[[int], None]:
        try:
            reply = await self._http.exchange(body, self._weight, deadline_ms=deadline_ms)
        except (NotSent, LimitReached) as error:
            reason = str(error)
            return lambda request_id: self._on_unsent(request_id, reason)
        except Unanswered as error:
            reason = str(error)
            return lambda request_id: self._on_unanswered(request_id, reason)
        return lambda request_id: self._on_reply(request_id, reply)


class Held(msgspec.Struct, frozen=True):
    """An action that waits for the journal."""

    ticket: SyncTicket
    link: ActionLink
    request_id: int
    body: bytes
    deadline_ms: int


class SyncGate:
    """Holds actions until the journal is on the platter, and lets them out in the order they came.

    One gate for all links of an account, because nonces grow over all of them. What waits for one
    sync leaves together.
    """

    def __init__(self, journal: JournalPort, tasks: TaskPort, name: str, on_unsent: OnEnd) -> None:
        self._journal = journal
        self._tasks = tasks
        self._name = name
        self._on_unsent = on_unsent
        self._queue: deque[Held] = deque()
        self._is_running = False
        self._runs = 0

    def before(self, link: ActionLink) -> SyncedLink:
        """The link, behind this gate."""
        return SyncedLink(link, self)

    def hold(self, link: ActionLink, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send it by that link once everything journaled so far is durable.

        Raises:
            NotSent: the journal cannot be synced.
        """
        try:
            ticket = self._journal.request_sync()
        except DiskFailed as error:
            raise NotSent(str(error)) from error
        self._queue.append(Held(ticket, link, request_id, body, deadline_ms))
        if not self._is_running:
            self._is_running = True
            self._runs += 1  # the task before may not have quite ended: each has its own name
            self._tasks.spawn(f"{self._name} {self._runs}", self._run)

    async def _run(self) -> None:
        try:
            while self._queue:
                held = self._queue[0]
                try:
                    await held.ticket.wait()
                    held.link.post(held.request_id, held.body, held.deadline_ms)
                except (OSError, NotSent) as error:
                    self._on_unsent(held.request_id, str(error))
                finally:
                    self._queue.popleft()
        finally:
            self._is_running = False


class SyncedLink:
    """A link behind a `SyncGate`."""

    def __init__(self, link: ActionLink, gate: SyncGate) -> None:
        self._link = link
        self._gate = gate

    @property
    def is_open(self) -> bool:
        return self._link.is_open

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send it behind the gate.

        Raises:
            NotSent: the journal cannot be synced.
        """
        self._gate.hold(self._link, request_id, body, deadline_ms)
