"""The journal: what we did, appended and never changed, read back at the next start.

    segment   = header, frame, frame, …          one file; a start and a failure begin a new one
    header    = "HIVEJRNL", version u32, CRC-32 of these
    frame     = length u32, CRC-32 of the record, CRC-32 of these two, record (msgpack, tagged)

A record is with the operating system when `append` returns, so it survives a killed process. Which
records there are is their owner's business: the journal is told the tagged union when it reads.

A process can die in the middle of a write, so any segment may end in a torn frame; that is expected
and cut off. A frame that is wrong with more behind it is not: that file is damaged, and the error
names the place. The length has a check of its own, else a flipped bit in it would pass for a torn
end and silently take everything behind it along.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar, overload
from zlib import crc32

import msgspec

from hive.domain.errors import Damaged, DiskFailed, LimitReached
from hive.runtime.ports import AppendFile, Disk, SyncTicket

T = TypeVar("T")

FORMAT_VERSION: Final = 1
RECORD_BYTES_MAX: Final = 1024 * 1024
SEGMENT_BYTES_MAX: Final = 64 * 1024 * 1024
"""Past it a new segment begins; also what reading back holds in memory at a time."""

SEGMENTS_UNSETTLED_MAX: Final = 2
"""How many of the last segments a process can leave unsynced: its last, and one just ended."""

SUFFIX: Final = ".journal"
_MAGIC: Final = b"HIVEJRNL"
_HEADER: Final = struct.Struct("<8sII")
_FRAME: Final = struct.Struct("<III")
_FRAME_CHECKED_BYTES: Final = 8


def _header() -> bytes:
    start = _MAGIC + struct.pack("<I", FORMAT_VERSION)
    return start + struct.pack("<I", crc32(start))


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
        self._number = max((_number_of(path) for path in _segments(disk, folder)), default=0) + 1
        self._file: AppendFile | None = None
        self._path = ""
        self._segment_bytes = 0
        self._is_spoiled = False
        self._records = 0
        self._bytes = 0
        self._failures = 0
        self._is_failed = False

    @property
    def is_failed(self) -> bool:
        """The last attempt to write failed; the next one that succeeds ends this."""
        return self._is_failed

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
            for path in _segments(self._disk, self._folder)[-SEGMENTS_UNSETTLED_MAX:]:
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
            self.close()

    def close(self) -> None:
        """End the segment. Idempotent."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
            self._number += 1

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
        length, check = len(payload), crc32(payload)
        return _FRAME.pack(length, check, crc32(struct.pack("<II", length, check))) + payload

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

    def _begin_segment(self) -> bytes:
        """Open the next file; its header goes out together with the first record."""
        if self._file is not None:
            self._file.request_sync()  # the last chance: a closed file is not synced any more
        self.close()
        self._path = f"{self._folder}/{self._number:08d}{SUFFIX}"
        if self._is_spoiled:
            # A segment without a whole record is emptied and used again: a disk that stays full
            # must not leave a file behind for each attempt.
            self._disk.replace(self._path, b"")
            self._is_spoiled = False
        self._file = self._disk.open_append(self._path)
        self._segment_bytes = 0
        return _header()

    def _spoil(self) -> None:
        """After a failure nothing may follow the torn piece in the same file."""
        self._is_failed = True
        self._failures += 1
        self._is_spoiled = self._segment_bytes == 0
        file, self._file = self._file, None
        if file is not None:
            file.close()
        if not self._is_spoiled:
            self._number += 1
        self._segment_bytes = 0


OnTorn = Callable[[str, int], None]
"""Hears the path of a segment and how many bytes of it were cut off as torn."""


@overload
def read_records(
    disk: Disk, folder: str, record_type: type[T], *, on_torn: OnTorn | None = None
) -> Iterator[T]: ...


@overload
def read_records(
    disk: Disk, folder: str, record_type: Any, *, on_torn: OnTorn | None = None
) -> Iterator[Any]: ...


def read_records(
    disk: Disk, folder: str, record_type: Any, *, on_torn: OnTorn | None = None
) -> Iterator[Any]:
    """Every whole record of every segment, oldest first.

    `record_type` is a tagged struct or a union of them.

    Raises:
        Damaged: a segment is wrong before its end, is not a journal, or holds a record that does
            not fit `record_type`.
    """
    decoder = msgspec.msgpack.Decoder(record_type)
    for path in _segments(disk, folder):
        content = disk.read(path) or b""
        end = _HEADER.size if _has_header(path, content) else 0
        for record in _whole_records(path, content):
            try:
                yield decoder.decode(record)
            except msgspec.DecodeError as error:
                raise Damaged(path, end, f"a record nobody knows: {error}") from error
            end += _FRAME.size + len(record)
        if on_torn is not None and end < len(content):
            on_torn(path, len(content) - end)


def _whole_records(path: str, content: bytes) -> Iterator[memoryview]:
    """The bytes of each record, up to where the segment ends, whole or torn."""
    if not _has_header(path, content):
        return
    offset = _HEADER.size
    while (record := _next_record(path, content, offset)) is not None:
        yield record
        offset += _FRAME.size + len(record)


def _has_header(path: str, content: bytes) -> bool:
    """Whether there is anything to read; a file that died at birth has not even a header."""
    if len(content) < _HEADER.size or not any(content):
        return False
    magic, version, check = _HEADER.unpack_from(content)
    if magic != _MAGIC or check != crc32(content[: _HEADER.size - 4]):
        raise Damaged(path, 0, "not a journal")
    if version != FORMAT_VERSION:
        raise Damaged(path, len(_MAGIC), f"format {version}", hint="it was written by another Hive")
    return True


def _next_record(path: str, content: bytes, offset: int) -> memoryview | None:
    """The record at `offset`; None where the segment ends, whole or torn."""
    if len(content) - offset < _FRAME.size:
        return None
    length, check, head_check = _FRAME.unpack_from(content, offset)
    if head_check != crc32(content[offset : offset + _FRAME_CHECKED_BYTES]):
        if not any(content[offset:]):
            return None  # a power cut can leave a file longer than what was written into it
        raise Damaged(path, offset, "the frame's head does not match its checksum")
    start = offset + _FRAME.size
    end = start + length
    if end > len(content):
        return None
    record = memoryview(content)[start:end]
    if crc32(record) != check:
        if end == len(content):
            return None
        raise Damaged(path, offset, "the record does not match its checksum")
    return record


def _segments(disk: Disk, folder: str) -> list[str]:
    """The journal's files, oldest first."""
    paths = [path for path in disk.listing(folder) if path.endswith(SUFFIX)]
    return sorted(paths, key=_number_of)


def _number_of(path: str) -> int:
    name = path.rpartition("/")[2].removesuffix(SUFFIX)
    if not name.isdigit():
        raise Damaged(path, 0, "not a segment's name")
    return int(name)
