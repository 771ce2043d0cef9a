"""What an answer to an action can be other than an answer: a trickster between network and venue.

It stands before the venue's sockets and decides, action by action, what becomes of the request and
of its reply. It is the one who knows how many orders were left in doubt on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from hive.simulation.network import HttpAnswer, VenueSide
from hive.simulation.virtual_time import Kernel

LATE_MS: Final = (2_000, 12_000)
"""Some before the sender gives up, some after."""
_CLOID: Final = re.compile(rb'"(0x4869[0-9a-f]{28})"')
_POST_ID: Final = re.compile(rb'"id":([0-9]+)')
_POST: Final = b'{"channel":"post","data":{"id":'
_STATUSES: Final = b'"statuses":['


class Trick(Enum):
    """What is done to one action. Whether it was carried out, its sender cannot see."""

    LOST_BEFORE = "lost before the venue"
    LOST_AFTER = "carried out, answer lost"
    FAILED_BEFORE = "5xx, not carried out"
    FAILED_AFTER = "5xx after it was carried out"
    TOO_MANY_BEFORE = "429, not carried out"
    TOO_MANY_AFTER = "429 after it was carried out"
    TORN = "carried out, answer cut in the middle"
    NONSENSE = "carried out, answer without what became of it"
    LATE = "carried out, answer late"
    TWICE = "carried out, answered twice"


class Outage(Enum):
    """What a venue does that is there and is not: no request is answered, some are carried out."""

    ERRORS = "errors"
    """Streams go on."""
    SILENT = "silent"
    """Streams say nothing, and no new socket is let in."""


APPLIED_SHARE: Final = 0.5
FAILED_SHARE: Final = 0.5
"""Of the requests in an outage, those that are told to have failed; the others hear nothing."""
NEVER_APPLIED: Final = (Trick.LOST_BEFORE, Trick.FAILED_BEFORE, Trick.TOO_MANY_BEFORE)
_TOO_MANY: Final = (Trick.TOO_MANY_BEFORE, Trick.TOO_MANY_AFTER)
_USUAL: Final = tuple(trick for trick in Trick if trick not in _TOO_MANY)
TOO_MANY_EVERY_NS: Final = 70_000_000_000
"""After a 429 the desk sends nothing for seconds, and longer each time within a minute."""
_FAILURES: Final = {
    Trick.FAILED_BEFORE: "502 Bad Gateway",
    Trick.FAILED_AFTER: "500 Internal Server Error",
    Trick.TOO_MANY_BEFORE: "429 Too Many Requests",
    Trick.TOO_MANY_AFTER: "429 Too Many Requests",
}


class Trickster:
    """Behind `VenueSide`, before another one. `share` of all actions get a trick."""

    def __init__(
        self, venue: VenueSide, kernel: Kernel, uniform: Callable[[], float], *, share: float
    ) -> None:
        self._venue = venue
        self._kernel = kernel
        self._uniform = uniform
        self.share = share
        self.instructions = 0
        """Orders, replaces and cancels that were sent."""
        self.in_doubt = 0
        """Those of them whose answer was not to be had, or not to be trusted."""
        self.actions_by_trick: dict[Trick, int] = dict.fromkeys(Trick, 0)
        self._too_many_ns = TOO_MANY_EVERY_NS // 10
        self.outage: Outage | None = None
        self.questions = 0
        """Asked over HTTP during outages."""
        self._tricks: dict[tuple[int, int], Trick] = {}
        self._send_by_connection: dict[int, Callable[[bytes], None]] = {}

    # --- VenueSide ---

    def http(self, path: str, body: bytes, *, ip: str, answer: HttpAnswer) -> None:
        if self.outage is None:
            self._venue.http(path, body, ip=ip, answer=answer)
            return
        self.questions += path == "/info" and b'"user"' in body
        if path == "/exchange" and self._uniform() < APPLIED_SHARE:
            self._venue.http(path, body, ip=ip, answer=lambda status, reply: None)
        if self._uniform() < FAILED_SHARE:
            answer(502, b"<html>Bad Gateway</html>")

    def ws_open(
        self, *, ip: str, send: Callable[[bytes], None], drop: Callable[[], None]
    ) -> int | None:
        connection: int | None = None

        def sent(frame: bytes) -> None:
            if self.outage is Outage.SILENT:
                return
            if connection is None or not frame.startswith(_POST):
                send(frame)
            else:
                self._answer(connection, frame)

        if self.outage is Outage.SILENT:
            return None
        connection = self._venue.ws_open(ip=ip, send=sent, drop=drop)
        if connection is not None:
            self._send_by_connection[connection] = send
        return connection

    def ws_frame(self, connection: int, frame: bytes) -> None:
        if b'"signature"' not in frame:
            if self.outage is not Outage.SILENT:
                self._venue.ws_frame(connection, frame)
            return
        cloids = len(dict.fromkeys(_CLOID.findall(frame)))
        self.instructions += cloids
        if self.outage is None and self._uniform() >= self.share:
            self._venue.ws_frame(connection, frame)
            return
        trick = self._drawn() if self.outage is None else self._of_outage()
        self.in_doubt += cloids
        self.actions_by_trick[trick] += 1
        found = _POST_ID.search(frame)
        assert found is not None
        post_id = int(found[1])
        if trick in NEVER_APPLIED:
            self._fail(connection, post_id, trick)
        else:
            self._tricks[connection, post_id] = trick
            self._venue.ws_frame(connection, frame)

    def _drawn(self) -> Trick:
        if self._kernel.now_ns >= self._too_many_ns:
            self._too_many_ns = self._kernel.now_ns + TOO_MANY_EVERY_NS
            return _TOO_MANY[int(self._uniform() * 2)]
        return _USUAL[int(self._uniform() * len(_USUAL))]

    def _of_outage(self) -> Trick:
        """Half of it is carried out, and nobody is told."""
        is_applied = self._uniform() < APPLIED_SHARE
        if self._uniform() < FAILED_SHARE:
            return Trick.FAILED_AFTER if is_applied else Trick.FAILED_BEFORE
        return Trick.LOST_AFTER if is_applied else Trick.LOST_BEFORE

    def ws_closed(self, connection: int) -> None:
        self._send_by_connection.pop(connection, None)
        self._venue.ws_closed(connection)

    # --- answers ---

    def _answer(self, connection: int, frame: bytes) -> None:
        found = _POST_ID.search(frame)
        assert found is not None
        trick = self._tricks.pop((connection, int(found[1])), None)
        if trick in _FAILURES:
            self._fail(connection, int(found[1]), trick)
        elif trick is Trick.LATE:
            low_ms, high_ms = LATE_MS
            late_ms = low_ms + self._uniform() * (high_ms - low_ms)
            self._kernel.after_ms(late_ms, self._send, connection, frame)
        elif trick is not Trick.LOST_AFTER:
            self._send(connection, self._spoilt(frame, trick))
            if trick is Trick.TWICE:
                self._send(connection, frame)

    def _spoilt(self, frame: bytes, trick: Trick | None) -> bytes:
        at = frame.find(_STATUSES)
        if at < 0:
            return frame
        if trick is Trick.TORN:
            return frame[: len(frame) // 2]
        if trick is Trick.NONSENSE:
            return frame[:at] + _STATUSES + b"null]}}}}}"
        return frame

    def _fail(self, connection: int, post_id: int, trick: Trick) -> None:
        text = _FAILURES.get(trick) if self.outage is not Outage.SILENT else None
        if text is not None:
            reply = b'%d,"response":{"type":"error","payload":"%b"}}}' % (post_id, text.encode())
            self._send(connection, _POST + reply)

    def _send(self, connection: int, frame: bytes) -> None:
        send = self._send_by_connection.get(connection)
        if send is not None:
            send(frame)
