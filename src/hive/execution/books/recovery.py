"""What an earlier process left behind, read from its journal.

Fills and corrections rebuild the positions; orders that were sent and of which no end is written
may rest at the venue, and are taken up again as unconfirmed. Whatever the journal does not know (a
power cut can take its last records) is found at the venue, by cloid.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.orders import Fill, FillKey, OrderIntent, ReplaceIntent
from hive.domain.twaps import OpenTwap
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import BooksState, decoded
from hive.execution.orders.open_order import OpenOrder, Progress, as_it_stands
from hive.portfolio.losses import Tally
from hive.storage.records import (
    AdoptedRecord,
    BootRecord,
    CancelsSentRecord,
    ChildEndRecord,
    CorrectionRecord,
    CrossedRecord,
    FillRecord,
    FundingRecord,
    FundingSweptRecord,
    HaltedRecord,
    LegRecord,
    LossRecord,
    OrderEndRecord,
    OrdersSentRecord,
    PurseRecord,
    Record,
    ReplaceEndRecord,
    ReplacesSentRecord,
    ResumedRecord,
    SettingSentRecord,
    Standing,
    StateRecord,
    SweptRecord,
    TwapBoundRecord,
    TwapEndRecord,
    TwapSentRecord,
    UnsentRecord,
)


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a start needs to know of the past."""

    boots: int
    nonce_floor: int
    """The highest nonce that may have been used."""
    expires_ms_max: int
    """When the last order that may still be on its way expires, by the venue's clock."""
    certain_ms: int
    """Every fill before it is booked; the first sweep begins there."""
    orders_open: int
    """Orders that may rest at the venue."""
    holds_positions: bool
    tallies: dict[StrategyId | None, Tally]
    """What losses are measured against; None is the account."""
    purses: dict[StrategyId, PurseRecord]
    """What was put aside for strategies."""
    halt_reason: str = ""
    """Why the account takes no new risk; empty if it does."""


def recover(records: Iterable[Record], books: AccountBooks) -> Recovered:
    """Put the past into empty books. Nothing is written, and no strategy is told.

    A state in the middle of the records repeats what stands before it, and is passed over.

    Raises:
        Damaged: a state cannot be understood.
    """
    past = _Past(books)
    for record in records:
        past.take(record)
    orders = past.open_orders()
    for order in orders:
        books.dispatch.take_over(order)
    for twap in past.twaps.values():
        books.twaps.take_over(twap)
    reached = books.writer.reached
    return Recovered(
        boots=reached.boots,
        nonce_floor=reached.nonce,
        expires_ms_max=reached.expires_ms,
        certain_ms=reached.certain_ms,
        orders_open=len(orders),
        holds_positions=any(position.size for position in books.positions.whole()),
        halt_reason=past.halt_reason,
        tallies=past.tallies,
        purses=past.purses,
    )


class _Order:
    """An order of which no end is written."""

    __slots__ = ("asked", "intent", "progress")

    def __init__(self, intent: OrderIntent, progress: Progress | None = None) -> None:
        self.intent = intent
        self.progress = progress or Progress()
        self.asked: ReplaceIntent | None = None

    def fill(self, oid: Oid, size: Decimal) -> None:
        if self.progress.rests_under(oid):
            self._replaced()
        self.progress.fill(oid, size)

    def rests_as(self, record: LegRecord) -> None:
        """It has this leg, and with it what was asked for."""
        if not record.is_current:
            return
        if self.progress.rests_under(record.oid):
            self._replaced()
        is_current = record.oid == self.progress.oid
        if is_current and record.size is not None and record.limit_px is not None:
            self.intent = as_it_stands(self.intent, record.size, record.limit_px, None)

    def handed_over(self) -> OpenOrder:
        """A replace on its way may have succeeded or not; the venue's own sizes will tell."""
        self._replaced()
        intent = as_it_stands(self.intent, self.intent.size, self.intent.limit_px, None)
        return OpenOrder(intent, self.progress.copy())

    def _replaced(self) -> None:
        asked, self.asked = self.asked, None
        if asked is not None:
            self.intent = as_it_stands(self.intent, asked.size, asked.limit_px, asked.trigger)


class _Past:
    def __init__(self, books: AccountBooks) -> None:
        self.halt_reason = ""
        self.tallies: dict[StrategyId | None, Tally] = {}
        self.purses: dict[StrategyId, PurseRecord] = {}
        self.twaps: dict[Cloid, OpenTwap] = {}
        self._books = books
        self._dispatch = books.dispatch
        self._kept_children = books.kept_children
        self._reached = books.writer.reached
        self._open: dict[Cloid, _Order] = {}
        self._fills: set[FillKey] = set()
        self._pieces: list[bytes] = []
        self._is_empty = True

    def open_orders(self) -> list[OpenOrder]:
        return [order.handed_over() for order in self._open.values()]

    def take(self, record: Record) -> None:
        match record:
            case StateRecord(left=left, piece=piece):
                self._pieces.append(piece)
                if left == 0:
                    content = b"".join(self._pieces)
                    self._pieces.clear()
                    if self._is_empty:
                        self._restore(decoded(content))
                return
            case BootRecord(nonce_floor=floor):
                self._reached.boots += 1
                self._reached.used(floor, 0)
            case FillRecord() | CrossedRecord() | FundingRecord() | CorrectionRecord():
                self._money(record)
            case SweptRecord():
                self._reached.certain_ms = record.certain_ms
            case FundingSweptRecord():
                self._reached.funding_ms = record.certain_ms
            case HaltedRecord() | ResumedRecord() | LossRecord() | PurseRecord():
                self._stands(record)
            case TwapSentRecord() | TwapBoundRecord() | TwapEndRecord():
                self._twap(record)
            case _:
                self._action(record)
                self._order(record)
        self._is_empty = False

    def _restore(self, state: BooksState) -> None:
        self._books.restore(state)
        for name in state.reached.__struct_fields__:
            setattr(self._reached, name, getattr(state.reached, name))
        for record in state.standing:
            self._stands(record)
        self._fills.update(key for key, _ in state.dispatch.fills)
        for known in state.dispatch.orders:
            self._open[known.intent.cloid] = _Order(known.intent, known.progress)
        self.twaps = {twap.intent.cloid: twap for twap in state.twaps}
        self._is_empty = False

    def _stands(self, record: Standing) -> None:
        self._books.writer.stands(record)
        match record:
            case HaltedRecord(reason=reason):
                self.halt_reason = reason
            case ResumedRecord():
                self.halt_reason = ""
            case PurseRecord(strategy=strategy):
                self.purses[strategy] = record
            case LossRecord():
                self.tallies[record.strategy] = Tally(
                    day=record.day,
                    began_usd=record.began_usd,
                    peak_usd=record.peak_usd,
                    last_usd=record.last_usd,
                )

    def _action(self, record: Record) -> None:
        match record:
            case OrdersSentRecord(intents=intents):
                self._reached.used(record.nonce, record.expires_ms)
                for intent in intents:
                    self._sent(intent)
            case ReplacesSentRecord(replaces=replaces):
                self._reached.used(record.nonce, record.expires_ms)
                for replace in replaces:
                    if (order := self._open.get(replace.cloid)) is not None:
                        order.asked = replace
            case CancelsSentRecord() | SettingSentRecord():
                self._reached.used(record.nonce, 0)
            case UnsentRecord(cloids=cloids):
                for cloid in cloids:
                    self._unsent(cloid)

    def _order(self, record: Record) -> None:
        match record:
            case AdoptedRecord(intent=intent, oid=oid):
                adopted = self._dispatch.as_adopted(intent, oid)
                self._open[intent.cloid] = _Order(adopted.intent, adopted.progress)
                self._kept_children.sent(intent)
            case LegRecord(cloid=cloid, oid=oid):
                self._dispatch.bind(cloid, oid)
                if (open_order := self._open.get(cloid)) is not None:
                    open_order.rests_as(record)
            case ReplaceEndRecord(cloid=cloid):
                if (open_order := self._open.get(cloid)) is not None:
                    open_order.asked = None
            case ChildEndRecord(cloid=cloid):
                self._kept_children.ended(cloid)
            case OrderEndRecord(cloid=cloid):
                self._kept_children.ended(cloid)
                ended = self._open.pop(cloid, None)
                if ended is not None and ended.progress.filled:
                    self._dispatch.was_filled(cloid, ended.progress.copy())

    def _sent(self, intent: OrderIntent) -> None:
        self._kept_children.sent(intent)
        order = self._open.get(intent.cloid)
        if order is None:
            self._open[intent.cloid] = _Order(intent)
        else:
            order.intent = intent  # sent again: before, it was not carried out

    def _twap(self, record: TwapSentRecord | TwapBoundRecord | TwapEndRecord) -> None:
        match record:
            case TwapSentRecord(intent=intent):
                self._reached.used(record.nonce, record.expires_ms)
                self.twaps[intent.cloid] = OpenTwap(intent=intent, expires_ms=record.expires_ms)
            case TwapBoundRecord(cloid=cloid, twap_id=twap_id):
                known = self.twaps.get(cloid)
                if known is not None:
                    self.twaps[cloid] = msgspec.structs.replace(known, twap_id=twap_id)
                    self._dispatch.bind_twap(twap_id, known.intent.strategy)
            case TwapEndRecord(cloid=cloid):
                self.twaps.pop(cloid, None)

    def _unsent(self, cloid: Cloid) -> None:
        self.twaps.pop(cloid, None)
        order = self._open.get(cloid)
        if order is not None and order.asked is not None:
            order.asked = None
        elif order is not None and order.progress.oid is None:
            del self._open[cloid]
            self._kept_children.unsent(cloid)

    def _money(self, record: Record) -> None:
        match record:
            case FillRecord(fill=fill, strategy=strategy, shares=shares):
                if fill.key in self._fills:
                    return
                self._fills.add(fill.key)
                self._dispatch.seen_before(fill)
                self._books.book(fill, strategy, shares)
                self._count(fill)
            case CrossedRecord():
                self._books.book_crossed(record)
            case FundingRecord(funding=funding):
                self._books.fund(funding)
            case CorrectionRecord(coin=coin, after=after, entry_px=entry_px):
                self._books.anchor(coin, after, entry_px)

    def _count(self, fill: Fill) -> None:
        """The fill is part of an order that was open; else it waits for one that may turn up."""
        if fill.twap_id is not None:
            self._slice(fill)
            return
        order = None if fill.cloid is None else self._open.get(fill.cloid)
        if order is None and (owner := self._dispatch.cloid_of(fill.oid)) is not None:
            order = self._open.get(owner)
        if order is not None:
            order.fill(fill.oid, fill.size)
        else:
            self._dispatch.stray_before(fill)

    def _slice(self, fill: Fill) -> None:
        """The fill is part of a TWAP, if it is one of ours that runs."""
        for cloid, known in self.twaps.items():
            if known.twap_id == fill.twap_id:
                filled = known.filled_size + fill.size
                self.twaps[cloid] = msgspec.structs.replace(known, filled_size=filled)
                return
