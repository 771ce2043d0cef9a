"""Where reading a journal begins: at the last state that is whole.

A state is written as any record is, so a death in the middle of it leaves a torn one at the end of
its segment, behind which nothing stands. Then the state before it counts, with all records since.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hive.runtime.ports import Disk
from hive.storage.records import Record, StateRecord
from hive.storage.segments import OnTorn, records_of, segments

PIECE_BYTES_MAX: Final = 512 * 1024
"""Of a state; a record must not be longer than the journal allows."""


def pieces_of(state: bytes) -> list[StateRecord]:
    """The records that carry an encoded state."""
    starts = range(0, max(1, len(state)), PIECE_BYTES_MAX)
    return [
        StateRecord(left=left, piece=state[start : start + PIECE_BYTES_MAX])
        for start, left in zip(starts, reversed(range(len(starts))), strict=True)
    ]


def read_since_state(disk: Disk, folder: str, *, on_torn: OnTorn | None = None) -> Iterator[Record]:
    """The last whole state, and every record after it; every record if there is no state.

    Raises:
        Damaged: a segment that is needed is wrong before its end; what stands behind is not read.
    """
    needed: list[str] = []
    for path in reversed(segments(disk, folder)):
        needed.append(path)
        if _begins_with_state(disk, path):
            break
    for path in reversed(needed):
        yield from _without_torn_state(records_of(disk, path, Record, on_torn=on_torn))


def _begins_with_state(disk: Disk, path: str) -> bool:
    for record in records_of(disk, path, Record):
        if not isinstance(record, StateRecord):
            return False
        if record.left == 0:
            return True
    return False


def _without_torn_state(records: Iterator[Any]) -> Iterator[Record]:
    pieces: list[StateRecord] = []
    for record in records:
        if isinstance(record, StateRecord) and record.left:
            pieces.append(record)
            continue
        yield from pieces
        pieces.clear()
        yield record
