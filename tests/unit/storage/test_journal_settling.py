"""What a killed process wrote survives the power cut that follows its successor's first deeds."""

from __future__ import annotations

import msgspec

from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import NS_PER_S, Kernel, ProcessLoop
from hive.storage.journal import Journal
from hive.storage.segments import read_records


class Note(msgspec.Struct, frozen=True, tag="note"):
    text: str


class Machine:
    """A disk whose torn tails are as short as can be, and processes on it, one after the other."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        self.memory = MemoryDisk(lambda: 0.0)
        self.loop = ProcessLoop(self.kernel, "first")

    def journal(self) -> Journal:
        return Journal(self.memory.mount(self.loop), "journal")

    def next_process(self) -> Journal:
        self.loop.kill()
        self.memory.die("kill")
        self.loop = ProcessLoop(self.kernel, "next")
        return self.journal()

    def texts_after_power_cut(self) -> list[str]:
        self.memory.die("power")
        reader = self.memory.mount(ProcessLoop(self.kernel, "reader"))
        return [note.text for note in read_records(reader, "journal", Note)]

    def settle(self, journal: Journal) -> None:
        tickets = journal.settle()
        self.kernel.run(until_ns=self.kernel.now_ns + NS_PER_S)
        assert all(ticket.done for ticket in tickets)

    def sync(self, journal: Journal) -> None:
        journal.request_sync()
        self.kernel.run(until_ns=self.kernel.now_ns + NS_PER_S)


def test_what_was_settled_is_not_lost_before_what_came_after_it() -> None:
    machine = Machine()
    machine.journal().append(Note("of the first"))
    successor = machine.next_process()
    machine.settle(successor)
    successor.append(Note("of the second"))
    machine.sync(successor)
    assert machine.texts_after_power_cut() == ["of the first", "of the second"]


def test_without_it_the_cut_would_take_the_older_and_spare_the_newer() -> None:
    machine = Machine()
    machine.journal().append(Note("of the first"))
    successor = machine.next_process()
    successor.append(Note("of the second"))
    machine.sync(successor)
    assert machine.texts_after_power_cut() == ["of the second"]


def test_a_first_start_has_nothing_to_settle() -> None:
    machine = Machine()
    machine.settle(machine.journal())
    assert machine.texts_after_power_cut() == []


def test_a_segment_that_is_full_is_synced_as_it_ends() -> None:
    machine = Machine()
    journal = Journal(machine.memory.mount(machine.loop), "journal", segment_bytes_max=64)
    for number in range(4):
        journal.append(Note(f"number {number}, long enough to fill a segment"))
    machine.sync(journal)
    assert len(machine.texts_after_power_cut()) == 4
