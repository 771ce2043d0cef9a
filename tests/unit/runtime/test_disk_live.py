"""What only the real disk can show: modes, the kernel's syncs, refusals, dead processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from hive.domain.errors import Busy, CallerError
from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import AppendFile

FULL_DEVICE = Path("/dev/full")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux's devices")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def disk(tmp_path: Path) -> LiveDisk:
    return LiveDisk(tmp_path / "hive")


def test_files_and_folders_are_their_owners_alone(disk: LiveDisk, tmp_path: Path) -> None:
    disk.replace("keys/a", b"")
    disk.open_append("journal/1").append(b"x")
    disk.lock("lock")
    modes = {
        path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777
        for path in tmp_path.rglob("*")
    }
    assert modes == {
        "hive": 0o700,
        "hive/keys": 0o700,
        "hive/keys/a": 0o600,
        "hive/journal": 0o700,
        "hive/journal/1": 0o600,
        "hive/lock": 0o600,
    }


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../out", "a/../../out", "a//b", "", ".", "a/./b", ".hidden", "a\0b"]
)
def test_paths_that_leave_the_root_are_refused(disk: LiveDisk, path: str) -> None:
    with pytest.raises(CallerError, match="not a path below the root"):
        disk.replace(path, b"")
    with pytest.raises(CallerError, match="not a path below the root"):
        disk.read(path)


def test_who_asks_for_the_holder_of_a_lock_takes_nothing_and_writes_nothing(
    disk: LiveDisk, tmp_path: Path
) -> None:
    assert disk.holder("lock") is None
    assert not (tmp_path / "hive" / "lock").exists()
    lock = disk.lock("lock")
    assert disk.holder("lock") == str(os.getpid())
    lock.release()
    (tmp_path / "hive" / "lock").write_text("77\n")
    asking = os.open(tmp_path / "hive" / "lock", os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    assert disk.holder("lock") is None, "somebody else who asks is no holder"
    os.close(asking)
    assert (tmp_path / "hive" / "lock").read_text() == "77\n"


def test_a_lock_that_is_asked_about_is_taken_all_the_same(disk: LiveDisk) -> None:
    """Somebody asks for its holder all the time; nobody who takes it is told that it is busy."""
    disk.lock("lock").release()
    done = Event()

    def ask() -> None:
        while not done.is_set():
            disk.holder("lock")

    with ThreadPoolExecutor(2) as askers:
        asking = [askers.submit(ask) for _ in range(2)]
        try:
            for _ in range(300):
                disk.lock("lock").release()
        finally:
            done.set()
        for one in asking:
            one.result()


def test_a_lock_that_somebody_holds_is_busy_at_once_though_it_is_asked_about(
    disk: LiveDisk, tmp_path: Path
) -> None:
    lock = disk.lock("lock")
    assert disk.holder("lock") == str(os.getpid())
    with pytest.raises(Busy):
        LiveDisk(tmp_path / "hive").lock("lock")
    lock.release()


def test_a_lock_names_its_holder(disk: LiveDisk) -> None:
    disk.lock("registry.lock")
    with pytest.raises(Busy, match=f"process {os.getpid()}"):
        disk.lock("registry.lock")


def test_a_draft_left_by_a_crash_is_not_listed_and_not_read(disk: LiveDisk, tmp_path: Path) -> None:
    disk.replace("a.json", b"old")
    (tmp_path / "hive" / ".a.json.new").write_bytes(b"half of the n")
    assert disk.listing("") == ["a.json"]
    assert disk.read("a.json") == b"old"
    disk.replace("a.json", b"new")
    assert disk.read("a.json") == b"new"


@on_linux
def test_a_replace_that_fails_leaves_the_old_file(disk: LiveDisk, tmp_path: Path) -> None:
    disk.replace("a.json", b"old")
    (tmp_path / "hive" / ".a.json.new").symlink_to(FULL_DEVICE)
    with pytest.raises(OSError, match="No space"):
        disk.replace("a.json", b"new")
    assert disk.read("a.json") == b"old"


@on_linux
def test_a_full_disk_is_told_to_whoever_appends(disk: LiveDisk, tmp_path: Path) -> None:
    (tmp_path / "hive" / "full").symlink_to(FULL_DEVICE)
    file = disk.open_append("full")
    with pytest.raises(OSError, match="No space"):
        file.append(b"x")
    file.close()


@on_linux
def test_a_refused_sync_is_told_to_every_waiter_and_to_all_that_follows(
    disk: LiveDisk, tmp_path: Path
) -> None:
    """A later sync could report success for bytes that the failed one has dropped."""
    (tmp_path / "hive" / "null").symlink_to("/dev/null")  # a device has nothing to sync

    async def scene() -> None:
        file = disk.open_append("null")
        file.append(b"x")
        tickets = [file.request_sync(), file.request_sync()]
        for ticket in tickets:
            with pytest.raises(OSError, match="Invalid argument"):
                await ticket.wait()
            assert not ticket.done
        with pytest.raises(OSError, match="Invalid argument"):
            await file.request_sync().wait()
        with pytest.raises(OSError, match="Invalid argument"):
            file.append(b"y")
        file.close()

    asyncio.run(scene())


def test_requests_of_one_turn_share_one_sync(disk: LiveDisk) -> None:
    async def scene() -> None:
        file = disk.open_append("journal")
        file.append(b"x")
        first, second = file.request_sync(), file.request_sync()
        assert first is second
        await first.wait()
        assert file.request_sync() is not first

    asyncio.run(scene())


@on_linux
def test_a_file_closed_under_a_sync_gives_its_descriptor_back(disk: LiveDisk) -> None:
    before = open_files()

    async def scene() -> None:
        for round_ in range(50):
            file = disk.open_append(f"journal/{round_}")
            file.append(b"x")
            ticket = file.request_sync()
            file.close()
            file.close()
            await ticket.wait()
            await asyncio.sleep(0)

    asyncio.run(scene())
    assert open_files() <= before


def test_closing_the_disk_ends_its_thread(disk: LiveDisk) -> None:
    async def scene() -> None:
        file = disk.open_append("journal")
        file.append(b"x")
        await file.request_sync().wait()

    asyncio.run(scene())
    disk.close()


def test_a_large_append_arrives_whole(disk: LiveDisk) -> None:
    data = os.urandom(3_000_000)
    file: AppendFile = disk.open_append("big")
    file.append(data)
    assert disk.read("big") == data


def test_a_file_size_limit_tears_an_append_and_says_so(disk: LiveDisk) -> None:
    """As a disk that fills up in the middle of a write does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    file = disk.open_append("journal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            file.append(b"x" * 1_500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert disk.read("journal") == b"x" * 1_000


def test_a_full_disk_keeps_nobody_from_a_lock_or_in_one(disk: LiveDisk, tmp_path: Path) -> None:
    disk.lock("lock").release()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        disk.lock("lock").release()
        disk.lock("another").release()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    LiveDisk(tmp_path / "hive").lock("lock").release()


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from hive.runtime.disk_live import LiveDisk
disk = LiveDisk(Path(sys.argv[1]))
disk.lock("lock")
disk.open_append("journal").append(b"intent")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_appended_survives_a_killed_process_and_its_lock_does_not(
    disk: LiveDisk, tmp_path: Path
) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, str(tmp_path / "hive")],
        check=False,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert dead.returncode == -signal.SIGKILL
    assert disk.read("journal") == b"intent"
    disk.lock("lock").release()
