"""A recording plays what was recorded, wherever its file was cut, and says when it is none."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from hive.domain.market import Side
from hive.localvenue.markets.feed_events import (
    FeedBook,
    FeedContext,
    FeedEvent,
    FeedGap,
    FeedTop,
    FeedTrade,
    Unreadable,
)
from hive.localvenue.markets.recordings import (
    COINS_MAX,
    FORMAT_VERSION,
    LINE_BYTES_MAX,
    PIECE_BYTES_MAX,
    Header,
    Packer,
    Recorded,
    Universe,
    event_line,
    header_line,
    played,
    read_header,
)

UNIVERSE = Universe(msgspec.Raw(b'{"universe":[]}'), msgspec.Raw(b"[]"))
HEADER = Header(
    version=FORMAT_VERSION, url="http://there", started_ms=5, coins=("BTC",), universe=UNIVERSE
)
PX, SIZE = Decimal("86588.5"), Decimal("0.00010")
EVENTS: tuple[FeedEvent, ...] = (
    FeedBook("BTC", 10, ((PX, SIZE),), (), 5),
    FeedTop("BTC", 11, (PX, SIZE), None),
    FeedTrade("BTC", 12, Side.SELL, PX, SIZE, 7),
    FeedContext("BTC", 13, PX, PX),
    FeedGap("BTC", 14, "the socket was lost"),
)


def text() -> bytes:
    lines = [event_line(event, 100 + number) for number, event in enumerate(EVENTS)]
    return header_line(HEADER) + b"".join(lines)


def packed(plain: bytes) -> bytes:
    packer = Packer()
    return packer.pack(plain) + packer.end()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("is_packed", [True, False])
def test_what_was_recorded_is_played_to_the_digit(size: int, is_packed: bool) -> None:
    data = packed(text()) if is_packed else text()
    header, events = played(pieces(data, size))
    assert (header.url, header.coins, bytes(header.universe.meta)) == (
        "http://there",
        ("BTC",),
        b'{"universe":[]}',
    )
    assert list(events) == [Recorded(100 + number, event) for number, event in enumerate(EVENTS)]


def test_a_recording_that_was_cut_anywhere_plays_what_was_flushed() -> None:
    packer = Packer()
    flushed = packer.pack(text()) + packer.flush()
    torn = flushed + packer.pack(event_line(EVENTS[0], 999)) + packer.end()
    for end in range(len(flushed), len(torn)):
        _, events = played(pieces(torn[:end], 64))
        assert len(list(events)) >= len(EVENTS)


def test_a_line_without_its_end_is_left_out() -> None:
    _, events = played(iter((text()[:-5],)))
    assert len(list(events)) == len(EVENTS) - 1


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"", "no recording"),
        (b'{"hive":"journal"}', "no recording"),
        (b"\xff", "no recording"),
        (header_line(msgspec.structs.replace(HEADER, version=9)), "version 9"),
        (
            header_line(msgspec.structs.replace(HEADER, coins=("A",) * (COINS_MAX + 1))),
            "are allowed",
        ),
    ],
)
def test_what_is_no_recording_is_refused(line: bytes, complaint: str) -> None:
    with pytest.raises(Unreadable, match=complaint):
        read_header(line)


@pytest.mark.parametrize(
    "line", [b"{}\n", b'[1,["z","BTC"]]\n', b"x" * (LINE_BYTES_MAX + 1) + b"\n"]
)
def test_a_bad_line_is_named(line: bytes) -> None:
    _, events = played(iter((header_line(HEADER), line)))
    with pytest.raises(Unreadable):
        list(events)


def test_a_broken_packing_is_named_and_a_bomb_is_unpacked_piece_by_piece() -> None:
    data = packed(text() * 50)
    broken = data[:40] + bytes(20) + data[60:]
    with pytest.raises(Unreadable):
        list(played(iter((broken,)))[1])
    bomb = packed(header_line(HEADER) + b"x" * (PIECE_BYTES_MAX * 40))
    _, events = played(iter((bomb,)))
    with pytest.raises(Unreadable, match="longer than"):
        list(events)
