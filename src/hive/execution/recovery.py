"""What an earlier process left behind, read from its journal.

Fills and corrections rebuild the positions; orders that were sent and of which no end is written
may rest at the venue, and are taken up again as unconfirmed. Whatever the journal does not know (a
power cut can take its last records) is found at the venue, by cloid.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from hive.domain.identifiers import Cloid
from hive.domain.orders import FillKey, OrderIntent, ReplaceIntent
from hive.execution.account_books import AccountBooks
from hive.storage.records import (
    AdoptedRecord,
    BootRecord,
    CancelsSentRecord,
    CorrectionRecord,
    FillRecord,
    FundingRecord,
    LegRecord,
    OrderEndRecord,
    OrdersSentRecord,
    Record,
    ReplacesSentRecord,
    SettingSentRecord,
)


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a start needs to know of the past."""

    boots: int
    nonce_floor: int
    """The highest nonce that may have been used."""
    expires_ms_max: int
    """When the last order that may still be on its way expires, by the venue's clock."""
    last_fill_ms: int
    """Of the last fill that was booked; the sweep begins there."""
    orders_open: int
    """Orders that may rest at the venue."""
    holds_positions: bool


def recover(records: Iterable[Record], books: AccountBooks) -> Recovered:
    """Put the past into empty books. Nothing is written, and no strategy is told."""
    past = _Past()
    for record in records:
        past.take(record, books)
    for intent in past.open.values():
        books.dispatch.restore(intent)
    positions = books.positions.whole()
    return Recovered(
        boots=past.boots,
        nonce_floor=past.nonce,
        expires_ms_max=past.expires_ms,
        last_fill_ms=past.last_fill_ms,
        orders_open=len(past.open),
        holds_positions=any(position.size for position in positions),
    )


class _Past:
    def __init__(self) -> None:
        self.boots = 0
        self.nonce = 0
        self.expires_ms = 0
        self.last_fill_ms = 0
        self.open: dict[Cloid, OrderIntent] = {}
        self._fills: set[FillKey] = set()

    def take(self, record: Record, books: AccountBooks) -> None:
        match record:
            case BootRecord():
                self.boots += 1
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
            case AdoptedRecord(intent=intent, oid=oid):
                self.open[intent.cloid] = intent
                books.dispatch.bind(intent.cloid, oid)
            case LegRecord(cloid=cloid, oid=oid):
                books.dispatch.bind(cloid, oid)
            case OrderEndRecord(cloid=cloid):
                self.open.pop(cloid, None)
            case _:
                self._money(record, books)

    def _money(self, record: Record, books: AccountBooks) -> None:
        match record:
            case FillRecord(fill=fill, strategy=strategy):
                if fill.key in self._fills:
                    return
                self._fills.add(fill.key)
                self.last_fill_ms = max(self.last_fill_ms, fill.venue_ms)
                books.dispatch.seen_before(fill)
                books.book(fill, strategy)
            case FundingRecord(funding=funding):
                books.fund(funding)
            case CorrectionRecord(coin=coin, after=after, entry_px=entry_px):
                books.positions.anchor(coin, after, entry_px)

    def _sent(self, nonce: int, expires_ms: int) -> None:
        self.nonce = max(self.nonce, nonce)
        self.expires_ms = max(self.expires_ms, expires_ms)

    def _replaced(self, replace: ReplaceIntent) -> None:
        """The replace may have succeeded or not; the venue's own sizes will tell."""
        intent = self.open.get(replace.cloid)
        if intent is not None:
            self.open[replace.cloid] = msgspec.structs.replace(
                intent, size=replace.size, limit_px=replace.limit_px
            )
