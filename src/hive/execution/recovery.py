"""What an earlier process left behind, read from its journal.

Fills and corrections rebuild the positions; orders that were sent and of which no end is written
may rest at the venue, and are taken up again as unconfirmed. Whatever the journal does not know (a
power cut can take its last records) is found at the venue, by cloid.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hive.domain.identifiers import Cloid, Oid, StrategyId
from hive.domain.orders import FillKey, OrderIntent, ReplaceIntent, with_trigger
from hive.execution.account_books import AccountBooks
from hive.portfolio.losses import Tally
from hive.storage.records import (
    AdoptedRecord,
    BootRecord,
    CancelsSentRecord,
    CorrectionRecord,
    FillRecord,
    FundingRecord,
    HaltedRecord,
    LegRecord,
    LossRecord,
    OrderEndRecord,
    OrdersSentRecord,
    Record,
    ReplacesSentRecord,
    ResumedRecord,
    SettingSentRecord,
    SweptRecord,
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
    halt_reason: str = ""
    """Why the account takes no new risk; empty if it does."""


def recover(records: Iterable[Record], books: AccountBooks) -> Recovered:
    """Put the past into empty books. Nothing is written, and no strategy is told."""
    past = _Past()
    for record in records:
        past.take(record, books)
    for cloid, intent in past.open.items():
        books.dispatch.restore(intent, past.legs.get(cloid, ()))
    positions = books.positions.whole()
    return Recovered(
        boots=past.boots,
        nonce_floor=past.nonce,
        expires_ms_max=past.expires_ms,
        certain_ms=past.certain_ms,
        orders_open=len(past.open),
        holds_positions=any(position.size for position in positions),
        halt_reason=past.halt_reason,
        tallies=past.tallies,
    )


class _Past:
    def __init__(self) -> None:
        self.boots = 0
        self.nonce = 0
        self.expires_ms = 0
        self.certain_ms = 0
        self.halt_reason = ""
        self.open: dict[Cloid, OrderIntent] = {}
        self.legs: dict[Cloid, list[Oid]] = {}
        self.tallies: dict[StrategyId | None, Tally] = {}
        self._fills: set[FillKey] = set()

    def take(self, record: Record, books: AccountBooks) -> None:
        match record:
            case BootRecord():
                self.boots += 1
            case AdoptedRecord(intent=intent, oid=oid):
                self.open[intent.cloid] = intent
                self._bound(intent.cloid, oid, books)
            case LegRecord(cloid=cloid, oid=oid):
                self._bound(cloid, oid, books)
            case OrderEndRecord(cloid=cloid):
                self.open.pop(cloid, None)
                self.legs.pop(cloid, None)
            case _:
                self._action(record)
                self._money(record, books)

    def _action(self, record: Record) -> None:
        match record:
            case OrdersSentRecord(intents=intents):
                self._sent(record.nonce, record.expires_ms)
                for intent in intents:
                    self.open[intent.cloid] = intent
            case ReplacesSentRecord(replaces=replaces):
                self._sent(record.nonce, record.expires_ms)
                for replace in replaces:
                    self._replaced(replace)
            case CancelsSentRecord() | SettingSentRecord():
                self._sent(record.nonce, 0)
            case UnsentRecord(cloids=cloids):
                for cloid in cloids:
                    if cloid not in self.legs:
                        self.open.pop(cloid, None)

    def _money(self, record: Record, books: AccountBooks) -> None:
        match record:
            case FillRecord(fill=fill, strategy=strategy, shares=shares):
                if fill.key in self._fills:
                    return
                self._fills.add(fill.key)
                books.dispatch.seen_before(fill)
                books.book(fill, strategy, shares)
            case FundingRecord(funding=funding):
                books.fund(funding)
            case CorrectionRecord(coin=coin, after=after, entry_px=entry_px):
                books.anchor(coin, after, entry_px)
            case HaltedRecord(reason=reason):
                self.halt_reason = reason
            case ResumedRecord():
                self.halt_reason = ""
            case LossRecord():
                self.tallies[record.strategy] = Tally(
                    day=record.day,
                    began_usd=record.began_usd,
                    peak_usd=record.peak_usd,
                    last_usd=record.last_usd,
                )
            case SweptRecord(certain_ms=certain_ms):
                self.certain_ms = certain_ms

    def _bound(self, cloid: Cloid, oid: Oid, books: AccountBooks) -> None:
        self.legs.setdefault(cloid, []).append(oid)
        books.dispatch.bind(cloid, oid)

    def _sent(self, nonce: int, expires_ms: int) -> None:
        self.nonce = max(self.nonce, nonce)
        self.expires_ms = max(self.expires_ms, expires_ms)

    def _replaced(self, replace: ReplaceIntent) -> None:
        """The replace may have succeeded or not; the venue's own sizes will tell."""
        intent = self.open.get(replace.cloid)
        if intent is not None:
            intent = msgspec.structs.replace(intent, size=replace.size, limit_px=replace.limit_px)
            if replace.trigger is not None:
                intent = with_trigger(intent, replace.trigger)
            self.open[replace.cloid] = intent
