"""What the desk needs from others, as small as it needs it. `app/wiring` hands the real ones over;
tests and simulation hand over their own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol

import msgspec

from hive.connection.ports import ActionLink, Lease, OnReply, OnUnanswered, PushSink
from hive.domain.identifiers import Address, StrategyId
from hive.domain.leverage import LeverageEvent
from hive.domain.market import Bbo
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import TwapEvent
from hive.hyperliquid.subscriptions import Subscription
from hive.runtime.ports import HttpReply, SyncTicket

__all__ = [
    "ActionLink",
    "DeskListener",
    "HttpActions",
    "InfoRequests",
    "JournalPort",
    "Lease",
    "Marks",
    "PrivateStreams",
    "RegistryPort",
    "TaskHandlePort",
    "TaskPort",
]


class DeskListener(Protocol):
    """Who hears what becomes of a strategy's orders; never called from within a desk's verb."""

    def on_order(self, event: OrderEvent) -> None: ...

    def on_fill(self, fill: Fill) -> None: ...

    def on_twap(self, event: TwapEvent) -> None: ...

    def on_leverage(self, event: LeverageEvent) -> None: ...


class Marks(Protocol):
    """What a coin is worth now."""

    @property
    def changes(self) -> int:
        """Another number whenever `fresh_mark_px` may have another answer."""
        ...

    def bbo(self, coin: str) -> Bbo | None: ...

    def mark_px(self, coin: str) -> float | None: ...

    def fresh_mark_px(self, coin: str) -> float | None:
        """The best price of a stream that can be trusted now; None if there is none."""
        ...


class InfoRequests(Protocol):
    """Questions to the venue, inside its budget (`connection.rest_client`)."""

    async def info(self, request: dict[str, Any], *, urgent: bool = False) -> bytes:
        """The body of the answer.

        Raises:
            LinkError: no answer.
            VenueRefused: the answer is no.
        """
        ...


class HttpActions(Protocol):
    """The other road for signed actions, while the socket is down."""

    async def exchange(self, body: bytes, weight: int, *, deadline_ms: int) -> HttpReply:
        """Send once; by `deadline_ms` (monotonic) it is answered, or one of these.

        Raises:
            NotSent: it never left.
            Unanswered: it may have been carried out.
        """
        ...


class PrivateStreams(Protocol):
    """The socket pool (`connection.ws_pool`)."""

    def subscribe(self, subscription: Subscription, sink: PushSink) -> Lease: ...

    def action_link(
        self, account: Address | None, on_reply: OnReply, on_unanswered: OnUnanswered
    ) -> ActionLink:
        """A way out over the account's own socket; None: over the one that all share."""
        ...


class JournalPort(Protocol):
    """The account's journal (`storage.journal`)."""

    def append_all(self, records: Iterable[msgspec.Struct]) -> None:
        """Write; the operating system has it when this returns.

        Raises:
            DiskFailed: it is not written.
        """
        ...

    @property
    def is_state_due(self) -> bool:
        """A segment that begins with a state is to be begun."""
        ...

    def begin_segment(self, state: Iterable[msgspec.Struct]) -> None:
        """Begin a segment with the records of a state, which says all that was written before.

        Raises:
            DiskFailed: it is not written.
        """
        ...

    def prune(self) -> int:
        """Remove the oldest of what the last state makes needless, once that is durable.

        Raises:
            OSError: the disk does not let go of it.
        """
        ...

    def request_sync(self) -> SyncTicket: ...

    def abandon(self) -> None:
        """Trust what was written last no more: what comes next stands in a segment of its own."""
        ...


class RegistryPort(Protocol):
    """The numbers in our cloids (`storage.registry`)."""

    @property
    def instance(self) -> int: ...

    def begin_epoch(self) -> int: ...

    def account_index(self, account: Address) -> int: ...

    def strategy_index(self, strategy: StrategyId) -> int: ...

    def strategy_of_index(self, index: int) -> StrategyId | None: ...


class TaskHandlePort(Protocol):
    """A running task."""

    def cancel(self) -> None: ...


class TaskPort(Protocol):
    """Who owns the tasks of the process (`runtime.tasks.Supervisor`)."""

    def spawn(
        self, name: str, factory: Callable[[], Coroutine[Any, Any, None]], *, restart: bool = False
    ) -> TaskHandlePort: ...
