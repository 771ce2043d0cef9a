"""What surrounds a desk on the bench: its ports, behind which a test decides everything.

The local venue is the rule for tests; here single answers, losses and orders of arrival are chosen,
which no venue would do on request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import msgspec

from hive.connection.ports import OnReply, OnUnanswered, PushSink
from hive.domain.errors import DiskFailed, NotSent
from hive.domain.identifiers import Address, StrategyId
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.leverage import LeverageEvent
from hive.domain.market import Bbo, StreamCondition
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import TwapEvent
from hive.hyperliquid.signing import Signer
from hive.hyperliquid.subscriptions import Subscription
from hive.runtime.ports import SyncTicket
from hive.storage.records import Record

START_MS = 1_800_000_000_000
SIGNER = Signer("11" * 32)
ACCOUNT = SIGNER.address
ALICE, BOB = StrategyId("alice"), StrategyId("bob")
UNIVERSE = Universe(
    [
        Instrument("BTC", 0, InstrumentKind.PERP, 5, 40),
        Instrument("ETH", 1, InstrumentKind.PERP, 4, 25),
        Instrument("PURR/USDC", 10_000, InstrumentKind.SPOT, 0, 1),
    ]
)


class Listener:
    """Keeps what a strategy is told."""

    def __init__(self) -> None:
        self.events: list[OrderEvent] = []
        self.fills: list[Fill] = []
        self.twaps: list[TwapEvent] = []
        self.leverage: list[LeverageEvent] = []
        self.on_event: Callable[[OrderEvent], None] = lambda event: None

    def on_order(self, event: OrderEvent) -> None:
        self.events.append(event)
        self.on_event(event)

    def on_twap(self, event: TwapEvent) -> None:
        self.twaps.append(event)

    def on_leverage(self, event: LeverageEvent) -> None:
        self.leverage.append(event)

    def on_fill(self, fill: Fill) -> None:
        self.fills.append(fill)

    @property
    def news(self) -> list[str]:
        return [event.news.value for event in self.events]


class Ticket:
    """Behind `SyncTicket`: done at once, unless a test holds it back or has it fail."""

    def __init__(self, *, done: bool = True) -> None:
        self.done = done
        self.error: OSError | None = None

    async def wait(self) -> None:
        assert self.done


class Journal:
    """Behind `JournalPort`: a list, and a disk that can be full or slow."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.is_full = False
        self.is_slow = False
        self.attempts = 0
        self.tickets: list[Ticket] = []
        self.abandoned = 0

    def append_all(self, records: Iterable[msgspec.Struct]) -> None:
        self.attempts += 1
        if self.is_full:
            raise DiskFailed("no space left")
        self.records += records  # type: ignore[arg-type]  # the desk writes nothing but records

    def request_sync(self) -> SyncTicket:
        self.tickets.append(Ticket(done=not self.is_slow))
        return self.tickets[-1]

    is_state_due = False

    def begin_segment(self, state: object) -> None:
        """All that was written stays where it is."""

    def prune(self) -> int:
        return 0

    def abandon(self) -> None:
        self.abandoned += 1


class Registry:
    """Behind `RegistryPort`."""

    instance = 7

    def __init__(self) -> None:
        self.epoch = 1
        """There was a start before."""
        self.strategies: list[StrategyId] = []

    def begin_epoch(self) -> int:
        self.epoch += 1
        return self.epoch

    def account_index(self, account: Address) -> int:
        return 1

    def strategy_index(self, strategy: StrategyId) -> int:
        if strategy not in self.strategies:
            self.strategies.append(strategy)
        return self.strategies.index(strategy) + 1

    def strategy_of_index(self, index: int) -> StrategyId | None:
        return self.strategies[index - 1] if 1 <= index <= len(self.strategies) else None


class Streams:
    """Behind `PrivateStreams`, and the link it gives."""

    def __init__(self) -> None:
        self.sink: PushSink | None = None
        self.subscriptions: list[Subscription] = []
        self.on_reply: OnReply | None = None
        self.on_unanswered: OnUnanswered | None = None
        self.posts: list[tuple[int, dict[str, Any]]] = []
        self.is_open = True
        self.is_silent = False
        """No stream is ever confirmed."""
        self.refusal = ""
        self.on_post: Callable[[], None] = lambda: None

    def subscribe(self, subscription: Subscription, sink: PushSink) -> Streams:
        self.sink = sink
        self.subscriptions.append(subscription)
        if not self.is_silent:
            sink.on_condition(subscription, StreamCondition.FRESH)
        return self

    def close(self) -> None:
        """A lease is given back."""

    def action_link(
        self, account: Address | None, on_reply: OnReply, on_unanswered: OnUnanswered
    ) -> Streams:
        self.on_reply, self.on_unanswered = on_reply, on_unanswered
        return self

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        if self.refusal:
            raise NotSent(self.refusal)
        self.posts.append((request_id, msgspec.json.decode(body)))
        self.on_post()


class Info:
    """Behind `InfoRequests`: answers by type, unless a test says otherwise."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.open_orders: list[dict[str, Any]] = []
        self.fills: list[dict[str, Any]] = []
        self.fundings: list[dict[str, Any]] = []
        self.positions: list[dict[str, Any]] = []
        self.mids: dict[str, str] = {}
        self.status_by_cloid: dict[str, dict[str, Any]] = {}
        self.status_by_oid: dict[int, dict[str, Any]] = {}
        self.role: dict[str, Any] = {"role": "user"}
        self.now_ms: Callable[[], int] = lambda: START_MS
        self.failure: Exception | None = None
        self.delay_s = 0.0
        self.requests_cap = 10_000

    async def info(self, request: dict[str, Any], *, urgent: bool = False) -> bytes:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        return msgspec.json.encode(self._answer(request))

    def _answer(self, request: dict[str, Any]) -> object:
        match request["type"]:
            case "userRole" | "allMids" as kind:
                return self.role if kind == "userRole" else self.mids
            case "clearinghouseState":
                return self._state()
            case "frontendOpenOrders":
                return self.open_orders
            case "userFillsByTime" | "userFunding" as kind:
                rows = self.fundings if kind == "userFunding" else self.fills
                return [row for row in rows if row["time"] >= request["startTime"]]
            case "orderStatus":
                known = self.status_by_cloid | self.status_by_oid
                return known.get(request["oid"], {"status": "unknownOid"})
            case "userRateLimit":
                return {"cumVlm": "0.0", "nRequestsUsed": 0, "nRequestsCap": self.requests_cap}
        raise AssertionError(request)

    def _state(self) -> dict[str, object]:
        summary = dict.fromkeys(
            ("accountValue", "totalNtlPos", "totalRawUsd", "totalMarginUsed"), "1000.0"
        )
        return {
            "marginSummary": summary,
            "crossMarginSummary": summary,
            "crossMaintenanceMarginUsed": "0.0",
            "withdrawable": "1000.0",
            "assetPositions": self.positions,
            "time": self.now_ms(),
        }


class Marks:
    """Behind `Marks`."""

    def __init__(self) -> None:
        self.px: dict[str, float] = {"BTC": 60_000.0, "ETH": 3_000.0}
        self.books: dict[str, Bbo] = {}
        self._reads = count()

    @property
    def changes(self) -> int:
        """Another at each look: a test may have changed a price in between."""
        return next(self._reads)

    def bbo(self, coin: str) -> Bbo | None:
        return self.books.get(coin)

    def mark_px(self, coin: str) -> float | None:
        return self.px.get(coin)

    def fresh_mark_px(self, coin: str) -> float | None:
        return self.px.get(coin)
