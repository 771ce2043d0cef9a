"""A notice is told once per cause, on one line, whatever the disk says."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from hive.app.notices import Notices
from hive.runtime.clock import ManualClock
from hive.simulation.disk import MemoryDisk
from hive.simulation.virtual_time import Kernel, ProcessLoop


class FullDisk:
    """A file on a disk without room."""

    def append(self, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    def request_sync(self) -> None:  # pragma: no cover
        raise OSError(28, "No space left on device")

    def close(self) -> None: ...


def test_a_cause_that_repeats_is_told_once_and_counted() -> None:
    notices = Notices(ManualClock(1_000))
    for _ in range(50):
        notices.say("lost", "socket cut")
    assert [line.text for line in notices.newest(10)] == ["socket cut"]
    assert notices.repeated == 49


def test_control_characters_cannot_forge_a_line() -> None:
    notices = Notices(ManualClock(1_000))
    notices.say("fill", "coin\nfake \x1b[31mline")
    assert notices.newest(1)[0].text == "coin�fake �[31mline"


def test_each_notice_is_one_json_line_in_the_file() -> None:
    disk = MemoryDisk(lambda: 0.5)
    mount = disk.mount(ProcessLoop(Kernel(), "p"))
    notices = Notices(ManualClock(1_000), mount.open_append("log"))
    notices.say("fill", "bought", size=Decimal("0.1"))
    written = disk.find("log")
    assert written is not None
    assert msgspec.json.decode(written) == {
        "wall_ms": 1_000,
        "kind": "fill",
        "text": "bought",
        "size": "0.1",
    }


def test_a_full_disk_loses_the_line_and_nothing_else() -> None:
    notices = Notices(ManualClock(1_000), FullDisk())  # type: ignore[arg-type]  # it has no tickets to give
    notices.say("fill", "bought")
    assert notices.lost == 1
    assert notices.newest(1)[0].text == "bought"


def test_what_a_strategy_adds_to_its_words_cannot_take_their_place() -> None:
    kernel = Kernel(lambda: 0.5)
    disk = MemoryDisk(lambda: 0.5).mount(ProcessLoop(kernel, "p"))
    notices = Notices(ManualClock(1_000), disk.open_append("log"))
    notices.say("log", "mine: said", kind="forged", text="forged", size=Decimal("0.1"))
    line = msgspec.json.decode(disk.read("log") or b"")
    assert line == {"kind": "log", "text": "mine: said", "wall_ms": 1_000, "size": "0.1"}
