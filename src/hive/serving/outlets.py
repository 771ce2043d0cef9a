"""The sockets' ways out: frames are queued during a call and written once, at its end.

What waits for a reader is bounded twice: for each socket, and for all sockets together. A reader
that passes the first bound is given up; when all together pass the second, the one for whom most
waits, until they are within it again.
"""

from __future__ import annotations

from typing import Final, Protocol

SEND_BUFFER_BYTES_MAX: Final = 4 << 20
"""What may wait for one reader; about a minute of twenty busy coins."""
ALL_BUFFERS_BYTES_MAX: Final = 256 << 20
"""What may wait for all readers together."""


class Transport(Protocol):
    """What is needed of an asyncio transport."""

    def write(self, data: bytes, /) -> None: ...
    def is_closing(self) -> bool: ...
    def get_write_buffer_size(self) -> int: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


class Outbox:
    """The sockets that have something queued, and the frame that was framed last."""

    def __init__(self) -> None:
        self._waiting: list[Outlet] = []
        self._last_frame = b""
        self._last_framed = framed(b"")
        self.buffered_bytes = 0
        """What waited for all readers when each was last written to."""

    def add(self, outlet: Outlet) -> None:
        self._waiting.append(outlet)

    def take(self) -> list[Outlet]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def framed(self, frame: bytes) -> bytes:
        """The frame as it travels. Published frames come as the same object for every socket."""
        if frame is not self._last_frame:
            self._last_frame = frame
            self._last_framed = framed(frame)
        return self._last_framed


class Outlet:
    """One socket's way out."""

    def __init__(self, transport: Transport, outbox: Outbox) -> None:
        self.connection = 0
        self._transport = transport
        self._outbox = outbox
        self._queued: list[bytes] = []
        self._buffered_bytes = 0

    def send(self, frame: bytes) -> None:
        """Queue a text frame until the end of the core's call."""
        if not self._queued:
            self._outbox.add(self)
        self._queued.append(self._outbox.framed(frame))

    def flush(self) -> bool:
        """Write what is queued; False when the reader is too slow to be kept."""
        queued, self._queued = self._queued, []
        if self._transport.is_closing():
            return True
        self._transport.write(queued[0] if len(queued) == 1 else b"".join(queued))
        return self.measure() <= SEND_BUFFER_BYTES_MAX

    def measure(self) -> int:
        """How many bytes wait for the reader; they are counted among those of all."""
        buffered_bytes = self._transport.get_write_buffer_size()
        self._outbox.buffered_bytes += buffered_bytes - self._buffered_bytes
        self._buffered_bytes = buffered_bytes
        return buffered_bytes

    def drop(self) -> None:
        """End the connection without a closing handshake (1006 at the other end)."""
        self._transport.abort()
        self.forget()

    def forget(self) -> None:
        """What waits for this reader is no longer this server's concern."""
        self._outbox.buffered_bytes -= self._buffered_bytes
        self._buffered_bytes = 0

    def close(self, code: int) -> None:
        """End the connection with a close frame, without waiting for the client's."""
        self._write_off(b"\x88\x02" + code.to_bytes(2, "big"))

    def tear(self, frame: bytes) -> None:
        """End the connection in the middle of a frame."""
        whole = framed(frame)
        self._write_off(whole[: max(1, len(whole) // 2)])

    def _write_off(self, last: bytes) -> None:
        """Write what is queued and this, and end the connection once it is out."""
        queued, self._queued = self._queued, []
        if not self._transport.is_closing():
            self._transport.write(b"".join((*queued, last)))
            self._transport.close()


def framed(payload: bytes) -> bytes:
    """A whole, unmasked text frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
