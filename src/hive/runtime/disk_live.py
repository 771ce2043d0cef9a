"""Files of the operating system behind `Disk`.

`append` is a plain `write` on the loop: the bytes are then the kernel's and survive the death of
this process. Durability against a power cut takes milliseconds, so it is asked for with
`request_sync` and done by one thread of its own. That thread decides nothing: it runs `fdatasync`
and reports back to the loop. Requests that arrive while a sync runs share the next one.

A sync that failed may have dropped the very bytes it was asked to keep, and a later one would still
report success; so a file whose sync failed reports every further one as failed, and its owner opens
a new file.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from hive.domain.errors import Busy, CallerError
from hive.runtime.ports import AppendFile, DiskLock, SyncTicket

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
PID_BYTES_MAX: Final = 32
ASKED_TIMES_MAX: Final = 20_000
"""So often a lock is tried that is only being asked about: some tens of milliseconds."""
_sync = getattr(os, "fdatasync", os.fsync)  # not every Unix has the cheaper one


class _Ticket:
    """One sync that several may wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ended: asyncio.Future[None] = loop.create_future()
        self._error: OSError | None = None

    @property
    def done(self) -> bool:
        """Everything appended before the request is durable."""
        return self._ended.done() and self._error is None

    @property
    def error(self) -> OSError | None:
        """Why it never will be."""
        return self._error

    async def wait(self) -> None:
        """Return when everything appended before the request is durable.

        Raises:
            OSError: the disk refused.
        """
        await asyncio.shield(self._ended)  # one waiter's cancellation is not the others'
        if self._error is not None:
            raise self._error

    def end(self, error: OSError | None) -> None:
        self._error = error
        if not self._ended.done():
            self._ended.set_result(None)


class _AppendFile:
    """A file that only grows. Synced by the thread, everything else on the loop."""

    def __init__(self, path: Path, syncer: ThreadPoolExecutor) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        # A power cut may take a new name with it; it is synced with the content, by the thread.
        self._is_named = path.exists()
        self._fd = os.open(path, flags, FILE_MODE)
        self._syncer = syncer
        self._waiting: _Ticket | None = None
        self._running: _Ticket | None = None
        self._error: OSError | None = None
        self._is_closed = False

    def append(self, data: bytes) -> None:
        """Hand `data` to the operating system.

        Raises:
            OSError: the disk is full or gone, or an earlier sync failed; nothing or a torn part
                was written.
        """
        assert not self._is_closed, f"{self._path} is closed"
        if self._error is not None:
            raise self._error
        _write_all(self._fd, data)

    def request_sync(self) -> SyncTicket:
        """Ask for durability without waiting. Requests close together share one sync."""
        assert not self._is_closed, f"{self._path} is closed"
        loop = asyncio.get_running_loop()
        if self._waiting is None:
            self._waiting = _Ticket(loop)
            if self._running is None:
                loop.call_soon(self._start, loop)  # whoever asks in this turn shares it
        return self._waiting

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._running is not None or self._waiting is None:
            return
        self._running, self._waiting = self._waiting, None
        new_in = None if self._is_named else self._path.parent
        sync = loop.run_in_executor(self._syncer, _sync_file, self._fd, new_in)
        sync.add_done_callback(self._synced)

    def _synced(self, sync: asyncio.Future[None]) -> None:
        error = sync.exception()
        assert error is None or isinstance(error, OSError)
        self._is_named = self._is_named or error is None
        self._error = self._error or error
        ticket, self._running = self._running, None
        assert ticket is not None
        ticket.end(self._error)
        self._start(sync.get_loop())
        self._close_if_idle()

    def close(self) -> None:
        """Take no more; syncs that were asked for still happen. Idempotent."""
        if not self._is_closed:
            self._is_closed = True
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        # Closing a file under a running sync could sync whatever is opened next in its place.
        if self._is_closed and self._running is None and self._waiting is None:
            os.close(self._fd)


class _Lock:
    """A lock held through an open file; the operating system drops it with the process."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    def release(self) -> None:
        """Let others have it. Idempotent."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


class LiveDisk:
    """Files below one folder, readable by their owner alone."""

    def __init__(self, root: Path) -> None:
        """`root` is made if it is missing.

        Raises:
            OSError: it cannot be made or is not a folder.
        """
        self._root = root
        self._syncer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hive-sync")
        _make_folder(root)

    def read(self, path: str) -> bytes | None:
        """The whole file; None if there is none."""
        try:
            return self._place(path).read_bytes()
        except FileNotFoundError:
            return None

    def open_append(self, path: str) -> AppendFile:
        """The file at `path`, made with its folders if missing."""
        place = self._place(path)
        _make_folder(place.parent)
        return _AppendFile(place, self._syncer)

    def replace(self, path: str, data: bytes) -> None:
        """Old or new, never half, and durable on return."""
        place = self._place(path)
        _make_folder(place.parent)
        draft = place.with_name(f".{place.name}.new")  # listings do not show it
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        fd = os.open(draft, flags, FILE_MODE)
        try:
            _write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(place)
        _sync_folder(place.parent)

    def size(self, path: str) -> int:
        """How long a file is, in bytes; 0 if there is none."""
        try:
            return self._place(path).stat().st_size
        except FileNotFoundError:
            return 0

    def remove(self, path: str) -> None:
        """Let go of a file, if there is one. A power cut may bring it back."""
        self._place(path).unlink(missing_ok=True)

    def lock(self, path: str) -> DiskLock:
        """Take the lock or fail at once; that somebody asks for its holder just now is no failure.

        Raises:
            Busy: another process holds it; named where the file tells.
            OSError: its file cannot be opened.
        """
        place = self._place(path)
        _make_folder(place.parent)
        fd = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        if not _is_taken(fd):
            holder = _pid_in(fd)
            os.close(fd)
            raise Busy(
                f"{place} is held by process {holder or 'unknown'}",
                hint=f"stop that process (kill -9 {holder or 'PID'} if it does not answer), or give"
                " this one a folder of its own",
            )
        with suppress(OSError):  # a full disk: the lock is held, and only not said by whom
            os.ftruncate(fd, 0)
            os.write(fd, f"{os.getpid()}\n".encode())
        return _Lock(fd)

    def holder(self, path: str) -> str | None:
        """The number of the process that holds the lock, empty if its file does not tell; None if
        nobody does. The lock is not taken for that, nor its file made.

        Raises:
            OSError: its file cannot be opened.
        """
        try:
            fd = os.open(self._place(path), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            return None if _locked(fd, fcntl.LOCK_SH) else _pid_in(fd)
        finally:
            os.close(fd)

    def listing(self, folder: str) -> list[str]:
        """The paths of the files right below `folder`, sorted; none if there is no such folder."""
        place = self._place(folder) if folder else self._root
        prefix = folder.rstrip("/") + "/" if folder else ""
        try:
            with os.scandir(place) as entries:
                names = [e.name for e in entries if e.is_file() and not e.name.startswith(".")]
        except FileNotFoundError:
            return []
        return [prefix + name for name in sorted(names)]

    def close(self) -> None:
        """Let the syncs that were asked for end, and end the thread."""
        self._syncer.shutdown(wait=True)

    def _place(self, path: str) -> Path:
        """Where `path` is, if it stays below the root."""
        parts = path.rstrip("/").split("/")
        if "\0" in path or any(not part or part.startswith(".") for part in parts):
            raise CallerError(f"{path!r} is not a path below the root")
        return self._root.joinpath(*parts)


def _is_taken(fd: int) -> bool:
    """Take an open file's lock, if nobody holds it.

    Who asks shares it with others who ask, for a moment; who holds it shares it with nobody.
    """
    for _ in range(ASKED_TIMES_MAX):
        if _locked(fd, fcntl.LOCK_EX):
            return True
        if not _locked(fd, fcntl.LOCK_SH):
            return False
        fcntl.flock(fd, fcntl.LOCK_UN)
        os.sched_yield()
    return False


def _locked(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(fd: int) -> str:
    """Who wrote into the file that he holds its lock."""
    said = os.pread(fd, PID_BYTES_MAX, 0).decode("ascii", "replace").strip()
    return said if said.isdigit() else ""


def _write_all(fd: int, data: bytes) -> None:
    """Write every byte; a disk about to be full takes only a part at first."""
    written = os.write(fd, data)
    while written < len(data):
        written += os.write(fd, memoryview(data)[written:])


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it, for their owner alone, their names durable."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_file(fd: int, new_in: Path | None) -> None:
    """Make a file's content durable, and its name if it is new in a folder."""
    _sync(fd)
    if new_in is not None:
        _sync_folder(new_in)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
