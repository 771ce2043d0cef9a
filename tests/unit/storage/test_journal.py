"""The journal gives back what was written, whatever moment the writer died at."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import Damaged, DiskFailed, LimitReached
from hive.runtime.ports import AppendFile, Disk, DiskLock, SyncTicket
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import Kernel, ProcessLoop
from hive.storage.journal import RECORD_BYTES_MAX, Journal
from hive.storage.segments import PAGE_BYTES, read_records

SEGMENT = "journal/00000001.journal"


class Note(msgspec.Struct, frozen=True, tag="note"):
    text: str


class Amount(msgspec.Struct, frozen=True, tag="amount"):
    usd: Decimal


Record = Note | Amount


class Machine:
    """A disk that survives, and the processes that die on it."""

    def __init__(self, uniform: float = 0.0) -> None:
        self.kernel = Kernel()
        self.memory = MemoryDisk(lambda: uniform)
        self.loop = ProcessLoop(self.kernel, "first")
        self.disk: Disk = self.memory.mount(self.loop)

    def restarted(self) -> Disk:
        self.loop.kill()
        self.loop = ProcessLoop(self.kernel, "next")
        self.disk = self.memory.mount(self.loop)
        return self.disk


class FullFile:
    """An append file whose disk has room for so many bytes."""

    def __init__(self, file: AppendFile, disk: FullDisk) -> None:
        self._file = file
        self._disk = disk

    def append(self, data: bytes) -> None:
        fitting = data[: self._disk.room_bytes]
        self._disk.room_bytes -= len(fitting)
        self._file.append(fitting)
        if len(fitting) < len(data):
            raise OSError(28, "No space left on device")

    def request_sync(self) -> SyncTicket:
        return self._file.request_sync()

    def close(self) -> None:
        self._file.close()


class FullDisk:
    """A disk with little room; `room_bytes` may be raised."""

    def __init__(self, disk: Disk, room_bytes: int) -> None:
        self.disk = disk
        self.room_bytes = room_bytes

    def open_append(self, path: str) -> FullFile:
        return FullFile(self.disk.open_append(path), self)

    def read(self, path: str) -> bytes | None:
        return self.disk.read(path)

    def replace(self, path: str, data: bytes) -> None:
        self.disk.replace(path, data)

    def size(self, path: str) -> int:
        return self.disk.size(path)

    def remove(self, path: str) -> None:
        self.disk.remove(path)

    def lock(self, path: str) -> DiskLock:
        return self.disk.lock(path)

    def listing(self, folder: str) -> list[str]:
        return self.disk.listing(folder)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def notes(disk: Disk) -> list[str]:
    return [record.text for record in read_records(disk, "journal", Record)]


def written(disk: Disk, path: str = SEGMENT) -> bytes:
    content = disk.read(path)
    assert content is not None
    return content


def rewritten(disk: Disk, content: bytes) -> None:
    disk.replace(SEGMENT, content)


def test_records_come_back_as_they_went_in_and_in_order(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal")
    records: list[Record] = [Note("a"), Amount(Decimal("0.10")), Note("")]
    for record in records:
        journal.append(record)
    assert list(read_records(machine.disk, "journal", Record)) == records
    assert str(list(read_records(machine.disk, "journal", Record))[1].usd) == "0.10"


def test_an_empty_folder_reads_as_nothing(machine: Machine) -> None:
    Journal(machine.disk, "journal")
    assert notes(machine.disk) == []


def test_what_append_returned_for_survives_a_killed_process(machine: Machine) -> None:
    Journal(machine.disk, "journal").append(Note("intent"))
    machine.memory.die("kill")
    assert notes(machine.restarted()) == ["intent"]


def test_a_power_cut_takes_only_what_was_not_synced(machine: Machine) -> None:
    async def scene() -> None:
        journal = Journal(machine.disk, "journal")
        journal.append(Note("synced"))
        await journal.request_sync().wait()
        journal.append(Note("lost"))

    machine.kernel.run_until_done(machine.loop.start(scene()), limit_ns=10**12)
    machine.memory.die("power")
    assert notes(machine.restarted()) == ["synced"]


def test_every_start_begins_a_segment_behind_the_last(machine: Machine) -> None:
    for text in ("one", "two", "three"):
        Journal(machine.disk, "journal").append(Note(text))
    assert notes(machine.disk) == ["one", "two", "three"]
    assert len(machine.disk.listing("journal")) == 3


def test_segments_are_read_by_number_not_by_text(machine: Machine) -> None:
    Journal(machine.disk, "journal").append(Note("a"))
    content = written(machine.disk)
    machine.disk.replace("journal/99999999.journal", content[:-1])
    machine.disk.replace("journal/100000000.journal", content[:-2])
    torn: list[str] = []
    list(read_records(machine.disk, "journal", Record, on_torn=lambda path, _: torn.append(path)))
    assert torn == ["journal/99999999.journal", "journal/100000000.journal"]


def test_a_long_journal_rolls_over_into_segments(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal", segment_bytes_max=200)
    texts = [f"record {index}" for index in range(40)]
    for text in texts:
        journal.append(Note(text))
    paths = machine.disk.listing("journal")
    assert len(paths) > 5
    assert all(len(written(machine.disk, path)) <= 200 + 16 for path in paths)
    assert notes(machine.disk) == texts


def test_several_records_go_out_together(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal")
    journal.append_all([Note("a"), Note("b")])
    journal.append_all([])
    assert notes(machine.disk) == ["a", "b"]
    assert journal.snapshot().records == 2


def test_cut_at_every_byte_the_whole_records_before_the_cut_come_back(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal")
    ends = [0]
    for text in ("one", "two", "three"):
        journal.append(Note(text))
        ends.append(len(written(machine.disk)))
    content = written(machine.disk)
    for cut in range(len(content)):
        rewritten(machine.disk, content[:cut])
        whole = sum(1 for end in ends[1:] if end <= cut)
        assert notes(machine.disk) == ["one", "two", "three"][:whole], f"cut at {cut}"


def test_a_torn_end_is_told_and_the_next_segment_goes_on(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal")
    journal.append(Note("one"))
    journal.append(Note("two"))
    rewritten(machine.disk, written(machine.disk)[:-3])
    Journal(machine.disk, "journal").append(Note("three"))
    torn: list[tuple[str, int]] = []
    records = read_records(
        machine.disk, "journal", Record, on_torn=lambda path, size: torn.append((path, size))
    )
    assert [record.text for record in records] == ["one", "three"]
    assert [path for path, _ in torn] == [SEGMENT]
    assert torn[0][1] > 3


def test_zeros_behind_the_last_record_are_a_torn_end(machine: Machine) -> None:
    """A power cut can leave a file longer than what was written into it."""
    Journal(machine.disk, "journal").append(Note("one"))
    rewritten(machine.disk, written(machine.disk) + bytes(4_096))
    assert notes(machine.disk) == ["one"]


@given(
    st.lists(st.integers(0, 6_000), min_size=8, max_size=16),
    st.integers(0, 7),
    st.sets(st.integers(0, 24), max_size=6),
)
def test_pages_that_a_power_cut_lost_end_what_was_synced_or_a_little_later(
    sizes: list[int], synced: int, lost: set[int]
) -> None:
    """Whatever later pages are there; nothing that was synced goes, and nothing else comes back."""
    machine = Machine()
    journal = Journal(machine.disk, "journal")
    notes = [Note("x" * size) for size in sizes]
    for note in notes[:synced]:
        journal.append(note)
    safe = len(machine.memory.find(SEGMENT) or b"")
    for note in notes[synced:]:
        journal.append(note)
    content = bytearray(machine.memory.find(SEGMENT) or b"")
    for page in lost:
        start, end = max(safe, page * PAGE_BYTES), min((page + 1) * PAGE_BYTES, len(content))
        content[start:end] = bytes(max(0, end - start))
    machine.memory.replace(SEGMENT, bytes(content))
    found = list(read_records(machine.restarted(), "journal", Record))
    assert len(found) >= synced
    assert found == notes[: len(found)]


def test_any_flipped_bit_is_noticed_and_located(machine: Machine) -> None:
    """In the last record it passes for a torn end; before that it is damage, with its place."""
    journal = Journal(machine.disk, "journal")
    starts = [16]
    for text in ("one", "two", "three"):
        journal.append(Note(text))
        starts.append(len(written(machine.disk)))
    content = written(machine.disk)
    for index in range(len(content)):
        broken = bytearray(content)
        broken[index] ^= 0x10
        rewritten(machine.disk, bytes(broken))
        if index >= starts[2] + 12:  # inside the last record itself
            assert notes(machine.disk) == ["one", "two"]
            continue
        with pytest.raises(Damaged) as caught:
            notes(machine.disk)
        assert caught.value.path == SEGMENT
        place = max((start for start in starts if start <= index), default=0)
        assert caught.value.offset == place, f"bit flipped at {index}"


def test_a_record_of_a_kind_nobody_knows_is_named(machine: Machine) -> None:
    Journal(machine.disk, "journal").append(Amount(Decimal(1)))
    with pytest.raises(Damaged, match="a record nobody knows"):
        list(read_records(machine.disk, "journal", Note))


@pytest.mark.parametrize("content", [b"PK\x03\x04 an archive, by mistake", b"HIVEJRNLxxxxyyyy"])
def test_a_file_that_is_no_journal_is_named(machine: Machine, content: bytes) -> None:
    rewritten(machine.disk, content)
    with pytest.raises(Damaged, match=r"00000001\.journal at byte 0"):
        notes(machine.disk)


def test_a_stranger_among_the_segments_is_named(machine: Machine) -> None:
    machine.disk.replace("journal/old.journal", b"")
    with pytest.raises(Damaged, match="not a segment's name"):
        Journal(machine.disk, "journal")


def test_other_files_in_the_folder_are_left_alone(machine: Machine) -> None:
    machine.disk.replace("journal/notes.txt", b"hello")
    Journal(machine.disk, "journal").append(Note("one"))
    assert notes(machine.disk) == ["one"]


def test_a_record_too_large_is_refused_before_anything_is_written(machine: Machine) -> None:
    journal = Journal(machine.disk, "journal")
    with pytest.raises(LimitReached, match="record_bytes_max"):
        journal.append_all([Note("small"), Note("x" * RECORD_BYTES_MAX)])
    assert machine.disk.listing("journal") == []
    assert not journal.is_failed


def test_a_full_disk_is_a_state_and_ends_when_there_is_room(machine: Machine) -> None:
    disk = FullDisk(machine.disk, room_bytes=100)
    journal = Journal(disk, "journal")
    journal.append(Note("one"))
    with pytest.raises(DiskFailed, match="No space"):
        journal.append(Note("x" * 200))
    assert journal.is_failed
    with pytest.raises(DiskFailed):
        journal.append(Note("y"))
    disk.room_bytes = 1_000
    journal.append(Note("two"))
    assert not journal.is_failed
    assert journal.snapshot().failures == 2
    assert notes(machine.disk) == ["one", "two"], "the torn piece between them is cut off"


def test_a_disk_that_stays_full_does_not_fill_with_attempts(machine: Machine) -> None:
    disk = FullDisk(machine.disk, room_bytes=60)
    journal = Journal(disk, "journal")
    journal.append(Note("one"))
    for _ in range(50):
        with pytest.raises(DiskFailed):
            journal.append(Note("x" * 100))
    assert len(machine.disk.listing("journal")) <= 2


def test_syncing_before_anything_was_written_is_refused(machine: Machine) -> None:
    with pytest.raises(DiskFailed):
        Journal(machine.disk, "journal").request_sync()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 3)),
            st.tuples(st.just("room"), st.integers(0, 120)),
            st.tuples(st.just("restart"), st.just(0)),
        ),
        max_size=40,
    )
)
def test_whatever_fails_in_between_every_record_reported_written_comes_back(
    steps: list[tuple[str, int]],
) -> None:
    """And nothing else does, except a prefix of a batch that failed half-way."""
    disk = FullDisk(Machine().disk, room_bytes=200)
    journal = Journal(disk, "journal", segment_bytes_max=150)
    kept: list[str] = []
    doubtful: set[str] = set()
    for number, (verb, amount) in enumerate(steps):
        if verb == "room":
            disk.room_bytes += amount
        elif verb == "restart":
            journal = Journal(disk, "journal", segment_bytes_max=150)
        else:
            texts = [f"{number}.{index}" for index in range(amount)]
            try:
                journal.append_all([Note(text) for text in texts])
            except DiskFailed:
                doubtful.update(texts)
            else:
                kept += texts
    found = notes(disk)
    assert [text for text in found if text not in doubtful] == kept
