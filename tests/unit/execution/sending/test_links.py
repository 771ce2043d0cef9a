"""The two other roads: HTTP while the socket is down, and behind the journal's sync."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.unit.execution.desk_rig import ALICE, SIGNER, DeskRig
from tests.unit.execution.desk_surroundings import ACCOUNT

from hive.domain.errors import DiskFailed, NotSent, Unanswered
from hive.execution.desk.settings import DeskSettings
from hive.execution.sending.action_sender import SendSettings
from hive.execution.sending.links import HttpLink, SyncGate
from hive.runtime.ports import HttpReply
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor, TaskCrash
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel, ProcessLoop


class Ends:
    """What became of requests, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def replied(self, request_id: int, reply: HttpReply) -> None:
        self.told.append((f"HTTP {reply.status}", request_id))

    def unanswered(self, request_id: int, reason: str) -> None:
        self.told.append(("unanswered", request_id))

    def unsent(self, request_id: int, reason: str) -> None:
        self.told.append(("not sent", request_id))


class Http:
    """Behind `HttpActions`: each request ends as it is told to."""

    def __init__(self, *ends: HttpReply | Exception) -> None:
        self.ends = list(ends)
        self.bodies: list[bytes] = []
        self.deadlines_ms: list[int] = []

    async def exchange(self, body: bytes, weight: int, *, deadline_ms: int) -> HttpReply:
        self.bodies.append(body)
        self.deadlines_ms.append(deadline_ms)
        await asyncio.sleep(0.1)
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


class Ticket:
    """Behind `SyncTicket`."""

    def __init__(self, after_s: float, error: OSError | None = None) -> None:
        self._after_s = after_s
        self._failure = error
        self.done = False
        self.error: OSError | None = None

    async def wait(self) -> None:
        await asyncio.sleep(self._after_s)
        self.done, self.error = self._failure is None, self._failure
        if self._failure is not None:
            raise self._failure


class SlowJournal:
    """Behind `JournalPort`: its syncs take as long as a test says."""

    def __init__(self, *tickets: Ticket | DiskFailed) -> None:
        self.tickets = list(tickets)

    def append_all(self, records: object) -> None:
        """Nothing is kept."""

    is_state_due = False

    def begin_segment(self, state: object) -> None:
        """All that was written stays where it is."""

    def prune(self) -> int:
        return 0

    def abandon(self) -> None:
        """Nothing is kept."""

    def request_sync(self) -> Ticket:
        ticket = self.tickets.pop(0)
        if isinstance(ticket, DiskFailed):
            raise ticket
        return ticket


class Wire:
    """Behind `ActionLink`."""

    def __init__(self) -> None:
        self.posted: list[int] = []
        self.is_open = True

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        if not self.is_open:
            raise NotSent("closed")
        self.posted.append(request_id)


class Bench:
    def __init__(self) -> None:
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "links")
        self.crashes: list[TaskCrash] = []
        clock = VirtualClock(self.kernel, 0)
        self.tasks = Supervisor(clock, SeededRng(1), self.crashes.append)
        self.ends = Ends()

    def http(self, http: Http, *, admits: bool = True) -> HttpLink:
        return HttpLink(
            http,
            self.tasks,
            "http",
            batch_len_max=100,
            admits=lambda weight: admits,
            on_reply=self.ends.replied,
            on_unanswered=self.ends.unanswered,
            on_unsent=self.ends.unsent,
        )

    def gate(self, *tickets: Ticket | DiskFailed) -> SyncGate:
        journal: Any = SlowJournal(*tickets)
        return SyncGate(journal, self.tasks, "sync", self.ends.unsent)

    def do(self, *deeds: Any) -> None:
        for deed in deeds:
            self.loop.call_soon(deed)
        self.run_s(0)

    def run_s(self, seconds: float) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + int(seconds * 1e9))
        assert not self.kernel.failures, self.kernel.failures
        assert not self.crashes


def test_each_end_by_http_is_told_as_what_it_is() -> None:
    bench = Bench()
    link = bench.http(Http(HttpReply(200, b""), Unanswered("?"), NotSent("!"), HttpReply(429, b"")))
    for request_id in range(4):
        bench.do(lambda: link.post(request_id, b"", 0))  # noqa: B023 (called within the turn)
        bench.run_s(0.2)
    assert bench.ends.told == [
        ("HTTP 200", 0),
        ("unanswered", 1),
        ("not sent", 2),
        ("HTTP 429", 3),
    ]


def test_by_http_only_one_action_is_on_its_way() -> None:
    bench = Bench()
    http = Http(HttpReply(200, b""), HttpReply(200, b""))
    link = bench.http(http)
    refused: list[str] = []

    def post_another() -> None:
        try:
            link.post(2, b"", 0)
        except NotSent as error:
            refused.append(str(error))

    bench.do(lambda: link.post(1, b"", 0), post_another)
    assert len(refused) == 1
    assert not link.is_open
    bench.run_s(0.2)
    assert link.is_open


def test_by_http_an_action_is_given_up_when_the_desk_gives_it_up() -> None:
    bench = Bench()
    http = Http(HttpReply(200, b""))
    link = bench.http(http)
    bench.do(lambda: link.post(1, b"", 4_321))
    assert http.deadlines_ms == [4_321]


def test_outside_the_venues_weight_the_road_is_closed() -> None:
    assert not Bench().http(Http(), admits=False).is_open


def test_actions_leave_after_their_sync_in_the_order_they_came_over_all_links() -> None:
    bench = Bench()
    wire, other = Wire(), Wire()
    order: list[int] = []
    wire.posted = other.posted = order
    gate = bench.gate(Ticket(0.5), Ticket(0.0), Ticket(0.1))
    first, second = gate.before(wire), gate.before(other)
    bench.do(
        lambda: first.post(1, b"", 0),
        lambda: second.post(2, b"", 0),
        lambda: first.post(3, b"", 0),
    )
    bench.run_s(0.4)
    assert order == []
    bench.run_s(1)
    assert order == [1, 2, 3]


def test_what_cannot_be_synced_or_posted_any_more_is_told_as_not_sent() -> None:
    bench = Bench()
    wire = Wire()
    link = bench.gate(Ticket(0, OSError("full")), Ticket(0.1), Ticket(0)).before(wire)
    bench.do(lambda: link.post(1, b"", 0), lambda: link.post(2, b"", 0))
    wire.is_open = False
    bench.run_s(1)
    wire.is_open = True
    bench.do(lambda: link.post(3, b"", 0))
    bench.run_s(1)
    assert bench.ends.told == [("not sent", 1), ("not sent", 2)]
    assert wire.posted == [3]


def test_a_journal_that_cannot_even_be_asked_refuses_at_once() -> None:
    bench = Bench()
    link = bench.gate(DiskFailed("gone")).before(Wire())
    refused: list[str] = []

    def post() -> None:
        try:
            link.post(1, b"", 0)
        except NotSent as error:
            refused.append(str(error))

    bench.do(post)
    assert refused == ["gone"]


def test_under_power_nothing_leaves_before_it_is_on_the_platter() -> None:
    settings = DeskSettings(
        account=ACCOUNT, send=SendSettings(is_mainnet=False), durability="power"
    )
    rig = DeskRig(settings=settings)
    rig.journal.request_sync = lambda: Ticket(0.05)  # type: ignore[method-assign]  # a slow disk
    rig.start()
    rig.placed()
    assert rig.streams.posts == []
    rig.run_ms(60)
    assert len(rig.streams.posts) == 1
    assert SIGNER.address == ACCOUNT
    assert rig.desk.open_orders(ALICE)[0].oid is None
