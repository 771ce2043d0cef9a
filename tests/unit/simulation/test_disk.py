"""The memory disk keeps what a real one would keep after each of two deaths."""

from __future__ import annotations

import pytest

from hive.domain.errors import Busy
from hive.simulation.disk import PAGE_BYTES, MemoryDisk
from hive.simulation.virtual_time import NS_PER_S, Kernel, ProcessLoop


def half() -> float:
    return 0.5


def test_a_killed_process_leaves_what_it_wrote() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")
    disk = MemoryDisk(half)
    disk.mount(loop).open_append("journal").append(b"abcdef")
    disk.die("kill")
    assert disk.find("journal") == b"abcdef"


def test_a_power_cut_keeps_what_was_synced_and_tears_the_rest() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")
    disk = MemoryDisk(half)
    file = disk.mount(loop).open_append("journal")
    file.append(b"abcd")
    ticket = file.request_sync()
    kernel.run(until_ns=NS_PER_S)
    assert ticket.done
    file.append(b"efgh")
    disk.die("power")
    assert disk.find("journal") == b"abcdef"


def test_a_power_cut_may_lose_a_page_before_one_that_it_keeps() -> None:
    draws = iter([0.9999, 0.0, 0.9])  # nearly all is there, but for the first page
    disk = MemoryDisk(lambda: next(draws))
    disk.reorders_pages = True
    written = b"x" * (2 * PAGE_BYTES)
    disk.mount(ProcessLoop(Kernel(), "p")).open_append("journal").append(written)
    disk.die("power")
    assert disk.find("journal") == bytes(PAGE_BYTES) + written[PAGE_BYTES:]


def test_a_file_that_was_never_synced_may_vanish_whole() -> None:
    disk = MemoryDisk(lambda: 0.0)
    disk.mount(ProcessLoop(Kernel(), "p")).open_append("journal").append(b"abc")
    disk.die("power")
    assert disk.find("journal") is None


def test_replace_is_durable_on_return() -> None:
    disk = MemoryDisk(half)
    disk.mount(ProcessLoop(Kernel(), "p")).replace("registry", b"new")
    disk.die("power")
    assert disk.find("registry") == b"new"


def test_a_dead_process_writes_nothing_and_its_lock_is_free() -> None:
    kernel = Kernel()
    first, second = ProcessLoop(kernel, "first"), ProcessLoop(kernel, "second")
    disk = MemoryDisk(half)
    file = disk.mount(first).open_append("journal")
    disk.mount(first).lock("lock")
    with pytest.raises(Busy):
        disk.mount(second).lock("lock")
    first.kill()
    file.append(b"ghost")
    disk.mount(second).lock("lock")
    assert disk.find("journal") == b""


def test_listing_names_the_files_of_one_folder() -> None:
    mount = MemoryDisk(half).mount(ProcessLoop(Kernel(), "p"))
    for path in ("b/2", "a/1", "a/0", "a/deep/x", "top"):
        mount.replace(path, b"")
    assert mount.listing("a") == ["a/0", "a/1"]
    assert mount.listing("") == ["top"]


def test_syncs_end_in_the_order_they_were_asked_for() -> None:
    kernel = Kernel()
    delays = iter([0.9, 0.1])
    disk = MemoryDisk(lambda: next(delays))
    mount = disk.mount(ProcessLoop(kernel, "p"))
    slow, quick = (mount.open_append(name).request_sync() for name in ("slow", "quick"))
    while not quick.done:
        kernel.run(until_ns=kernel.now_ns + 1_000_000)
    assert slow.done


def test_the_disk_tells_what_it_holds_and_what_of_it_is_safe() -> None:
    kernel = Kernel()
    disk = MemoryDisk(half)
    file = disk.mount(ProcessLoop(kernel, "p")).open_append("journal/a")
    file.append(b"safe")
    file.request_sync()
    kernel.run(until_ns=NS_PER_S)
    file.append(b"written")
    assert disk.holds("journal/", b"written", synced=False)
    assert not disk.holds("journal/", b"written", synced=True)
    assert disk.holds("journal/", b"safe", synced=True)
    assert not disk.holds("elsewhere/", b"safe", synced=False)
