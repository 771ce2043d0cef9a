"""A served venue as the simulated network sees it: driven by the kernel instead of by sockets.

The venue's wall clock is the kernel's time from `start_ms` on; it does not step. Whenever the venue
was touched, its next deadline is scheduled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from hive.serving.port import NO_ANSWER, Answer, Reply
from hive.simulation.network import HttpAnswer
from hive.simulation.virtual_time import NS_PER_MS, Due, Kernel

JSON: Final = "application/json"


class VenueCore(Protocol):
    """A venue that does what is due when it is told the time (`serving.core.ServerCore`)."""

    def http(
        self, path: str, body: bytes, *, content_type: str, ip: str, now_ms: int, answer: Answer
    ) -> None:
        """A POST; `answer` is called once, now or during a later call."""
        ...

    def ws_open(
        self, *, ip: str, now_ms: int, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        """A new socket's number; None when it is refused."""
        ...

    def ws_frame(self, connection: int, frame: bytes, now_ms: int) -> None:
        """A text frame from a client."""
        ...

    def ws_closed(self, connection: int, now_ms: int) -> None:
        """The client's side is gone."""
        ...

    def advance(self, now_ms: int) -> None:
        """Do everything that is due."""
        ...

    def next_deadline_ms(self) -> int:
        """When `advance` has something to do again."""
        ...


class ServedVenue:
    """Behind `VenueSide`. `begin` sets it going."""

    def __init__(self, core: VenueCore, kernel: Kernel, start_ms: int) -> None:
        self.core = core
        self._kernel = kernel
        self._start_ms = start_ms
        self._due: Due | None = None
        self._due_ms = 0

    @property
    def now_ms(self) -> int:
        """The venue's wall time."""
        return self._start_ms + self._kernel.now_ns // NS_PER_MS

    def begin(self) -> None:
        """Do what is due now, and from here on whenever something is."""
        self._advance()

    # --- VenueSide ---

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        def told(reply: Reply) -> None:
            if reply.status != NO_ANSWER.status:
                answer(reply.status, reply.body)

        self.core.http(path, body, content_type=JSON, ip=ip, now_ms=self._settled_ms(), answer=told)
        self._reschedule()

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        connection = self.core.ws_open(ip=ip, now_ms=self._settled_ms(), send=send, drop=drop)
        self._reschedule()
        return connection

    def ws_frame(self, connection: int, frame: bytes) -> None:
        self.core.ws_frame(connection, frame, self._settled_ms())
        self._reschedule()

    def ws_closed(self, connection: int) -> None:
        self.core.ws_closed(connection, self._settled_ms())
        self._reschedule()

    # --- time ---

    def _settled_ms(self) -> int:
        """The present time, with everything done that was due before it."""
        now_ms = self.now_ms
        if self._due is not None and self._due_ms <= now_ms:
            self._advance()
        return now_ms

    def _advance(self) -> None:
        self.core.advance(self.now_ms)
        self._reschedule()

    def _reschedule(self) -> None:
        deadline_ms = max(self.core.next_deadline_ms(), self.now_ms + 1)
        if self._due is not None:
            if self._due_ms == deadline_ms:
                return
            self._due.cancel()
        self._due_ms = deadline_ms
        self._due = self._kernel.at((deadline_ms - self._start_ms) * NS_PER_MS, self._wake)

    def _wake(self) -> None:
        self._due = None
        self._advance()
