"""Orders that wait for the mark price: what is known of their triggers, and what competes.

A stop and a take-profit of one position exclude each other, and both exclude what already rests in
the book: whichever trades first leaves the others nothing to close. So each kind is held against
the position by itself.
"""

from __future__ import annotations

from hive.domain.order_options import TriggerKind
from hive.domain.orders import OrderIntent, OrderNews, OrderReport
from hive.execution.orders.dispatched import Dispatched, Verdict
from hive.execution.orders.order_life import OrderLife


def take_triggered(life: OrderLife, report: OrderReport, out: Dispatched) -> None:
    """The mark has reached a leg's trigger: from now on the leg is like those of other orders.

    Told once for each order, and never of one that has no trigger (DS-06 to DS-09).
    """
    if life.trigger is None:
        return
    life.opened(report.oid, report.limit_px, report.original_size, out)
    leg = life.current
    if out.verdict is Verdict.SKIP or leg is None or leg.oid != report.oid:
        return
    if leg.fires() and life.is_live:
        out.tell(OrderNews.TRIGGERED, life.view())


def take_trigger(life: OrderLife, report: OrderReport) -> None:
    """A list or a query names the trigger of a leg: of the current one it is what counts."""
    leg = life.current
    is_current = leg is not None and leg.oid == report.oid and life.replacement is None
    if is_current and report.trigger != life.trigger:  # the same may be written otherwise
        life.trigger = report.trigger


def is_waiting(life: OrderLife) -> bool:
    """Whether it waits for a price that has not come, as far as we know."""
    if life.trigger is None:
        return False
    return life.current is None or not life.current.is_triggered


def may_rest_triggered(life: OrderLife) -> bool:
    """Whether it might be in the book by now though we think that it waits: lists do not tell."""
    trigger = life.trigger
    return trigger is not None and not trigger.is_market and is_waiting(life)


def rivalry(life: OrderLife) -> TriggerKind | None:
    """With which reducing orders this one shares a position; None is with those in the book."""
    return life.trigger.kind if life.trigger is not None and is_waiting(life) else None


def rivalry_of(intent: OrderIntent) -> TriggerKind | None:
    """The same for an order that is not taken up yet."""
    options = intent.options
    return None if options is None or options.trigger is None else options.trigger.kind
