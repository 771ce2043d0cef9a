"""A network of messages between simulated processes and a venue that has no sockets.

Within one connection order is kept, as TCP keeps it; between connections nothing is. What can go
wrong on the way is decided by `Weather`, drawn anew for each world:

- each message takes a random time, sometimes a long one;
- a connection is cut: both ends learn of it, whatever was on the way is lost;
- a connection goes half-open: the venue's side is gone, ours hears nothing and is told nothing;
- a connection attempt is refused, or answered too late;
- an HTTP request is lost before it arrives, or its answer after it was carried out.

Every delivery goes into the world's trace. What leaves a process is shown to an observer first,
before anything can happen to it on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from hive.domain.errors import NotSent, Unanswered
from hive.runtime.ports import HttpReply, WsLink, WsListener
from hive.simulation.virtual_time import NS_PER_MS, Kernel, ProcessLoop


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What the network does, on average. Chances are per message or per attempt."""

    latency_ms_min: float = 0.5
    latency_ms_max: float = 20.0
    spike_chance: float = 0.0
    spike_ms_max: float = 2_000.0
    cut_chance: float = 0.0
    half_open_chance: float = 0.0
    refuse_chance: float = 0.0
    request_lost_chance: float = 0.0
    answer_lost_chance: float = 0.0


CALM = Weather()
"""No faults: what every world ends with."""


HttpAnswer = Callable[[int, bytes], None]
"""How the venue's side answers a request: status and body."""


class VenueSide(Protocol):
    """The venue as a network sees it (`serving.core.ServerCore`, adapted)."""

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None: ...

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        """A new socket's number; None when it is refused."""
        ...

    def ws_frame(self, connection: int, frame: bytes) -> None: ...

    def ws_closed(self, connection: int) -> None: ...


def _unobserved(road: str, message: bytes) -> None:
    """Nobody looks."""


class Network:
    """All connections of a world. `trace` hears every delivery; `weather` may be changed.

    `observe` is called with the road (`ws1`, `http`) and each message that leaves a process.
    """

    def __init__(
        self,
        kernel: Kernel,
        uniform: Callable[[], float],
        venue: VenueSide,
        trace: Callable[[str, bytes], None],
    ) -> None:
        self.kernel = kernel
        self.uniform = uniform
        self.venue = venue
        self.trace = trace
        self.weather = CALM
        self.observe: Callable[[str, bytes], None] = _unobserved
        self.fired_by_fault: dict[str, int] = {}
        self._links: dict[int, SimulatedLink] = {}
        self._next_link = 0

    def of_process(self, loop: ProcessLoop, *, ip: str) -> SimulatedNet:
        """The `Net` port of one process."""
        return SimulatedNet(self, loop, ip)

    def cut_all(self, loop: ProcessLoop) -> None:
        """The process died: the venue sees its sockets close."""
        for link in [link for link in self._links.values() if link.loop is loop]:
            link.cut("peer died", quiet=True)

    def cut_one(self) -> bool:
        """Cut a connection, whichever; False if there is none."""
        links = list(self._links.values())
        if not links:
            return False
        links[int(self.uniform() * len(links))].cut("reset by the network")
        self.fired_by_fault["cut"] = self.fired_by_fault.get("cut", 0) + 1
        return True

    def happens(self, fault: str, chance: float) -> bool:
        """Whether this fault strikes now; counted when it does."""
        if chance <= 0.0 or self.uniform() >= chance:
            return False
        self.fired_by_fault[fault] = self.fired_by_fault.get(fault, 0) + 1
        return True

    def delay_ns(self) -> int:
        weather = self.weather
        span_ms = weather.latency_ms_max - weather.latency_ms_min
        delay_ms = weather.latency_ms_min + self.uniform() * span_ms
        if self.happens("latency_spike", weather.spike_chance):
            delay_ms += self.uniform() * weather.spike_ms_max
        return int(delay_ms * NS_PER_MS)

    def register(self, link: SimulatedLink) -> int:
        self._next_link += 1
        self._links[self._next_link] = link
        return self._next_link

    def forget(self, number: int) -> None:
        self._links.pop(number, None)


class SimulatedLink:
    """One WebSocket: both ends. Behind `WsLink` for the client's side."""

    def __init__(self, network: Network, loop: ProcessLoop, listener: WsListener) -> None:
        self.loop = loop
        self._network = network
        self._listener = listener
        self._number = network.register(self)
        self._connection: int | None = None
        self._is_open = True
        self._is_half_open = False
        self._to_venue_ns = 0
        self._to_client_ns = 0

    @property
    def is_open(self) -> bool:
        return self._is_open

    def attach(self, connection: int) -> None:
        """The venue accepted the socket under this number."""
        self._connection = connection

    # --- the client's end (WsLink) ---

    def send(self, frame: bytes) -> None:
        if not self._is_open or self.loop.is_dead:
            raise NotSent("the socket is closed")
        network = self._network
        network.observe(f"ws{self._number}", frame)
        if self._is_half_open:
            return
        if network.happens("cut", network.weather.cut_chance):
            self.cut("reset by the network")
            return
        if network.happens("half_open", network.weather.half_open_chance):
            self._go_half_open()
            return
        kernel = network.kernel
        self._to_venue_ns = max(self._to_venue_ns, kernel.now_ns + network.delay_ns())
        kernel.at(self._to_venue_ns, self._arrive_at_venue, bytes(frame))

    def close(self) -> None:
        self.cut("closed by us")

    # --- the venue's end ---

    def push(self, frame: bytes) -> None:
        """The venue sends one frame."""
        if not self._is_open or self._is_half_open:
            return
        kernel = self._network.kernel
        self._to_client_ns = max(self._to_client_ns, kernel.now_ns + self._network.delay_ns())
        kernel.at(self._to_client_ns, self._arrive_at_client, frame, owner=self.loop)

    def drop(self) -> None:
        """The venue drops the socket."""
        self._connection = None
        self.cut("dropped by the venue (1006)")

    def cut(self, reason: str, *, quiet: bool = False) -> None:
        """The connection ends now; what is on the way is lost. `quiet`: our end is not told."""
        if not self._is_open:
            return
        self._is_open = False
        self._network.forget(self._number)
        kernel = self._network.kernel
        self._leave_venue()
        if not quiet:
            kernel.at(kernel.now_ns, self._tell_closed, reason, owner=self.loop)

    def _go_half_open(self) -> None:
        self._is_half_open = True
        self._leave_venue()

    def _leave_venue(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            kernel = self._network.kernel
            kernel.at(kernel.now_ns, self._network.venue.ws_closed, connection)

    def _arrive_at_venue(self, frame: bytes) -> None:
        if self._connection is not None:
            self._network.trace(f"{self.loop.name} ws{self._number} >", frame)
            self._network.venue.ws_frame(self._connection, frame)

    def _arrive_at_client(self, frame: bytes) -> None:
        if self._is_open and not self._is_half_open:
            self._network.trace(f"{self.loop.name} ws{self._number} <", frame)
            self._listener.on_frame(frame)

    def _tell_closed(self, reason: str) -> None:
        self._network.trace(f"{self.loop.name} ws{self._number} closed", reason.encode())
        self._listener.on_closed(reason)


class SimulatedNet:
    """Behind the `Net` port, for one process at one address."""

    def __init__(self, network: Network, loop: ProcessLoop, ip: str) -> None:
        self._network = network
        self._loop = loop
        self._ip = ip

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        network, kernel = self._network, self._network.kernel
        opened: asyncio.Future[WsLink] = self._loop.create_future()
        link = SimulatedLink(network, self._loop, listener)

        def arrive() -> None:
            if not link.is_open:
                return  # given up, or dead, before anybody was reached
            refused = network.happens("connection_refused", network.weather.refuse_chance)
            number = (
                None
                if refused
                else network.venue.ws_open(ip=self._ip, send=link.push, drop=link.drop)
            )
            if number is not None:
                link.attach(number)
            kernel.at(kernel.now_ns + network.delay_ns(), answer, number, owner=self._loop)

        def answer(number: int | None) -> None:
            if opened.done():
                link.cut("too late", quiet=True)
            elif number is None:
                link.cut("refused", quiet=True)
                opened.set_exception(NotSent(f"{url}: connection refused"))
            else:
                opened.set_result(link)

        def give_up() -> None:
            if not opened.done():
                link.cut("timeout", quiet=True)
                opened.set_exception(NotSent(f"{url}: no connection in {timeout_ms} ms"))

        kernel.at(kernel.now_ns + network.delay_ns(), arrive)
        limit = kernel.at(kernel.now_ns + timeout_ms * NS_PER_MS, give_up, owner=self._loop)
        try:
            return await opened
        finally:
            limit.cancel()

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        network, kernel = self._network, self._network.kernel
        weather = network.weather
        path = "/" + url.split("://", 1)[-1].partition("/")[2]
        answered: asyncio.Future[HttpReply] = self._loop.create_future()
        if network.happens("connection_refused", weather.refuse_chance):
            raise NotSent(f"{url}: connection refused")
        network.observe("http", body)

        def answer(status: int, reply: bytes) -> None:
            if not network.happens("http_answer_lost", network.weather.answer_lost_chance):
                kernel.at(
                    kernel.now_ns + network.delay_ns(), arrive_back, status, reply, owner=self._loop
                )

        def arrive_back(status: int, reply: bytes) -> None:
            if not answered.done():
                network.trace(f"{self._loop.name} http {path} < {status}", reply)
                answered.set_result(HttpReply(status, reply))

        def arrive() -> None:
            network.trace(f"{self._loop.name} http {path} >", body)
            network.venue.http(path, body, ip=self._ip, answer=answer)

        def give_up() -> None:
            if not answered.done():
                answered.set_exception(Unanswered(f"{url}: no answer in {timeout_ms} ms"))

        if not network.happens("http_request_lost", weather.request_lost_chance):
            kernel.at(kernel.now_ns + network.delay_ns(), arrive)
        limit = kernel.at(kernel.now_ns + timeout_ms * NS_PER_MS, give_up, owner=self._loop)
        try:
            return await answered
        finally:
            limit.cancel()

    async def aclose(self) -> None:
        """Nothing is kept open between requests."""
