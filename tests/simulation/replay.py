"""I23: reading a journal back gives what its writer had come to, to the last byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from hive.domain.identifiers import Address, Cloid, StrategyId
from hive.execution.books.account_books import AccountBooks
from hive.execution.books.books_state import encoded
from hive.execution.books.recovery import recover
from hive.execution.orders.cloids import CloidReader
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import Kernel, ProcessLoop
from hive.storage.journal import Journal
from hive.storage.records import Record
from hive.storage.registry import REGISTRY_PATH

OwnerOf = Callable[[Cloid], StrategyId | None]


class NotReplayed(Exception):
    """A record was not understood as its writer meant it; the text names it."""


def replayed(records: Iterable[Record], owner_of: OwnerOf) -> bytes:
    """What the records come to.

    Raises:
        NotReplayed: reading them back raised.
    """
    elsewhere = MemoryDisk(lambda: 0.0).mount(ProcessLoop(Kernel(), "replay"))
    books = AccountBooks(Journal(elsewhere, "journal"), owner_of)
    reading = _Reading(records)
    try:
        recover(reading, books)
        return encoded(books.state())
    except Exception as error:
        # Whatever it is, and asserts too: a replay that breaks is what the judge is there to find.
        raise NotReplayed(f"{error!r} at {reading.place()}") from error


class _Reading:
    """Records, and which one is being read."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self._number = 0
        self._record: Record | None = None

    def __iter__(self) -> Iterator[Record]:
        for number, record in enumerate(self._records):
            self._number, self._record = number, record
            yield record
        self._record = None

    def place(self) -> str:
        """For people."""
        if self._record is None:
            return "the end of the records"
        return f"record {self._number}, {self._record!r}"[:400]


def owners_by(disk: MemoryDisk, account: Address) -> OwnerOf:
    """Who reads cloids as the processes on this disk do."""
    content: dict[str, Any] = msgspec.json.decode(disk.find(REGISTRY_PATH) or b"{}")
    names = [StrategyId(name) for name in content["strategies"]]
    return CloidReader(
        instance=content["instance"],
        account=content["accounts"].index(account) + 1,
        strategy_of_index=lambda index: names[index - 1] if 0 < index <= len(names) else None,
    ).owner_of


def replay_differs(live: bytes, records: Iterable[Record], owner_of: OwnerOf) -> list[str]:
    """Nothing, or where the live state and what the records come to part."""
    try:
        replay = replayed(records, owner_of)
    except NotReplayed as broken:
        return [f"I23 the replay breaks: {broken}"]
    if live == replay:
        return []
    here, there = msgspec.msgpack.decode(live), msgspec.msgpack.decode(replay)
    return [f"I23 the replay differs at {place}" for place in _places(here, there, "state")]


def _places(here: Any, there: Any, place: str) -> list[str]:
    if isinstance(here, dict) and isinstance(there, dict):
        keys = dict.fromkeys([*here, *there])
        return [p for key in keys for p in _places(here.get(key), there.get(key), f"{place}.{key}")]
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        pairs = enumerate(zip(here, there, strict=True))
        return [p for at, (a, b) in pairs for p in _places(a, b, f"{place}[{at}]")]
    return [] if here == there else [f"{place}: {here!r}, replayed {there!r}"[:400]]
