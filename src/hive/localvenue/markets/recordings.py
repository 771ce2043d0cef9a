"""Hive's own recordings: what a venue told, line by line, to be played again.

    {"hive":"recording","version":1,"url":…,"started_ms":…,"coins":[…],"universe":[meta,contexts,dexes]}
    [came_ms,["b","BTC",ms,[[px,size],…],[[px,size],…],20]]      a book, best first
    [came_ms,["q","BTC",ms,[px,size],[px,size]]]                 best bid and ask
    [came_ms,["t","BTC",ms,"B",px,size,tid,buyer,seller]]        a trade
    [came_ms,["c","BTC",ms,mark,oracle]]                         a context
    [came_ms,["g","BTC",ms,"why"]]                               nothing is known from here on

Numbers are text, so nothing is rounded; `came_ms` is when it reached us, `ms` the venue's clock.
The lines are gzipped, and flushed each second: a recorder that is killed loses that second, and the
torn end of its file is no fault. `universe` is the venue's answer to `metaAndAssetCtxs`, and behind
it, if there are any, its builder dexes, so that a recording needs nothing else to be played.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from hive.localvenue.markets.feed_events import FeedEvent, Unreadable

FORMAT_VERSION: Final = 1
HEADER_BYTES_MAX: Final = 4 << 20
"""The universe of a dex is up to 100 kB."""
LINE_BYTES_MAX: Final = 64 << 10
COINS_MAX: Final = 2_000
PIECE_BYTES_MAX: Final = 1 << 20
"""What is unpacked at once, however well it was packed."""
_GZIP: Final = 16 + zlib.MAX_WBITS
_MAGIC: Final = b"\x1f\x8b"


class BuilderDex(msgspec.Struct, frozen=True):
    """A builder dex: its row of `perpDexs` and its answer to `metaAndAssetCtxs`, as they came."""

    dex: msgspec.Raw
    meta: msgspec.Raw
    contexts: msgspec.Raw


class Universe(msgspec.Struct, frozen=True, array_like=True):
    """The answer to `metaAndAssetCtxs`, as it came; and behind it the builder dexes by index."""

    meta: msgspec.Raw
    contexts: msgspec.Raw
    dexes: tuple[BuilderDex, ...] = ()


class Header(msgspec.Struct, frozen=True, kw_only=True, tag_field="hive", tag="recording"):
    """The first line."""

    version: int
    url: str
    started_ms: int
    coins: tuple[str, ...]
    universe: Universe


class Recorded(msgspec.Struct, frozen=True, array_like=True):
    """A line behind the header."""

    came_ms: int
    event: FeedEvent


_header: Final = msgspec.json.Decoder(Header)
_recorded: Final = msgspec.json.Decoder(Recorded)


def header_line(header: Header) -> bytes:
    return msgspec.json.encode(header) + b"\n"


def event_line(event: FeedEvent, came_ms: int) -> bytes:
    return msgspec.json.encode(Recorded(came_ms, event)) + b"\n"


def read_header(line: bytes) -> Header:
    """The first line.

    Raises:
        Unreadable: it is none, or of a version that is not known here.
    """
    try:
        header = _header.decode(line)
    except msgspec.DecodeError as error:
        raise Unreadable(f"this is no recording of Hive's: {error}") from None
    if header.version != FORMAT_VERSION:
        raise Unreadable(
            f"the recording has version {header.version}, this Hive reads {FORMAT_VERSION}"
        )
    if len(header.coins) > COINS_MAX:
        raise Unreadable(f"the recording names {len(header.coins)} coins, {COINS_MAX} are allowed")
    return header


def read_event(line: bytes) -> Recorded:
    """A line behind the header.

    Raises:
        Unreadable: it is none.
    """
    try:
        return _recorded.decode(line)
    except msgspec.DecodeError as error:
        raise Unreadable(f"the recording has a line that is none: {error}") from None


class Lines:
    """Whole lines out of pieces. A last one without an end is torn, and left out."""

    def __init__(self, line_bytes_max: int) -> None:
        self.line_bytes_max = line_bytes_max
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that a piece completes.

        Raises:
            Unreadable: a line is longer than is allowed.
        """
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if max(len(self._rest), *map(len, whole), 0) > self.line_bytes_max:
            raise Unreadable(f"a line is longer than {self.line_bytes_max} bytes")
        return [line for line in whole if line]


def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The plain text of pieces that may be gzipped; it ends where a torn file ends.

    Raises:
        Unreadable: it is gzipped and broken in its middle.
    """
    first = next(pieces, b"")
    while len(first) < len(_MAGIC) and (more := next(pieces, b"")):
        first += more
    if not first.startswith(_MAGIC):
        yield first
        yield from pieces
        return
    unpacker = zlib.decompressobj(_GZIP)
    piece: bytes | None = first
    while piece:
        try:
            yield unpacker.decompress(piece, PIECE_BYTES_MAX)
        except zlib.error as error:
            raise Unreadable(f"the recording cannot be unpacked: {error}") from None
        piece = unpacker.unconsumed_tail or next(pieces, None)


class Packer:
    """Gzips lines, so that what was flushed can be read even if nothing follows."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(wbits=_GZIP)

    def pack(self, lines: bytes) -> bytes:
        """What is to be written for these lines; what is held back comes with `flush`."""
        return self._packer.compress(lines)

    def flush(self) -> bytes:
        return self._packer.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """The end of the file."""
        return self._packer.flush(zlib.Z_FINISH)


def played(pieces: Iterator[bytes]) -> tuple[Header, Iterator[Recorded]]:
    """A recording from the pieces of its file: the header, and then event by event.

    Raises:
        Unreadable: as `read_header`; and while events are read, as `read_event`.
    """
    lines = _lines(unpacked(pieces))
    return read_header(next(lines, b"")), map(read_event, lines)


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    lines = Lines(HEADER_BYTES_MAX)
    for piece in pieces:
        for line in lines.feed(piece):
            yield line
            lines.line_bytes_max = LINE_BYTES_MAX
