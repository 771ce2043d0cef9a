"""Two other ways for an action to leave, behind the same small port as the socket.

`HttpLink` carries it by HTTP, one at a time and in order, for what cannot wait while the socket is
down. `SyncedLink` holds it until the journal is on the platter (`durability: power`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from hive.domain.errors import DiskFailed, LimitReached, NotSent, Unanswered
from hive.execution.ports import ActionLink, HttpActions, JournalPort, TaskPort
from hive.hyperliquid.limits import exchange_weight
from hive.runtime.ports import HttpReply, SyncTicket

QUEUED_MAX: Final = 100

OnHttpReply = Callable[[int, HttpReply], None]
OnEnd = Callable[[int, str], None]
"""`(request_id, reason)`."""


class HttpLink:
    """Actions by HTTP. Always open: whether anything arrives is found out by trying."""

    def __init__(
        self,
        http: HttpActions,
        tasks: TaskPort,
        name: str,
        *,
        batch_len_max: int,
        on_reply: OnHttpReply,
        on_unanswered: OnEnd,
        on_unsent: OnEnd,
    ) -> None:
        self._http = http
        self._tasks = tasks
        self._name = name
        self._weight = exchange_weight(batch_len_max)
        self._on_reply = on_reply
        self._on_unanswered = on_unanswered
        self._on_unsent = on_unsent
        self._queue: deque[tuple[int, bytes]] = deque()
        self._is_running = False
        self._runs = 0

    @property
    def is_open(self) -> bool:
        return True

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:  # noqa: ARG002 (HTTP has a timeout of its own)
        """Send it when those before it have been answered.

        Raises:
            NotSent: `QUEUED_MAX` wait.
        """
        if len(self._queue) >= QUEUED_MAX:
            raise NotSent(f"{QUEUED_MAX} actions wait for an answer by HTTP")
        self._queue.append((request_id, body))
        if not self._is_running:
            self._is_running = True
            self._runs += 1  # the task before may not have quite ended: each has its own name
            self._tasks.spawn(f"{self._name} {self._runs}", self._run)

    async def _run(self) -> None:
        try:
            while self._queue:
                await self._exchange(*self._queue.popleft())
        finally:
            self._is_running = False

    async def _exchange(self, request_id: int, body: bytes) -> None:
        try:
            reply = await self._http.exchange(body, self._weight)
        except (NotSent, LimitReached) as error:
            self._on_unsent(request_id, str(error))
        except Unanswered as error:
            self._on_unanswered(request_id, str(error))
        else:
            self._on_reply(request_id, reply)


class SyncedLink:
    """Another link, behind the journal's syncs. What waits for one sync leaves together."""

    def __init__(
        self, link: ActionLink, journal: JournalPort, tasks: TaskPort, name: str, on_unsent: OnEnd
    ) -> None:
        self._link = link
        self._journal = journal
        self._tasks = tasks
        self._name = name
        self._on_unsent = on_unsent
        self._queue: deque[tuple[SyncTicket, int, bytes, int]] = deque()
        self._is_running = False
        self._runs = 0

    @property
    def is_open(self) -> bool:
        return self._link.is_open

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        """Send it once everything journaled so far is durable, in the order of asking.

        Raises:
            NotSent: the journal cannot be synced.
        """
        try:
            ticket = self._journal.request_sync()
        except DiskFailed as error:
            raise NotSent(str(error)) from error
        self._queue.append((ticket, request_id, body, deadline_ms))
        if not self._is_running:
            self._is_running = True
            self._runs += 1  # the task before may not have quite ended: each has its own name
            self._tasks.spawn(f"{self._name} {self._runs}", self._run)

    async def _run(self) -> None:
        try:
            while self._queue:
                ticket, request_id, body, deadline_ms = self._queue[0]
                try:
                    await ticket.wait()
                    self._link.post(request_id, body, deadline_ms)
                except (OSError, NotSent) as error:
                    self._on_unsent(request_id, str(error))
                finally:
                    self._queue.popleft()
        finally:
            self._is_running = False
