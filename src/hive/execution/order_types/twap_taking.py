"""TWAPs as strategies ask for them: checked, sent or not sent at once, and cancelled until gone.

A TWAP is judged like one order of its whole size at the mark, and counts as open until it has
traded. It leaves in the turn in which it is asked for, or its strategy is told why not: nothing
that runs for minutes is worth a place in a lane. While one of the same coin and side has no number
yet, no second is begun: their first slices could not be told apart.

Its cancel is sent until the venue says that it is over, and goes when what it reduces is gone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hive.domain.errors import IllegalOrder
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import ZERO, Instrument, Universe
from hive.domain.orders import Accepted, NotSentOutcome, OrderIntent, Rejected, TimeInForce
from hive.domain.switches import Reach, Strength, Switch
from hive.domain.twaps import (
    TWAP_MINUTES_MAX,
    TWAP_MINUTES_MIN,
    TwapIntent,
    TwapNews,
    TwapPhase,
)
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.twap_books import TwapLife
from hive.execution.intake.exact_marks import ExactMarks
from hive.execution.intake.netting import reducible, venue_may_enforce
from hive.execution.intake.order_taking import OrderTaking
from hive.execution.sending.batching import Batch, BatchKind, twap_batch, twap_cancel_batch
from hive.execution.sending.lone_actions import LoneActions
from hive.execution.settling.answers import LoneOutcome
from hive.execution.settling.errands import Errand, Errands

CANCEL_AGAIN_MS: Final = 1_000
LOOK_SOON_MS: Final = 500


class TwapTaking:
    """One account's verbs about TWAPs."""

    def __init__(
        self,
        books: AccountBooks,
        taking: OrderTaking,
        lone: LoneActions,
        errands: Errands,
        *,
        universe: Universe,
        marks: ExactMarks,
    ) -> None:
        self._books = books
        self._twaps = books.twaps
        self._taking = taking
        self._lone = lone
        self._errands = errands
        self._universe = universe
        self._marks = marks
        self._unsent: list[TwapLife] = []
        self._cancels: dict[Cloid, TwapLife] = {}
        self.is_waiting = False
        """`flush` has something to do, now or later."""

    # --- verbs ------------------------------------------------------------------------------------

    def begin(self, intent: TwapIntent, now_ms: int) -> None:
        """Take up a TWAP; whatever becomes of it, refusals included, comes as an event."""
        fault = self._fault_of(intent, now_ms)  # before it counts against itself
        life = self._twaps.register(intent)
        if fault is not None:
            self._twaps.end(life, TwapNews.REFUSED, fault, now_ms)
        elif self._taking.closed_reason:
            self._twaps.end(life, TwapNews.NOT_SENT, self._taking.closed_reason, now_ms)
        else:
            self._unsent.append(life)
            self.is_waiting = True

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """Have the venue end a TWAP; nothing happens if it is over."""
        life = self._twaps.life(cloid)
        if life is not None and life.is_live and life.intent.strategy == strategy:
            self._cancel(life)

    def cancel_all(self, strategy: StrategyId | None = None, coin: str | None = None) -> None:
        """End every TWAP, of a strategy or of all, on a coin or on all."""
        for life in self._twaps.lives(strategy):
            if coin in (None, life.intent.coin):
                self._cancel(life)

    def obey(self, switch: Switch) -> None:
        """End every TWAP that a kill switch stops: there is no pausing one."""
        scope = switch.scope
        for life in self._twaps.lives():
            intent = life.intent
            name = {Reach.STRATEGY: intent.strategy, Reach.COIN: intent.coin}.get(scope.reach)
            spares = intent.reduce_only and switch.strength < Strength.CANCEL
            if not spares and name in (None, scope.name):
                self._cancel(life)

    def hold_to_position(self, strategy: StrategyId, coin: str) -> bool:
        """After a fill, end those that would do more than reduce; whether there were any."""
        ended = [
            life
            for life in self._twaps.lives(strategy)
            if life.intent.coin == coin
            and life.intent.reduce_only
            and not life.cancel_asked
            and life.open_size > self._reducible(life.intent)
        ]
        for life in ended:
            self._cancel(life)
        return bool(ended)

    def _cancel(self, life: TwapLife) -> None:
        if not life.cancel_asked:
            life.cancel_asked = True
            self._cancels[life.intent.cloid] = life
            self.is_waiting = True

    # --- what leaves ------------------------------------------------------------------------------

    def next_ms(self, now_ms: int, before_ms: int | None) -> int | None:
        """When to flush again, at the latest `before_ms`; None if nothing is to be done by then.

        What has no number yet is cancelled when its number has come: that is news, and a turn.
        """
        due = [
            max(life.cancel_due_ms, now_ms + 1)
            for life in self._cancels.values()
            if life.twap_id is not None
        ]
        return min(due if before_ms is None else [before_ms, *due], default=None)

    def flush(self, now_ms: int) -> None:
        """Send what was asked for."""
        unsent, self._unsent = self._unsent, []
        for life in unsent:
            if life.cancel_asked:
                self._twaps.end(life, TwapNews.CANCELED, "", now_ms)
            elif life.is_live:
                self._send(life, now_ms)
        for cloid, life in list(self._cancels.items()):
            if not life.is_live:
                del self._cancels[cloid]
            elif life.cancel_due_ms <= now_ms and life.twap_id is not None:
                self._send_cancel(life, life.twap_id, now_ms)
        self.is_waiting = bool(self._unsent or self._cancels)

    def _send(self, life: TwapLife, now_ms: int) -> None:
        intent = life.intent
        instrument = self._universe.of_coin(intent.coin)
        order = self._as_order(intent, instrument)
        reduces = order is not None and venue_may_enforce(
            order, order.size * order.limit_px, self._books.positions, self._books.exposure
        )
        batch = twap_batch(intent, instrument, reduce_only=intent.reduce_only and reduces)
        sent = self._lone.send(batch, now_ms, only_reduces=intent.reduce_only)
        if isinstance(sent, str):
            self._twaps.end(life, TwapNews.NOT_SENT, sent, now_ms)
        else:
            life.is_sent = True
            life.expires_ms = sent.expires_ms

    def _send_cancel(self, life: TwapLife, twap_id: int, now_ms: int) -> None:
        instrument = self._universe.of_coin(life.intent.coin)
        batch = twap_cancel_batch(life.intent.cloid, twap_id, instrument)
        self._lone.send(batch, now_ms)
        life.cancel_due_ms = now_ms + CANCEL_AGAIN_MS

    # --- answers ----------------------------------------------------------------------------------

    def answered(
        self,
        batch: Batch,
        outcome: LoneOutcome,
        *,
        expires_ms: int,
        now_ms: int,
        wall_ms: int,
    ) -> None:
        """What became of an action about a TWAP; `expires_ms` is of what was sent last."""
        cloid = batch.instructions[0].cloid
        life = None if cloid is None else self._twaps.life(cloid)
        if life is None or cloid is None:
            return
        if batch.kind is BatchKind.TWAP_CANCEL:
            if isinstance(outcome, Accepted | Rejected):
                # Done, or done before: the history says how it ended, should no stream.
                self._look(now_ms + LOOK_SOON_MS)
            return
        if isinstance(outcome, NotSentOutcome):
            if life.phase is TwapPhase.PENDING:
                self._twaps.end(life, TwapNews.NOT_SENT, outcome.reason, wall_ms)
        elif not isinstance(outcome, Accepted):
            life.expires_ms = max(life.expires_ms, expires_ms)
            self._twaps.answered(cloid, outcome, wall_ms)
            self._look(now_ms + LOOK_SOON_MS)

    def _look(self, at_ms: int) -> None:
        """Ask the history then, for what is not over by then."""
        self._errands.request(Errand.TWAPS, at_ms)

    # --- rules ------------------------------------------------------------------------------------

    def _fault_of(self, intent: TwapIntent, now_ms: int) -> str | None:
        """Why it cannot be taken up, beginning with the rule's name; None if it can."""
        if not TWAP_MINUTES_MIN <= intent.minutes <= TWAP_MINUTES_MAX:
            return f"minutes: {intent.minutes} is not in {TWAP_MINUTES_MIN} to {TWAP_MINUTES_MAX}"
        for life in self._twaps.lives():
            if life.twap_id is None and life.is_on(intent.coin, intent.side):
                side = intent.side.name.lower()
                return f"twap_pending: another to {side} {intent.coin} is only about to begin"
        if intent.coin not in self._universe:
            return f"unknown coin: {intent.coin}"
        order = self._as_order(intent, self._universe.of_coin(intent.coin))
        if order is None:
            return f"price: none of {intent.coin} is known, so nothing can be judged"
        fault = self._taking.fault_of(order, now_ms)
        if fault is None and intent.reduce_only and intent.size > self._reducible(intent):
            return f"reduce_only: TWAPs of yours are closing {intent.coin} already"
        return fault

    def _reducible(self, intent: TwapIntent) -> Decimal:
        """What the strategy holds against this side, less what its other TWAPs will close."""
        others = [
            life.open_size
            for life in self._twaps.lives(intent.strategy)
            if life.intent.cloid != intent.cloid
            and life.intent.reduce_only
            and life.is_on(intent.coin, intent.side)
        ]
        held = self._books.positions.size_of(intent.strategy, intent.coin)
        return reducible(held, intent.side) - sum(others, ZERO)

    def _as_order(self, intent: TwapIntent, instrument: Instrument) -> OrderIntent | None:
        """One order of the whole size at the mark; None without a mark."""
        mark_px = self._marks.px(intent.coin)
        if mark_px is None:
            return None
        try:
            limit_px = instrument.round_px(mark_px, side=intent.side)
        except IllegalOrder:
            return None
        return OrderIntent(
            strategy=intent.strategy,
            cloid=intent.cloid,
            coin=intent.coin,
            side=intent.side,
            size=intent.size,
            limit_px=limit_px,
            tif=TimeInForce.IOC,
            reduce_only=intent.reduce_only,
        )
