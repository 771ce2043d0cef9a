"""What market data needs from the rooms below: a source of pushes and a source of history."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from hive.domain.market import StreamCondition
from hive.hyperliquid.subscriptions import Subscription
from hive.hyperliquid.wire import Push


class PushSink(Protocol):
    """The one owner of a subscription."""

    def on_push(self, push: Push, received_ns: int) -> None: ...

    def on_gap(self, subscription: Subscription, from_ms: int, to_ms: int) -> None:
        """It was interrupted and is subscribed again; nothing of it came in between."""
        ...

    def on_condition(self, subscription: Subscription, condition: StreamCondition) -> None:
        """STALE when its socket is lost or it is silent for too long, FRESH when it is back."""
        ...


class Lease(Protocol):
    """A subscription that is held."""

    def close(self) -> None: ...


class PushSource(Protocol):
    """The socket pool."""

    def subscribe(self, subscription: Subscription, sink: PushSink) -> Lease: ...


class HistorySource(Protocol):
    """The REST client, inside its budget."""

    async def info(self, request: dict[str, Any]) -> bytes:
        """
        Raises:
            HiveError: not sent, unanswered or refused.
        """
        ...


class TaskHandle(Protocol):
    """A running task."""

    def cancel(self) -> None: ...


class TaskSource(Protocol):
    """Who owns all tasks of the process."""

    def spawn(
        self, name: str, factory: Callable[[], Coroutine[Any, Any, None]], *, restart: bool = False
    ) -> TaskHandle: ...
