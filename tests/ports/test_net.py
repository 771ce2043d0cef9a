"""Every net keeps the same promises: one suite, run over real sockets and over simulated ones.

The peer on the other side echoes frames and bodies, drops a socket on "drop", and never answers a
request to /silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Protocol

import pytest
from aiohttp import web

from hive.domain.errors import NotSent, Unanswered
from hive.runtime.net_live import LiveNet
from hive.runtime.ports import Net
from hive.runtime.rng import SeededRng
from hive.simulation.network import HttpAnswer, Network, Weather
from hive.simulation.virtual_time import Kernel, ProcessLoop

DROP = b"drop"
SOON_MS = 100
LATER_MS = 5_000


class Place(NamedTuple):
    """A net, where its peer is, and where nobody is."""

    net: Net
    http: str
    ws: str
    nowhere: Callable[[], str]
    """A root URL where connections are refused from now on."""


Scene = Callable[[Place], Coroutine[Any, Any, None]]


class Play(Protocol):
    def __call__(self, scene: Scene) -> None: ...


class Ear:
    """Hears frames and the end."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.closed: list[str] = []

    def on_frame(self, frame: bytes | memoryview) -> None:
        self.frames.append(bytes(frame))

    def on_closed(self, reason: str) -> None:
        self.closed.append(reason)


async def until(holds: Callable[[], bool]) -> None:
    """Let time pass, real or simulated, until it holds."""
    for _ in range(5_000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to hold")


# --- the two places ----------------------------------------------------------------------------


async def serve(request: web.BaseRequest) -> web.StreamResponse:
    if request.path == "/ws":
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data == DROP.decode():
                assert request.transport is not None
                request.transport.abort()
            else:
                await socket.send_str(message.data)
        return socket
    if request.path == "/silent":
        await asyncio.get_running_loop().create_future()
    return web.Response(status=200, body=await request.read())


def play_live(scene: Scene) -> None:
    async def whole() -> None:
        runner = web.ServerRunner(web.Server(serve), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        vacant = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port, vacant_port = runner.addresses[0][1], vacant.sockets[0].getsockname()[1]
        vacant.close()
        await vacant.wait_closed()
        net = LiveNet()
        root = f"127.0.0.1:{port}"
        nowhere = f"127.0.0.1:{vacant_port}"
        try:
            await scene(Place(net, f"http://{root}", f"ws://{root}/ws", lambda: nowhere))
        finally:
            await net.aclose()
            await runner.cleanup()

    asyncio.run(whole())


class EchoVenue:
    """The peer as a simulated network sees it."""

    def __init__(self) -> None:
        self._ends: dict[int, tuple[Callable[[bytes], None], Callable[[], None]]] = {}

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        if path != "/silent":
            answer(200, body)

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        self._ends[len(self._ends)] = (send, drop)
        return len(self._ends) - 1

    def ws_frame(self, connection: int, frame: bytes) -> None:
        send, drop = self._ends[connection]
        if frame == DROP:
            drop()
        else:
            send(frame)

    def ws_closed(self, connection: int) -> None: ...


def play_simulated(scene: Scene) -> None:
    kernel = Kernel()
    network = Network(kernel, SeededRng(1).uniform, EchoVenue(), lambda _what, _frame: None)
    loop = ProcessLoop(kernel, "p")

    def nowhere() -> str:
        network.weather = Weather(refuse_chance=1.0)
        return "nowhere"

    place = Place(network.of_process(loop, ip="10.0.0.1"), "http://venue", "ws://venue/ws", nowhere)
    kernel.run_until_done(loop.start(scene(place)), limit_ns=60 * 10**9)
    assert kernel.failures == []


@pytest.fixture(params=[play_live, play_simulated], ids=["live", "simulated"])
def play(request: pytest.FixtureRequest) -> Play:
    chosen: Play = request.param
    return chosen


# --- the promises ------------------------------------------------------------------------------


def test_frames_arrive_whole_and_in_order(play: Play) -> None:
    async def scene(place: Place) -> None:
        ear = Ear()
        link = await place.net.connect_ws(place.ws, ear, timeout_ms=LATER_MS)
        frames = [b'{"n":%d}' % number for number in range(200)]
        for frame in frames:
            link.send(frame)
        await until(lambda: len(ear.frames) == 200)
        assert ear.frames == frames
        link.close()
        await until(lambda: bool(ear.closed))

    play(scene)


def test_our_closing_is_told_once_later_and_nothing_is_sent_after_it(play: Play) -> None:
    async def scene(place: Place) -> None:
        ear = Ear()
        link = await place.net.connect_ws(place.ws, ear, timeout_ms=LATER_MS)
        link.close()
        link.close()
        assert ear.closed == [], "never from within close"
        with pytest.raises(NotSent):
            link.send(b"{}")
        await until(lambda: bool(ear.closed))
        await asyncio.sleep(0.01)
        assert ear.closed == ["closed by us"]

    play(scene)


def test_a_dropped_socket_is_told_once_and_takes_nothing_more(play: Play) -> None:
    async def scene(place: Place) -> None:
        ear = Ear()
        link = await place.net.connect_ws(place.ws, ear, timeout_ms=LATER_MS)
        link.send(DROP)
        await until(lambda: bool(ear.closed))
        with pytest.raises(NotSent):
            link.send(b"{}")
        link.close()
        await asyncio.sleep(0.01)
        assert len(ear.closed) == 1
        assert "1006" in ear.closed[0]

    play(scene)


def test_sockets_do_not_hear_each_other(play: Play) -> None:
    async def scene(place: Place) -> None:
        ears = [Ear(), Ear()]
        links = [await place.net.connect_ws(place.ws, ear, timeout_ms=LATER_MS) for ear in ears]
        for number, link in enumerate(links):
            link.send(b"%d" % number)
        await until(lambda: all(ear.frames for ear in ears))
        assert [ear.frames for ear in ears] == [[b"0"], [b"1"]]
        for link in links:
            link.close()
        await until(lambda: all(ear.closed for ear in ears))

    play(scene)


def test_a_body_is_carried_there_and_back(play: Play) -> None:
    async def scene(place: Place) -> None:
        reply = await place.net.post(f"{place.http}/info", b'{"a":1}', timeout_ms=LATER_MS)
        assert (reply.status, reply.body) == (200, b'{"a":1}')
        await place.net.aclose()

    play(scene)


def test_no_answer_in_time_is_unanswered(play: Play) -> None:
    async def scene(place: Place) -> None:
        with pytest.raises(Unanswered):
            await place.net.post(f"{place.http}/silent", b"{}", timeout_ms=SOON_MS)

    play(scene)


def test_without_a_connection_nothing_was_sent(play: Play) -> None:
    async def scene(place: Place) -> None:
        root = place.nowhere()
        with pytest.raises(NotSent):
            await place.net.post(f"http://{root}/info", b"{}", timeout_ms=LATER_MS)
        ear = Ear()
        with pytest.raises(NotSent):
            await place.net.connect_ws(f"ws://{root}/ws", ear, timeout_ms=LATER_MS)
        await asyncio.sleep(0.01)
        assert (ear.frames, ear.closed) == ([], []), "there never was a socket to hear of"

    play(scene)
