"""Disks in memory with two deaths.

`kill` keeps what was handed to the operating system; `power` keeps only what was synced, plus a
torn piece of what was not, of a seeded length. A `MemoryDisk` is what survives; a `DiskMount` is
one process's view of it, and a dead process's mount does nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from hive.domain.errors import Busy
from hive.simulation.virtual_time import NS_PER_MS, ProcessLoop

Death = Literal["kill", "power"]


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
                file.synced = len(file.written)
            if not file.written:
                del self._files[path]

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

    def remove(self, path: str) -> None:
        self._files.pop(path, None)

    def paths(self) -> list[str]:
        return sorted(self._files)

    def sync_ends_ns(self, now_ns: int) -> int:
        """When a sync that is asked for now is done: one after the other."""
        self.syncs += 1
        delay_ns = int((0.2 + self._uniform() * self._sync_ms_max) * NS_PER_MS)
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

    @property
    def done(self) -> bool:
        return self._finished.done()

    @property
    def error(self) -> OSError | None:
        return None

    async def wait(self) -> None:
        await asyncio.shield(self._finished)


class MemoryAppend:
    """Behind `AppendFile`."""

    def __init__(self, disk: MemoryDisk, path: str, loop: ProcessLoop) -> None:
        self._disk = disk
        self._file = disk.file(path)
        self._loop = loop

    def append(self, data: bytes) -> None:
        if not self._loop.is_dead:
            self._file.written += data

    def request_sync(self) -> MemorySync:
        finished: asyncio.Future[None] = self._loop.create_future()
        length = len(self._file.written)
        loop, file = self._loop, self._file

        def reached() -> None:
            file.synced = max(file.synced, min(length, len(file.written)))
            if not finished.done():
                finished.set_result(None)

        kernel = loop.kernel
        kernel.at(self._disk.sync_ends_ns(kernel.now_ns), reached, owner=loop)
        return MemorySync(finished)

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
        if not self._loop.is_dead:
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
