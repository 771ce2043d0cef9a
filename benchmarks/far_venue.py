"""A local venue in a process of its own that shares our virtual time: its memory is not ours.

    kernel ─▶ `simulation.venue_side.ServedVenue` ─▶ FarVenue ══ pipe ══ `ServerCore` ─▶ LocalVenue

Each call goes over with the present time and waits for all that it brings about, so both sides see
the same events at the same times as if they were one process.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

import msgspec

from hive.serving.port import Answer, Reply

REPOSITORY: Final = Path(__file__).parent.parent
LOOPBACK: Final = "127.0.0.1"
JSON: Final = "application/json"
_LENGTH: Final = struct.Struct("<I")


class Call(msgspec.Struct, array_like=True):
    """What the venue's side is asked to do. `key` is ours: of a socket or of a request."""

    do: Literal["http", "open", "frame", "close", "advance"]
    now_ms: int
    key: int = 0
    ip: str = ""
    path: str = ""
    body: bytes = b""


class Event(msgspec.Struct, array_like=True):
    """Something that came of it."""

    what: Literal["answer", "frame", "drop"]
    key: int
    status: int = 0
    body: bytes = b""


class Done(msgspec.Struct, array_like=True):
    """All that came of a call."""

    deadline_ms: int
    is_open: bool = False
    """A socket was admitted."""
    events: list[Event] = []


def write_message(pipe: IO[bytes], content: bytes) -> None:
    """One message, its length before it."""
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> bytes:
    """The next message; empty when the other side is gone."""
    head = pipe.read(_LENGTH.size)
    return pipe.read(*_LENGTH.unpack(head)) if head else b""


class FarVenue:
    """Behind `simulation.venue_side.VenueCore`. Ends its process when it is left."""

    def __init__(self, *arguments: str) -> None:
        """`arguments` are those of `benchmarks.far_venue_process`."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.far_venue_process", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to_venue, self._from_venue = self._process.stdin, self._process.stdout
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Done).decode
        self._keys = 0
        self._answers: dict[int, Answer] = {}
        self._sockets: dict[int, tuple[Callable[[bytes], None], Callable[[], None]]] = {}
        self._deadline_ms = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._to_venue.close()
        self._process.wait()
        self._from_venue.close()

    def oracle(self, question: dict[str, Any], now_ms: int) -> Any:
        """What the venue itself says."""
        answers: list[Reply] = []
        body = msgspec.json.encode(question)
        self.http(
            "/oracle", body, content_type=JSON, ip=LOOPBACK, now_ms=now_ms, answer=answers.append
        )
        return msgspec.json.decode(answers[0].body)

    # --- VenueCore --------------------------------------------------------------------------------

    def http(
        self, path: str, body: bytes, *, content_type: str, ip: str, now_ms: int, answer: Answer
    ) -> None:
        assert content_type == JSON, content_type
        key = self._key()
        self._answers[key] = answer
        self._call(Call("http", now_ms, key, ip, path, body))

    def ws_open(
        self, *, ip: str, now_ms: int, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        key = self._key()
        self._sockets[key] = (send, drop)
        if self._call(Call("open", now_ms, key, ip)).is_open:
            return key
        self._sockets.pop(key, None)
        return None

    def ws_frame(self, connection: int, frame: bytes, now_ms: int) -> None:
        self._call(Call("frame", now_ms, connection, body=frame))

    def ws_closed(self, connection: int, now_ms: int) -> None:
        self._sockets.pop(connection, None)
        self._call(Call("close", now_ms, connection))

    def advance(self, now_ms: int) -> None:
        self._call(Call("advance", now_ms))

    def next_deadline_ms(self) -> int:
        return self._deadline_ms

    # --- the pipe ---------------------------------------------------------------------------------

    def _key(self) -> int:
        self._keys += 1
        return self._keys

    def _call(self, call: Call) -> Done:
        write_message(self._to_venue, self._encode(call))
        done = self._decode(read_message(self._from_venue))
        self._deadline_ms = done.deadline_ms
        for event in done.events:
            self._take(event)
        return done

    def _take(self, event: Event) -> None:
        if event.what == "answer":
            self._answers.pop(event.key)(Reply(event.status, event.body))
        elif event.what == "frame":
            if event.key in self._sockets:
                self._sockets[event.key][0](event.body)
        elif event.key in self._sockets:
            self._sockets.pop(event.key)[1]()
