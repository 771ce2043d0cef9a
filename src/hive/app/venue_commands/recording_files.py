"""Files with a market's past: Hive's recordings and the public archives, opened for playing.

    a file              a recording of Hive's (`localvenue.markets.recordings`)
    a folder            the archive's own layout (protocol.md 6), as far as it is there:
        market_data/{YYYYMMDD}/{H}/l2Book/{coin}       H from 0 to 23, not padded
        asset_ctxs/{YYYYMMDD}.csv
        node_trades | node_fills | node_raw_book_diffs / hourly/{YYYYMMDD}/{H}
    of the last three also what a node writes with `_by_block` or `_streaming` behind the name

Archive files may be plain, `.gz` or `.lz4`; for the last the package `lz4` must be installed. A
node's hours are those of its own clock, so an hour of blocks may lie in the files around it: each
hour is read from three files, and filtered by time. Book diffs build on each other and are read in
the order they were written; where there are books of the archive, those are used instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from hive.domain.errors import NotOffered
from hive.localvenue.markets import archive_lines
from hive.localvenue.markets.archive_diffs import DiffBooks
from hive.localvenue.markets.archive_lines import LineReader, TakerAt, days_since_epoch
from hive.localvenue.markets.feed_events import FeedEvent, Unreadable, in_order
from hive.localvenue.markets.recordings import Header, Lines, Recorded, played, unpacked

PIECE_BYTES: Final = 256 << 10
HOUR_MS: Final = 3_600_000
EVENTS_PER_HOUR_MAX: Final = 5_000_000
FILES_MAX: Final = 100_000
BY_BLOCK: Final = ("_by_block", "_streaming")
"""What a node adds to a folder's name when it writes blocks (protocol.md 6.3)."""
PLAIN: Final = ("",)


class Past(msgspec.Struct, frozen=True):
    """What can be played: the events in order, and the header if it is a recording of Hive's."""

    events: Iterator[Recorded]
    header: Header | None = None


def open_past(path: Path, *, taker_at: TakerAt = "first") -> Past:
    """Whatever lies at `path`.

    Raises:
        Unreadable: nothing there can be played.
        NotOffered: it is packed with lz4, and that package is not installed.
    """
    if path.is_file():
        header, events = played(_file_pieces(path))
        return Past(events, header)
    if not path.is_dir():
        raise Unreadable(f"there is nothing at {path}")
    archive = Archive(path, taker_at=taker_at)
    return Past(Recorded(event.ms, event) for event in archive.events())


class Archive:
    """A folder in the archive's layout."""

    def __init__(self, root: Path, *, taker_at: TakerAt) -> None:
        self._books = _by_hour(root, "market_data/*/*/l2Book/*", hour_at=-3)
        self._contexts = _days(root)
        self._trades = list(_trade_files(root, taker_at))
        self._diffs = [] if self._books else _diff_files(root)
        if not (self._books or self._diffs or self._trades):
            raise Unreadable(f"{root} has neither books nor trades of the archive")

    def events(self) -> Iterator[FeedEvent]:
        """Everything, by the venue's time; of one time, trades come before books."""
        streams = [self._book_events(), self._diff_events(), self._context_events()]
        streams.extend(self._trade_events(files, reader) for files, reader in self._trades)
        return merge(*streams, key=in_order)

    def _book_events(self) -> Iterator[FeedEvent]:
        for hour in sorted(self._books):
            streams = [_events(path, archive_lines.read_book) for path in self._books[hour]]
            yield from merge(*streams, key=in_order)

    def _diff_events(self) -> Iterator[FeedEvent]:
        books = DiffBooks()
        for path in self._diffs:
            yield from _events(path, books.read)

    def _context_events(self) -> Iterator[FeedEvent]:
        for path in self._contexts:
            yield from sorted(_events(path, archive_lines.context_reader()), key=in_order)

    @staticmethod
    def _trade_events(files: dict[int, list[Path]], reader: LineReader) -> Iterator[FeedEvent]:
        for hour in range(min(files), max(files) + 1):
            around = chain.from_iterable(files.get(hour + step, ()) for step in (-1, 0, 1))
            kept: list[FeedEvent] = []
            for path in around:
                kept.extend(event for event in _events(path, reader) if event.ms // HOUR_MS == hour)
                if len(kept) > EVENTS_PER_HOUR_MAX:
                    raise Unreadable(f"{path} and its neighbours hold too many events of one hour")
            yield from sorted(kept, key=in_order)


def _events(path: Path, reader: LineReader) -> Iterator[FeedEvent]:
    """A file's events. A last line without an end is read too: an archive's file is whole."""
    lines = Lines(archive_lines.LINE_BYTES_MAX)
    for piece in chain(_file_pieces(path), (b"\n",)):
        for line in lines.feed(piece):
            yield from reader(line)


def _file_pieces(path: Path) -> Iterator[bytes]:
    if path.suffix == ".lz4":
        return _lz4_pieces(path)
    return unpacked(_raw_pieces(path))


def _raw_pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from None


def _lz4_pieces(path: Path) -> Iterator[bytes]:
    try:
        frames = import_module("lz4.frame")
    except ImportError:
        raise NotOffered(
            f"{path.name} is packed with lz4, which is not installed",
            hint="install the package lz4, or unpack the files",
        ) from None
    with frames.open(path, "rb") as file:
        try:
            while piece := file.read(PIECE_BYTES):
                yield piece
        except (RuntimeError, EOFError, OSError) as error:
            raise Unreadable(f"{path} cannot be unpacked: {error}") from None


def _by_hour(root: Path, pattern: str, *, hour_at: int) -> dict[int, list[Path]]:
    """Files by the hour, counted from the epoch, that their names tell; day before hour."""
    found: dict[int, list[Path]] = {}
    for path in _listed(root, pattern):
        day, hour = path.parts[hour_at - 1], path.parts[hour_at].partition(".")[0]
        if _is_day(day) and hour.isdecimal() and int(hour) < 24:
            found.setdefault(_day_number(day) * 24 + int(hour), []).append(path)
    return found


def _trade_files(
    root: Path, taker_at: TakerAt
) -> Iterator[tuple[dict[int, list[Path]], LineReader]]:
    """Files by hour and their reader: of each hour only one kind, as all tell the same trades."""
    readers: tuple[tuple[tuple[str, ...], str, LineReader], ...] = (
        (BY_BLOCK, "node_fills", archive_lines.read_fill_block),
        (PLAIN, "node_fills", archive_lines.read_fill),
        (BY_BLOCK, "node_trades", archive_lines.trade_block_reader(taker_at)),
        (PLAIN, "node_trades", archive_lines.node_trade_reader(taker_at)),
    )
    known: dict[int, list[Path]] = {}
    for forms, name, reader in readers:
        for form in forms:
            found = _by_hour(root, f"{name}{form}/hourly/*/*", hour_at=-1)
            files = {hour: paths for hour, paths in found.items() if hour not in known}
            known |= files
            if files:
                yield files, reader


def _diff_files(root: Path) -> list[Path]:
    """One kind of them: all tell the same."""
    for form in (*BY_BLOCK, *PLAIN):
        files = _by_hour(root, f"node_raw_book_diffs{form}/hourly/*/*", hour_at=-1)
        if files:
            return [path for hour in sorted(files) for path in files[hour]]
    return []


def _days(root: Path) -> list[Path]:
    return [path for path in _listed(root, "asset_ctxs/*") if _is_day(path.name.partition(".")[0])]


def _listed(root: Path, pattern: str) -> list[Path]:
    paths = sorted(path for path in root.glob(pattern) if path.is_file())
    if len(paths) > FILES_MAX:
        raise Unreadable(f"{root} has more than {FILES_MAX} files")
    return paths


def _is_day(text: str) -> bool:
    return len(text) == 8 and text.isdecimal()


def _day_number(day: str) -> int:
    return days_since_epoch(int(day[:4]), int(day[4:6]), int(day[6:]))
