"""The bus: `publish` is a plain call of every handler, one after the other.

    publisher ──publish(topic, value)──▶ handler, handler, handler …      in the same turn
                                              ╰─▶ Mailbox ──get()──▶ a slow or remote reader

A synchronous call costs a thirtieth of a queue and a task, and its order is plain to see. Who
cannot answer at once (a web page, another process) subscribes a `Mailbox.put`: bounded, with a
stated answer for when it is full, and counted.

A handler that raises is reported to `on_error` and stays subscribed; whether to drop it is for
whoever owns it to decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import msgspec

from hive.domain.errors import CallerError, LimitReached

T = TypeVar("T")

Handler = Callable[[Any], None]
"""Takes the value; must not wait. The type of the value belongs to the topic."""

HANDLERS_PER_TOPIC_MAX: Final = 10_000


def _nobody(value: Any) -> None:
    """Take the place of a handler canceled while its topic was publishing."""


class Registration:
    """A handler's place on a topic."""

    __slots__ = ("_handler", "_topic")

    def __init__(self, topic: _Topic, handler: Handler) -> None:
        self._topic: _Topic | None = topic
        self._handler = handler

    @property
    def handler(self) -> Handler:
        """Who is called."""
        return self._handler

    def cancel(self) -> None:
        """Never call the handler again, not even by a publish that is under way. Idempotent."""
        topic, self._topic = self._topic, None
        if topic is not None:
            topic.leave(self)


class _Topic:
    """The handlers of one topic, in the order they came.

    The list that a publish walks is never changed in length: who leaves meanwhile is replaced by
    nobody, who comes meanwhile waits for the next value.
    """

    __slots__ = ("handlers", "is_dirty", "name", "registrations", "walks")

    def __init__(self, name: str) -> None:
        self.name = name
        self.handlers: list[Handler] = []
        self.registrations: list[Registration | None] = []
        self.walks = 0
        self.is_dirty = False

    def join(self, registration: Registration) -> None:
        if len(self.registrations) >= HANDLERS_PER_TOPIC_MAX:
            raise LimitReached("handlers_per_topic_max", f"{self.name} has too many handlers")
        self.registrations.append(registration)
        if self.walks:
            self.is_dirty = True
        else:
            self.handlers.append(registration.handler)

    def leave(self, registration: Registration) -> None:
        index = self.registrations.index(registration)
        if not self.walks:
            del self.registrations[index], self.handlers[index]
            return
        self.registrations[index] = None
        if index < len(self.handlers):  # else it came during this very publish
            self.handlers[index] = _nobody
        self.is_dirty = True

    def tidy(self) -> None:
        """Bring both lists in line after the outermost publish."""
        staying = [r for r in self.registrations if r is not None]
        self.registrations = list(staying)
        self.handlers = [r.handler for r in staying]
        self.is_dirty = False


class BusSnapshot(msgspec.Struct, frozen=True):
    """What went over the bus so far."""

    topics: int
    handlers: int
    errors: int


class Bus:
    """Topics by name. One thread, one loop; publishing within a handler is allowed."""

    def __init__(self, on_error: Callable[[str, Exception], None]) -> None:
        """`on_error(topic, error)` hears of every handler that raised."""
        self._on_error = on_error
        self._topic_by_name: dict[str, _Topic] = {}
        self._errors = 0

    def subscribe(self, topic: str, handler: Handler) -> Registration:
        """Call `handler` with every value published from now on, after those already there.

        Raises:
            LimitReached: the topic is full.
        """
        place = self._topic_by_name.get(topic)
        if place is None:
            place = self._topic_by_name[topic] = _Topic(topic)
        registration = Registration(place, handler)
        place.join(registration)
        return registration

    def publish(self, topic: str, value: object) -> None:
        """Call every handler of the topic, in the order they subscribed."""
        place = self._topic_by_name.get(topic)
        if place is None:
            return
        place.walks += 1
        for handler in place.handlers:
            try:
                handler(value)
            except Exception as error:  # noqa: BLE001 (one handler must not silence the others)
                self._errors += 1
                self._on_error(topic, error)
        place.walks -= 1
        if place.is_dirty and not place.walks:
            place.tidy()

    def snapshot(self) -> BusSnapshot:
        """Counts so far."""
        topics = self._topic_by_name.values()
        return BusSnapshot(
            topics=sum(1 for topic in topics if topic.registrations),
            handlers=sum(len(topic.registrations) for topic in topics),
            errors=self._errors,
        )


class MailboxPolicy(Enum):
    """What a full mailbox does with one more value."""

    CONFLATE = "conflate"
    """Only the latest value of a key is kept; a new key pushes the oldest out, counted."""
    DROP_OLDEST = "drop oldest"
    REFUSE = "refuse"
    """`put` says False: for what must not be lost silently."""


class MailboxClosed(CallerError):
    """The mailbox was closed and is empty."""


class MailboxSnapshot(msgspec.Struct, frozen=True):
    """What passed through a mailbox; received = delivered + conflated + dropped + waiting."""

    waiting: int
    received: int
    delivered: int
    conflated: int
    dropped: int
    refused: int


class Mailbox(Generic[T]):
    """A bounded queue between the bus and one reader that takes its time."""

    def __init__(
        self,
        capacity: int,
        policy: MailboxPolicy = MailboxPolicy.DROP_OLDEST,
        *,
        key: Callable[[T], Hashable] | None = None,
    ) -> None:
        """`key` tells under CONFLATE what replaces what; without it there is one key in all."""
        assert capacity > 0
        self._capacity = capacity
        self._policy = policy
        self._key = key
        self._values: dict[Hashable, T] = {}  # insertion order is age
        self._reader: asyncio.Future[None] | None = None
        self._is_closed = False
        self._received = 0
        self._delivered = 0
        self._conflated = 0
        self._dropped = 0
        self._refused = 0

    def put(self, value: T) -> bool:
        """Leave a value; False if it was refused (full under REFUSE, or closed)."""
        key = self._key_of(value)
        if self._is_closed or (
            self._policy is MailboxPolicy.REFUSE and len(self._values) >= self._capacity
        ):
            self._refused += 1
            return False
        self._received += 1
        if key in self._values:
            self._conflated += 1  # it keeps its place: a busy key is not starved by quiet ones
        elif len(self._values) >= self._capacity:
            del self._values[next(iter(self._values))]
            self._dropped += 1
        self._values[key] = value
        assert len(self._values) <= self._capacity
        self._wake()
        return True

    def _key_of(self, value: T) -> Hashable:
        if self._policy is not MailboxPolicy.CONFLATE:
            return self._received
        return None if self._key is None else self._key(value)

    async def get(self) -> T:
        """The oldest value, waiting for one. One reader at a time.

        Raises:
            MailboxClosed: nothing is left and nothing will come.
        """
        while not self._values:
            if self._is_closed:
                raise MailboxClosed("the mailbox was closed")
            assert self._reader is None, "a mailbox has one reader"
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        self._delivered += 1
        return self._values.pop(next(iter(self._values)))

    def drain(self) -> list[T]:
        """Everything that waits, oldest first, without waiting."""
        values = list(self._values.values())
        self._values.clear()
        self._delivered += len(values)
        return values

    def close(self) -> None:
        """Take nothing more; what waits may still be read. Idempotent."""
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def snapshot(self) -> MailboxSnapshot:
        """Counts so far."""
        return MailboxSnapshot(
            waiting=len(self._values),
            received=self._received,
            delivered=self._delivered,
            conflated=self._conflated,
            dropped=self._dropped,
            refused=self._refused,
        )
