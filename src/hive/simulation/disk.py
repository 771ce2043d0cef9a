"""Disks in memory with two deaths.

`kill` keeps what was handed to the operating system; `power` keeps only what was synced, plus a
torn piece of what was not, of a seeded length. A `MemoryDisk` is what survives; a `DiskMount` is
one process's view of it, and a dead process's mount does nothing.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from typing import Final, Literal

from hive.domain.errors import Busy
from hive.simulation.virtual_time import NS_PER_MS, ProcessLoop

Death = Literal["kill", "power"]
PAGE_BYTES: Final = 4_096
PAGE_LOST_CHANCE: Final = 0.3


def _unwatched() -> None:
    """Nobody wants to know."""


class _File:
    """Bytes as written, and how many of them reached the platter."""

    __slots__ = ("synced", "written")

    def __init__(self) -> None:
        self.written = bytearray()
        self.synced = 0


class MemoryDisk:
    """Files that outlive processes. `uniform` decides sync delays and torn tails."""

    def __init__(self, uniform: Callable[[], float], *, sync_ms_max: float = 20.0) -> None:
        self._uniform = uniform
        self._sync_ms_max = sync_ms_max
        self._files: dict[str, _File] = {}
        self._lock_holders: dict[str, ProcessLoop] = {}
        self.syncs = 0
        self.is_full = False
        """Nothing is taken; what stands here can be read."""
        self.reorders_pages = False
        """A power cut may leave later pages of what was not synced, and not earlier ones."""
        self.sync_error: OSError | None = None
        """What syncs that end now come to."""
        self.sync_ms_least = 0.0
        """A slow disk takes at least so long for each sync."""
        self.on_change: Callable[[], None] = _unwatched
        """Called after every change of what a death would leave."""
        self._sync_ends_ns = 0

    def mount(self, loop: ProcessLoop) -> DiskMount:
        """This disk as one process sees it."""
        return DiskMount(self, loop)

    def die(self, death: Death) -> None:
        """Apply what the death of the machine or of its process does to unsynced bytes."""
        if death == "kill":
            return
        for path in list(self._files):
            file = self._files[path]
            unsynced = len(file.written) - file.synced
            if unsynced:
                torn = int(self._uniform() * (unsynced + 1))
                del file.written[file.synced + torn :]
                if self.reorders_pages:
                    self._lose_pages(file)
                file.synced = len(file.written)
            if not file.written:
                del self._files[path]

    def _lose_pages(self, file: _File) -> None:
        """Some pages before the end had not reached the platter: zeros where nothing was synced."""
        first = file.synced // PAGE_BYTES * PAGE_BYTES
        for start in range(first, len(file.written), PAGE_BYTES):
            if self._uniform() < PAGE_LOST_CHANCE:
                lost = slice(max(start, file.synced), min(start + PAGE_BYTES, len(file.written)))
                file.written[lost] = bytes(lost.stop - lost.start)

    def after(self, death: Death, uniform: Callable[[], float]) -> MemoryDisk:
        """Another disk, with what would be left of this one if the death came now."""
        other = MemoryDisk(uniform, sync_ms_max=self._sync_ms_max)
        for path, file in self._files.items():
            copy = other.file(path)
            copy.written[:] = file.written
            copy.synced = file.synced
        other.die(death)
        return other

    def holds(self, folder: str, needle: bytes, *, synced: bool) -> bool:
        """Whether these bytes stand in a file below the folder; if `synced`, on the platter."""
        return any(
            file.written.rfind(needle, 0, file.synced if synced else len(file.written)) >= 0
            for path, file in reversed(self._files.items())
            if path.startswith(folder)
        )

    # --- for the mounts ---

    def file(self, path: str) -> _File:
        return self._files.setdefault(path, _File())

    def find(self, path: str) -> bytes | None:
        file = self._files.get(path)
        return None if file is None else bytes(file.written)

    def replace(self, path: str, content: bytes) -> None:
        file = _File()
        file.written[:] = content
        file.synced = len(content)
        self._files[path] = file
        self.syncs += 1
        self.on_change()

    def remove(self, path: str) -> None:
        self._files.pop(path, None)
        self.on_change()

    def paths(self) -> list[str]:
        return sorted(self._files)

    def sync_ends_ns(self, now_ns: int) -> int:
        """When a sync that is asked for now is done: one after the other."""
        self.syncs += 1
        delay_ms = self.sync_ms_least + 0.2 + self._uniform() * self._sync_ms_max
        delay_ns = int(delay_ms * NS_PER_MS)
        self._sync_ends_ns = max(self._sync_ends_ns + 1, now_ns + delay_ns)
        return self._sync_ends_ns

    def take_lock(self, path: str, loop: ProcessLoop) -> None:
        holder = self._lock_holders.get(path)
        if holder is not None and not holder.is_dead:
            raise Busy(f"{path} is held by {holder.name}")
        self._lock_holders[path] = loop

    def drop_lock(self, path: str, loop: ProcessLoop) -> None:
        if self._lock_holders.get(path) is loop:
            del self._lock_holders[path]


class MemorySync:
    """Behind `SyncTicket`."""

    def __init__(self, finished: asyncio.Future[None]) -> None:
        self._finished = finished
        self.error: OSError | None = None

    @property
    def done(self) -> bool:
        return self._finished.done() and self.error is None

    async def wait(self) -> None:
        await asyncio.shield(self._finished)
        if self.error is not None:
            raise self.error

    def end(self, error: OSError | None) -> None:
        self.error = error
        if not self._finished.done():
            self._finished.set_result(None)


class MemoryAppend:
    """Behind `AppendFile`."""

    def __init__(self, disk: MemoryDisk, path: str, loop: ProcessLoop) -> None:
        self._disk = disk
        self._file = disk.file(path)
        self._loop = loop

    def append(self, data: bytes) -> None:
        if self._loop.is_dead:
            return
        if self._disk.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._file.written += data
        self._disk.on_change()

    def request_sync(self) -> MemorySync:
        ticket = MemorySync(self._loop.create_future())
        length = len(self._file.written)
        loop, file, disk = self._loop, self._file, self._disk

        def reached() -> None:
            if disk.sync_error is None:
                file.synced = max(file.synced, min(length, len(file.written)))
                disk.on_change()
            ticket.end(disk.sync_error)

        kernel = loop.kernel
        kernel.at(self._disk.sync_ends_ns(kernel.now_ns), reached, owner=loop)
        return ticket

    def close(self) -> None:
        """Nothing to give back."""


class MemoryLock:
    """Behind `DiskLock`."""

    def __init__(self, disk: MemoryDisk, path: str, loop: ProcessLoop) -> None:
        self._disk, self._path, self._loop = disk, path, loop

    def release(self) -> None:
        self._disk.drop_lock(self._path, self._loop)


class DiskMount:
    """Behind `Disk`, for one process."""

    def __init__(self, disk: MemoryDisk, loop: ProcessLoop) -> None:
        self._disk, self._loop = disk, loop

    def read(self, path: str) -> bytes | None:
        return self._disk.find(path)

    def open_append(self, path: str) -> MemoryAppend:
        return MemoryAppend(self._disk, path, self._loop)

    def replace(self, path: str, data: bytes) -> None:
        if self._loop.is_dead:
            return
        if self._disk.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._disk.replace(path, data)

    def size(self, path: str) -> int:
        return len(self._disk.find(path) or b"")

    def remove(self, path: str) -> None:
        if not self._loop.is_dead:
            self._disk.remove(path)

    def lock(self, path: str) -> MemoryLock:
        self._disk.take_lock(path, self._loop)
        return MemoryLock(self._disk, path, self._loop)

    def listing(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/" if folder else ""
        return [
            path
            for path in self._disk.paths()
            if path.startswith(prefix) and "/" not in path[len(prefix) :]
        ]
