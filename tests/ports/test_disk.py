"""Every disk keeps the same promises: one suite, run over the real one and the one in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hive.domain.errors import Busy
from hive.runtime.disk_live import LiveDisk
from hive.runtime.ports import Disk
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import Kernel, ProcessLoop

Scene = Callable[[], Coroutine[Any, Any, None]]


class Place(NamedTuple):
    """A disk as two processes see it, and how to play a scene in the first."""

    disk: Disk
    other: Disk
    play: Callable[[Scene], None]


def live(folder: Path) -> Place:
    return Place(LiveDisk(folder), LiveDisk(folder), lambda scene: asyncio.run(scene()))


def in_memory(_: Path) -> Place:
    kernel = Kernel()
    memory = MemoryDisk(lambda: 0.5)
    here, there = ProcessLoop(kernel, "here"), ProcessLoop(kernel, "there")

    def play(scene: Scene) -> None:
        kernel.run_until_done(here.start(scene()), limit_ns=10**12)
        assert kernel.failures == []

    return Place(memory.mount(here), memory.mount(there), play)


@pytest.fixture(params=[live, in_memory], ids=["live", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made: Place = request.param(tmp_path / "root")
    return made


def test_a_file_that_is_not_there_reads_as_none(place: Place) -> None:
    assert place.disk.read("a/b") is None


def test_replace_makes_and_replaces_whole_files(place: Place) -> None:
    place.disk.replace("a/b.json", b"old and long")
    place.disk.replace("a/b.json", b"new")
    assert place.disk.read("a/b.json") == b"new"
    assert place.other.read("a/b.json") == b"new"


def test_appended_bytes_can_be_read_at_once_and_by_others(place: Place) -> None:
    file = place.disk.open_append("journal/1")
    file.append(b"one")
    file.append(b"two")
    assert place.disk.read("journal/1") == place.other.read("journal/1") == b"onetwo"


def test_a_reopened_file_goes_on_at_its_end(place: Place) -> None:
    first = place.disk.open_append("journal/1")
    first.append(b"one")
    first.close()
    place.disk.open_append("journal/1").append(b"two")
    assert place.disk.read("journal/1") == b"onetwo"


def test_a_sync_ticket_ends_done(place: Place) -> None:
    async def scene() -> None:
        file = place.disk.open_append("journal/1")
        file.append(b"one")
        ticket = file.request_sync()
        await ticket.wait()
        assert ticket.done
        await ticket.wait()

    place.play(scene)


def test_syncs_may_overlap_and_outlive_the_closing_of_the_file(place: Place) -> None:
    async def scene() -> None:
        file = place.disk.open_append("journal/1")
        tickets = []
        for _ in range(20):
            file.append(b"x")
            tickets.append(file.request_sync())
            await asyncio.sleep(0)
        file.close()
        for ticket in tickets:
            await ticket.wait()

    place.play(scene)
    assert place.disk.read("journal/1") == b"x" * 20


def test_one_waiter_canceled_leaves_the_others_waiting(place: Place) -> None:
    async def scene() -> None:
        file = place.disk.open_append("journal/1")
        file.append(b"one")
        ticket = file.request_sync()
        loop = asyncio.get_running_loop()
        impatient = loop.create_task(ticket.wait())
        patient = loop.create_task(ticket.wait())
        loop.call_soon(impatient.cancel)
        await patient
        assert impatient.cancelled()

    place.play(scene)


def test_listing_names_the_files_right_below_a_folder_sorted(place: Place) -> None:
    for path in ("b", "j/2", "j/10", "j/1", "j/deep/3", "jj/4"):
        place.disk.replace(path, b"")
    assert place.disk.listing("j") == ["j/1", "j/10", "j/2"]
    assert place.disk.listing("") == ["b"]
    assert place.disk.listing("nowhere") == []


def test_a_lock_is_held_by_one_process_until_released(place: Place) -> None:
    lock = place.disk.lock("registry.lock")
    with pytest.raises(Busy, match="held by"):
        place.other.lock("registry.lock")
    lock.release()
    lock.release()
    place.other.lock("registry.lock").release()
