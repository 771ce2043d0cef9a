"""`hive venue record`: a venue's public streams into a file that `hive venue serve --replay` plays.

The file is written as it comes and flushed each second, so a recorder that is killed loses that
second. It ends with Ctrl-C, after `for_ms`, or when the file has its largest size.
"""

from __future__ import annotations

import asyncio
import signal
from io import BufferedWriter
from pathlib import Path
from typing import Final

import msgspec

from hive.app.venue_commands.feed import LiveFeed, coins_of_universe
from hive.domain.errors import Busy, DiskFailed
from hive.localvenue.markets.feed_events import FeedEvent, FeedGap
from hive.localvenue.markets.recordings import (
    FORMAT_VERSION,
    Header,
    Packer,
    event_line,
    header_line,
)
from hive.runtime.clock import SystemClock
from hive.runtime.net_live import LiveNet
from hive.runtime.ports import Clock
from hive.runtime.rng import SystemRng

FLUSH_S: Final = 1.0
FILE_BYTES_MAX: Final = 16 << 30


class RecordOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to record. `for_ms` None means until it is stopped."""

    url: str
    path: Path
    names: tuple[str, ...] = ()
    count: int | None = None
    for_ms: int | None = None


class RecordReport(msgspec.Struct, frozen=True):
    """What was recorded."""

    coins: int
    events: int
    gaps: int
    file_bytes: int


class RecordingFile:
    """Lines into a packed file; `is_full` when it has its largest size.

    Raises:
        Busy: the file exists.
        DiskFailed: it cannot be written.
    """

    def __init__(self, path: Path, header: Header, clock: Clock) -> None:
        self._file = _created(path)
        self._clock = clock
        self._packer = Packer()
        self.events = 0
        self.gaps = 0
        self.file_bytes = 0
        self._failure: DiskFailed | None = None
        self._write(self._packer.pack(header_line(header)) + self._packer.flush())

    @property
    def is_full(self) -> bool:
        return self.file_bytes >= FILE_BYTES_MAX

    def add(self, event: FeedEvent) -> None:
        """Write an event. A failure is told by the next `flush`: a feed has no use for it."""
        if self.is_full or self._failure is not None:
            return
        self.events += 1
        self.gaps += isinstance(event, FeedGap)
        try:
            self._write(self._packer.pack(event_line(event, self._clock.now_ms())))
        except DiskFailed as error:
            self._failure = error

    def flush(self) -> None:
        """Make everything so far readable, whatever becomes of us.

        Raises:
            DiskFailed: it, or something before it, could not be written.
        """
        if self._failure is not None:
            raise self._failure
        self._write(self._packer.flush())
        self._file.flush()

    def close(self) -> None:
        self._write(self._packer.end())
        self._file.close()

    def _write(self, packed: bytes) -> None:
        try:
            self._file.write(packed)
        except OSError as error:
            raise DiskFailed(f"the recording cannot be written: {error.strerror}") from None
        self.file_bytes += len(packed)


async def record(options: RecordOptions) -> RecordReport:
    """Record until SIGINT, SIGTERM, the time or the file is up.

    Raises:
        LinkError: the venue cannot be reached.
        UnknownCoin: a coin that is wanted is none of its perps.
        Busy: the file exists.
        DiskFailed: it cannot be written.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if options.for_ms is not None:
        loop.call_later(options.for_ms / 1000, stopped.set)
    clock, net = SystemClock(), LiveNet()
    feed = LiveFeed(net, clock, SystemRng(), url=options.url)
    try:
        universe = await feed.universe()
        coins = coins_of_universe(universe, names=options.names, count=options.count)
        header = Header(
            version=FORMAT_VERSION,
            url=options.url,
            started_ms=clock.now_ms(),
            coins=tuple(coins),
            universe=universe,
        )
        file = RecordingFile(options.path, header, clock)
        await feed.start(coins, file.add)
        try:
            await _until(stopped, file)
        finally:
            await feed.aclose()
            file.close()
    finally:
        await net.aclose()
    return RecordReport(len(coins), file.events, file.gaps, file.file_bytes)


async def _until(stopped: asyncio.Event, file: RecordingFile) -> None:
    """Flush again and again until it is time to stop."""
    while not stopped.is_set() and not file.is_full:
        await asyncio.sleep(FLUSH_S)
        file.flush()


def _created(path: Path) -> BufferedWriter:
    try:
        return path.open("xb")
    except FileExistsError:
        raise Busy(f"{path} exists already", hint="name another file with --out") from None
    except OSError as error:
        raise DiskFailed(f"{path} cannot be written: {error.strerror}") from None
