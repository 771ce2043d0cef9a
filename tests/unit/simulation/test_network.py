"""The simulated network: order within a connection, and each fault as a real network shows it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hive.domain.errors import NotSent, Unanswered
from hive.runtime.ports import HttpReply, WsLink
from hive.runtime.rng import SeededRng
from hive.simulation.network import HttpAnswer, Network, Weather
from hive.simulation.virtual_time import NS_PER_S, Kernel, ProcessLoop


class Echo:
    """A venue that sends every frame back twice and answers every request with its body."""

    def __init__(self) -> None:
        self.send_by_connection: dict[int, Callable[[bytes], None]] = {}
        self.drop_by_connection: dict[int, Callable[[], None]] = {}
        self.closed: list[int] = []
        self.requests = 0
        self.accepts = True

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        self.requests += 1
        answer(200, path.encode() + body)

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        if not self.accepts:
            return None
        number = len(self.send_by_connection) + 1
        self.send_by_connection[number] = send
        self.drop_by_connection[number] = drop
        return number

    def ws_frame(self, connection: int, frame: bytes) -> None:
        for suffix in (b"1", b"2"):
            self.send_by_connection[connection](frame + suffix)

    def ws_closed(self, connection: int) -> None:
        self.closed.append(connection)


class Ear:
    """Hears one socket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: list[str] = []

    def on_frame(self, frame: bytes | memoryview) -> None:
        self.frames.append(bytes(frame))

    def on_closed(self, reason: str) -> None:
        self.closed.append(reason)


class Rig:
    """One process, one venue, one network."""

    def __init__(self, seed: int = 1) -> None:
        self.kernel = Kernel()
        self.loop = ProcessLoop(self.kernel, "p")
        self.venue = Echo()
        self.trace: list[str] = []
        self.network = Network(
            self.kernel,
            SeededRng(seed).uniform,
            self.venue,
            lambda what, _: self.trace.append(what),
        )
        self.net = self.network.of_process(self.loop, ip="10.0.0.1")

    def connect(self, ear: Ear) -> WsLink:
        task = self.loop.start(self.net.connect_ws("ws://venue/ws", ear, timeout_ms=5_000))
        return self.kernel.run_until_done(task, limit_ns=self.kernel.now_ns + 20 * NS_PER_S)

    def post(self, *, timeout_ms: int = 5_000) -> HttpReply:
        task = self.loop.start(self.net.post("http://venue/info", b"{}", timeout_ms=timeout_ms))
        return self.kernel.run_until_done(task, limit_ns=self.kernel.now_ns + 20 * NS_PER_S)

    def settle(self) -> None:
        self.kernel.run(until_ns=self.kernel.now_ns + 10 * NS_PER_S)


def test_frames_of_one_socket_keep_their_order() -> None:
    rig, ear = Rig(), Ear()
    link = rig.connect(ear)
    for number in range(20):
        link.send(b"%d-" % number)
    rig.settle()
    assert ear.frames == [b"%d-%d" % (n, k) for n in range(20) for k in (1, 2)]


def test_a_cut_tells_both_ends_once_and_later_sends_are_refused() -> None:
    rig, ear = Rig(), Ear()
    link = rig.connect(ear)
    rig.network.weather = Weather(cut_chance=1.0)
    link.send(b"lost")
    rig.settle()
    assert len(ear.closed) == 1
    assert rig.venue.closed == [1]
    assert ear.frames == []
    with pytest.raises(NotSent):
        link.send(b"late")


def test_a_half_open_socket_swallows_frames_and_says_nothing() -> None:
    rig, ear = Rig(), Ear()
    link = rig.connect(ear)
    rig.network.weather = Weather(half_open_chance=1.0)
    link.send(b"lost")
    link.send(b"lost too")
    rig.settle()
    assert ear.closed == []
    assert ear.frames == []
    assert rig.venue.closed == [1]


def test_a_socket_dropped_by_the_venue_is_heard() -> None:
    rig, ear = Rig(), Ear()
    rig.connect(ear)
    rig.venue.drop_by_connection[1]()
    rig.settle()
    assert len(ear.closed) == 1


def test_a_refused_connection_is_not_sent() -> None:
    rig = Rig()
    rig.venue.accepts = False
    with pytest.raises(NotSent):
        rig.connect(Ear())


def test_an_answer_lost_after_the_request_was_carried_out_is_unanswered() -> None:
    rig = Rig()
    rig.network.weather = Weather(answer_lost_chance=1.0)
    with pytest.raises(Unanswered):
        rig.post()
    assert rig.venue.requests == 1


def test_a_request_lost_on_the_way_is_unanswered_too() -> None:
    rig = Rig()
    rig.network.weather = Weather(request_lost_chance=1.0)
    with pytest.raises(Unanswered):
        rig.post()
    assert rig.venue.requests == 0


def test_http_carries_path_and_body() -> None:
    assert Rig().post() == HttpReply(200, b"/info{}")


def test_nothing_reaches_a_process_that_died() -> None:
    rig, ear = Rig(), Ear()
    rig.connect(ear)
    rig.loop.kill()
    rig.network.cut_all(rig.loop)
    rig.settle()
    assert rig.venue.closed == [1]
    assert ear.closed == []


def test_the_same_seed_gives_the_same_trace() -> None:
    def run(seed: int) -> tuple[list[str], int]:
        rig = Rig(seed)
        rig.network.weather = Weather(spike_chance=0.2, cut_chance=0.05)
        link = rig.connect(Ear())
        for _ in range(30):
            try:
                link.send(b"x")
            except NotSent:
                break
        rig.settle()
        return rig.trace, rig.kernel.callbacks_run

    assert run(7) == run(7)
    assert run(7) != run(8)


def test_an_observer_sees_what_leaves_even_if_it_never_arrives() -> None:
    rig, ear = Rig(), Ear()
    link = rig.connect(ear)
    left: list[tuple[str, bytes]] = []
    rig.network.observe = lambda road, message: left.append((road, message))
    rig.network.weather = Weather(half_open_chance=1.0, answer_lost_chance=1.0)
    link.send(b"lost")
    with pytest.raises(Unanswered):
        rig.post()
    with_refusals = Weather(refuse_chance=1.0)
    rig.network.weather = with_refusals
    with pytest.raises(NotSent):
        rig.post()
    assert left == [("ws1", b"lost"), ("http", b"{}")]


def test_one_connection_can_be_cut_from_outside() -> None:
    rig, ear = Rig(), Ear()
    assert not rig.network.cut_one()
    rig.connect(ear)
    assert rig.network.cut_one()
    rig.settle()
    assert len(ear.closed) == 1
    assert rig.network.fired_by_fault == {"cut": 1}


def test_a_process_that_died_while_connecting_leaves_no_socket_at_the_venue() -> None:
    rig = Rig()
    rig.loop.start(rig.net.connect_ws("ws://venue/ws", Ear(), timeout_ms=5_000))
    rig.kernel.run(until_ns=rig.kernel.now_ns)
    rig.loop.kill()
    rig.network.cut_all(rig.loop)
    rig.settle()
    assert rig.venue.send_by_connection == {}
