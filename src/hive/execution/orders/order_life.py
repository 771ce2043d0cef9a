"""One order's life: what each piece of evidence does to it, in whatever order the pieces come.

An order keeps its cloid through any number of replaces; each gives it a new *leg*, an oid with a
size of its own. Answers, statuses and fills travel on roads of their own:

    - a leg is current from the first evidence of it: its status, its fill, the answer to the
      replace, or a query. The venue's oids grow, so a leg is newer if its oid is higher, and a late
      word about an older one never takes an order back (*promotion* goes one way);
    - the end of an older leg says nothing about the order; the end of the current one says nothing
      while a replace is in flight, for a replace is a cancel and a new order;
    - fills are counted per leg. What an old leg still got while its replacement travelled makes
      the new leg too large by just as much, and is trimmed; fills of the new leg itself never do;
    - the order is filled when its current leg is; a fill is taken in even when the order is over.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.instruments import ZERO
from hive.domain.order_options import Trigger
from hive.domain.orders import Order, OrderCause, OrderIntent, OrderNews, OrderPhase, moved
from hive.domain.orders import TimeInForce as Tif
from hive.execution.orders.dispatched import CAUSE_BY_END, SKIP, Dispatched, Wish
from hive.execution.orders.legs import REST_UNMATCHED, Leg, Legs, Replacement, Wanted, with_options

PENDING, UNCONFIRMED, RESTING, DONE = OrderPhase  # a name is read faster than a member


class OrderLife(msgspec.Struct, eq=False):
    """The one mutable record of an order. Its methods judge evidence and say what it comes to."""

    intent: OrderIntent
    cloid: Cloid
    strategy: StrategyId
    trigger: Trigger | None
    size: Decimal
    limit_px: Decimal
    counted: Decimal = ZERO
    """What of it stands in the account's exposure."""
    phase: OrderPhase = PENDING
    is_sent: bool = False
    is_asleep: bool = False
    """What it is to protect is not there yet."""
    legs: Legs = msgspec.field(default_factory=Legs)
    filled: Decimal = ZERO
    replacement: Replacement | None = None
    wanted: Wanted | None = None
    cancel_asked: bool = False
    cancel_sent: bool = False
    cancel_early: bool = False
    """Sent before it was known that the order had arrived."""
    cancel_attempts: int = 0

    @property
    def current(self) -> Leg | None:
        return self.legs.current

    @property
    def is_live(self) -> bool:
        return self.phase is not DONE

    @property
    def open_at_most(self) -> Decimal:
        """What may still fill, in coins, whichever way the replaces in flight go."""
        size = self.size
        if self.replacement is not None:
            size = max(size, self.replacement.size)
        if self.wanted is not None:
            size = max(size, self.wanted[0])
        return max(ZERO, size - self.filled) if self.is_live else ZERO

    def view(self) -> Order:
        """The order as it stands."""
        intent, current = self.intent, self.legs.current
        order = Order(
            cloid=self.cloid,
            strategy=self.strategy,
            coin=intent.coin,
            side=intent.side,
            size=self.size,
            limit_px=self.limit_px,
            tif=intent.tif,
            reduce_only=intent.reduce_only,
            phase=self.phase,
            oid=None if current is None else current.oid,
            filled_size=self.filled,
            cancel_pending=self.cancel_asked or self.cancel_sent,
            replace_pending=self.replacement is not None or self.wanted is not None,
        )
        if intent.options is None:
            return order
        return with_options(order, intent.options, self.trigger, current)

    # --- statuses of legs: streams, lists and queries ------------------------------------------

    def opened(self, oid: Oid, px: Decimal, leg_size: Decimal, out: Dispatched) -> None:
        """The leg rests at the venue."""
        current = self.current
        if self.phase is DONE:
            out.verdict = SKIP
            if oid not in self.legs:
                out.wish(self.cloid, Wish.ASK)
        elif current is not None and oid == current.oid:
            self._accept(out)
            if current.size is None:
                current.size = leg_size
                self.size = self.filled - current.filled + leg_size
            if self.replacement is None:
                self.limit_px = px
            self._settle(out)
        elif self._take_up(oid, leg_size, px, out) is None:
            out.verdict = SKIP
        else:
            self._settle(out)

    def reported_filled(self, oid: Oid, leg_filled: Decimal, out: Dispatched) -> None:
        """The leg is over, `leg_filled` of it executed; the fills may come later."""
        leg = self._leg_told_of(oid, out)
        if leg is None:
            return
        if leg.size is not None and leg_filled < leg.size:
            leg.is_cut = True
        leg.size = leg_filled
        if not leg.is_whole:
            out.wish(self.cloid, Wish.AWAIT_FILLS)
        self._settle(out)

    def canceled(self, oid: Oid, leg_filled: Decimal, reason: str, out: Dispatched) -> None:
        """The leg is over, with `leg_filled` of it executed."""
        leg = self._leg_told_of(oid, out)
        if leg is None:
            return
        leg.is_over = True
        if leg.filled < leg_filled:
            out.wish(self.cloid, Wish.AWAIT_FILLS)
        if leg is not self.current:
            out.verdict = SKIP
        elif self.replacement is None:
            self._end(OrderNews.CANCELED, reason, out)

    def rejected(self, oid: Oid, reason: str, out: Dispatched) -> None:
        """The venue did not let the leg in."""
        current = self.current
        if self.phase is DONE or (current is not None and oid < current.oid):
            out.verdict = SKIP
        elif current is not None and oid == current.oid:
            self.canceled(oid, ZERO, reason, out)
        elif self.replacement is not None:
            self._remember_dead(oid, out)
            self.replace_rejected(self.replacement, reason, out)
        elif current is not None:
            self._remember_dead(oid, out)  # of a replace whose refusal is known already
            out.verdict = SKIP
        else:
            self._remember_dead(oid, out)
            self._end(OrderNews.REJECTED, reason, out)

    def filled_on(self, oid: Oid, size: Decimal, out: Dispatched) -> None:
        """A fill of the leg, not seen before. Always taken in."""
        leg = self.legs.get(oid)
        if leg is None and self.phase is not DONE:
            leg = self._take_up(oid, None, None, out)
        leg = leg or self._remember_dead(oid, out)
        leg.filled += size
        self.filled += size
        if self.phase is DONE:
            out.tell(OrderNews.FILLED, self.view())
            return
        self._accept(out)
        if self.trigger is not None and leg.fires():
            out.tell(OrderNews.TRIGGERED, self.view())
        is_last = self._is_complete and not leg.is_cut
        if is_last:
            self._move(OrderCause.FILLED)
        out.tell(OrderNews.FILLED, self.view())
        if not is_last:
            self._settle(out)

    # --- answers to what we sent ----------------------------------------------------------------

    def accepted(self, oid: Oid | None, filled: Decimal | None, out: Dispatched) -> None:
        """The venue took the order; `filled` of it matched at once, if it says so."""
        if self.phase is DONE:
            out.verdict = SKIP
            return
        if oid is not None and self.current is None:
            self._take_up(oid, None, None, out)
        self._accept(out)
        leg = None if oid is None else self.legs.get(oid)
        if leg is not None and filled is not None:
            self._matched_at_once(leg, filled, out)
        self._settle(out)
        self._follow_up(out)

    def order_rejected(self, reason: str, out: Dispatched) -> None:
        """The venue's answer is no. Silent if a stream has told already, one way or the other."""
        if self.phase is PENDING or self.phase is UNCONFIRMED:
            self._end(OrderNews.REJECTED, reason, out)
            return
        out.verdict = SKIP
        if self.phase is RESTING:
            out.wish(self.cloid, Wish.ASK)

    def order_unanswered(self, reason: str, out: Dispatched) -> None:
        """It may rest at the venue. Evidence decides, never the silence."""
        if self.phase is PENDING:
            self._move(OrderCause.UNANSWERED)
            out.tell(OrderNews.UNCONFIRMED, self.view(), reason)

    def not_sent(self, news: OrderNews, reason: str, out: Dispatched) -> None:
        """Proof that the venue took nothing of it. `news` says how it ended here."""
        if self.phase is PENDING:
            self._end(news, reason, out)

    def never_arrived(self, reason: str, out: Dispatched) -> None:
        """The venue does not know it and can no longer take it."""
        if self.phase is UNCONFIRMED:
            self._end(OrderNews.NEVER_ARRIVED, reason, out)

    def replaced(
        self, which: Replacement | None, oid: Oid | None, filled: Decimal | None, out: Dispatched
    ) -> None:
        """The venue took that replace."""
        if self.phase is DONE:
            out.verdict = SKIP
            return
        leg = None if oid is None else self.legs.get(oid)
        if oid is not None and which is not None and which is self.replacement:
            leg = self._take_up(oid, which.sent_size, None, out)
        if leg is not None and filled is not None:
            self._matched_at_once(leg, filled, out)
        self._settle(out)
        self._follow_up(out)

    def replace_rejected(self, which: Replacement | None, reason: str, out: Dispatched) -> None:
        """That replace did not happen; the order is what it was before, as far as we know."""
        if which is None or which is not self.replacement:
            out.verdict = SKIP
            return
        self.replacement = None
        if self._is_complete:
            self._move(OrderCause.FILLED)
        if not which.is_trim:
            out.tell(OrderNews.REPLACE_REJECTED, self.view(), reason)
        elif self.is_live:
            self.cancel_asked = True  # what could not be made smaller must go
        elif not out.ended:
            out.tell(OrderNews.FILLED, self.view())
        if self.is_live and self.current is not None and self.current.is_over:
            self._end(OrderNews.CANCELED, "", out)
        self._follow_up(out)

    def cancel_done(self, out: Dispatched) -> None:
        """The venue took it out of the book."""
        self.cancel_sent = False
        if self.phase is DONE:
            out.verdict = SKIP
            return
        if self.current is not None:
            self.current.is_over = True
        self._end(OrderNews.CANCELED, "", out)

    def cancel_rejected(self, reason: str, out: Dispatched) -> None:
        """Nothing was there to cancel. Wanted still, if it overtook its order or met a replace."""
        self.cancel_sent = False
        if self.phase is DONE:
            out.verdict = SKIP
        elif self.phase is RESTING and self.cancel_early:
            self._follow_up(out)
        elif self.phase is RESTING and self.replacement is None:
            self.cancel_asked = False
            out.tell(OrderNews.CANCEL_REJECTED, self.view(), reason)
            out.wish(self.cloid, Wish.ASK)
        elif self.phase is UNCONFIRMED:
            out.wish(self.cloid, Wish.ASK)

    def cancel_unanswered(self, out: Dispatched) -> None:
        """It may be canceled. Cancelling twice harms nobody, so it is wanted still."""
        self.cancel_sent = False
        if self.is_live:
            out.wish(self.cloid, Wish.FOLLOW_UP)

    # --- what the pieces have in common ---------------------------------------------------------

    @property
    def _is_complete(self) -> bool:
        """Nothing of it can fill any more; a replace in flight may still change that."""
        return self.replacement is None and self.current is not None and self.current.is_whole

    def _leg_told_of(self, oid: Oid, out: Dispatched) -> Leg | None:
        """The leg a status is about, taken up if it is news; None if there is nothing to learn."""
        leg = None
        if self.phase is not DONE:
            leg = self.legs.get(oid)
            if leg is None:
                leg = self._take_up(oid, None, None, out)
            else:
                self._accept(out)  # an earlier process may have known it; now we know it arrived
        out.verdict = SKIP if leg is None else out.verdict
        return leg

    def _take_up(
        self, oid: Oid, leg_size: Decimal | None, px: Decimal | None, out: Dispatched
    ) -> Leg | None:
        """Make an oid we did not know the current leg; None if it is an older one."""
        current = self.current
        if current is not None and oid < current.oid:
            return None
        leg = self.legs.get(oid) or Leg(oid, None)
        is_first = current is None and self.replacement is None
        if is_first and leg_size is None and not leg.filled:
            leg_size = self.size
        if not is_first:
            self._accept(out)  # told as it was before the replace
        self._promote(leg, leg_size, px)
        out.bound.append((self.cloid, oid))
        if is_first:
            self._accept(out)
        else:
            out.tell(OrderNews.REPLACED, self.view())
        self._follow_up(out)
        return leg

    def _promote(self, leg: Leg, leg_size: Decimal | None, px: Decimal | None) -> None:
        """Bind the order to the leg, with the sizes and the price that come with it."""
        replacement, self.replacement = self.replacement, None
        if replacement is not None:
            leg_size = leg_size or replacement.sent_size
            px = px or replacement.limit_px
            self.size = replacement.size
            self.trigger = replacement.trigger or self.trigger
        elif leg_size is not None:
            self.size = self.filled - leg.filled + leg_size
        if px is not None:
            self.limit_px = px
        if leg_size is not None:
            leg.size = leg_size
        self.legs.take_up(leg)

    def _remember_dead(self, oid: Oid, out: Dispatched) -> Leg:
        leg = self.legs.remember_dead(oid)
        out.bound.append((self.cloid, oid))
        return leg

    def _matched_at_once(self, leg: Leg, filled: Decimal, out: Dispatched) -> None:
        if self.intent.tif is Tif.IOC and leg.size is not None and filled < leg.size:
            leg.size = filled
            leg.is_cut = True
        if leg.filled < filled:
            out.wish(self.cloid, Wish.AWAIT_FILLS)

    def _accept(self, out: Dispatched) -> None:
        if self.phase is PENDING or self.phase is UNCONFIRMED:
            self._move(OrderCause.ACCEPTED)
            out.tell(OrderNews.ACCEPTED, self.view())

    def _settle(self, out: Dispatched) -> None:
        """End the order if nothing of it is left; else see that no more is open than is wanted."""
        leg = self.current
        if leg is None or self.phase is not RESTING or self.replacement is not None:
            return
        if leg.is_whole and leg.is_cut:
            self._end(OrderNews.CANCELED, REST_UNMATCHED, out)
        elif leg.is_whole:
            self._end(OrderNews.FILLED, "", out)
        elif leg.size is None:
            out.wish(self.cloid, Wish.ASK)
        elif leg.size - leg.filled > self.size - self.filled and not leg.is_over:
            out.wish(self.cloid, Wish.TRIM)

    def _follow_up(self, out: Dispatched) -> None:
        waits = self.wanted is not None or (self.cancel_asked and not self.cancel_sent)
        if waits and self.phase is RESTING and self.replacement is None:
            out.wish(self.cloid, Wish.FOLLOW_UP)

    def _end(self, news: OrderNews, reason: str, out: Dispatched) -> None:
        self._move(CAUSE_BY_END[news])
        out.tell(news, self.view(), reason)

    def _move(self, cause: OrderCause) -> None:
        self.phase = moved(self.phase, cause)
        if self.phase is DONE:
            self.replacement = self.wanted = None
