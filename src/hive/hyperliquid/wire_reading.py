"""Bytes of the venue's to wire structs: total, and every failure is a `BadFrame`."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from hive.domain.errors import BadFrame

Frame = bytes | bytearray | memoryview
"""JSON as it came; a view may be into a buffer that is reused afterwards."""

EXCERPT_BYTES: Final = 120

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""All that decoding hostile bytes can raise: ValueError covers broken UTF-8 and endless digits."""

T = TypeVar("T")


def read(decoder: msgspec.json.Decoder[T], frame: Frame) -> T:
    """What the frame holds.

    Raises:
        BadFrame: it is not JSON, or not of this shape.
    """
    try:
        return decoder.decode(frame)
    except UNREADABLE as error:
        raise bad_frame(error, frame) from None


def bad_frame(error: Exception, frame: Frame) -> BadFrame:
    """The refusal of a frame, with how it begins."""
    start = bytes(frame[:EXCERPT_BYTES])
    return BadFrame(f"{error} in {start!r} ({len(frame)} bytes)")
