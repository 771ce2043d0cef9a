"""An account's books: what the venue tells goes in, is booked once, journaled, and comes out as
events in the order it happened.

    report, fill, answer ──▶ dispatch ──▶ positions, chain ──▶ journal ──▶ events, wishes

Nothing is told to a strategy before it is written. When the disk refuses, what could not be written
is kept (bounded) and tried again; the venue still has it all, and a restart would fetch it again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.account import Funding
from hive.domain.fill_shares import FillShare
from hive.domain.identifiers import DESK, Cloid, Oid, StrategyId
from hive.domain.leverage import LeverageEvent
from hive.domain.order_options import OrderOptions
from hive.domain.orders import (
    Fill,
    OrderEvent,
    OrderIntent,
    OrderNews,
    OrderReport,
    TimeInForce,
)
from hive.domain.twaps import TwapEvent
from hive.execution.books.books_state import BooksState
from hive.execution.books.kept_children import KeptChildren
from hive.execution.books.record_writer import RecordWriter
from hive.execution.books.twap_books import TwapBooks
from hive.execution.orders.dispatch import DEFAULT_LIMITS, Dispatch, DispatchLimits
from hive.execution.orders.dispatched import CAUSE_BY_END, Dispatched, Wish
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.ports import JournalPort
from hive.portfolio.exposure import Exposure
from hive.portfolio.forced_fills import Force, borne, force_behind
from hive.portfolio.position_chain import PositionChain, is_netted
from hive.portfolio.positions import Positions
from hive.storage.records import (
    AdoptedRecord,
    CorrectionRecord,
    CrossedRecord,
    FillRecord,
    FundingRecord,
    FundingSweptRecord,
    LegRecord,
    OrderEndRecord,
    ReplaceEndRecord,
    Standing,
    SweptRecord,
)

_REJECTS: Final = (OrderNews.REJECTED, OrderNews.REPLACE_REJECTED)
_COUNTED: Final = frozenset(
    (*_REJECTS, OrderNews.NOT_SENT, OrderNews.UNCONFIRMED, OrderNews.NEVER_ARRIVED)
)
FUNDINGS_SEEN_MAX: Final = 2_000
HOUR_MS: Final = 3_600_000
REASONS_MAX: Final = 1_000


class BooksCounts(msgspec.Struct):
    """What was booked since the process began; `not_sent`: of what had left the desk."""

    fills: int = 0
    unattributed_fills: int = 0
    forced_fills: int = 0
    """Made by the venue: liquidation, deleveraging, settlement."""
    rejects: int = 0
    not_sent: int = 0
    unconfirmed: int = 0
    never_arrived: int = 0
    corrections: int = 0


def finest_lot(coin: str) -> Decimal:  # noqa: ARG001 (the same for every coin)
    """As fine as any instrument's."""
    return Decimal("1e-8")


def unheard(text: str) -> None:
    """Nobody listens."""


News = OrderEvent | TwapEvent | LeverageEvent | tuple[StrategyId, Fill]
"""For a strategy: what became of an order, a TWAP or a setting, or a fill."""


class AccountBooks:
    """One account's orders, fills and positions, and what they say to whom."""

    def __init__(
        self,
        journal: JournalPort,
        owner_of: Callable[[Cloid], StrategyId | None],
        *,
        lot_of: Callable[[str], Decimal] = finest_lot,
        on_alarm: Callable[[str], None] = unheard,
        memory: DispatchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`lot_of`: a coin's smallest step of size; `on_alarm` hears what must not pass quietly."""
        self.exposure = Exposure()
        self.positions = Positions()
        self.dispatch = Dispatch(self.exposure, owner_of, memory)
        self.counts = BooksCounts()
        self.news: deque[News] = deque()
        """For strategies, in order; whoever owns the books passes it on."""
        self.wishes: deque[tuple[Cloid, Wish]] = deque()
        self.writer = RecordWriter(journal)
        self.kept_children = KeptChildren(self.dispatch, self.writer)
        self._lot_of = lot_of
        self._on_alarm = on_alarm
        self._chains: dict[str, PositionChain] = {}
        self._fundings: RecentlySeen[tuple[str, int], Decimal] = RecentlySeen(FUNDINGS_SEEN_MAX)
        self._reasons: RecentlySeen[Cloid, str] = RecentlySeen(REASONS_MAX)
        self.twaps = TwapBooks(
            self.dispatch,
            self.exposure,
            tell=self.news.append,
            keep=self.keep,
            on_alarm=on_alarm,
            known_max=memory.twaps_max,
        )

    # --- what the venue tells -------------------------------------------------------------------

    def take_reports(self, reports: Iterable[OrderReport], now_ms: int) -> None:
        """Take statuses of legs, from a stream, a list or a query."""
        for report in reports:
            if self.kept_children.families and report.cloid is not None:
                self.kept_children.found(report.cloid, report.oid)
            out = self.dispatch.report(report)
            if out.is_strange:
                self._on_alarm(f"the venue says {report.status!r} of an order: what is that?")
            self.take(out, now_ms)
        self.write()

    def take_fills(self, fills: Iterable[Fill], now_ms: int) -> list[Fill]:
        """Book every fill that is news, whoever's it is; those that were."""
        new = [fill for fill in fills if self._take_fill(fill, now_ms)]
        self.write()
        return new

    def _take_fill(self, fill: Fill, now_ms: int) -> bool:
        if self.kept_children.families and fill.cloid is not None:
            self.kept_children.found(fill.cloid, fill.oid)
        if fill.twap_id is not None:
            self.twaps.claim(fill)
        out = self.dispatch.fill(fill)
        if not out.is_new_fill:
            if out.is_conflict:
                self._on_alarm(f"a fill is told again with other numbers: {fill.key}")
            return False
        self.counts.fills += 1
        if out.owner == DESK:
            self.take(out, now_ms)
            self._take_forced(fill, Force.FLATTENING)
            return True
        force = force_behind(fill) if out.owner is None else None
        if force is not None:
            self._take_forced(fill, force)
            return True
        self.counts.unattributed_fills += out.owner is None
        self.writer.keep(FillRecord(fill, out.owner))
        self.book(fill, out.owner)
        self.take(out, now_ms)
        if out.owner is not None:
            self.news.append((out.owner, fill))
        if fill.twap_id is not None:
            self.twaps.filled(fill)
        return True

    def _take_forced(self, fill: Fill, force: Force) -> None:
        """Book a fill that the venue forced to those who held what it closed, and tell them."""
        held = self.positions.sizes(fill.coin)
        shares, unexplained = borne(fill, force, held, self._lot_of(fill.coin))
        self.writer.keep(FillRecord(fill, None, shares))
        self.book(fill, None, shares)
        self.counts.forced_fills += 1
        if unexplained:
            self.counts.unattributed_fills += 1
            self._on_alarm(f"{force.value}: {unexplained} {fill.coin} were closed that nobody held")
        for share in shares:
            if share.strategy is not None:
                self.news.append((share.strategy, share.of(fill)))

    def cross(self, record: CrossedRecord) -> None:
        """Book a trade between two strategies, once it is written.

        Raises:
            DiskFailed: it is not, and nothing is booked.
        """
        self.writer.write_now(record)
        self.book_crossed(record)

    def book_crossed(self, record: CrossedRecord) -> None:
        """Fold it into both positions; also one that the journal tells of."""
        self.positions.book_inside(record.bought, record.buyer)
        self.positions.book_inside(record.sold, record.seller)

    def take_funding(self, funding: Funding) -> bool:
        """Book a funding payment, once; whether it was news."""
        is_new = self.fund(funding)
        if is_new:
            self.keep(FundingRecord(funding))
        return is_new

    def take(self, out: Dispatched, now_ms: int) -> None:
        """Keep what one judgement came to; call `write` after the last of a message."""
        if out.ended and self._reasons:
            self._give_reasons(out)
        for cloid, oid in out.bound:
            self.writer.note(self._leg_record(cloid, oid))
        for event in out.ended:
            cause = CAUSE_BY_END[event.news]
            self.writer.note(OrderEndRecord(event.order.cloid, cause, event.reason, now_ms))
            if self.kept_children.families:
                self.kept_children.ended(event.order.cloid)
        for event in out.events:
            if event.news in _COUNTED:
                self._count(event)
            self.news.append(event)
        self.wishes.extend(out.wishes)

    def _leg_record(self, cloid: Cloid, oid: Oid) -> LegRecord:
        life = self.dispatch.life(cloid)
        assert life is not None
        current = life.current
        is_current = current is not None and current.oid == oid
        return LegRecord(cloid, oid, life.size, life.limit_px, is_current)

    def explain(self, cloid: Cloid, reason: str) -> None:
        """The order's end, when it comes without a reason, is for this one."""
        self._reasons.add(cloid, reason)

    def _give_reasons(self, out: Dispatched) -> None:
        for event in out.ended:
            reason = self._reasons.get(event.order.cloid)
            if reason is not None and event.news is OrderNews.CANCELED and not event.reason:
                told = msgspec.structs.replace(event, reason=reason)
                out.events[out.events.index(event)] = told
                out.ended[out.ended.index(event)] = told

    def take_life(self, life: OrderLife, out: Dispatched, now_ms: int) -> None:
        """Keep what telling `life` something came to."""
        self.take(self.dispatch.apply(life, out), now_ms)

    def end_unsent(self, life: OrderLife, out: Dispatched) -> None:
        """An order that never left is over. Nothing of it is journaled, unless it is a child."""
        self.dispatch.apply(life, out)
        self.news.extend(out.events)
        self.kept_children.ended_unsent(life)
        self.write()

    def adopt(self, report: OrderReport, strategy: StrategyId, now_ms: int) -> None:
        """Take up an open order of ours that we have no record of."""
        assert report.cloid is not None
        intent = OrderIntent(
            strategy=strategy,
            cloid=report.cloid,
            coin=report.coin,
            side=report.side,
            size=report.original_size,
            limit_px=report.limit_px,
            tif=TimeInForce.GTC,
            reduce_only=report.reduce_only,
            options=OrderOptions(trigger=report.trigger) if report.trigger else None,
        )
        self.writer.keep(AdoptedRecord(intent, report.oid))
        self.dispatch.take_over(self.dispatch.as_adopted(intent, report.oid))
        self.take_reports([report], now_ms)

    def fund(self, funding: Funding) -> bool:
        """Fold a payment into positions unless it is in them; also for those in the journal."""
        is_new = self._fundings.add(_due(funding.coin, funding.venue_ms), funding.usd) is None
        if is_new:
            self.positions.book_funding(funding)
        return is_new

    # --- positions ------------------------------------------------------------------------------

    def book(
        self, fill: Fill, owner: StrategyId | None, shares: tuple[FillShare, ...] = ()
    ) -> None:
        """Fold a fill into positions; also for fills that the journal tells of."""
        if shares:
            self.positions.book_shares(fill, shares)
        else:
            self.positions.book_fill(fill, owner)
        if not is_netted(fill.coin):
            return
        chain = self._chains.get(fill.coin)
        if chain is None:
            chain = self._chains[fill.coin] = PositionChain()
        chain.add(fill)

    def broken_chains(self) -> list[str]:
        """Coins in whose history a fill is missing."""
        return [coin for coin, chain in self._chains.items() if not chain.is_whole]

    def chain_size(self, coin: str) -> Decimal | None:
        """The account's size by the last fill's own word; None if there is a gap, or no fill."""
        chain = self._chains.get(coin)
        return None if chain is None else chain.size

    def correct(
        self, coin: str, size: Decimal, entry_px: Decimal | None, reason: str, now_ms: int
    ) -> None:
        """Set the account's size of a coin to the venue's word; the difference is nobody's."""
        before = self.positions.account(coin).size
        self.anchor(coin, size, entry_px)
        self.counts.corrections += 1
        self.keep(CorrectionRecord(coin, before, size, entry_px, reason, now_ms))

    def anchor(self, coin: str, size: Decimal, entry_px: Decimal | None) -> None:
        """What a correction does; also for those that the journal tells of.

        The coin's chain begins anew, so that a gap which was accepted is not found again.
        """
        self.positions.anchor(coin, size, entry_px)
        self._chains.pop(coin, None)

    def swept(self, certain_ms: int) -> None:
        """Every fill before this moment is booked."""
        self.writer.reached.certain_ms = certain_ms
        self.keep(SweptRecord(certain_ms))

    def funding_swept(self, certain_ms: int) -> None:
        """Every funding payment before this moment is booked."""
        self.writer.reached.funding_ms = certain_ms
        self.keep(FundingSweptRecord(certain_ms))

    # --- the process's successor ----------------------------------------------------------------

    def state(self) -> BooksState:
        """Everything that outlives the process; the same for the same past."""
        return BooksState(
            reached=self.writer.reached,
            standing=tuple(self.writer.standing.values()),
            dispatch=self.dispatch.state(),
            positions=self.positions.state(),
            chains=tuple([(coin, chain.state()) for coin, chain in self._chains.items()]),
            fundings=tuple(self._fundings.items()),
            families=self.kept_children.state(),
            twaps=self.twaps.state(),
        )

    def restore(self, state: BooksState) -> None:
        """Put a state into empty books, but for the orders that were open."""
        self.dispatch.restore_state(state.dispatch)
        self.positions.restore(state.positions)
        for coin, chain in state.chains:
            self._chains[coin] = PositionChain(chain)
        for (coin, venue_ms), usd in state.fundings:
            self._fundings.add(_due(coin, venue_ms), usd)
        self.kept_children.restore(state.families)

    # --- the journal ----------------------------------------------------------------------------

    def keep(self, record: msgspec.Struct) -> None:
        """Write a record, now or as soon as the disk takes it."""
        if isinstance(record, Standing):
            self.writer.stands(record)
        self.writer.keep(record)
        self.writer.write()

    def write(self) -> None:
        """Write what may not wait; call it after the last of a message."""
        self.writer.write()

    def _count(self, event: OrderEvent) -> None:
        counts, news = self.counts, event.news
        if news in _REJECTS:
            counts.rejects += 1
            if news is OrderNews.REPLACE_REJECTED and not event.order.replace_pending:
                self.writer.note(ReplaceEndRecord(event.order.cloid))
        elif news is OrderNews.NOT_SENT:
            counts.not_sent += 1
        elif news is OrderNews.UNCONFIRMED:
            counts.unconfirmed += 1
        elif news is OrderNews.NEVER_ARRIVED:
            counts.never_arrived += 1


def _due(coin: str, venue_ms: int) -> tuple[str, int]:
    """Which payment it is: each coin has one an hour, told with a few milliseconds more or less."""
    return coin, venue_ms - venue_ms % HOUR_MS
