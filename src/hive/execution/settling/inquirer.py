"""Asks the venue what is so, and brings the books in line with the answers.

Each question is one coroutine: ask, read, compare in the core, apply. None of them concludes from
one silence; what an answer is worth is judged in `reconcile`, `unknowns` and `fill_sweep`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hive.connection.rate_budget import AddressBudget, ReportedUsage
from hive.domain.account import AccountState
from hive.domain.identifiers import Address, Cloid, Oid, StrategyId
from hive.domain.orders import Fill, OrderPhase, OrderReport, ReportKind, TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.other_instances import OtherInstances
from hive.execution.books.venue_time import VenueTime
from hive.execution.orders.dispatched import Dispatched
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.orders.triggered import may_rest_triggered
from hive.execution.orders.unknowns import READ_LAG_MS_MAX, Doubt, Source, Unknown, Unknowns
from hive.execution.ports import InfoRequests
from hive.execution.queue.earnings import Earnings
from hive.execution.settling.errands import Errand, Errands
from hive.execution.settling.fill_sweep import FillSweep
from hive.execution.settling.funding_sweep import FundingSweep
from hive.execution.settling.position_check import PositionCheck
from hive.hyperliquid import codec_requests
from hive.hyperliquid.codec_info import (
    decode_clearinghouse_state,
    decode_open_orders,
    decode_order_status,
    decode_user_fills,
    decode_user_rate_limit,
)
from hive.portfolio.reconcile import (
    Adopt,
    AskForOrder,
    Confirm,
    LabelExternal,
    compare_orders,
    compare_positions,
)
from hive.runtime.ports import Clock

NS_BY_MS: Final = 1_000_000
EXTERNAL_MAX: Final = 1_000
NEVER_ARRIVED: Final = "the venue does not know it, and it has expired"


class InquiryCounts(msgspec.Struct):
    """What the questions brought to light."""

    adopted: int = 0
    external_orders: int = 0
    orphans: int = 0
    fills_swept: int = 0
    """Fills that no stream had told."""


class Inquirer:
    """Questions about one account."""

    def __init__(
        self,
        account: Address,
        info: InfoRequests,
        clock: Clock,
        *,
        books: AccountBooks,
        unknowns: Unknowns,
        errands: Errands,
        sweep: FillSweep,
        positions: PositionCheck,
        venue_time: VenueTime,
        budget: AddressBudget,
        earnings: Earnings,
        owner_of: Callable[[Cloid], StrategyId | None],
        others: OtherInstances,
        on_fills: Callable[[list[Fill]], None],
        on_orphan: Callable[[Oid, str], None],
        on_alarm: Callable[[str], None],
    ) -> None:
        """`on_orphan` gets an oid and its coin that nobody owns and that is to be cancelled."""
        self._account = account
        self._info = info
        self._clock = clock
        self._books = books
        self._unknowns = unknowns
        self._errands = errands
        self._sweep = sweep
        self._funding = FundingSweep(account, info, books)
        self._positions = positions
        self._venue_time = venue_time
        self._budget = budget
        self._earnings = earnings
        self._owner_of = owner_of
        self._others = others
        self._on_fills = on_fills
        self._on_orphan = on_orphan
        self._on_alarm = on_alarm
        self._external: RecentlySeen[Oid, str] = RecentlySeen(EXTERNAL_MAX)
        self.state: AccountState | None = None
        """The account's equity and margin, as last answered."""
        self._usage_ms: int | None = None
        """By the venue's clock: the last report of the address budget may include what was traded
        until then.
        """
        self.counts = InquiryCounts()

    async def meet(self) -> None:
        """Name the account to the venue and learn its time; a play account gets its money so."""
        body = await self._info.info(codec_requests.clearinghouse_state(self._account))
        state = decode_clearinghouse_state(body, self._account)
        self._venue_time.heard(state.venue_ms, self._now_ms())

    async def reconcile(self) -> None:
        """Fills first, then orders, then positions: each explains what the next compares."""
        await self.sweep(urgent=True)
        await self.list_orders(urgent=True)
        for life in self._books.dispatch.lives():
            if life.trigger is not None and may_rest_triggered(life):
                self._errands.ask(life.cloid, self._now_ms())
        await self.account_state()
        self._errands.request(Errand.FUNDING, self._now_ms())

    async def run(self, errand: Errand, *, urgent: bool = False) -> None:
        """Do an errand; `urgent` ones may use the part of the weight that is kept for them.

        Raises:
            LinkError, VenueError, LimitReached: it got no answer that can be read.
        """
        match errand:
            case Errand.RECONCILE:
                await self.reconcile()
            case Errand.SWEEP:
                await self.sweep(urgent=urgent)
            case Errand.LIST:
                await self.list_orders(urgent=urgent)
            case Errand.STATE:
                await self.account_state(urgent=urgent)
            case Errand.USAGE:
                await self.usage()
            case Errand.FUNDING:
                await self._funding.sweep(self._venue_ms)

    # --- fills ----------------------------------------------------------------------------------

    async def sweep(self, *, urgent: bool = False) -> None:
        """Book every fill since the last that is certain."""
        before_ms = self._sweep.certain_ms
        start_ms: int | None = self._sweep.begin(self._venue_ms())
        asked_ms, venue_ms = self._now_ms(), self._venue_ms()
        while start_ms is not None:
            asked_ms, venue_ms = self._now_ms(), self._venue_ms()
            request = codec_requests.user_fills_by_time(self._account, start_ms)
            page = decode_user_fills(await self._info.info(request, urgent=urgent), self._account)
            new = self._books.take_fills(page, self._clock.now_ms())
            self.counts.fills_swept += len(new)
            if new:
                self._on_fills(new)
            start_ms = self._sweep.next_start_ms(page)
        if self._sweep.certain_ms > before_ms:
            self._books.swept(self._sweep.certain_ms)
        while self._sweep.overfull_ms:
            at_ms = self._sweep.overfull_ms.pop()
            self._on_alarm(f"more fills than a page holds at {at_ms} ms: some may be out of reach")
        while self._sweep.forgotten:
            from_ms, to_ms = self._sweep.forgotten.pop()
            self._on_alarm(f"fills from {from_ms} to {to_ms} ms are more than the venue keeps")
        for cloid in self._unknowns.cloids():
            self._said_no(cloid, Source.FILLS, asked_ms, venue_ms)
        self._positions.swept(asked_ms, self._now_ms(), self._clock.now_ms())
        self._review()

    # --- orders ---------------------------------------------------------------------------------

    async def list_orders(self, *, urgent: bool = False) -> None:
        """Compare the venue's open orders with ours."""
        dispatch = self._books.dispatch
        asked_ms, venue_ms = self._now_ms(), self._venue_ms()
        before = [life for life in dispatch.lives() if life.phase is not OrderPhase.PENDING]
        request = codec_requests.open_orders(self._account)
        body = await self._info.info(request, urgent=urgent)
        listed = decode_open_orders(body, self._clock.now_ms())
        live = {life.cloid: life.view() for life in before if life.is_live}
        for correction in compare_orders(listed, live, dispatch.has_ended, self._owner_of):
            match correction:
                case Confirm(report):
                    self._confirm(report, asked_ms)
                case Adopt(report, strategy):
                    self._adopt(report, strategy)
                case LabelExternal(report):
                    if self._external.add(report.oid, report.coin) is None:
                        self.counts.external_orders += 1
                        self._others.met(report.cloid)
                case AskForOrder(cloid, _):
                    if cloid not in self._unknowns:
                        self._errands.ask(cloid, self._now_ms())
                    dispatch.strange_words.listed(cloid, asked_ms, is_shown=False)
        newest = {report.cloid: report.oid for report in listed}
        for cloid in self._unknowns.cloids():
            if self._knows_nothing_new(cloid, newest.get(cloid)):
                self._said_no(cloid, Source.LIST, asked_ms, venue_ms)
        self._review()

    def _confirm(self, report: OrderReport, asked_ms: int) -> None:
        assert report.cloid is not None
        self._books.dispatch.strange_words.listed(report.cloid, asked_ms, is_shown=True)
        self._books.take_reports([report], self._clock.now_ms())

    def _adopt(self, report: OrderReport, strategy: StrategyId) -> None:
        assert report.cloid is not None
        if self._books.dispatch.live(report.cloid) is None:
            self.counts.adopted += 1
            self._books.adopt(report, strategy, self._clock.now_ms())
        else:
            self._books.take_reports([report], self._clock.now_ms())

    async def ask(self, cloid: Cloid) -> None:
        """Ask about one order, by its cloid: whichever leg is the newest answers.

        That may be one that a replace was refused for, while the leg before it is gone as well.
        """
        asked_ms, venue_ms = self._now_ms(), self._venue_ms()
        report = await self._status_of(cloid)
        life = self._books.dispatch.life(cloid)
        if report is not None and life is not None:
            strange_words = self._books.dispatch.strange_words
            report = strange_words.judged(cloid, report, asked_ms, READ_LAG_MS_MAX)
            is_orphan = not life.is_live and report.kind is ReportKind.OPEN
            if is_orphan and report.oid not in life.legs:
                self.counts.orphans += 1
                self._on_orphan(report.oid, report.coin)
            else:
                self._books.take_reports([report], self._clock.now_ms())
            current = life.current
            if life.is_live and current is not None and current.oid != report.oid:
                older = await self._status_of(current.oid)
                self._books.take_reports([older] if older else [], self._clock.now_ms())
        if self._knows_nothing_new(cloid, None if report is None else report.oid):
            self._said_no(cloid, Source.STATUS, asked_ms, venue_ms)
        # Only this one: with thousands in doubt each answer must not cost a look at all of them.
        self._unknowns.review_one(self._books.dispatch, cloid)
        self._unknowns.hasten_one(cloid, self._now_ms(), self._venue_ms())

    async def ask_kept(self) -> None:
        """Ask for the children that the desk kept and is about to send.

        A power cut may have taken the record of one that was sent, and is over: it is in no list,
        and sent again it would be there twice.

        Raises:
            LinkError, VenueError, LimitReached: it got no answer that can be read.
        """
        for cloid in self._books.kept_children.about_to_leave():
            report = await self._status_of(cloid)
            if report is not None:
                self._books.take_reports([report], self._clock.now_ms())

    async def _status_of(self, order: Cloid | Oid) -> OrderReport | None:
        request = codec_requests.order_status(self._account, order)
        return decode_order_status(await self._info.info(request, urgent=True))

    def _knows_nothing_new(self, cloid: Cloid, oid: Oid | None) -> bool:
        """Whether an answer that names this leg (or none) leaves what is in doubt unseen."""
        unknown = self._unknowns.get(cloid)
        life = self._books.dispatch.live(cloid)
        if unknown is None or life is None:
            return False
        return oid is None or (unknown.doubt is Doubt.REPLACE and oid in life.legs)

    def _said_no(self, cloid: Cloid, source: Source, asked_ms: int, venue_ms: int | None) -> None:
        proven = self._unknowns.said_no(cloid, source, asked_ms, venue_ms)
        if proven is not None:
            self._conclude(proven)

    def _conclude(self, unknown: Unknown) -> None:
        """All sources agree, and it is too late for it to arrive."""
        life = self._books.dispatch.live(unknown.cloid)
        if life is None:
            return
        out = Dispatched()
        if unknown.doubt is Doubt.ORDER:
            life.never_arrived(NEVER_ARRIVED, out)
        else:
            life.replace_rejected(life.replacement, f"never arrived: {NEVER_ARRIVED}", out)
        self._books.take_life(life, out, self._clock.now_ms())
        self._books.write()

    def _review(self) -> None:
        """Settle what is known now; where silence could be proof, ask the sources that are open."""
        self._unknowns.review(self._books.dispatch)
        now_ms, venue_ms = self._now_ms(), self._venue_ms()
        self._unknowns.hasten(now_ms, venue_ms)
        for source, errand in ((Source.LIST, Errand.LIST), (Source.FILLS, Errand.SWEEP)):
            at_ms = self._unknowns.wanted_ms(source, now_ms, venue_ms)
            if at_ms is not None:
                self._errands.request(errand, at_ms)

    # --- positions and budget -------------------------------------------------------------------

    async def account_state(self, *, urgent: bool = False) -> None:
        """Compare the venue's positions with what our fills make them."""
        request = codec_requests.clearinghouse_state(self._account)
        body = await self._info.info(request, urgent=urgent)
        state = decode_clearinghouse_state(body, self._account)
        self._venue_time.heard(state.venue_ms, self._now_ms())
        self.state = state
        differing = compare_positions(state, self._books.positions)
        self._positions.compared(differing, self._now_ms(), self._clock.now_ms())

    async def usage(self) -> None:
        """Take over the venue's own count of our actions."""
        mark = self._budget.mark()
        body = await self._info.info(codec_requests.user_rate_limit(self._account))
        limit = decode_user_rate_limit(body)
        self._budget.refresh(ReportedUsage(limit.used, limit.cap, limit.surplus), mark)
        self._usage_ms = self._venue_ms()

    def credit(self, fills: list[Fill]) -> None:
        """Count what was traded after the last report, which includes everything before; and look
        whose it is."""
        life_of = self._books.dispatch.life
        strange = [f for f in fills if f.cloid is not None and life_of(f.cloid) is None]
        if strange:
            self._others.traded(strange, self._venue_ms())
        for fill in fills:
            if self._usage_ms is not None and fill.venue_ms > self._usage_ms:
                self._budget.credit_volume(fill.px * fill.size, self._now_ms())
                self._credit_trader(fill)

    def _credit_trader(self, fill: Fill) -> None:
        life = None if fill.cloid is None else self._books.dispatch.life(fill.cloid)
        if life is not None:
            is_immediate = life.intent.tif is TimeInForce.IOC
            self._earnings.earned(life.strategy, fill.px * fill.size, is_immediate=is_immediate)

    # --- small change ---------------------------------------------------------------------------

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS

    def _venue_ms(self) -> int | None:
        return self._venue_time.at_least_ms(self._now_ms())
