"""The order desk of one account: the only sender of its actions.

    verbs ──▶ OrderTaking ──▶ lanes ──▶ Outbound ──▶ ActionSender ──▶ link
    listeners ◀── AccountBooks ◀── PrivateFeed, Answers, Inquirer ◀── streams, replies, queries

What is right is decided in those; this file calls them at the right moment. What strategies ask for
in one turn of the loop leaves together in the next; no listener is called from within a verb.

Nothing new is placed while something may have been missed: after a lost stream the desk reconciles
first. Cancels, and orders that only reduce, go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from hive.domain.errors import Unanswered
from hive.domain.identifiers import DESK, Oid, StrategyId
from hive.domain.orders import Fill, OrderEvent
from hive.domain.twaps import TwapStarted
from hive.execution.books.journal_sync import synced
from hive.execution.books.questions import DeskQuestions
from hive.execution.books.teller import Teller, a_turns_worth
from hive.execution.desk.alarms import Alarms
from hive.execution.desk.care import DeskCare
from hive.execution.desk.parts import DeskParts
from hive.execution.desk.ports import Callbacks, DeskPorts
from hive.execution.desk.settings import DeskSettings, DeskSnapshot, StopReport
from hive.execution.desk.view import snapshot_of, why_hold
from hive.execution.desk.wakeup import Wakeup
from hive.execution.order_types.order_verbs import DeskVerbs
from hive.execution.order_types.quote_set import QuoteSets
from hive.execution.order_types.twap_verbs import TwapVerbs
from hive.execution.ports import DeskListener, Lease
from hive.execution.queue.lane import USUAL_QUOTA, Quota
from hive.execution.risk_controls.dead_man_care import dead_man_care
from hive.execution.risk_controls.desk_risk import DeskRisk
from hive.execution.risk_controls.leverage_care import LeverageCare
from hive.execution.risk_controls.setting_changes import SettingChanges
from hive.execution.sending.action_sender import NS_BY_MS
from hive.execution.sending.batching import Batch, BatchKind
from hive.execution.settling.answers import LoneOutcome
from hive.execution.settling.errands import Errand
from hive.execution.settling.wishes import Wishes
from hive.hyperliquid.signing import NonceSequence, Signer
from hive.portfolio.limits import NO_LOSS_LIMITS, LossLimits, RiskLimits
from hive.runtime.ports import HttpReply
from hive.storage.records import Record

STOPPING: Final = "the desk is stopping"


class OrderDesk:
    """Trades one account for any number of strategies."""

    def __init__(
        self, settings: DeskSettings, ports: DeskPorts, past: Iterable[Record] = ()
    ) -> None:
        """`past`: the account's journal (`storage.checkpoints.read_since_state`), oldest first."""
        self._settings = settings
        self._ports = ports
        self._clock = ports.clock
        self._changes = SettingChanges()
        self._alarms = Alarms()
        parts = self._parts = DeskParts(settings, ports, past, self._calls())
        self._books, self._unknowns = parts.books, parts.unknowns
        self._taking = parts.taking
        self._care = DeskCare(
            f"desk {settings.account}",
            parts,
            ports.clock,
            on_reconciled=self._reconciled,
            on_told=self._attend,
        )
        self._teller = Teller(self._alarms.sound)
        self._wishes = Wishes(parts.books, parts.taking, parts.errands, parts.unknowns)
        soon, alarm = self._soon, self._alarms.sound
        verbs = self._verbs = DeskVerbs(
            parts.books, parts.taking, now_ms=self._now_ms, soon=soon, lag_ms=parts.lag_ms
        )
        self._offer(verbs, DeskQuestions(parts.books))
        self.quotes = QuoteSets(
            parts.books.dispatch, verbs, parts.unknowns, ports.universe, parts.coarseness
        )
        self.quote = self.quotes.quote
        self._twaps = parts.books.twaps
        self.twaps = TwapVerbs(self._twaps, parts.twaps, ports.clock, verbs.issue, self._soon)
        self.risk = DeskRisk(
            settings,
            ports,
            parts,
            place=self.place,
            may_place=verbs.may_place,
            register=self.register,
            soon=soon,
            alarm=alarm,
        )
        self.leverage = LeverageCare(settings, ports, parts, self._changes, soon=soon, alarm=alarm)
        self._dead_man = dead_man_care(settings, ports, parts, self._changes, alarm)
        self._changed = Wakeup()
        self._leases: list[Lease] = []
        self._is_in_step = self._is_telling = False
        self._turn: asyncio.Handle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._sync = parts.journal_sync(self._alarms.sound, self._soon)

    def _offer(self, verbs: DeskVerbs, questions: DeskQuestions) -> None:
        """What strategies ask is done there: nothing stands between."""
        self.place, self.place_unit, self.bracket = verbs.place, verbs.place_unit, verbs.bracket
        self.replace, self.cancel, self.charge = verbs.replace, verbs.cancel, verbs.charge
        self.order, self.open_orders = questions.order, questions.open_orders
        self.position, self.account_position = questions.position, questions.account_position
        self.account_positions = questions.account_positions
        self.strategy_positions = questions.strategy_positions
        verbs.restore()

    # --- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Be ready to trade: account checked, streams confirmed, books in line with the venue.

        Raises:
            OperatorError: the key does not trade this account, or the venue does not know it.
            LinkError: the venue cannot be reached, or does not stream the account.
            DiskFailed: the start cannot be written down.
        """
        account, registry, feed = self._settings.account, self._ports.registry, self._parts.feed
        inquirer, recovered = self._parts.inquirer, self._parts.recovered
        await inquirer.meet()
        await self._parts.key.check_first(holds_positions=recovered.holds_positions)
        epoch = registry.begin_epoch()
        self._verbs.begin(self._parts.begin(epoch))
        await synced(self._parts.begin_journal(epoch))
        self._leases += feed.open()
        deadline_ms = self._now_ms() + self._settings.start_timeout_ms
        while not feed.is_fresh:
            if self._now_ms() >= deadline_ms:
                self._let_go()
                raise Unanswered(f"the venue does not confirm the streams of {account}")
            await self._changed.sleep(deadline_ms - self._now_ms())
        self._parts.errands.done(Errand.RECONCILE, self._now_ms())
        await inquirer.usage()
        await inquirer.reconcile()
        await inquirer.ask_kept()
        await self.leverage.start()
        # What an earlier process sent, and nobody has told the end of, is settled by evidence.
        expires_ms = self._parts.recovered.expires_ms_max
        self._unknowns.take_over(self._books.dispatch, expires_ms, self._now_ms())
        self._care.start(self._ports.tasks)
        self.register(DESK, self.risk)
        self.risk.start()
        self._dead_man.start()
        self._verbs.protect()
        self._reconciled()
        self._attend()

    async def stop(self, *, cancel_all: bool = True) -> StopReport:
        """Place no more, cancel all own orders, and wait until the venue's evidence says so.

        Stops that protect a position stay at the venue with it. Returns at the latest after
        `stop_timeout_ms`, with what else may be left.
        """
        began_ms = self._now_ms()
        deadline_ms = began_ms + self._settings.stop_timeout_ms
        self._taking.closed_reason = STOPPING
        for entry in self._parts.queue.drain():
            self._taking.end_waiting(entry, STOPPING, began_ms)
        if cancel_all:
            self.cancel_all()
        self._soon()
        while cancel_all and self._open_count() and self._now_ms() < deadline_ms:
            await self._changed.sleep(deadline_ms - self._now_ms())
        await self._dead_man.stop()
        self._care.stop()
        self.leverage.stop()
        self.risk.stop()
        self._let_go()
        self._attend()
        self._sync.end()
        return StopReport(self._open_count(), self._now_ms() - began_ms)

    def _open_count(self) -> int:
        """What may be open, besides stops that protect a position."""
        lives = self._books.dispatch.lives()
        return sum(not life.intent.protects for life in lives) + len(self._twaps.lives())

    def _let_go(self) -> None:
        for lease in self._leases:
            lease.close()
        self._leases.clear()
        for handle in (self._turn, self._alarm):
            if handle is not None:
                handle.cancel()
        self._turn = self._alarm = None

    # --- verbs; `place` and its kin are `DeskVerbs` ----------------------------------------------

    def register(
        self,
        strategy: StrategyId,
        listener: DeskListener,
        quota: Quota | None = None,
    ) -> None:
        """Give a strategy a lane and a share."""
        self._teller.add(strategy, listener)
        self._verbs.admit(strategy, self._ports.registry.strategy_index(strategy))
        self._parts.queue.open_lane(strategy, quota or USUAL_QUOTA, self._now_ms())

    def limit(
        self, strategy: StrategyId, limits: RiskLimits, losses: LossLimits = NO_LOSS_LIMITS
    ) -> None:
        """Give a strategy limits of its own, beside the account's."""
        self._parts.risk.limit(strategy, limits)
        self.risk.limit(strategy, losses, limits.capital_usd)

    def cancel_all(self, strategy: StrategyId | None = None) -> None:
        """As `DeskVerbs.cancel_all`; quotes and TWAPs end, too."""
        self.wind_down(strategy)
        self._verbs.cancel_all(strategy)

    def wind_down(self, strategy: StrategyId | None, coin: str | None = None) -> None:
        """Add nothing more for what was quoted, and end TWAPs; of a strategy and coin or of all."""
        self.quotes.forget(strategy, coin)
        self.twaps.cancel_all(strategy, coin)

    def resume(self, by: str) -> bool:
        """End a halt, by the word of a person who has looked; False if there is none."""
        self._soon()
        self._parts.others.looked_at()
        return self._parts.halt.resume(by, self._clock.now_ms())

    def replace_key(self, signer: Signer, nonces: NonceSequence) -> None:
        """Sign with another key from now on. Nothing ordinary is sent until the venue takes it."""
        self._parts.key.replace(signer, nonces, self._now_ms())
        self._care.wake()

    # --- questions ------------------------------------------------------------------------------

    @property
    def orders_open(self) -> int:
        """How many orders of all strategies rest at the venue, or may."""
        return self._books.exposure.account_orders_open

    def state(self) -> bytes:
        """Everything that outlives the process, encoded; while all is well the journal gives the
        same bytes when it is read back.
        """
        return self._parts.state()

    def snapshot(self) -> DeskSnapshot:
        """How it stands."""
        return snapshot_of(
            self._settings.account,
            self._parts,
            now_ms=self._now_ms(),
            is_in_step=self._is_in_step,
            hold_reason=self._why_hold() or "",
            alarms=self._alarms,
            listener_errors=self._teller.errors,
        )

    # --- turns ----------------------------------------------------------------------------------

    def _soon(self) -> None:
        """Have a turn at the beginning of the loop's next."""
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        """Send what may go, tell what happened, and see when to look again."""
        self._turn = None
        now_ms = self._now_ms()
        self._parts.sending.flush(now_ms)
        self._attend()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        next_ms = self._parts.sending.next_ms(now_ms)
        if next_ms is not None and next_ms <= now_ms:
            self._soon()
        elif next_ms is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later((next_ms - now_ms) / 1000, self._take_turn)

    def _attend(self) -> None:
        """Do what orders need, and pass on the news."""
        books, unknowns = self._books, self._unknowns
        self._changed.ring()
        is_asked = books.wishes or unknowns.is_news
        if self._is_telling or not (is_asked or books.news or books.writer.is_unsynced):
            return
        unknowns.review(books.dispatch)
        if is_asked and self._wishes.grant_all(self._now_ms()):
            self._care.wake()
            self._soon()
        self._is_telling = True
        try:
            for news in a_turns_worth(books.news):
                if self.quotes.sides and isinstance(news, OrderEvent):
                    self.quotes.heard(news)
                if isinstance(news, OrderEvent):
                    self._verbs.heard(news)
                self._teller.tell(news)
                if isinstance(news, tuple):
                    self._hold_to_position(news[0], news[1].coin)
                elif self._parts.twaps.is_waiting:
                    self._soon()  # its number may have come, by which it is cancelled
        finally:  # whatever went wrong with one, the others are told
            self._is_telling = False
        if books.news:
            self._soon()
        if self.quotes.waiting:
            self.quotes.advance()
        if books.writer.is_unsynced:
            self._sync.attend()

    def _hold_to_position(self, strategy: StrategyId, coin: str) -> None:
        """After a fill, end what would close more than is left."""
        is_excess = self._wishes.hold_to_position(strategy, coin, self._now_ms())
        if self._twaps:
            is_excess |= self._parts.twaps.hold_to_position(strategy, coin)
        if is_excess:
            self._soon()

    def _calls(self) -> Callbacks:
        return Callbacks(
            on_reply=self._replied,
            on_http_reply=self._replied_by_http,
            on_unanswered=self._unanswered,
            on_unsent=self._unsent,
            on_fills=self._filled,
            on_told=self._attend,
            on_lost=self._lost,
            on_gap=self._gap,
            on_orphan=self._orphaned,
            on_alarm=self._alarms.sound,
            on_lone=self._answered_alone,
            hold=self._why_hold,
            soon=self._soon,
        )

    # --- what the parts tell --------------------------------------------------------------------

    def _replied(self, request_id: int, body: bytes) -> None:
        self._parts.answers.replied(request_id, body, self._now_ms())
        self._attend()

    def _replied_by_http(self, request_id: int, reply: HttpReply) -> None:
        self._parts.answers.replied_by_http(request_id, reply, self._now_ms())
        self._attend()

    def _unanswered(self, request_id: int, reason: str) -> None:
        self._parts.answers.not_answered(request_id, reason, self._now_ms())
        self._attend()

    def _unsent(self, request_id: int, reason: str) -> None:
        self._parts.answers.never_sent(request_id, reason, self._now_ms())
        self._attend()

    def _answered_alone(self, batch: Batch, outcome: LoneOutcome, expires_ms: int) -> None:
        if batch.kind is BatchKind.SETTING:
            assert not isinstance(outcome, TwapStarted)
            self._changes.ended(outcome)
            return
        self.twaps.answered(batch, outcome, expires_ms)
        self._care.wake()

    def _filled(self, fills: list[Fill]) -> None:
        self._parts.inquirer.credit(fills)

    def _lost(self) -> None:
        """A stream is not to be trusted: place nothing until what it missed is made up for."""
        self._is_in_step = False

    def _gap(self) -> None:
        self._care.make_up()

    def _reconciled(self) -> None:
        if self._parts.feed.is_fresh and not self._parts.errands.is_due(Errand.RECONCILE):
            self._is_in_step = True
            if self._twaps:
                self._parts.errands.request(Errand.TWAPS, self._now_ms())
            self._parts.departures.look_again()
            self._wishes.hold_all_to_positions(self._now_ms())
            self._soon()

    def _orphaned(self, oid: Oid, coin: str) -> None:
        if self._parts.outbound.orphans.want(oid, coin):
            self._alarms.sound(f"an order that nobody answers for is at the venue: {coin} {oid}")
        self._soon()

    def _why_hold(self) -> str | None:
        """Why nothing that opens risk may leave now."""
        held = why_hold(self._parts, is_in_step=self._is_in_step)
        return held or self._sync.trouble or None

    def _now_ms(self) -> int:
        return self._clock.monotonic_ns() // NS_BY_MS
