"""What went in and out of accounts, row by row: transfers and the like, funding, staking.

Rows are shown oldest first, a page at a time. What is new since somebody last asked is handed to
the streams once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.clearing import ClearingHouse
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
    """Rows of one kind, by account. What is `told` is also handed out once, when it is new."""

    def __init__(self, *, is_told: bool) -> None:
        self._is_told = is_told
        self._rows: dict[Address, deque[LedgerRow]] = {}
        self._fresh: dict[Address, list[LedgerRow]] = {}

    def add(self, user: Address, row: LedgerRow) -> None:
        self._rows.setdefault(user, deque(maxlen=ROWS_KEPT)).append(row)
        if self._is_told:
            self._fresh.setdefault(user, []).append(row)

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

    def take_fresh(self) -> dict[Address, list[LedgerRow]]:
        """What came since the last call, by account."""
        fresh, self._fresh = self._fresh, {}
        return fresh


class Ledger:
    """All kinds of rows, noted at the time and with the hash of what is under way."""

    def __init__(self, house: ClearingHouse, identities: Identities) -> None:
        self._house = house
        self._identities = identities
        self.updates = Rows(is_told=True)
        """Transfers and the like."""
        self.funding = Rows(is_told=True)
        self.staking = Rows(is_told=False)

    def note(self, users: Iterable[Address], kind: str, /, **fields: Any) -> None:
        """A change that concerns these accounts; each shows the same row."""
        row = self._row({"type": kind, **fields})
        for user in dict.fromkeys(users):
            self._house.news.users[user] = None
            self.updates.add(user, row)

    def note_funding(self, user: Address, payment: Json) -> None:
        """A funding payment, as the user channel tells it."""
        fields = {name: payment[name] for name in FUNDING_FIELDS}
        self.funding.add(user, self._row({"type": "funding", **fields}))

    def note_stake(self, user: Address, delta: Json) -> None:
        """A step of staking; its delta has its kind for a key."""
        self.staking.add(user, self._row(delta))

    def _row(self, delta: Json) -> LedgerRow:
        return LedgerRow(self._house.now_ms, self._identities.hash, delta)
