"""Signs of life: what trader and guardian say of themselves, ten times a second, in a small file.

A beat is told by its number, which grows; so neither clocks nor the times of files are compared.
The file has one length always: it is written in place, which a full disk allows.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

TRADER_BEAT: Final = "trader.beat"
GUARDIAN_BEAT: Final = "guardian.beat"
BEAT_BYTES: Final = 256
BEAT_EVERY_MS: Final = 100

State = Literal["starting", "trading", "watching", "acting", "stopped"]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One sign of life."""

    pid: int
    number: int
    state: State
    obeyed: int = 0
    """The sequence number of the switches that are obeyed."""
    orders: int = 0
    """Of the trader: own orders that are open or may be. Of the guardian: what it last saw."""


def encode_beat(beat: Beat) -> bytes:
    """The file's content."""
    text = msgspec.json.encode(beat)
    assert len(text) <= BEAT_BYTES
    return text.ljust(BEAT_BYTES)


def decode_beat(content: bytes | None) -> Beat | None:
    """The beat in a file; None if there is none, or a torn one: the next is near."""
    try:
        return None if content is None else msgspec.json.decode(content, type=Beat)
    except msgspec.DecodeError:
        return None
