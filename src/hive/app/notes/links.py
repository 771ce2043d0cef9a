"""What people should read about the way to the venue: sockets lost and found, frames that made
no sense.

Looked at about once a second, so that a frame costs nothing for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from hive.app.notes.notices import Notices
from hive.connection.inspection import BadFrameRecord
from hive.connection.pool_socket import SocketSnapshot
from hive.connection.ws_pool import WsPoolSnapshot

T = TypeVar("T")

FRAME_BYTES_SHOWN: Final = 500


class LinkNotes:
    """Compares each picture of the socket pool with the one before and says what changed."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._socket_by_name: dict[str, SocketSnapshot] = {}
        self._bad_frames = 0
        self._alarms = 0
        self._sink_errors = 0

    def look(self, pool: WsPoolSnapshot, bad_frames: Sequence[BadFrameRecord]) -> None:
        """Say what is new. `bad_frames` are the last ones, kept for inspection."""
        for socket in pool.by_socket:
            self._compare(self._socket_by_name.get(socket.name), socket)
            self._socket_by_name[socket.name] = socket
        for record in _newest(bad_frames, pool.bad_frames - self._bad_frames):
            start = record.start[:FRAME_BYTES_SHOWN].decode("utf-8", "replace")
            self._notices.say("bad frame", record.reason, bytes=record.length, start=start)
        for text in _newest(pool.recent_alarms, pool.alarms - self._alarms):
            self._notices.say("link", text)
        for text in _newest(pool.recent_sink_errors, pool.sink_errors - self._sink_errors):
            self._notices.say("error", text)
        self._bad_frames, self._alarms = pool.bad_frames, pool.alarms
        self._sink_errors = pool.sink_errors

    def _compare(self, before: SocketSnapshot | None, now: SocketSnapshot) -> None:
        if before is None or not before.openings:
            return  # it has not been open yet
        if now.openings > before.openings:
            again = "open again" if now.is_open else "lost again"
            self._notices.say("link", f"{now.name} socket {again}, after: {now.last_reason}")
        elif before.is_open and not now.is_open:
            self._notices.say("link", f"{now.name} socket lost: {now.last_reason}; dialling again")


def _newest(kept: Sequence[T], count: int) -> Sequence[T]:
    """The last `count`, as far as they were kept."""
    return kept[-count:] if count > 0 else ()
