"""The parts of a desk, put together. Nothing here decides anything; it only says who holds whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import ceil
from typing import Final

from hive.connection.rate_budget import AddressBudget
from hive.domain.account import AccountState
from hive.domain.identifiers import StrategyId
from hive.domain.instruments import Universe
from hive.execution.books.account_books import AccountBooks, finest_lot
from hive.execution.books.account_halt import AccountHalt
from hive.execution.books.books_state import encoded
from hive.execution.books.journal_sync import JournalSync
from hive.execution.books.other_instances import OtherInstances
from hive.execution.books.polled_feed import PolledFeed
from hive.execution.books.private_feed import PrivateFeed
from hive.execution.books.recovery import Recovered, recover
from hive.execution.books.venue_time import VenueTime
from hive.execution.desk.account_rights import AccountRights
from hive.execution.desk.key_care import KeyCare
from hive.execution.desk.ports import Callbacks, DeskPorts
from hive.execution.desk.roads import roads_of
from hive.execution.desk.settings import DeskSettings
from hive.execution.desk.turn import Sending
from hive.execution.intake.exact_marks import ExactMarks
from hive.execution.intake.order_checks import OrderChecks
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.order_types.twap_taking import TwapTaking
from hive.execution.orders.cloids import CloidReader, CloidSequence, first_number
from hive.execution.orders.unknowns import Unknowns
from hive.execution.queue.admission import Admission, Budgets
from hive.execution.queue.earnings import Earnings
from hive.execution.queue.economy import ActionPace, Coarseness, Throttle
from hive.execution.queue.fair_queue import FairQueue
from hive.execution.queue.open_order_cap import OpenOrderCap
from hive.execution.queue.post_only import PostOnlyPeriod
from hive.execution.sending.action_sender import NS_BY_MS, ActionSender
from hive.execution.sending.departures import Departures
from hive.execution.sending.inside import InsideCrossing
from hive.execution.sending.lone_actions import LoneActions
from hive.execution.sending.outbound import Outbound
from hive.execution.sending.resends import RESENDS_FIRST, Resends
from hive.execution.settling.answers import Answers
from hive.execution.settling.errands import Errands
from hive.execution.settling.fill_sweep import FillSweep
from hive.execution.settling.inquirer import Inquirer
from hive.execution.settling.position_check import PositionCheck
from hive.execution.settling.restraint import Restraint
from hive.execution.settling.twap_inquiry import TwapInquiry
from hive.portfolio.losses import profit_usd
from hive.portfolio.risk import RiskGate
from hive.portfolio.switchboard import Switchboard
from hive.runtime.ports import SyncTicket
from hive.storage.records import BootRecord, Record

NONCES_LOST_MS_MAX: Final = 10_000
"""A power cut can take the last seconds of a journal that is synced behind (`durability: kill`),
and with them the highest nonces. A new process goes on so far above the highest that it finds, for
the clock may have been set back meanwhile."""


class DeskParts:
    """One account's parts. Each is the owner of what it is named after."""

    def __init__(
        self,
        settings: DeskSettings,
        ports: DeskPorts,
        past: Iterable[Record],
        calls: Callbacks,
    ) -> None:
        """`past` is the account's journal, oldest first."""
        self._clock, self._account = ports.clock, settings.account
        self._batch_len_max = settings.send.batch_len_max
        now_ms = ports.clock.monotonic_ns() // NS_BY_MS
        self.reader = _reader(settings, ports)
        self.books = AccountBooks(
            ports.journal,
            self.reader.owner_of,
            lot_of=lambda coin: _lot_of(ports.universe, coin),
            on_alarm=calls.on_alarm,
            memory=settings.memory,
        )
        self.recovered: Recovered = recover(past, self.books)
        self.halt = AccountHalt(
            self.recovered.halt_reason, write=self.books.keep, on_alarm=calls.on_alarm
        )
        self.sweep = FillSweep(self.recovered.certain_ms)
        self.venue_time = VenueTime()
        self.unknowns = Unknowns()
        self.errands = Errands(settings.errands, now_ms)
        messages = ports.ip_budget.messages
        self.throttle = Throttle(messages.used, is_adaptive=settings.is_adaptive)
        self.post_only = PostOnlyPeriod()
        self.budget = AddressBudget(ports.venue_limits, reserve=settings.reserved_actions)
        self.pace = ActionPace(self.budget, now_ms, settings.pace)
        self.earnings = self._earnings()
        self.queue = FairQueue(self.earnings)
        self.coarseness = Coarseness(self.budget.minutes_left)
        self.open_cap = OpenOrderCap(self.books.exposure, self.queue, ports.venue_limits)
        self.marks = ExactMarks(ports.marks)
        self.leash = ports.leash
        self.switches = Switchboard(settings.account)
        self.risk = self._risk(settings)
        self.roads = roads_of(settings, ports, calls)
        self.admission = self._admission(ports, calls)
        self.sender = self._sender(settings, ports)
        self.key = self._key(settings, ports, calls)
        self.barred: dict[str, str] = {}
        self.taking = self._taking(settings, ports)
        self.departures = Departures(self.books, self.taking)
        self.inside = self._inside(settings, ports)
        self.outbound = self._outbound(settings, ports)
        self.others = OtherInstances(
            settings.account, self.reader, on_alarm=calls.on_alarm, on_copy=self._halt
        )
        self.resends = self._resends(settings, calls)
        self.answers = Answers(
            self.books,
            self.sender,
            self.unknowns,
            restraint=Restraint(throttle=self.throttle, post_only=self.post_only),
            orphans=self.outbound.orphans,
            resends=self.resends,
            on_lone=calls.on_lone,
            on_key_refused=self.key.refused,
            on_nonce_floor=self.others.nonces_used,
        )
        self.polled = self._polled(settings, ports)
        self.lag_ms = 0 if self.polled is None else self.polled.lag_ms
        """How late a fill may be known where no stream tells; 0 where one does."""
        self.feed = self.polled or self._streamed(settings, ports, calls)
        self.inquirer = self._inquirer(settings, ports, calls)
        self.lone = LoneActions(self.admission, self.sender, self.roads)
        self.twaps = self._twaps(ports)
        self.sending = Sending(self.resends, self.outbound, self.twaps)
        self.twap_inquiry = self._twap_inquiry(settings, ports)

    def _earnings(self) -> Earnings:
        return Earnings(
            self.budget,
            self.pace,
            kept=self.recovered.purses,
            keep=self.books.writer.note_standing,
        )

    def begin(self, epoch: int) -> CloidSequence:
        """What this process issues: everything with our number besides is a copy's."""
        now_ms = self._clock.monotonic_ns() // NS_BY_MS
        venue_ms = self.venue_time.at_least_ms(now_ms) or self._clock.now_ms()
        self.others.started(venue_ms, self.recovered.expires_ms_max)
        return self.reader.begin(epoch, first_number(self._clock.now_ms()))

    def _halt(self, reason: str) -> None:
        self.halt.halt(reason, self._clock.now_ms())

    def begin_journal(self, epoch: int) -> SyncTicket:
        """Begin this process's part of the journal, with all that it has found.

        To be waited for before the first order: processes that lose their power one soon after the
        other would else use the same nonces.

        Raises:
            DiskFailed: it is not written.
        """
        writer, floor = self.books.writer, self.sender.last_nonce
        if writer.reached.boots:
            writer.begin_segment(self.state())
        writer.reached.boots += 1
        writer.reached.used(floor, 0)
        writer.write_now(BootRecord(self._account, epoch, self._clock.now_ms(), floor))
        return writer.journal.request_sync()

    def journal_sync(
        self, on_alarm: Callable[[str], None], on_well: Callable[[], None]
    ) -> JournalSync:
        """Who looks after the journal; `on_well` hears that trouble is over."""
        return JournalSync(self.books.writer, self.state, self._clock, on_alarm, on_well)

    def state(self) -> bytes:
        """All that the journal is to say, encoded."""
        return encoded(self.books.state())

    def _risk(self, settings: DeskSettings) -> RiskGate:
        return RiskGate(
            self.books.positions,
            self.books.exposure,
            account=settings.account_limits,
            strategy=settings.strategy_limits,
            switches=self.switches,
            mark_px=self.marks.px,
            capital=self._capital,
        )

    def _capital(self, strategy: StrategyId | None) -> Decimal | None:
        """What a strategy has earned, at marks; for None the account's equity."""
        if strategy is not None:
            return profit_usd(self.books.positions.of_owner(strategy), self.marks.px)
        state = self.account_state
        return None if state is None else state.equity_usd

    @property
    def account_state(self) -> AccountState | None:
        """The account by the venue's last word; None before the first."""
        return self.feed.state or self.inquirer.state

    def _sender(self, settings: DeskSettings, ports: DeskPorts) -> ActionSender:
        ports.nonces.raise_floor(self.recovered.nonce_floor + NONCES_LOST_MS_MAX)
        return ActionSender(
            ports.signer,
            ports.nonces,
            ports.clock,
            settings=settings.send,
            budget=self.budget,
            pace=self.pace,
            venue_time=self.venue_time,
            writer=self.books.writer,
        )

    def _taking(self, settings: DeskSettings, ports: DeskPorts) -> OrderTaking:
        return OrderTaking(
            self.books,
            self.queue,
            universe=ports.universe,
            checks=self._checks(ports),
            open_cap=self.open_cap,
            coarseness=self.coarseness,
            wait_max_ms=settings.order_wait_max_ms,
        )

    def _checks(self, ports: DeskPorts) -> OrderChecks:
        return OrderChecks(
            self.books,
            self.risk,
            universe=ports.universe,
            marks=self.marks,
            unknowns=self.unknowns,
            halt=self.halt,
            barred=self.barred,
        )

    def _polled(self, settings: DeskSettings, ports: DeskPorts) -> PolledFeed | None:
        if not settings.is_polled:
            return None
        clock, errands = ports.clock, settings.errands
        return PolledFeed(
            errands.state_every_ms,
            errands.sweeps_apart_ms,
            lambda: clock.monotonic_ns() // NS_BY_MS,
        )

    def _key(self, settings: DeskSettings, ports: DeskPorts, calls: Callbacks) -> KeyCare:
        return KeyCare(
            settings.account,
            ports.rights or AccountRights(ports.info),
            self.sender,
            self.errands,
            vault=settings.send.vault,
            on_alarm=calls.on_alarm,
        )

    def _streamed(self, settings: DeskSettings, ports: DeskPorts, calls: Callbacks) -> PrivateFeed:
        return PrivateFeed(
            settings.account,
            self.books,
            self.venue_time,
            ports.clock,
            streams=ports.streams,
            others=self.others,
            on_fills=calls.on_fills,
            on_told=calls.on_told,
            on_lost=calls.on_lost,
            on_gap=calls.on_gap,
        )

    def _inside(self, settings: DeskSettings, ports: DeskPorts) -> InsideCrossing | None:
        if not settings.cross_inside:
            return None
        return InsideCrossing(
            settings.account,
            self.books,
            self.taking,
            self.departures,
            universe=ports.universe,
            marks=ports.marks,
            wall_ms=ports.clock.now_ms,
        )

    def _outbound(self, settings: DeskSettings, ports: DeskPorts) -> Outbound:
        return Outbound(
            self.books,
            self.queue,
            self.taking,
            universe=ports.universe,
            sender=self.sender,
            roads=self.roads,
            admission=self.admission,
            batch_len_max=settings.send.batch_len_max,
            departures=self.departures,
            post_only=self.post_only,
            inside=self.inside,
            patience_ms=settings.order_wait_max_ms,
        )

    def _admission(self, ports: DeskPorts, calls: Callbacks) -> Admission:
        ports.ip_budget.could_need.append(self._messages_to_end_all)
        budgets = Budgets(
            ip=ports.ip_budget, address=self.budget, pace=self.pace, throttle=self.throttle
        )
        return Admission(
            self.roads,
            budgets,
            hold=lambda: RESENDS_FIRST if self.resends.waiting else self._hold(calls),
        )

    def _hold(self, calls: Callbacks) -> str | None:
        return self.halt.refusal if self.halt.reason else calls.hold()

    def _resends(self, settings: DeskSettings, calls: Callbacks) -> Resends:
        return Resends(
            self.books,
            self.sender,
            admission=self.admission,
            roads=self.roads,
            queue=self.queue,
            switches=self.switches,
            sent=self.outbound.sent,
            hold=lambda: self._hold(calls),
            on_lone=calls.on_lone,
            soon=calls.soon,
            slice_max=settings.send.batch_len_max,
            wait_max_ms=settings.order_wait_max_ms,
        )

    def _messages_to_end_all(self) -> int:
        """One with exits, and as many as all open orders are cancelled with."""
        return 1 + ceil(self.books.exposure.account_orders_open / self._batch_len_max)

    def _twaps(self, ports: DeskPorts) -> TwapTaking:
        return TwapTaking(
            self.books,
            self.taking,
            self.lone,
            self.errands,
            universe=ports.universe,
            marks=self.marks,
        )

    def _twap_inquiry(self, settings: DeskSettings, ports: DeskPorts) -> TwapInquiry:
        return TwapInquiry(
            settings.account,
            ports.info,
            ports.clock,
            books=self.books,
            errands=self.errands,
            venue_time=self.venue_time,
        )

    def _inquirer(self, settings: DeskSettings, ports: DeskPorts, calls: Callbacks) -> Inquirer:
        return Inquirer(
            settings.account,
            ports.info,
            ports.clock,
            books=self.books,
            unknowns=self.unknowns,
            errands=self.errands,
            sweep=self.sweep,
            positions=PositionCheck(self.books, self.errands, self.halt, on_alarm=calls.on_alarm),
            venue_time=self.venue_time,
            budget=self.budget,
            earnings=self.earnings,
            owner_of=self.reader.owner_of,
            others=self.others,
            on_fills=calls.on_fills,
            on_orphan=calls.on_orphan,
            on_alarm=calls.on_alarm,
        )


def _lot_of(universe: Universe, coin: str) -> Decimal:
    return universe.of_coin(coin).lot if coin in universe else finest_lot(coin)


def _reader(settings: DeskSettings, ports: DeskPorts) -> CloidReader:
    registry = ports.registry
    return CloidReader(
        instance=registry.instance,
        account=registry.account_index(settings.account),
        strategy_of_index=registry.strategy_of_index,
    )
