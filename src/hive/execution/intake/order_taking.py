"""Taking up what strategies ask: checked, registered and put in its lane, or refused by name.

Nothing here raises for what a strategy asks; what is refused comes back as an event.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from hive.domain.errors import IllegalOrder, UnknownCoin
from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.instruments import Universe
from hive.domain.orders import OrderIntent, OrderNews, OrderPhase, TimeInForce
from hive.execution.books.account_books import AccountBooks
from hive.execution.intake.option_rules import keeps_builder
from hive.execution.intake.order_checks import OrderChecks
from hive.execution.orders.dispatched import Dispatched, Wish
from hive.execution.orders.legs import Wanted
from hive.execution.orders.order_life import OrderLife
from hive.execution.queue.economy import COARSE, Coarseness
from hive.execution.queue.fair_queue import FairQueue
from hive.execution.queue.lane import USUAL_QUOTA, Waiting
from hive.execution.queue.open_order_cap import OpenOrderCap
from hive.execution.queue.overload import Overload
from hive.execution.queue.units import Units

BPS: Final = 10_000
IOC: Final = TimeInForce.IOC
AGAIN_MS: Final = 100
"""Before a cancel that did not work is sent again; doubled each time."""
AGAIN_DOUBLED_MAX: Final = 9
"""51 s: each try counts against the address, and an outage would use up what lasts for a day."""


LOSES_BUILDER: Final = "builder: a replace cannot name one; cancel it and place another"


class TakingCounts:
    """What strategies asked for, and what did not get past here."""

    __slots__ = ("cancels", "not_sent", "orders", "refused", "replaces")

    def __init__(self) -> None:
        self.orders = self.replaces = self.cancels = 0
        self.refused = self.not_sent = 0


class OrderTaking:
    """The desk's front: verbs in, entries of lanes out."""

    def __init__(
        self,
        books: AccountBooks,
        queue: FairQueue,
        *,
        universe: Universe,
        checks: OrderChecks,
        open_cap: OpenOrderCap,
        coarseness: Coarseness,
        wait_max_ms: int,
    ) -> None:
        """`wait_max_ms` is how long an order may wait to be sent."""
        self._books = books
        self._dispatch = books.dispatch
        self._exposure = books.exposure
        self._queue = queue
        self._universe = universe
        self._checks = checks
        self._open_cap = open_cap
        self._coarseness = coarseness
        self._wait_max_ms = wait_max_ms
        self.units = Units()
        self.counts = TakingCounts()
        self.closed_reason = ""
        """Why nothing is taken up any more; empty while it is."""
        self.cancels: dict[Cloid, int] = {}
        """Orders to be cancelled, in the order of asking, and not before which moment each."""

    # --- place ----------------------------------------------------------------------------------

    def place(self, intent: OrderIntent, now_ms: int) -> None:
        """Take up an order; its identity is registered before anything can come back about it."""
        refusal = self._checks.place_fault(intent, now_ms)  # before it counts against itself
        self.counts.orders += 1
        life = self._dispatch.register(intent)
        if refusal is not None:
            self.refuse(life, refusal)
        else:
            self.line_up(life, now_ms, is_urgent=intent.reduce_only)

    def make_room(self, strategies: Iterable[StrategyId], now_ms: int) -> None:
        """Have lanes for what an earlier process left of these, who may not be here any more."""
        for strategy in strategies:
            self._queue.open_lane(strategy, USUAL_QUOTA, now_ms)

    def line_up(self, life: OrderLife, now_ms: int, *, is_urgent: bool) -> None:
        """Put an order that passed into its lane, or end it there."""
        intent, overload = life.intent, None
        if self.closed_reason:
            overload = Overload(self.closed_reason)
        elif self._exposure.account_orders_open > self._open_cap.free and not intent.reduce_only:
            overload = self._open_cap.overload(intent.strategy)
        if overload is None:
            deadline_ms = now_ms + self._wait_max_ms
            is_immediate = intent.tif is IOC
            entry = Waiting(life.cloid, life.strategy, deadline_ms, is_urgent, is_immediate)
            overload = self._queue.add(entry, now_ms)
        if overload is not None:
            self.counts.not_sent += 1
            self._end(life, OrderNews.NOT_SENT, str(overload), overload.retry_after_ms)

    def fault_of(self, intent: OrderIntent, now_ms: int) -> str | None:
        """Why the order cannot be taken up, beginning with the rule's name; None if it can."""
        return self._checks.place_fault(intent, now_ms)

    # --- replace --------------------------------------------------------------------------------

    def replace(self, strategy: StrategyId, cloid: Cloid, wanted: Wanted, now_ms: int) -> None:
        """Give an order another total size and price, now or as soon as it can take it.

        One that still waits in its lane is changed there. While a replace is in flight the latest
        wish replaces all earlier ones.
        """
        size, limit_px, trigger = wanted
        life = self._dispatch.live(cloid)
        if life is None or life.strategy != strategy:
            self._refuse_late(cloid, strategy, OrderNews.REPLACE_REJECTED)
            return
        fault = self._checks.replace_fault(life, wanted, now_ms)
        if fault is None and not keeps_builder(life):
            fault = LOSES_BUILDER
        if fault is None and self._is_not_worth_it(life, size, limit_px, now_ms):
            self._hold_back(life, now_ms)
            return
        self.counts.replaces += 1
        if fault is not None:
            self.counts.refused += 1
            self._tell(life, OrderNews.REPLACE_REJECTED, fault, now_ms)
        elif not life.is_sent:
            life.size, life.limit_px, life.trigger = size, limit_px, trigger or life.trigger
            self._dispatch.recount(life)
            self._tell(life, OrderNews.REPLACED, "", now_ms)
        else:
            life.wanted = wanted
            self._dispatch.recount(life)
            self.queue_replace(life, now_ms)

    def _is_not_worth_it(
        self, life: OrderLife, size: Decimal, limit_px: Decimal, now_ms: int
    ) -> bool:
        """Whether a quote is to move by so little that it may as well stay (`Coarseness`)."""
        intent = life.intent
        if intent.tif is not TimeInForce.ALO or intent.reduce_only or not life.is_sent:
            return False
        if life.wanted is not None or life.replacement is not None:
            return False  # it is on its way to somewhere else
        bps = self._coarseness.min_move_bps(now_ms)
        return size == life.size and abs(limit_px - life.limit_px) * BPS < life.limit_px * bps

    def _hold_back(self, life: OrderLife, now_ms: int) -> None:
        """A move is not worth an action: the order stays, and its strategy is told."""
        self._coarseness.held_back += 1
        bps = self._coarseness.min_move_bps(now_ms)
        out = Dispatched()
        reason = f"{COARSE}: quotes move by {bps} bps or more while actions are short"
        out.tell(OrderNews.REPLACE_REJECTED, life.view(), reason)
        self._books.news.extend(out.events)

    def queue_replace(self, life: OrderLife, now_ms: int, *, is_urgent: bool = False) -> None:
        """Put the wanted replace into its lane, if it can be sent now and is not there already."""
        if life.phase is not OrderPhase.RESTING or life.replacement is not None:
            return
        if life.current is None:  # taken, and not told as what: a child, until its `open` comes
            return
        if life.cloid in self._queue:
            return
        is_urgent, is_immediate = is_urgent or life.intent.reduce_only, life.intent.tif is IOC
        deadline_ms = now_ms + self._wait_max_ms
        entry = Waiting(life.cloid, life.strategy, deadline_ms, is_urgent, is_immediate)
        overload = self._queue.add(entry, now_ms)
        if overload is not None:
            self.drop_replace(life, str(overload), now_ms, overload.retry_after_ms)

    def drop_replace(
        self, life: OrderLife, reason: str, now_ms: int, retry_after_ms: int | None = None
    ) -> None:
        """A replace was never sent: the order is what it was, and its strategy is told.

        One of ours, that was to make it smaller, is not given up: then the order goes.
        """
        life.wanted = None
        leg = life.current
        if leg is not None and leg.size is not None and leg.size - leg.filled > life.open_at_most:
            self.ask_cancel(life)
            return
        self._dispatch.recount(life)
        self.counts.not_sent += 1
        out = Dispatched(retry_after_ms=retry_after_ms)
        out.tell(OrderNews.REPLACE_REJECTED, life.view(), f"not sent: {reason}")
        self._books.take(out, now_ms)

    def send_anew(self, life: OrderLife, now_ms: int) -> None:
        """Have a resting order replaced by what it is, so that it rests under other rules.

        Does nothing while a replace or a cancel is under way; an immediate order is soon over.
        """
        is_under_way = life.replacement is not None or life.wanted is not None or life.cancel_asked
        if not is_under_way and life.intent.tif is not IOC:
            life.wanted = (life.size, life.limit_px, None)
            self.queue_replace(life, now_ms, is_urgent=True)

    def cut(self, life: OrderLife, rest: Decimal, now_ms: int) -> None:
        """Let no more than `rest` of an order remain open; cancel it where that is too small.

        What the venue does not make smaller goes altogether, as with other trims.
        """
        if life.cancel_asked or rest >= life.open_at_most:
            return
        size = life.filled + rest
        if not self._may_be_as_small(life, rest):
            self.ask_cancel(life)
            return
        if life.replacement is None:
            life.size = size
        if life.is_sent:
            _, limit_px, trigger = life.wanted or (size, life.limit_px, None)
            life.wanted = (size, limit_px, trigger)
            self.queue_replace(life, now_ms, is_urgent=True)

    def _may_be_as_small(self, life: OrderLife, rest: Decimal) -> bool:
        """Whether the venue would take the order with no more than this open."""
        try:
            instrument = self._universe.of_coin(life.intent.coin)
            instrument.check_order(life.limit_px, rest, reduce_only=False)
        except (IllegalOrder, UnknownCoin):
            return False
        return True

    # --- cancel ---------------------------------------------------------------------------------

    def cancel(self, strategy: StrategyId, cloid: Cloid) -> None:
        """Take an order out of the book; one that still waits in its lane, out of the lane."""
        life = self._dispatch.live(cloid)
        if life is None or life.strategy != strategy:
            self._refuse_late(cloid, strategy, OrderNews.CANCEL_REJECTED)
        elif not life.cancel_asked:
            self.counts.cancels += 1
            self.ask_cancel(life)

    def ask_cancel(self, life: OrderLife) -> None:
        """Have an order cancelled, by whoever's wish."""
        self._queue.remove(life.cloid)
        if not life.is_sent:
            self._end(life, OrderNews.CANCELED, "")
            return
        life.cancel_asked = True
        life.wanted = None
        self._dispatch.recount(life)
        self.cancels[life.cloid] = 0

    def follow_up(self, life: OrderLife, now_ms: int) -> None:
        """Do what waited for the order to come to rest."""
        if life.cancel_asked:
            if not life.cancel_sent:
                rest_ms = (
                    AGAIN_MS << min(life.cancel_attempts, AGAIN_DOUBLED_MAX)
                    if life.cancel_attempts
                    else 0
                )
                self.cancels[life.cloid] = now_ms + rest_ms
        elif life.wanted is not None:
            self.queue_replace(life, now_ms)

    def hurry_cancels(self) -> None:
        """The venue is there again: what waits to be cancelled once more waits no longer."""
        for cloid in self.cancels:
            life = self._dispatch.live(cloid)
            if life is not None:
                life.cancel_attempts = 0
                self._books.wishes.append((cloid, Wish.FOLLOW_UP))

    def trim(self, life: OrderLife, now_ms: int) -> None:
        """Reduce what is open of an order to what is still wanted; cancel what is too small."""
        if life.cancel_asked or life.replacement is not None:
            return
        if not self._may_be_as_small(life, life.size - life.filled):
            self.ask_cancel(life)
            return
        if life.wanted is None:
            life.wanted = (life.size, life.limit_px, None)
        self.queue_replace(life, now_ms, is_urgent=True)

    # --- what the verbs have in common -----------------------------------------------------------

    def refuse(self, life: OrderLife, reason: str) -> None:
        """What was taken up does not leave, by a rule of ours."""
        self.counts.refused += 1
        self._end(life, OrderNews.REFUSED, reason)

    def withhold(self, life: OrderLife, reason: str, now_ms: int) -> None:
        """What has not left of an order, or of a replace of it, does not leave any more."""
        if life.is_sent and life.wanted is None:
            return
        self._queue.remove(life.cloid)
        if life.is_sent:
            self.drop_replace(life, reason, now_ms)
        else:
            self.counts.not_sent += 1
            self._end(life, OrderNews.NOT_SENT, reason)

    def end_waiting(
        self, entry: Waiting, reason: str, now_ms: int, retry_after_ms: int | None = None
    ) -> None:
        """What waits in a lane will not be sent; its strategy is told so."""
        life = self._dispatch.live(entry.cloid)
        if life is None:
            return
        if life.is_sent:
            self.drop_replace(life, reason, now_ms, retry_after_ms)
        else:
            self.counts.not_sent += 1
            self._end(life, OrderNews.NOT_SENT, reason, retry_after_ms)

    def _end(
        self, life: OrderLife, news: OrderNews, reason: str, retry_after_ms: int | None = None
    ) -> None:
        for each in self._with_its_unit(life) if self.units.are_waiting else (life,):
            out = Dispatched(retry_after_ms=retry_after_ms)
            each.not_sent(news, reason, out)
            self._books.end_unsent(each, out)

    def _with_its_unit(self, life: OrderLife) -> list[OrderLife]:
        """The orders that were to leave with this one, taken out of their lane."""
        cloids = self.units.dissolve(life.cloid)
        for cloid in cloids:
            self._queue.remove(cloid)
        return [each for cloid in cloids if (each := self._dispatch.live(cloid)) is not None]

    def _tell(self, life: OrderLife, news: OrderNews, reason: str, now_ms: int) -> None:
        out = Dispatched()
        out.tell(news, life.view(), reason)
        self._books.take(out, now_ms)

    def _refuse_late(self, cloid: Cloid, strategy: StrategyId, news: OrderNews) -> None:
        """The order is over (or never was this strategy's): say so, if it can be said of it."""
        life = self._dispatch.life(cloid)
        if life is not None and life.strategy == strategy:
            out = Dispatched()
            out.tell(news, life.view(), "the order is over")
            self._books.news.extend(out.events)
