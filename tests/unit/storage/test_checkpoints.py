"""Reading begins at the last whole state, whatever moment its writing ended at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import Damaged, DiskFailed
from hive.simulation.disk import Death, DiskMount, MemoryDisk
from hive.simulation.virtual_time import NS_PER_S, Kernel, ProcessLoop
from hive.storage.checkpoints import PIECE_BYTES_MAX, pieces_of, read_since_state
from hive.storage.journal import CHECKPOINT_BYTES, Journal
from hive.storage.records import Record, StateRecord, SweptRecord
from hive.storage.segments import read_records

FOLDER = "journal"


def mounted(memory: MemoryDisk | None = None) -> DiskMount:
    return (memory or MemoryDisk(lambda: 0.0)).mount(ProcessLoop(Kernel(), "p"))


def folded(records: list[Record]) -> list[int]:
    """What the records come to: the sweeps that are known, a state standing for all before it."""
    swept: list[int] = []
    pieces: list[bytes] = []
    for record in records:
        if isinstance(record, SweptRecord):
            swept.append(record.certain_ms)
        elif isinstance(record, StateRecord):
            pieces.append(record.piece)
        if isinstance(record, StateRecord) and record.left == 0:
            swept = swept or [int(text) for text in b"".join(pieces).split()]
            pieces.clear()
    return swept


def state_of(numbers: range | list[int], *, padding: int = 0) -> list[StateRecord]:
    return pieces_of(b" ".join(str(number).encode() for number in numbers) + b" " * padding)


def known(disk: DiskMount) -> list[int]:
    return folded(list(read_since_state(disk, FOLDER)))


def test_without_a_state_every_record_is_read() -> None:
    disk = mounted()
    Journal(disk, FOLDER).append_all([SweptRecord(1), SweptRecord(2)])
    Journal(disk, FOLDER).append(SweptRecord(3))
    assert known(disk) == [1, 2, 3]


def test_what_stands_before_the_last_state_is_not_even_opened() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    journal.append(SweptRecord(1))
    journal.begin_segment(state_of([1]))
    journal.append(SweptRecord(2))
    disk.replace(f"{FOLDER}/00000001.journal", b"not a journal at all")
    assert known(disk) == [1, 2]


def test_a_state_is_as_many_records_as_it_needs() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    journal.begin_segment(state_of([1, 2], padding=3 * PIECE_BYTES_MAX))
    pieces = list(read_records(disk, FOLDER, Record))
    assert [piece.left for piece in pieces] == [3, 2, 1, 0]
    assert known(disk) == [1, 2]
    assert pieces_of(b"") == [StateRecord(left=0, piece=b"")]


def test_cut_at_every_byte_of_a_state_the_one_before_counts_with_all_since() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    journal.begin_segment(state_of([1]))
    journal.append(SweptRecord(2))
    journal.begin_segment(state_of([1, 2], padding=PIECE_BYTES_MAX))
    path = f"{FOLDER}/00000002.journal"
    whole = disk.read(path) or b""
    for cut in (*range(200), *range(PIECE_BYTES_MAX, len(whole))):
        disk.replace(path, whole[:cut])
        assert known(disk) == [1, 2], f"cut at {cut}"
        Journal(disk, FOLDER).begin_segment(state_of([1, 2]))
        disk.remove(f"{FOLDER}/00000003.journal")


def test_after_a_state_that_was_cut_off_the_next_process_goes_on() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    journal.append(SweptRecord(1))
    journal.begin_segment(state_of([1], padding=2 * PIECE_BYTES_MAX))
    path = f"{FOLDER}/00000002.journal"
    disk.replace(path, (disk.read(path) or b"")[: PIECE_BYTES_MAX + 100])
    Journal(disk, FOLDER).append(SweptRecord(2))
    assert known(disk) == [1, 2]


def test_damage_behind_the_last_state_is_named_and_before_it_harmless() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    journal.append_all([SweptRecord(1), SweptRecord(2)])
    journal.begin_segment(state_of([1, 2]))
    journal.append_all([SweptRecord(3), SweptRecord(4)])
    flip(disk, f"{FOLDER}/00000001.journal", 20)
    assert known(disk) == [1, 2, 3, 4]
    flip(disk, f"{FOLDER}/00000002.journal", 20)
    with pytest.raises(Damaged, match=r"00000002\.journal at byte") as damaged:
        known(disk)
    assert "bytes from there on" in damaged.value.hint


def flip(disk: DiskMount, path: str, index: int) -> None:
    content = bytearray(disk.read(path) or b"")
    content[index] ^= 0x40
    disk.replace(path, bytes(content))


def test_a_state_is_due_when_the_segment_is_long_and_after_every_failure() -> None:
    memory = MemoryDisk(lambda: 0.0)
    disk = mounted(memory)
    journal = Journal(disk, FOLDER)
    assert not journal.is_state_due
    while not journal.is_state_due:
        journal.append_all(state_of([1], padding=PIECE_BYTES_MAX // 2))
    assert journal.snapshot().bytes_written >= CHECKPOINT_BYTES
    journal.begin_segment(state_of([1]))
    assert not journal.is_state_due
    memory.is_full = True
    with pytest.raises(DiskFailed):
        journal.append(SweptRecord(2))
    assert journal.is_state_due
    memory.is_full = False
    journal.append(SweptRecord(2))
    assert journal.is_state_due, "the one before may be lost"
    journal.begin_segment(state_of([1, 2]))
    assert not journal.is_state_due
    journal.abandon()
    assert journal.is_state_due


def test_history_is_kept_up_to_a_bound_and_the_last_state_always() -> None:
    disk = mounted()
    journal = Journal(disk, FOLDER)
    for number in range(1, 11):
        journal.append(SweptRecord(number))
        journal.begin_segment(state_of(range(1, number + 1)))
    assert journal.prune() == 0
    sizes = [disk.size(path) for path in disk.listing(FOLDER)]
    assert journal.prune(history_bytes_max=sum(sizes[6:-1])) == 6
    assert len(disk.listing(FOLDER)) == 5
    assert known(disk) == list(range(1, 11))
    journal.prune(history_bytes_max=0)
    assert len(disk.listing(FOLDER)) == 1
    assert known(disk) == list(range(1, 11))


def test_a_process_that_wrote_no_state_removes_nothing() -> None:
    disk = mounted()
    Journal(disk, FOLDER).begin_segment(state_of([1]))
    journal = Journal(disk, FOLDER)
    journal.append(SweptRecord(2))
    assert journal.prune(history_bytes_max=0) == 0


class Survivors:
    """A disk after a death at each of its changes, and what was promised to be on it by then."""

    def __init__(self, deaths: list[tuple[Death, float]]) -> None:
        self.memory = MemoryDisk(lambda: 0.3)
        self.memory.on_change = self._die_here
        self.promised: list[int] = []
        """Sweeps whose sync was done."""
        self.written: list[int] = []
        self.checked = 0
        self._deaths = deaths

    def _die_here(self) -> None:
        for death, torn in self._deaths:
            survivor = self.memory.after(death, lambda torn=torn: torn)  # type: ignore[misc]  # bound now
            found = known(mounted(survivor))
            least = self.promised if death == "power" else self.written
            assert found[: len(least)] == least
            assert found == [*self.written, len(self.written) + 1][: len(found)]
            self.checked += 1


@given(
    st.lists(
        st.sampled_from(["record", "record", "state", "sync", "prune", "restart"]), max_size=30
    )
)
def test_d07_d08_a_death_at_any_change_of_the_disk_loses_nothing_that_was_promised(
    steps: list[str],
) -> None:
    deaths: list[tuple[Death, float]] = [("kill", 0.0), *(("power", t) for t in (0.0, 0.6))]
    watch = Survivors(deaths)
    kernel = Kernel()
    disk = watch.memory.mount(ProcessLoop(kernel, "p"))
    journal = Journal(disk, FOLDER)
    is_durable = False
    for step in steps:
        is_durable = is_durable and step == "prune"
        match step:
            case "record":
                journal.append(SweptRecord(len(watch.written) + 1))
                watch.written.append(len(watch.written) + 1)
            case "state":
                journal.begin_segment(state_of(watch.written, padding=50))
            case "sync" if journal.snapshot().segment:
                ticket = journal.request_sync()
                kernel.run(until_ns=kernel.now_ns + NS_PER_S)
                assert ticket.done
                watch.promised = list(watch.written)
                is_durable = True
            case "prune" if is_durable:
                journal.prune(history_bytes_max=0)
            case "restart":
                for ticket in (journal := Journal(disk, FOLDER)).settle():
                    kernel.run(until_ns=kernel.now_ns + NS_PER_S)
                    assert ticket.done
                watch.promised = list(watch.written)
            case _:
                pass
