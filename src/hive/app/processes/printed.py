"""What strategies print: into a file that does not grow for ever, line by line.

printed.txt     ──full──▶  printed.txt.1, in place of the one that was there

Standard output is that file, so that what is written past Python (by a library in C) gets there as
well; it counts, and is put aside with the next line that Python prints.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from hive.app.notes.rolling_log import EARLIER, LOG_BYTES_MAX

PRINTED_MODE: Final = 0o600


class Printed:
    """The bytes behind `sys.stdout`: what a text stream asks of a file, and no more."""

    closed = False
    """Python closes it at its end; what is printed after that is nobody's."""

    def __init__(self, path: Path, descriptor: int, *, bytes_max: int = LOG_BYTES_MAX) -> None:
        """`descriptor` becomes the file, which is appended to.

        Raises:
            OSError: the disk does not let us.
        """
        self._path = path
        self._descriptor = descriptor
        self._bytes_max = bytes_max
        self._open()

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append what has been printed, to a new file if the present one is full.

        Raises:
            OSError: the disk is full or gone.
        """
        whole = memoryview(data)
        size_bytes = os.fstat(self._descriptor).st_size
        if size_bytes and size_bytes + len(whole) > self._bytes_max:
            self._roll()
        left = whole
        while left:
            left = left[os.write(self._descriptor, left) :]
        return len(whole)

    def fileno(self) -> int:
        return self._descriptor

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """The descriptor stays: it is standard output."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def _roll(self) -> None:
        """Put the file aside. Where that fails, the strategy that printed has done nothing wrong:
        the file is used on, and tried again with the next line.
        """
        with suppress(OSError):
            if self._path.exists():  # else it was taken away under our hands
                self._path.replace(self._path.with_name(self._path.name + EARLIER))
            self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        opened = os.open(self._path, flags, PRINTED_MODE)
        os.dup2(opened, self._descriptor)
        os.close(opened)


def print_into(path: Path, *, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Have what strategies print appended to the file, for its owner alone.

    Raises:
        OSError: the disk does not let us.
    """
    sys.stdout.flush()
    printed = Printed(path, sys.stdout.fileno(), bytes_max=bytes_max)
    sys.stdout = TextIOWrapper(
        printed,
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
