"""The four seams behind which life, tests and simulation differ: Clock, Net, Disk, Rng.

Everything above asks these ports and nothing else for time, sockets, files and chance; that is
what lets the whole runtime run in virtual time from one seed. Waiting itself is plain asyncio: the
simulation brings an event loop whose time is virtual, so `asyncio.sleep` and `loop.call_later` are
allowed in shell files, while reading `time` or `datetime` is not.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Clock(Protocol):
    """What time it is. Wall time labels and makes nonces; durations use the monotonic clock."""

    def now_ms(self) -> int:
        """Wall time, epoch milliseconds. May step backwards."""
        ...

    def monotonic_ns(self) -> int:
        """Never steps backwards; its zero means nothing."""
        ...


class Rng(Protocol):
    """Chance, seeded in tests. Not for keys."""

    def uniform(self) -> float:
        """A number in [0, 1)."""
        ...

    def token(self, size_bytes: int) -> bytes:
        """Bytes nobody can guess in life; seeded in simulation."""
        ...


class WsListener(Protocol):
    """Who hears an open socket. Both are called on the loop, never concurrently."""

    def on_frame(self, frame: bytes | memoryview) -> None:
        """One whole text frame. A memoryview is valid only during the call."""
        ...

    def on_closed(self, reason: str) -> None:
        """Exactly once, after which `send` raises `NotSent`."""
        ...


class WsLink(Protocol):
    """One open WebSocket."""

    def send(self, frame: bytes) -> None:
        """Hand one text frame to the kernel's buffer, in order.

        Raises:
            NotSent: the socket is closed or its write buffer is past its bound.
        """
        ...

    def close(self) -> None:
        """Begin to close; `on_closed` follows. Idempotent."""
        ...


class HttpReply(msgspec.Struct, frozen=True):
    """A response as it came: the status and the whole body."""

    status: int
    body: bytes


class Net(Protocol):
    """The way out of the process."""

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        """Open a WebSocket.

        Raises:
            NotSent: it could not be opened in time.
        """
        ...

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        """POST a JSON body and read the whole answer.

        Raises:
            NotSent: no connection was made, so nothing arrived.
            Unanswered: sent, and the answer did not come (whole) in time.
        """
        ...

    async def aclose(self) -> None:
        """Close what is kept open between requests."""
        ...


class SyncTicket(Protocol):
    """A request that bytes reach the platter."""

    @property
    def done(self) -> bool:
        """Everything appended before the request is durable."""
        ...

    @property
    def error(self) -> OSError | None:
        """Why it never will be; None while that is open, and when it is done."""
        ...

    async def wait(self) -> None:
        """Return when everything appended before the request is durable.

        Raises:
            OSError: the disk refused.
        """
        ...


class AppendFile(Protocol):
    """A file that only grows, with one writer."""

    def append(self, data: bytes) -> None:
        """Hand `data` to the operating system: it then survives the death of this process.

        Raises:
            OSError: the disk is full or gone; nothing or a torn part was written.
        """
        ...

    def request_sync(self) -> SyncTicket:
        """Ask for durability without waiting. Requests close together share one sync."""
        ...

    def close(self) -> None: ...


class DiskLock(Protocol):
    """A lock that the operating system drops when the process dies, however it dies."""

    def release(self) -> None: ...


class Disk(Protocol):
    """Files by relative path with `/` between parts, below one root."""

    def read(self, path: str) -> bytes | None:
        """The whole file; None if there is none."""
        ...

    def open_append(self, path: str) -> AppendFile:
        """The file at `path`, made if missing; its name is durable once a sync of it is."""
        ...

    def replace(self, path: str, data: bytes) -> None:
        """Old or new, never half, and durable on return (write, sync, rename, sync folder)."""
        ...

    def size(self, path: str) -> int:
        """How long a file is, in bytes; 0 if there is none."""
        ...

    def remove(self, path: str) -> None:
        """Let go of a file, if there is one. A power cut may bring it back."""
        ...

    def lock(self, path: str) -> DiskLock:
        """Take the lock or fail at once.

        Raises:
            Busy: another process holds it.
        """
        ...

    def listing(self, folder: str) -> list[str]:
        """The paths of the files right below `folder`, sorted."""
        ...
