"""From the venue's messages to events of orders: which order, whose, and whether it is news.

Identities are registered before any byte leaves, so whatever comes back finds its order. What it
does there is `OrderLife`'s to judge. Here are the sets around it: own and external, live and ended,
oid to cloid, fills seen. Each is bounded, first in first out.

A fill is booked exactly once and always: by its cloid; else by the oid of a leg we know; else, with
a cloid of ours that we have forgotten, by the strategy that the cloid names; else by the TWAP that
it is a slice of; else for nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.instruments import ZERO
from hive.domain.orders import (
    DONE,
    Fill,
    FillKey,
    Order,
    OrderIntent,
    OrderPhase,
    OrderReport,
    ReportKind,
)
from hive.execution.orders.dispatched import SKIP, Dispatched, Verdict, Wish
from hive.execution.orders.legs import Leg
from hive.execution.orders.open_order import OpenOrder, Progress, open_order_of, progress_of
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.recently_seen import RecentlySeen
from hive.execution.orders.strange_words import StrangeWords
from hive.execution.orders.triggered import take_trigger, take_triggered
from hive.portfolio.exposure import Exposure

CLOID_AGE_DIGITS: Final = 16
"""Epoch and sequence, at a cloid's end."""


class DispatchLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is remembered."""

    fills_max: int = 12_000
    """More than the 10,000 latest fills, which are all that the venue can ever repeat."""
    ended_max: int = 4_000
    """Orders that are over, for late fills, replays and questions."""
    legs_max: int = 20_000
    twaps_max: int = 1_000
    """Running or ended, for their slices."""


DEFAULT_LIMITS: Final = DispatchLimits()
_Content = tuple[Oid, Decimal, Decimal, Decimal]


class DispatchSnapshot(msgspec.Struct, frozen=True):
    """How much is known now, and what was odd so far."""

    live: int
    ended: int
    fills_seen: int
    fills_repeated: int
    fill_conflicts: int
    external_reports: int
    unknown_statuses: int


class DispatchState(msgspec.Struct, frozen=True):
    """Everything that outlives a process, each part oldest first."""

    orders: tuple[OpenOrder, ...]
    legs: tuple[tuple[Oid, Cloid], ...]
    fills: tuple[tuple[FillKey, _Content], ...]
    strays: tuple[tuple[Cloid, Progress], ...]
    twaps: tuple[tuple[int, StrategyId], ...]


class Dispatch:
    """Every order of one account that this process knows, and the fills it has seen."""

    def __init__(
        self,
        exposure: Exposure,
        owner_of: Callable[[Cloid], StrategyId | None],
        limits: DispatchLimits = DEFAULT_LIMITS,
    ) -> None:
        """`owner_of` reads a cloid of ours that we have no order for; None for anybody else's."""
        self._exposure = exposure
        self._owner_of = owner_of
        self._ended_max = limits.ended_max
        self._live: dict[Cloid, OrderLife] = {}
        self.live: Final[Callable[[Cloid], OrderLife | None]] = self._live.get
        """The order, while it is not over. Asked often, so it is the dictionary's own method."""
        self._live_by_strategy: dict[StrategyId, dict[Cloid, OrderLife]] = {}
        self._ended: OrderedDict[Cloid, OrderLife] = OrderedDict()  # quick to empty at its front
        self._cloid_by_oid: RecentlySeen[Oid, Cloid] = RecentlySeen(limits.legs_max)
        self._fills: RecentlySeen[FillKey, _Content] = RecentlySeen(limits.fills_max)
        self._strays: RecentlySeen[Cloid, Progress] = RecentlySeen(limits.ended_max)
        """Fills of orders of ours that are not open (yet, or any more)."""
        self._strategy_by_twap: RecentlySeen[int, StrategyId] = RecentlySeen(limits.twaps_max)
        self._fills_repeated = 0
        self._fill_conflicts = 0
        self._external_reports = 0
        self.strange_words = StrangeWords()

    # --- orders ---------------------------------------------------------------------------------

    def register(self, intent: OrderIntent) -> OrderLife:
        """Take up an order; from now on everything about its cloid is its."""
        cloid, strategy, live = intent.cloid, intent.strategy, self._live
        assert cloid not in live, cloid
        trigger = None if intent.options is None else intent.options.trigger
        size, only_reduces = intent.size, intent.reduce_only
        counted = ZERO if only_reduces else size  # what `recount` would come to
        life = OrderLife(intent, cloid, strategy, trigger, size, intent.limit_px, counted)
        live[cloid] = life
        mine = self._live_by_strategy.get(strategy)
        if mine is None:
            mine = self._live_by_strategy[strategy] = {}
        mine[cloid] = life
        if only_reduces:
            self._exposure.count(strategy, 1)
            self._exposure.meet(strategy, intent.coin)
        else:
            self._exposure.change(strategy, intent.coin, intent.side, size, 1)
        return life

    def as_adopted(self, intent: OrderIntent, oid: Oid) -> OpenOrder:
        """An order of ours that was found at the venue, with the fills of it that were booked."""
        progress = (self._strays.get(intent.cloid) or Progress()).copy()
        progress.rests_under(oid)
        for leg in dict.fromkeys((oid, progress.oid or oid)):
            self.bind(intent.cloid, leg)
        return OpenOrder(intent, progress)

    def take_over(self, order: OpenOrder) -> OrderLife:
        """Take up an order of an earlier process: it may rest at the venue, evidence will tell."""
        life = self.register(order.intent)
        life.is_sent = True
        life.phase = OrderPhase.UNCONFIRMED
        progress = order.progress
        if progress.oid is not None:
            leg = Leg(progress.oid, None)
            leg.filled = progress.leg_filled
            life.legs.take_up(leg)
        life.filled = progress.filled
        self.recount(life)
        return life

    def life(self, cloid: Cloid) -> OrderLife | None:
        """The order, live or lately ended."""
        return self._live.get(cloid) or self._ended.get(cloid)

    def filled(self, cloid: Cloid) -> Decimal:
        """How much of an order is known to have filled, be it over."""
        life = self._live.get(cloid)
        progress = self._strays.get(cloid)
        if life is not None:
            return life.filled
        return ZERO if progress is None else progress.filled

    def has_ended(self, cloid: Cloid | None) -> bool:
        """We remember the order, and it is over: no other end of it is news."""
        return cloid in self._ended

    def lives(self, strategy: StrategyId | None = None) -> list[OrderLife]:
        """Every live order, of one strategy or of all, oldest first."""
        if strategy is None:
            return list(self._live.values())
        return list(self._live_by_strategy.get(strategy, {}).values())

    def views(self, strategy: StrategyId) -> Iterator[Order]:
        for life in self._live_by_strategy.get(strategy, {}).values():
            yield life.view()

    def apply(self, life: OrderLife, out: Dispatched) -> Dispatched:
        """Bring the sets in line after the life of an order was told something.

        What it skipped has changed nothing: the second word of an end comes for every order.
        """
        for cloid, oid in out.bound:
            self._cloid_by_oid.add(oid, cloid)
        if out.verdict is SKIP:
            return out
        self.recount(life)
        if life.phase is DONE and self._live.pop(life.cloid, None) is not None:
            del self._live_by_strategy[life.strategy][life.cloid]
            self._exposure.count(life.strategy, -1)
            if len(self._ended) == self._ended_max:
                self._ended.popitem(last=False)
            self._ended[life.cloid] = life
            if life.filled and life.is_sent:  # else the venue never heard of it
                self.was_filled(life.cloid, progress_of(life))
        return out

    def recount(self, life: OrderLife) -> None:
        """Bring the exposure in line with what of the order may still fill."""
        intent = life.intent
        if intent.reduce_only:
            return
        counts = ZERO if life.phase is DONE else life.open_at_most
        change = counts - life.counted
        if change:
            life.counted = counts
            self._exposure.change(intent.strategy, intent.coin, intent.side, change)

    # --- what the venue says of legs -----------------------------------------------------------

    def report(self, report: OrderReport) -> Dispatched:
        """Take a status of a leg: from a stream, a list or a query."""
        out = Dispatched()
        life = self._order_of(report.cloid, report.oid)
        if life is None:
            self._external_reports += 1
            out.verdict = Verdict.EXTERNAL
            return out
        leg_filled = report.original_size - report.open_size
        match report.kind:
            case ReportKind.OPEN:
                current = life.current
                is_unsized = current is not None and current.size is None
                life.opened(report.oid, report.limit_px, report.original_size, out)
                if is_unsized and current is not None and current.oid == report.oid:
                    out.bound.append((life.cloid, report.oid))  # its size is news to the journal
            case ReportKind.FILLED:
                life.reported_filled(report.oid, leg_filled, out)
            case ReportKind.CANCELED:
                reason = "" if report.status == "canceled" else report.status
                life.canceled(report.oid, leg_filled, reason, out)
            case ReportKind.REJECTED:
                life.rejected(report.oid, report.status, out)
            case ReportKind.UNKNOWN:
                out.is_strange = self.strange_words.hear(life.cloid, report)
                if out.is_strange and life.is_live:
                    out.wish(life.cloid, Wish.ASK)
            case ReportKind.TRIGGERED:
                take_triggered(life, report, out)
        if report.trigger is not None:
            take_trigger(life, report)
        return self.apply(life, out)

    def fill(self, fill: Fill) -> Dispatched:
        """Take a fill, from wherever it comes; `is_new_fill` says whether it is to be booked."""
        out = Dispatched()
        content = (fill.oid, fill.px, fill.size, fill.fee)
        known = self._fills.add(fill.key, content)
        life = self._order_of(fill.cloid, fill.oid)
        if known is not None:
            self._fills_repeated += 1
            out.is_conflict = known != content
            self._fill_conflicts += out.is_conflict
            out.verdict = Verdict.EXTERNAL if life is None else Verdict.OWN
            return out
        out.is_new_fill = True
        if life is None:
            out.owner = self._owner_of_stray(fill)
            out.verdict = Verdict.EXTERNAL if out.owner is None else Verdict.OWN
            return out
        out.owner = life.strategy
        if not life.is_live:
            self._keep_stray(life.cloid, fill)
        life.filled_on(fill.oid, fill.size, out)
        return self.apply(life, out)

    def seen_before(self, fill: Fill) -> None:
        """A fill that an earlier process booked: never news again."""
        self._fills.add(fill.key, (fill.oid, fill.px, fill.size, fill.fee))

    def stray_before(self, fill: Fill) -> None:
        """An earlier process booked it, and had no such order open."""
        self._owner_of_stray(fill)

    def was_filled(self, cloid: Cloid, progress: Progress) -> None:
        """An order is over: should the venue think otherwise, this of it was filled."""
        if (known := self._strays.add(cloid, progress)) is not None:
            known.oid, known.leg_filled = progress.oid, progress.leg_filled
            known.filled = progress.filled

    def bind(self, cloid: Cloid, oid: Oid) -> None:
        """A leg that an earlier process knew."""
        self._cloid_by_oid.add(oid, cloid)

    def bind_twap(self, twap_id: int, strategy: StrategyId) -> None:
        """Whose the fills of a TWAP are, which name neither a cloid nor an oid of ours."""
        self._strategy_by_twap.add(twap_id, strategy)

    def knows_twap(self, twap_id: int) -> bool:
        """Whether it is known whose the TWAP is, or was."""
        return twap_id in self._strategy_by_twap

    def cloid_of(self, oid: Oid) -> Cloid | None:
        """Whose leg this is; None for a leg of nobody we know."""
        return self._cloid_by_oid.get(oid)

    def _owner_of_stray(self, fill: Fill) -> StrategyId | None:
        """Whose a fill is that belongs to no order we know; it is kept for when we do."""
        cloid = fill.cloid or self._cloid_by_oid.get(fill.oid)
        if cloid is None:
            return None if fill.twap_id is None else self._strategy_by_twap.get(fill.twap_id)
        owner = self._owner_of(cloid)
        if owner is not None:
            self._keep_stray(cloid, fill)
        return owner

    def _keep_stray(self, cloid: Cloid, fill: Fill) -> None:
        progress = self._strays.get(cloid)
        if progress is None:
            progress = Progress()
            self._strays.add(cloid, progress)
        progress.fill(fill.oid, fill.size)

    def _order_of(self, cloid: Cloid | None, oid: Oid) -> OrderLife | None:
        """By its name; where that says nothing to us, by the leg, which is nobody else's."""
        life = None if cloid is None else self._live.get(cloid) or self._ended.get(cloid)
        if life is None and (owner := self._cloid_by_oid.get(oid)) is not None:
            life = self._live.get(owner) or self._ended.get(owner)
        return life

    def state(self) -> DispatchState:
        """Everything that outlives the process."""
        lives = sorted(self._live.values(), key=_age)
        return DispatchState(
            orders=tuple([open_order_of(life) for life in lives if life.is_sent]),
            legs=tuple(self._cloid_by_oid.items()),
            fills=tuple(self._fills.items()),
            strays=tuple([(cloid, each.copy()) for cloid, each in self._strays.items()]),
            twaps=tuple(self._strategy_by_twap.items()),
        )

    def restore_state(self, state: DispatchState) -> None:
        """Know all this, and nothing else before; of orders, whoever reads on takes them over."""
        for oid, cloid in state.legs:
            self.bind(cloid, oid)
        for key, content in state.fills:
            self._fills.add(key, content)
        for cloid, progress in state.strays:
            self._strays.add(cloid, progress)
        for twap_id, strategy in state.twaps:
            self.bind_twap(twap_id, strategy)

    @property
    def external_reports(self) -> int:
        """Statuses of orders that are none of ours."""
        return self._external_reports

    def snapshot(self) -> DispatchSnapshot:
        """Counts so far."""
        return DispatchSnapshot(
            live=len(self._live),
            ended=len(self._ended),
            fills_seen=len(self._fills),
            fills_repeated=self._fills_repeated,
            fill_conflicts=self._fill_conflicts,
            external_reports=self._external_reports,
            unknown_statuses=self.strange_words.heard,
        )


def _age(life: OrderLife) -> str:
    """Epoch and sequence first."""
    return life.cloid[-CLOID_AGE_DIGITS:] + life.cloid
