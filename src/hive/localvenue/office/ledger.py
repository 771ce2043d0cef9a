"""What went in and out of accounts, row by row: transfers and the like, funding, staking.

Rows are shown oldest first, a page at a time; what is fresh is told to whoever listens.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.identity import Identities

Json = dict[str, Any]

ROWS_KEPT: Final = 10_000
"""Of each kind and account; the oldest are forgotten first."""

FUNDING_FIELDS: Final = ("coin", "usdc", "szi", "fundingRate", "nSamples")


class LedgerRow(msgspec.Struct, frozen=True):
    """One change. `delta` is in the venue's own shape."""

    ms: int
    hash: str
    delta: Json

    def shown(self) -> Json:
        return {"time": self.ms, "hash": self.hash, "delta": self.delta}


class Rows:
    """Rows of one kind, by account."""

    def __init__(self) -> None:
        self._rows: dict[Address, deque[LedgerRow]] = {}
        self.fresh: dict[Address, list[LedgerRow]] = {}
        """What this block brought, or what came since, by account."""

    def add(self, user: Address, row: LedgerRow) -> None:
        self._rows.setdefault(user, deque(maxlen=ROWS_KEPT)).append(row)
        self.fresh.setdefault(user, []).append(row)

    def between(self, user: Address, from_ms: int, to_ms: int, limit: int) -> list[LedgerRow]:
        """The first so many rows of a span, both ends included, oldest first."""
        found: list[LedgerRow] = []
        for row in self._rows.get(user, ()):
            if len(found) == limit or row.ms > to_ms:
                break
            if row.ms >= from_ms:
                found.append(row)
        return found

    def latest(self, user: Address, limit: int) -> list[LedgerRow]:
        """The last so many rows, oldest first."""
        return list(self._rows.get(user, ()))[-limit:]

    def forget_fresh(self) -> None:
        """What is there now has been told."""
        self.fresh.clear()


class Ledger:
    """All kinds of rows, noted at the time and with the hash of what is under way."""

    def __init__(self, house: ClearingHouse, identities: Identities) -> None:
        self._house = house
        self._identities = identities
        self.updates = Rows()
        """Transfers and the like."""
        self.funding = Rows()
        self.staking = Rows()

    def begin_block(self) -> None:
        """What came before has been told."""
        for rows in (self.updates, self.funding, self.staking):
            rows.forget_fresh()

    def note(self, users: Iterable[Address], kind: str, /, **fields: Any) -> None:
        """A change that concerns these accounts; each shows the same row."""
        row = self._row({"type": kind, **fields})
        for user in dict.fromkeys(users):
            self._house.news.users[user] = None
            self.updates.add(user, row)

    def take_events(self) -> None:
        """Note the funding that accounts have just paid, as their user channel tells it."""
        for user, events in self._house.news.events_by_user.items():
            for event in events:
                if "funding" in event:
                    fields = {name: event["funding"][name] for name in FUNDING_FIELDS}
                    self.funding.add(user, self._row({"type": "funding", **fields}))

    def note_stake(self, user: Address, delta: Json) -> None:
        """A step of staking; its delta has its kind for a key."""
        self.staking.add(user, self._row(delta))

    def _row(self, delta: Json) -> LedgerRow:
        return LedgerRow(self._house.now_ms, self._identities.hash, delta)
