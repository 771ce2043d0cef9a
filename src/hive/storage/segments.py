"""A journal's files, and what stands in them.

    segment   = header, frame, frame, …    one file; a start, a failure, a state begins one
    header    = "HIVEJRNL", version u32, CRC-32 of these
    frame     = length u32, CRC-32 of the record, CRC-32 of these two, record (msgpack, tagged)

A process can die in the middle of a write, so any segment may end in a torn frame; that is expected
and cut off. A frame that is wrong with more behind it is not: that file is damaged, and the error
names the place. The length has a check of its own, else a flipped bit in it would pass for a torn
end and silently take everything behind it along.

A power cut can leave a later page and not an earlier one, which then is zeros from where the last
sync ended. Nothing else leaves a page so; a segment ends where one does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar, overload
from zlib import crc32

import msgspec

from hive.domain.errors import Damaged
from hive.runtime.ports import Disk

T = TypeVar("T")

FORMAT_VERSION: Final = 1
PAGE_BYTES: Final = 4_096
"""What a disk writes at once, at least."""
SUFFIX: Final = ".journal"
_MAGIC: Final = b"HIVEJRNL"
_HEADER: Final = struct.Struct("<8sII")
_FRAME: Final = struct.Struct("<III")
_FRAME_CHECKED_BYTES: Final = 8


def header() -> bytes:
    """How a segment begins."""
    start = _MAGIC + struct.pack("<I", FORMAT_VERSION)
    return start + struct.pack("<I", crc32(start))


def framed(payload: bytes) -> bytes:
    """A record as it stands in a segment."""
    length, check = len(payload), crc32(payload)
    return _FRAME.pack(length, check, crc32(struct.pack("<II", length, check))) + payload


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
    for path in segments(disk, folder):
        yield from records_of(disk, path, record_type, on_torn=on_torn)


def records_of(
    disk: Disk, path: str, record_type: Any, *, on_torn: OnTorn | None = None
) -> Iterator[Any]:
    """Every whole record of one segment.

    Raises:
        Damaged: as for `read_records`.
    """
    decoder = msgspec.msgpack.Decoder(record_type)
    content = disk.read(path) or b""
    end = _HEADER.size if _has_header(path, content) else 0
    for record in _whole_records(path, content):
        try:
            yield decoder.decode(record)
        except msgspec.DecodeError as error:
            raise _damaged(path, end, f"a record nobody knows: {error}", content) from error
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
    if len(content) < _HEADER.size or not any(content[:PAGE_BYTES]):
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
        if _is_unwritten(content, offset, offset + _FRAME.size):
            return None
        raise _damaged(path, offset, "the frame's head does not match its checksum", content)
    start = offset + _FRAME.size
    end = start + length
    if end > len(content):
        return None
    record = memoryview(content)[start:end]
    if crc32(record) != check:
        if end == len(content) or _is_unwritten(content, offset, end):
            return None
        raise _damaged(path, offset, "the record does not match its checksum", content)
    return record


def _is_unwritten(content: bytes, start: int, end: int) -> bool:
    """Whether a page of it never reached the platter; `start` may lie in one that was synced."""
    while start < end:
        page_end = start - start % PAGE_BYTES + PAGE_BYTES
        if not any(content[start:page_end]):
            return True
        start = page_end
    return False


def _damaged(path: str, offset: int, message: str, content: bytes) -> Damaged:
    """Damage, with what is lost if somebody goes on without it, and how."""
    lost = len(content) - offset
    hint = (
        f"what stands before is whole, the {lost} bytes from there on are not; move the file away "
        "to go on without it: orders and fills that it told of are then asked of the venue"
    )
    return Damaged(path, offset, message, hint=hint)


def segments(disk: Disk, folder: str) -> list[str]:
    """The journal's files, oldest first."""
    paths = [path for path in disk.listing(folder) if path.endswith(SUFFIX)]
    return sorted(paths, key=number_of)


def number_of(path: str) -> int:
    """Which segment this is.

    Raises:
        Damaged: it is none.
    """
    name = path.rpartition("/")[2].removesuffix(SUFFIX)
    if not name.isdigit():
        raise Damaged(path, 0, "not a segment's name")
    return int(name)
