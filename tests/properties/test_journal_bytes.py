"""Any bytes at all in a journal's file are read, cut off as torn, or named as damage."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hive.domain.errors import Damaged
from hive.simulation.disk import DiskMount, MemoryDisk
from hive.simulation.virtual_time import Kernel, ProcessLoop
from hive.storage.journal import Journal
from hive.storage.segments import read_records

PATH = "journal/00000001.journal"


class Note(msgspec.Struct, frozen=True, tag="note"):
    text: str


def fresh_disk() -> DiskMount:
    return MemoryDisk(lambda: 0.0).mount(ProcessLoop(Kernel(), "p"))


def journal_of(texts: list[str]) -> bytes:
    disk = fresh_disk()
    journal = Journal(disk, "journal")
    for text in texts:
        journal.append(Note(text))
    return disk.read(PATH) or b""


def outcome(content: bytes) -> list[str] | None:
    """The records read; None if damage was named."""
    disk = fresh_disk()
    disk.replace(PATH, content)
    try:
        return [note.text for note in read_records(disk, "journal", Note)]
    except Damaged as error:
        damage = error
    assert damage.path == PATH
    assert 0 <= damage.offset <= len(content)
    return None


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail_otherwise(content: bytes) -> None:
    outcome(content)
    outcome(journal_of(["a"]) + content)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.data())
def test_no_change_of_the_bytes_changes_a_record_unnoticed(
    texts: list[str], data: st.DataObject
) -> None:
    """What is read is a beginning of what was written, or nothing."""
    content = bytearray(journal_of(texts))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read = outcome(bytes(content))
    assert read is None or read == texts[: len(read)]
