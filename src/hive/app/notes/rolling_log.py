"""A log that does not grow for ever: the file that is written, and the one before it.

hive.jsonl      ──full──▶  hive.jsonl.1, in place of the one that was there
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import SyncTicket

LOG_BYTES_MAX: Final = 67_108_864
"""After which a log is rolled; twice as much is kept at most."""
EARLIER: Final = ".1"


class RollingLog:
    """Behind `AppendFile`. One writer."""

    def __init__(self, folder: Path, name: str, *, bytes_max: int = LOG_BYTES_MAX) -> None:
        """The log of that name in the folder, which is made if missing.

        Raises:
            OSError: the disk does not let us.
        """
        self._disk = LiveDisk(folder)
        self._path = folder / name
        self._bytes_max = bytes_max
        self._file = self._disk.open_append(name)
        self._size_bytes = self._disk.size(name)

    def append(self, data: bytes) -> None:
        """Write a line, in a new file if the present one is full.

        Raises:
            OSError: the disk is full or gone.
        """
        if self._size_bytes and self._size_bytes + len(data) > self._bytes_max:
            self._roll()
        self._file.append(data)
        self._size_bytes += len(data)

    def request_sync(self) -> SyncTicket:
        """Ask for durability of what stands in the present file."""
        return self._file.request_sync()

    def close(self) -> None:
        """Take no more. Idempotent."""
        self._file.close()

    def _roll(self) -> None:
        if self._path.exists():  # else it was taken away under our hands
            self._path.replace(self._path.with_name(self._path.name + EARLIER))
        full = self._file
        self._file = self._disk.open_append(self._path.name)
        self._size_bytes = 0
        full.close()
