"""The invariants, held against the venue's truth by somebody who is neither (faults.md 0).

Each check returns what is wrong, in words; nothing is wrong when it returns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Protocol

import msgspec
from tests.simulation.twap_checks import TwapDiary

from hive.domain.identifiers import Address, Cloid, StrategyId, TradeId, unpack_cloid
from hive.domain.market import Side
from hive.domain.orders import Fill, FillKey, Order, OrderEvent, OrderNews
from hive.domain.twaps import Twap, TwapEvent
from hive.execution.desk.settings import DeskSnapshot
from hive.localvenue.views.truth import AccountTruth, PastOrder, TrueFill
from hive.portfolio.positions import Position
from hive.simulation.virtual_time import NS_PER_MS
from hive.storage.records import CorrectionRecord, FillRecord, OrdersSentRecord, Record

ZERO = Decimal(0)
NEVER_THERE = (OrderNews.REFUSED, OrderNews.NOT_SENT, OrderNews.NEVER_ARRIVED)
NO_TWAPS: Mapping[int, StrategyId] = MappingProxyType({})
SYNCED_MS_MAX = 1_500
"""So soon what was written is on the platter: a second, and the slowest sync."""


class Ending(msgspec.Struct, frozen=True):
    """A strategy was told, then, that an order is over."""

    told_ns: int
    news: OrderNews


class Time(Protocol):
    """When it is, in nanoseconds: a kernel, or a clock."""

    @property
    def now_ns(self) -> int: ...


class Diary:
    """What all strategies of a world asked for and were told, over all its processes."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.owner_by_cloid: dict[Cloid, StrategyId] = {}
        self.size_by_cloid: dict[Cloid, Decimal] = {}
        self.endings: dict[Cloid, Ending] = {}
        self.violations: list[str] = []
        self._power_cuts_ns: list[int] = []
        self.news_by_kind: dict[str, int] = {}
        self.fills_told = 0
        self._fills_of_process: dict[FillKey, StrategyId] = {}
        self.twaps = TwapDiary(time)

    def process_begins(self) -> None:
        """A fill may be told once more only to a new process."""
        self._fills_of_process.clear()

    def power_cut(self) -> None:
        """What was written just now is gone."""
        self._power_cuts_ns.append(self._time.now_ns)

    def is_forgotten(self, at_ns: int) -> bool:
        """A power cut came so soon after it that records of it may not have been synced."""
        late_ns = SYNCED_MS_MAX * NS_PER_MS
        return any(0 <= cut_ns - at_ns <= late_ns for cut_ns in self._power_cuts_ns)

    # --- Witness ---

    def placed(self, strategy: StrategyId, cloid: Cloid, size: float) -> None:
        self.begot(strategy, cloid)
        self.size_by_cloid[cloid] = Decimal(repr(size))

    def begot(self, strategy: StrategyId, cloid: Cloid) -> None:
        """As `placed`, of an order that the desk may make larger."""
        if cloid in self.owner_by_cloid:
            self.violations.append(f"I6 {cloid} was given to {strategy} and to somebody before")
        self.owner_by_cloid[cloid] = strategy

    def adopt(
        self, records: Iterable[Record], owner_of: Callable[[Cloid], StrategyId | None]
    ) -> None:
        """Take up what the desk placed of its own accord: quotes, and children anew.

        Only a journal knows all of them: a process may die before its strategies are told. What a
        power cut took from that as well, an order's own name says.
        """
        for record in records:
            for intent in record.intents if isinstance(record, OrdersSentRecord) else ():
                if intent.cloid not in self.owner_by_cloid:
                    self.owner_by_cloid[intent.cloid] = intent.strategy
            cloid = record.fill.cloid if isinstance(record, FillRecord) else None
            if cloid is not None and cloid not in self.owner_by_cloid:
                owner = owner_of(cloid)
                if owner is not None:
                    self.owner_by_cloid[cloid] = owner

    def adopt_by_name(
        self, past: Iterable[PastOrder], owner_of: Callable[[Cloid], StrategyId | None]
    ) -> None:
        """Take up orders by their own names, where records of them may be gone."""
        for order in past:
            if order.cloid is not None and order.cloid not in self.owner_by_cloid:
                owner = owner_of(order.cloid)
                if owner is not None:
                    self.owner_by_cloid[order.cloid] = owner

    def told(self, strategy: StrategyId, event: OrderEvent) -> None:
        order = event.order
        self.news_by_kind[event.news.value] = self.news_by_kind.get(event.news.value, 0) + 1
        if self.owner_by_cloid.get(order.cloid) not in (None, strategy):
            self.violations.append(f"I3 {order.cloid} is told to {strategy}, not its owner")
        if not order.is_live:
            ending = Ending(self._time.now_ns, event.news)
            self.endings.setdefault(order.cloid, ending)

    def filled(self, strategy: StrategyId, fill: Fill) -> None:
        self.fills_told += 1
        if fill.key in self._fills_of_process:
            self.violations.append(f"I1 fill {fill.key} is told twice to {strategy}")
        self._fills_of_process[fill.key] = strategy

    def began(self, twap: Twap) -> None:
        self.twaps.began(twap)

    def told_of_twap(self, event: TwapEvent) -> None:
        self.twaps.told(event)


def protecting(records: Iterable[Record]) -> frozenset[Cloid]:
    """Orders that protect a position, which a stop leaves where they are."""
    sent = [record for record in records if isinstance(record, OrdersSentRecord)]
    return frozenset(
        intent.cloid for record in sent for intent in record.intents if intent.protects
    )


# --- fills -------------------------------------------------------------------------------------


def key_of(account: Address, fill: TrueFill) -> FillKey:
    return FillKey(account, fill.coin, fill.ms, TradeId(fill.tid), Side(fill.side))


def fills_differ(
    truth: AccountTruth,
    records: Iterable[Record],
    owners: Mapping[Cloid, StrategyId],
    *,
    slicers: Mapping[int, StrategyId] = NO_TWAPS,
    unheard: Container[TrueFill] = (),
) -> list[str]:
    """I1, I12: the journal has each fill once, with every number right and the right owner.

    `slicers` are the owners of TWAPs. Those of `unheard` it need not have.
    """
    wrong: list[str] = []
    booked: dict[FillKey, FillRecord] = {}
    for record in records:
        if isinstance(record, FillRecord):
            if record.fill.key in booked:
                wrong.append(f"I1 booked twice: {record.fill.key}")
            booked[record.fill.key] = record
    for fill in truth.fills:
        found = booked.pop(key_of(truth.user, fill), None)
        if found is None:
            wrong += [] if fill in unheard else [f"I1 missing: {fill}"]
        elif _numbers(found.fill) != _true_numbers(fill):
            wrong.append(f"I1 other numbers: {found.fill} for {fill}")
        elif found.strategy != _owner_of(fill, owners, slicers):
            wrong.append(f"I1 wrong owner {found.strategy}: {fill}")
    wrong += [f"I1 never happened: {invented.fill}" for invented in booked.values()]
    return wrong


def _owner_of(
    fill: TrueFill, owners: Mapping[Cloid, StrategyId], slicers: Mapping[int, StrategyId]
) -> StrategyId | None:
    if fill.twap_id is not None:
        return slicers.get(fill.twap_id)
    return None if fill.cloid is None else owners.get(fill.cloid)


def _numbers(fill: Fill) -> tuple[object, ...]:
    money = (fill.px, fill.size, fill.fee, fill.closed_pnl_usd, fill.start_position)
    return (*money, fill.oid, fill.cloid, fill.is_taker)


def _true_numbers(fill: TrueFill) -> tuple[object, ...]:
    money = (fill.px, fill.size, fill.fee, fill.closed_pnl_usd, fill.start_position)
    return (*money, fill.oid, fill.cloid, fill.is_taker)


# --- positions ---------------------------------------------------------------------------------


class Books(Protocol):
    """What a desk believes (`execution.OrderDesk`)."""

    def account_position(self, coin: str) -> Position: ...

    def position(self, strategy: StrategyId | None, coin: str) -> Position: ...

    def order(self, cloid: Cloid) -> Order | None: ...

    def open_orders(self, strategy: StrategyId) -> list[Order]: ...


def positions_differ(
    truth: AccountTruth,
    records: Iterable[Record],
    books: Books,
    strategies: Sequence[StrategyId],
    coins: Sequence[str],
) -> list[str]:
    """I2: anchor and fills make the venue's position; strategies and nobody's sum to it."""
    wrong: list[str] = []
    folded = dict.fromkeys(coins, ZERO)
    for record in records:
        if isinstance(record, FillRecord):
            folded[record.fill.coin] += record.fill.signed_size
        elif isinstance(record, CorrectionRecord):
            wrong.append(f"I2 corrected, with every fill within reach: {record}")
    for coin in coins:
        venues = truth.positions.get(coin, ZERO)
        account = books.account_position(coin).size
        owners: list[StrategyId | None] = [None, *strategies]
        total = sum((books.position(owner, coin).size for owner in owners), ZERO)
        if not venues == folded[coin] == account == total:
            wrong.append(
                f"I2 {coin}: venue {venues}, journal {folded[coin]}, desk {account}, "
                f"strategies and nobody {total}"
            )
    return wrong


# --- orders ------------------------------------------------------------------------------------


def orders_differ(
    truth: AccountTruth,
    books: Books,
    strategies: Sequence[StrategyId],
    owners: Mapping[Cloid, StrategyId],
) -> list[str]:
    """I3, I4: what rests at the venue is owned here, and what is live here rests there."""
    wrong: list[str] = []
    there = {order.cloid: order for order in truth.open_orders if is_ours(order.cloid)}
    for cloid, order in there.items():
        assert cloid is not None
        ours = books.order(cloid)
        if ours is None or not ours.is_live:
            wrong.append(f"I3 orphan: {order} ({ours})")
        elif ours.strategy != owners.get(cloid):
            wrong.append(f"I3 {order} is owned by {ours.strategy}, placed by {owners.get(cloid)}")
        elif (ours.oid, ours.open_size, ours.limit_px) != (order.oid, order.open_size, order.px):
            wrong.append(f"I3 {order} is here {ours}")
    for strategy in strategies:
        held = books.open_orders(strategy)
        wrong += [
            f"I4 ghost: {order}"
            for order in held
            if order.cloid not in there and not _is_kept_here(order)
        ]
    return wrong


def _is_kept_here(order: Order) -> bool:
    """A child whose entry has not filled yet, where the desk keeps the family."""
    return order.parent is not None and order.oid is None


def unsettled(desk: DeskSnapshot) -> list[str]:
    """After calm and quiet nothing waits, nothing is on its way and nothing is in doubt."""
    left = {
        "waiting": desk.waiting,
        "in flight": desk.in_flight,
        "unconfirmed": desk.unconfirmed_now,
        "held": desk.hold_reason,
        "halted": desk.halt_reason,
    }
    return [f"I4 {desk.account}: {what} {count}" for what, count in left.items() if count]


def is_ours(cloid: Cloid | None) -> bool:
    return cloid is not None and unpack_cloid(cloid) is not None


def lives_differ(past: Sequence[PastOrder], diary: Diary, start_ms: int) -> list[str]:
    """I4, I6: one intent is at most one order, and is over here only when it is over there."""
    wrong: list[str] = []
    legs_by_cloid: dict[Cloid, list[PastOrder]] = {}
    for order in past:
        if order.cloid is not None and is_ours(order.cloid):
            legs_by_cloid.setdefault(order.cloid, []).append(order)
    for cloid, legs in legs_by_cloid.items():
        if cloid not in diary.owner_by_cloid:
            wrong.append(f"I6 no strategy asked for {legs}")
        wrong += _concurrent(cloid, legs)
        wrong += _oversized(cloid, legs, diary.size_by_cloid.get(cloid))
        ending = diary.endings.get(cloid)
        if ending is not None and not _is_of_the_lost(legs, ending, diary, start_ms):
            wrong += _early(cloid, legs, ending, start_ms)
    return wrong


def _concurrent(cloid: Cloid, legs: Sequence[PastOrder]) -> list[str]:
    return [
        f"I6 {cloid} is live twice: {before} and {after}"
        for before, after in pairwise(sorted(legs, key=lambda leg: leg.oid))
        if before.ended_ms is None or before.ended_ms > after.placed_ms
    ]


def _oversized(cloid: Cloid, legs: Sequence[PastOrder], size: Decimal | None) -> list[str]:
    """What filled is never more than was asked for, but for fills that a replace raced with."""
    if size is None:
        return []
    wrong = [f"I6 {leg} is larger than {size}" for leg in legs if leg.size > size]
    filled = sum((leg.filled_size for leg in legs), ZERO)
    if len(legs) == 1 and filled > size:
        wrong.append(f"I6 {filled} of {size} filled: {legs}")
    return wrong


def _is_of_the_lost(legs: Sequence[PastOrder], ending: Ending, diary: Diary, start_ms: int) -> bool:
    """A power cut took what told of its end, and of its sending if it was ever sent: a child that
    the desk kept, with which a later process went on."""
    if ending.news is not OrderNews.CANCELED or not diary.is_forgotten(ending.told_ns):
        return False
    told_ms = start_ms + ending.told_ns // NS_PER_MS
    return all(
        leg.placed_ms > told_ms or diary.is_forgotten((leg.placed_ms - start_ms) * NS_PER_MS)
        for leg in legs
    )


def _early(cloid: Cloid, legs: Sequence[PastOrder], ending: Ending, start_ms: int) -> list[str]:
    if ending.news in NEVER_THERE:
        return [f"I4 {cloid} was told {ending.news.value}, and the venue has {legs}"]
    told_ms = start_ms + ending.told_ns // NS_PER_MS
    return [
        f"I4 {cloid} was told {ending.news.value} at {told_ms}, before the end of {leg}"
        for leg in legs
        if leg.ended_ms is None or leg.ended_ms > told_ms
    ]
