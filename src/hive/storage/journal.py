"""The journal: what we did, appended and never changed, read back at the next start.

A record is with the operating system when `append` returns, so it survives a killed process. Which
records there are is their owner's business.

    segment 1        segment 2             segment 3
    record …         state, record …       state, record …       read back from the last whole state

A journal must neither grow for ever nor make starts slow. So its owner begins a new segment with
his whole state now and then (`begin_segment`): reading begins there. What is older is history; it
is kept up to a bound (`prune`), and nothing needs it but people.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from hive.domain.errors import DiskFailed, LimitReached
from hive.runtime.ports import AppendFile, Disk, SyncTicket
from hive.storage.segments import SUFFIX, framed, header, number_of, segments

RECORD_BYTES_MAX: Final = 1024 * 1024
CHECKPOINT_BYTES: Final = 16 * 1024 * 1024
"""Past it a state is due: reading so much back takes less than a second."""
SEGMENT_BYTES_MAX: Final = 64 * 1024 * 1024
"""Past it a new segment begins even without one; also what reading back holds in memory at a time.
"""
HISTORY_BYTES_MAX: Final = 1024 * 1024 * 1024
"""So much of what is older than the last state is kept."""

SEGMENTS_UNSETTLED_MAX: Final = 2
"""How many of the last segments a process can leave unsynced: its last, and one just ended."""


class JournalSnapshot(msgspec.Struct, frozen=True):
    """What was written since the process began."""

    segment: str
    """The file being written; empty before the first record."""
    records: int
    bytes_written: int
    failures: int
    is_failed: bool


class Journal:
    """Appends records to segments below one folder. One writer per folder."""

    def __init__(
        self, disk: Disk, folder: str, *, segment_bytes_max: int = SEGMENT_BYTES_MAX
    ) -> None:
        """Begins behind the segments that are there; touches the disk at the first record."""
        self._disk = disk
        self._folder = folder
        self._segment_bytes_max = segment_bytes_max
        self._encoder = msgspec.msgpack.Encoder()
        self._number = max((number_of(path) for path in segments(disk, folder)), default=0) + 1
        self._file: AppendFile | None = None
        self._path = ""
        self._segment_bytes = 0
        self._is_spoiled = False
        self._has_gap = False
        self._state_number: int | None = None
        self._records = 0
        self._bytes = 0
        self._failures = 0
        self._is_failed = False

    @property
    def is_failed(self) -> bool:
        """The last attempt to write failed; the next one that succeeds ends this."""
        return self._is_failed

    @property
    def is_state_due(self) -> bool:
        """The segment is long, or what stands before it may be lost: begin one with a state."""
        return self._has_gap or self._segment_bytes >= CHECKPOINT_BYTES

    def settle(self) -> list[SyncTicket]:
        """Ask that what earlier processes wrote become durable.

        To be waited for before anything that builds on it is written: a killed process leaves bytes
        that only the operating system has, and a power cut could take them and spare a later
        segment that counts on them.

        Raises:
            DiskFailed: the disk does not even take the question.
        """
        tickets: list[SyncTicket] = []
        try:
            for path in segments(self._disk, self._folder)[-SEGMENTS_UNSETTLED_MAX:]:
                file = self._disk.open_append(path)
                tickets.append(file.request_sync())
                file.close()
        except OSError as error:
            raise DiskFailed(f"the journal {self._folder} cannot be synced: {error}") from error
        return tickets

    def append(self, record: msgspec.Struct) -> None:
        """Hand a record to the operating system.

        Raises:
            LimitReached: the record is larger than `RECORD_BYTES_MAX`.
            DiskFailed: it is not written. A later append tries a fresh segment.
        """
        self._write(self._framed(record), 1)

    def append_all(self, records: Iterable[msgspec.Struct]) -> None:
        """Hand several records over in one write; all of them or, after a crash, the first few.

        Raises:
            LimitReached: a record is too large; none is written.
            DiskFailed: as for `append`; how many were written is told by reading back.
        """
        frames = [self._framed(record) for record in records]
        if frames:
            self._write(b"".join(frames), len(frames))

    def begin_segment(self, state: Iterable[msgspec.Struct]) -> None:
        """Begin a segment with a state, which says everything that the records before it do.

        It counts once all of it is there; until then, reading begins where it did before.

        Raises:
            LimitReached: a record of it is too large; nothing is written.
            DiskFailed: it is not written.
        """
        frames = [self._framed(record) for record in state]
        self._end_segment()
        number = self._number
        self._write(b"".join(frames), len(frames))
        self._has_gap = False
        self._state_number = number

    def prune(self, history_bytes_max: int = HISTORY_BYTES_MAX) -> int:
        """Remove the oldest of what stands before the last state of this process; how many files.

        To be called when that state is durable. At most `history_bytes_max` are kept.

        Raises:
            OSError: the disk does not let go of one.
        """
        if self._state_number is None:
            return 0
        paths = segments(self._disk, self._folder)
        history = [path for path in paths if number_of(path) < self._state_number]
        kept_bytes, removed = 0, 0
        for path in reversed(history):
            kept_bytes += self._disk.size(path)
            if kept_bytes > history_bytes_max:
                self._disk.remove(path)
                removed += 1
        return removed

    def request_sync(self) -> SyncTicket:
        """Ask that all that was appended become durable.

        Raises:
            DiskFailed: there is no segment to sync.
        """
        if self._file is None:
            raise DiskFailed(f"{self._folder}: nothing is open to be synced")
        return self._file.request_sync()

    def abandon(self) -> None:
        """Trust the segment no more, for a sync of it failed: what comes next begins another."""
        if self._file is not None:
            self._failures += 1
            self._has_gap = True
            self.close()

    def close(self) -> None:
        """End the segment. Idempotent."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
            self._number += 1
            self._segment_bytes = 0

    def snapshot(self) -> JournalSnapshot:
        """Counts so far."""
        return JournalSnapshot(
            segment=self._path,
            records=self._records,
            bytes_written=self._bytes,
            failures=self._failures,
            is_failed=self._is_failed,
        )

    def _framed(self, record: msgspec.Struct) -> bytes:
        payload = self._encoder.encode(record)
        if len(payload) > RECORD_BYTES_MAX:
            raise LimitReached(
                "record_bytes_max", f"{type(record).__name__} of {len(payload)} bytes"
            )
        return framed(payload)

    def _write(self, data: bytes, records: int) -> None:
        try:
            if self._file is None or self._segment_bytes + len(data) > self._segment_bytes_max:
                data = self._begin_segment() + data
            assert self._file is not None
            self._file.append(data)
        except OSError as error:
            self._spoil()
            raise DiskFailed(
                f"the journal {self._path or self._folder} takes nothing more: {error}",
                hint="free the disk; nothing is placed while intents cannot be written",
            ) from error
        self._is_failed = False
        self._segment_bytes += len(data)
        self._bytes += len(data)
        self._records += records

    def _end_segment(self) -> None:
        if self._file is not None:
            self._file.request_sync()  # the last chance: a closed file is not synced any more
        self.close()

    def _begin_segment(self) -> bytes:
        """Open the next file; its header goes out together with the first record."""
        self._end_segment()
        self._path = f"{self._folder}/{self._number:08d}{SUFFIX}"
        if self._is_spoiled:
            # A segment without a whole record is begun anew: a disk that stays full must not leave
            # a file behind for each attempt.
            self._disk.remove(self._path)
            self._is_spoiled = False
        self._file = self._disk.open_append(self._path)
        self._segment_bytes = 0
        return header()

    def _spoil(self) -> None:
        """After a failure nothing may follow the torn piece in the same file."""
        self._is_failed = self._has_gap = True
        self._failures += 1
        self._is_spoiled = self._segment_bytes == 0
        file, self._file = self._file, None
        if file is not None:
            file.close()
        if not self._is_spoiled:
            self._number += 1
        self._segment_bytes = 0
