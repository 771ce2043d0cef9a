"""A middleman of bytes between a trader and a venue: all that can happen to a TCP connection.

    trader ◀──▶ middleman ◀──▶ venue

He forwards whole WebSocket frames and knows nothing of what is in them; requests over HTTP pass
untouched, but are cut with the rest where a trouble cuts everything.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Final

CHUNK: Final = 65_536
SLICE: Final = 7
SLICED_FRAMES: Final = 3
SLOW_S: Final = 0.4
LINGER_RESET: Final = struct.pack("ii", 1, 0)
UPGRADED: Final = b"GET /ws"
HEAD_END: Final = b"\r\n\r\n"


class Trouble(Enum):
    """What he does to a trader's sockets."""

    RESET = "reset"
    VANISH = "1006"
    """Closed without a closing handshake."""
    CLOSE_1000 = "1000"
    CLOSE_1008 = "1008"
    CLOSE_1009 = "1009"
    CLOSE_1011 = "1011"
    TEAR = "torn in the middle of a frame"
    SLICE = "sliced into a few bytes at a time, then reset"
    SLOW = "slow, then reset"
    ALL = "everything reset, HTTP too"
    HALF_OPEN = "half-open"


CLOSE_CODES: Final = {
    Trouble.CLOSE_1000: 1000,
    Trouble.CLOSE_1008: 1008,
    Trouble.CLOSE_1009: 1009,
    Trouble.CLOSE_1011: 1011,
}


class _Road:
    """One connection: both of its writers, and what is being done to it."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far
        self.is_ws = False
        self.trouble: Trouble | None = None
        self.frames = 0

    def end(self, *, is_reset: bool) -> None:
        for writer in (self.near, self.far):
            if not is_reset:
                writer.close()
                continue
            with suppress(OSError):  # it may be closed already
                found = writer.get_extra_info("socket")
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            writer.transport.abort()


class TcpMiddleman:
    """Before one venue, for one trader."""

    def __init__(self, host: str, port: int) -> None:
        self._venue = (host, port)
        self._roads: dict[int, _Road] = {}
        self._next = 0
        self.done: dict[Trouble, int] = dict.fromkeys(Trouble, 0)

    def make(self, trouble: Trouble) -> None:
        """Do it to every socket that is open now."""
        self.done[trouble] += 1
        for road in list(self._roads.values()):
            if not (road.is_ws or trouble is Trouble.ALL):
                continue
            road.trouble, road.frames = trouble, 0
            if trouble in (Trouble.RESET, Trouble.ALL):
                road.end(is_reset=True)
            elif trouble is Trouble.VANISH:
                road.end(is_reset=False)
            elif trouble in CLOSE_CODES:
                road.near.write(b"\x88\x02" + struct.pack(">H", CLOSE_CODES[trouble]))
                road.end(is_reset=False)

    def leave(self) -> None:
        """End everything that is open."""
        for road in list(self._roads.values()):
            road.end(is_reset=True)

    async def meet(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        try:
            far_in, far_out = await asyncio.open_connection(*self._venue)
        except OSError:
            near_out.close()
            return
        number = self._next = self._next + 1
        road = self._roads[number] = _Road(near_out, far_out)
        out = asyncio.ensure_future(self._carry_out(near_in, road))
        try:
            await self._carry_back(far_in, road)
        except OSError:
            pass
        finally:
            out.cancel()
            if road.trouble is not Trouble.HALF_OPEN:
                del self._roads[number]
                road.end(is_reset=False)

    async def _carry_out(self, reader: asyncio.StreamReader, road: _Road) -> None:
        while data := await reader.read(CHUNK):
            road.is_ws = road.is_ws or data.startswith(UPGRADED)
            if road.trouble is not Trouble.HALF_OPEN:
                road.far.write(data)

    async def _carry_back(self, reader: asyncio.StreamReader, road: _Road) -> None:
        waiting = b""
        is_upgraded = False
        while data := await reader.read(CHUNK):
            if not road.is_ws:
                road.near.write(data)
                continue
            waiting += data
            if not is_upgraded:
                head, found, waiting = waiting.partition(HEAD_END)
                if not found:
                    waiting = head
                    continue
                is_upgraded = True
                road.near.write(head + HEAD_END)
            while frame := waiting[: _length(waiting)]:
                waiting = waiting[len(frame) :]
                await self._pass_on(frame, road)

    async def _pass_on(self, frame: bytes, road: _Road) -> None:
        road.frames += 1
        match road.trouble:
            case None:
                road.near.write(frame)
            case Trouble.TEAR:
                road.near.write(frame[: len(frame) // 2])
                await road.near.drain()
                road.end(is_reset=True)
            case Trouble.SLICE | Trouble.SLOW if road.frames > SLICED_FRAMES:
                road.end(is_reset=True)
            case Trouble.SLICE:
                for at in range(0, len(frame), SLICE):
                    road.near.write(frame[at : at + SLICE])
                    await road.near.drain()
            case Trouble.SLOW:
                await asyncio.sleep(SLOW_S)
                road.near.write(frame)
            case _:
                pass  # half-open, or ending: nothing comes through any more


def _length(data: bytes) -> int:
    """How long the first frame is, of a server that does not mask; 0 if it is not whole yet."""
    if len(data) < 2:
        return 0
    short = data[1] & 0x7F
    head = {126: 4, 127: 10}.get(short, 2)
    if len(data) < head:
        return 0
    length = head + (short if head == 2 else int.from_bytes(data[2:head], "big"))
    return length if len(data) >= length else 0


@asynccontextmanager
async def middleman(host: str, port: int) -> AsyncIterator[tuple[TcpMiddleman, str]]:
    """A middleman, and the URL at which he is the venue."""
    one = TcpMiddleman(host, port)
    server = await asyncio.start_server(one.meet, "127.0.0.1", 0)
    try:
        yield one, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        one.leave()
