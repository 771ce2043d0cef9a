"""Children that the desk keeps until their entries fill, as the journal tells of them.

Their entry's record names them, and they themselves are in no record until they are sent. So what a
restart would not know is noted here, by the process that lives and by the one that reads its
journal alike: which of them still wait, also when the entry is over.

    entry sent        its children wait
    child sent        it waits no more; unless no byte of it left, then it does
    child over        it waits no more
    entry over        forgotten once none of its children waits
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from hive.domain.identifiers import Cloid, Oid
from hive.domain.orders import OrderIntent
from hive.execution.books.record_writer import RecordWriter
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife
from hive.storage.records import AdoptedRecord, ChildEndRecord

FAMILIES_MAX: Final = 4_000
"""Far more than orders may rest at once; the oldest is forgotten first."""


class KeptFamily(msgspec.Struct, array_like=True):
    """An entry that was sent, and those of its children that have not been and may yet be."""

    entry: OrderIntent
    waiting: tuple[Cloid, ...]
    is_entry_over: bool = False


class KeptChildren:
    """Of one account. What is no entry and no child of one passes through unnoticed."""

    def __init__(self, dispatch: Dispatch, writer: RecordWriter) -> None:
        self._dispatch = dispatch
        self._writer = writer
        self.families: dict[Cloid, KeptFamily] = {}
        self._entry_by_child: dict[Cloid, Cloid] = {}

    def __iter__(self) -> Iterator[KeptFamily]:
        return iter(self.families.values())

    def waiting(self, entry: Cloid) -> tuple[Cloid, ...]:
        """The children of an entry that wait."""
        family = self.families.get(entry)
        return () if family is None else family.waiting

    def about_to_leave(self) -> list[Cloid]:
        """Those that wait although their entry filled, in part at least, or is over."""
        return [
            child
            for family in self
            if family.is_entry_over or self._dispatch.filled(family.entry.cloid)
            for child in family.waiting
        ]

    def is_waiting(self, child: Cloid) -> bool:
        """It has not been sent, and a record names it."""
        return child in self.waiting(self._entry_by_child.get(child, child))

    def sent(self, intent: OrderIntent) -> None:
        """An order left, or is about to."""
        options = intent.options
        if options is None:
            return
        if options.children and options.unit is None:
            waiting = tuple([child.cloid for child in options.children])
            self._keep(KeptFamily(intent, waiting))
        elif options.parent is not None:
            self._waits_no_more(intent.cloid)

    def unsent(self, cloid: Cloid) -> None:
        """No byte of it left: what `sent` did is undone."""
        if cloid in self.families:
            self._forget(cloid)
        elif (family := self._family_of(cloid)) is not None:
            still = (*family.waiting, cloid)
            children = family.entry.options.children if family.entry.options else ()
            family.waiting = tuple([child.cloid for child in children if child.cloid in still])

    def ended(self, cloid: Cloid) -> None:
        """An order is over."""
        family = self.families.get(cloid)
        if family is not None:
            family.is_entry_over = True
            self._part_with(family)
        elif cloid in self._entry_by_child:
            self._waits_no_more(cloid)

    def ended_unsent(self, life: OrderLife) -> None:
        """An order that never left is over. Of a child it is written, for its entry's record names
        it; where that is still to be sent, it will not."""
        options = life.intent.options
        if options is None or options.parent is None or options.unit is not None:
            return
        if self.is_waiting(life.cloid):
            self.ended(life.cloid)
            self._writer.keep(ChildEndRecord(life.cloid))
        elif (entry := self._dispatch.live(options.parent)) is not None and not entry.is_sent:
            entry.intent = _without_child(entry.intent, life.cloid)

    def found(self, cloid: Cloid, oid: Oid) -> None:
        """The venue has an order: if it waits here, a power cut took the record of its leaving."""
        life = self._dispatch.live(cloid)
        if life is not None and not life.is_sent:
            life.is_sent = True
            life.is_asleep = False
            self.sent(life.intent)
            self._writer.keep(AdoptedRecord(life.intent, oid))

    def state(self) -> tuple[KeptFamily, ...]:
        """All of it, oldest first."""
        return tuple([msgspec.structs.replace(family) for family in self])

    def restore(self, families: Iterable[KeptFamily]) -> None:
        """Put a state back; nothing else is here."""
        for family in families:
            self._keep(family)

    def _family_of(self, child: Cloid) -> KeptFamily | None:
        entry = self._entry_by_child.get(child)
        return None if entry is None else self.families.get(entry)

    def _waits_no_more(self, child: Cloid) -> None:
        family = self._family_of(child)
        if family is not None:
            family.waiting = tuple([cloid for cloid in family.waiting if cloid != child])
            self._part_with(family)

    def _keep(self, family: KeptFamily) -> None:
        entry = family.entry
        if entry.cloid in self.families:
            return  # sent again: before, it was not carried out
        if len(self.families) == FAMILIES_MAX:
            self._forget(next(iter(self.families)))
        self.families[entry.cloid] = family
        for child in entry.options.children if entry.options else ():
            self._entry_by_child[child.cloid] = entry.cloid

    def _part_with(self, family: KeptFamily) -> None:
        if family.is_entry_over and not family.waiting:
            self._forget(family.entry.cloid)

    def _forget(self, entry: Cloid) -> None:
        family = self.families.pop(entry)
        for child in family.entry.options.children if family.entry.options else ():
            del self._entry_by_child[child.cloid]


def _without_child(entry: OrderIntent, child: Cloid) -> OrderIntent:
    """The entry as it is to be sent after one of its children has ended before it."""
    assert entry.options is not None
    left = tuple([each for each in entry.options.children if each.cloid != child])
    options = msgspec.structs.replace(entry.options, children=left)
    return msgspec.structs.replace(entry, options=options)
