"""One account of several strategies: the desk's parts without a loop, at a venue without sockets.

What the desk's loop does by itself is done here at chosen moments: send what waits, take in what
the venue says, cut what has become too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec
from tests.properties.netting_street import COIN
from tests.unit.execution.desk_surroundings import Info, Journal, Marks, Registry

from hive.connection.ports import OnReply, OnUnanswered, PushSink
from hive.connection.rate_budget import IpBudget
from hive.domain.account import Funding
from hive.domain.identifiers import Address, StrategyId
from hive.domain.instruments import Instrument, InstrumentKind, Universe
from hive.domain.leverage import LeverageEvent
from hive.domain.orders import Fill, OrderEvent, OrderReport
from hive.domain.twaps import TwapEvent
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.ports import Callbacks, DeskPorts
from hive.execution.desk.settings import DeskSettings
from hive.execution.order_types.order_verbs import DeskVerbs
from hive.execution.orders.cloids import CloidSequence
from hive.execution.queue.lane import Quota
from hive.execution.sending.action_sender import SendSettings
from hive.execution.settling.wishes import Wishes
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import Signer
from hive.hyperliquid.subscriptions import Subscription
from hive.runtime.clock import ManualClock
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import Supervisor
from hive.storage.records import Record

STRATEGIES: Final = (StrategyId("alice"), StrategyId("bob"), StrategyId("carol"))
UNIVERSE: Final = Universe([Instrument(COIN, 0, InstrumentKind.PERP, 5, 40)])
SIGNER: Final = Signer("22" * 32)
LIMITS: Final = VenueLimits(requests_initial=10**9, messages_per_min=10**9)
QUOTA: Final = Quota(max_orders_per_second=1_000_000.0)
WAIT_MAX_MS: Final = 10_000
"""A turn of ours takes longer than one of the loop."""

Post = Callable[[int, dict[str, Any]], None]


class Link:
    """Behind `PrivateStreams`, and the link it gives: actions go to whoever made it."""

    is_open = True

    def __init__(self, post: Post) -> None:
        self._post = post

    def subscribe(self, subscription: Subscription, sink: PushSink) -> Link:
        return self

    def close(self) -> None:
        """A lease is given back."""

    def action_link(
        self, account: Address | None, on_reply: OnReply, on_unanswered: OnUnanswered
    ) -> Link:
        return self

    def post(self, request_id: int, body: bytes, deadline_ms: int) -> None:
        self._post(request_id, msgspec.json.decode(body))


class Lane:
    """The desk of an account, and what its strategies were told."""

    def __init__(
        self,
        account: Address,
        clock: ManualClock,
        registry: Registry,
        post: Post,
        *,
        marks: Marks,
        crosses_inside: bool,
    ) -> None:
        self.account = account
        self.crosses_inside = crosses_inside
        self._marks = marks
        self.registry = registry
        self.journal = Journal()
        self.alarms: list[str] = []
        self.told: list[OrderEvent | tuple[StrategyId, Fill]] = []
        """What strategies were told since somebody cleared it."""
        self._clock = clock
        self._post = post
        self._cloids = CloidSequence(instance=registry.instance, account=1, epoch=1)
        self.parts, self._wishes, self.verbs = self._made([])

    def _made(self, past: Iterable[Record]) -> tuple[DeskParts, Wishes, DeskVerbs]:
        ports = DeskPorts(
            clock=self._clock,
            tasks=Supervisor(self._clock, SeededRng(1), _never),
            streams=Link(self._post),
            info=Info(),
            journal=self.journal,
            registry=self.registry,
            marks=self._marks,
            universe=UNIVERSE,
            ip_budget=IpBudget(LIMITS),
            venue_limits=LIMITS,
            signer=SIGNER,
        )
        settings = DeskSettings(
            account=self.account,
            send=SendSettings(is_mainnet=False),
            order_wait_max_ms=WAIT_MAX_MS,
            cross_inside=self.crosses_inside,
        )
        parts = DeskParts(settings, ports, past, _calls(self.alarms.append))
        verbs = DeskVerbs(parts.books, parts.taking, now_ms=lambda: self.now_ms, soon=lambda: None)
        verbs.begin(self._cloids)
        for strategy in STRATEGIES:
            parts.queue.open_lane(strategy, QUOTA, self.now_ms)
            verbs.admit(strategy, self.registry.strategy_index(strategy))
        verbs.restore()
        wishes = Wishes(parts.books, parts.taking, parts.errands, parts.unknowns)
        return parts, wishes, verbs

    @property
    def now_ms(self) -> int:
        return self._clock.monotonic_ns() // 1_000_000

    def restart(self, listed: list[OrderReport]) -> None:
        """Let the process die, and another read what it left, and the venue's list of orders."""
        self.parts.books.writer.write_all()
        self.parts, self._wishes, self.verbs = self._made(list(self.journal.records))
        self.parts.books.take_reports(listed, self.now_ms)
        self.verbs.protect()
        self._wishes.hold_all_to_positions(self.now_ms)
        self.attend()

    def send(self) -> None:
        """A turn of the loop: everything that may leave leaves."""
        for _ in range(2):  # what the first makes necessary leaves with the second
            self.parts.outbound.flush(self.now_ms)
            self.attend()

    # --- what the venue says ---------------------------------------------------------------------

    def replied(self, request_id: int, body: bytes) -> None:
        self.parts.answers.replied(request_id, body, self.now_ms)

    def take(self, reports: list[OrderReport], fills: list[Fill], paid: list[Funding]) -> None:
        """Everything that the streams tell of a block."""
        books = self.parts.books
        for funding in paid:
            books.take_funding(funding)
        books.take_reports(reports, self.now_ms)
        books.take_fills(fills, self.now_ms)

    def attend(self) -> None:
        """As the desk does after everything it hears."""
        books, unknowns = self.parts.books, self.parts.unknowns
        unknowns.review(books.dispatch)
        self._wishes.grant_all(self.now_ms)
        while books.news:
            news = books.news.popleft()
            assert not isinstance(news, TwapEvent | LeverageEvent)
            self.told.append(news)
            if isinstance(news, OrderEvent):
                self.verbs.heard(news)
            else:
                self._wishes.hold_to_position(news[0], news[1].coin, self.now_ms)

    # --- what is held ----------------------------------------------------------------------------

    def held(self, strategy: StrategyId | None) -> Decimal:
        return self.parts.books.positions.size_of(strategy, COIN)


def _calls(on_alarm: Callable[[str], None]) -> Callbacks:
    return Callbacks(
        on_reply=_never,
        on_http_reply=_never,
        on_unanswered=_never,
        on_unsent=_never,
        on_fills=_never,
        on_told=_never,
        on_lost=_never,
        on_gap=_never,
        on_orphan=_never,
        on_alarm=on_alarm,
        on_lone=_never,
        hold=lambda: None,
        soon=_never,
    )


def _never(*what: object) -> None:
    raise AssertionError(what)
