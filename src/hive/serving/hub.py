"""Who listens to which stream: a frame is encoded once and handed to every socket that holds the
key.

The hub is the `Subscribers` that a venue publishes through. It also knows when each socket was
last sent anything, because the venue gives up a socket to which it had nothing to say for a
minute. Publishing costs one call per socket and no bookkeeping per socket: the time is noted once
per stream.
"""

from __future__ import annotations

from collections.abc import Callable

from hive.serving.port import PostCounts, SocketTrouble

Send = Callable[[bytes], None]


class _Channel:
    """One stream's listeners, in the order they came."""

    __slots__ = ("published_ms", "send_by_connection")

    def __init__(self) -> None:
        self.send_by_connection: dict[int, Send] = {}
        self.published_ms = 0


class _Listener:
    """One socket's side of it."""

    __slots__ = ("channels_by_key", "send", "sent_ms")

    def __init__(self, send: Send, now_ms: int) -> None:
        self.send = send
        self.sent_ms = now_ms
        self.channels_by_key: dict[str, _Channel] = {}


class SubscriberHub:
    """Sockets and streams. `on_cut` is called when the venue wants a socket dropped, `posts` when
    it wants to know what is counted of them, `on_trouble` when it wants something to go wrong with
    one.

    A `send` must not call back into the hub: it queues.
    """

    def __init__(
        self,
        on_cut: Callable[[int], None],
        posts: Callable[[], PostCounts],
        on_trouble: Callable[[int, SocketTrouble], None] | None = None,
    ) -> None:
        self._on_cut = on_cut
        self._posts = posts
        self._on_trouble = on_trouble
        self._now_ms = 0
        self._listeners: dict[int, _Listener] = {}
        self._channels: dict[str, _Channel] = {}
        self._frames_sent = 0

    @property
    def frames_sent(self) -> int:
        return self._frames_sent

    @property
    def subscriptions(self) -> int:
        """How many subscriptions all sockets hold together."""
        return sum(len(channel.send_by_connection) for channel in self._channels.values())

    def at(self, now_ms: int) -> None:
        """The present time, for what is sent from here on."""
        self._now_ms = now_ms

    def open(self, connection: int, send: Send) -> None:
        assert connection not in self._listeners
        self._listeners[connection] = _Listener(send, self._now_ms)

    def reroute(self, connection: int, send: Send) -> None:
        """Send to a socket by another way from now on."""
        listener = self._listeners[connection]
        listener.send = send
        for channel in listener.channels_by_key.values():
            channel.send_by_connection[connection] = send

    def close(self, connection: int) -> None:
        """Forget a socket and all it listened to. Idempotent."""
        listener = self._listeners.pop(connection, None)
        if listener is None:
            return
        for key in list(listener.channels_by_key):
            self._leave(key, connection)

    def join(self, connection: int, key: str) -> None:
        channel = self._channels.setdefault(key, _Channel())
        listener = self._listeners[connection]
        assert key not in listener.channels_by_key
        channel.send_by_connection[connection] = listener.send
        listener.channels_by_key[key] = channel

    def leave(self, connection: int, key: str) -> None:
        del self._listeners[connection].channels_by_key[key]
        self._leave(key, connection)

    def send(self, connection: int, frame: bytes) -> None:
        """One frame to one socket; nothing if it has gone."""
        listener = self._listeners.get(connection)
        if listener is not None:
            listener.sent_ms = self._now_ms
            self._frames_sent += 1
            listener.send(frame)

    def last_sent_ms(self, connection: int) -> int:
        """When this socket was last sent anything; its opening counts."""
        listener = self._listeners[connection]
        published = (channel.published_ms for channel in listener.channels_by_key.values())
        return max(listener.sent_ms, *published, 0)

    # --- Subscribers, for the venue ---

    def count(self, key: str) -> int:
        channel = self._channels.get(key)
        return 0 if channel is None else len(channel.send_by_connection)

    def publish(self, key: str, frame: bytes) -> None:
        channel = self._channels.get(key)
        if channel is None:
            return
        channel.published_ms = self._now_ms
        self._frames_sent += len(channel.send_by_connection)
        for send in channel.send_by_connection.values():
            send(frame)

    def cut(self, connection: int) -> None:
        self._on_cut(connection)

    def posts(self) -> PostCounts:
        return self._posts()

    def trouble(self, connection: int, trouble: SocketTrouble) -> None:
        if self._on_trouble is not None:
            self._on_trouble(connection, trouble)

    def connections(self) -> list[int]:
        return list(self._listeners)

    def _leave(self, key: str, connection: int) -> None:
        channel = self._channels[key]
        del channel.send_by_connection[connection]
        if not channel.send_by_connection:
            del self._channels[key]
