"""A notice is told once per cause, on one line, whatever the disk says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from hive.app.notes.notices import (
    DETAILED_MAX,
    DETAILS_LENGTH_MAX,
    LINES_MAX,
    REPEAT_WITHIN_MS,
    Notices,
)
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
    assert [(line.text, line.times) for line in notices.newest(10)] == [("socket cut", 50)]


def log_of(clock: ManualClock) -> tuple[Notices, Callable[[], list[dict[str, object]]]]:
    """Notices with a file, and what is in the file."""
    disk = MemoryDisk(lambda: 0.5).mount(ProcessLoop(Kernel(lambda: 0.5), "p"))

    def written() -> list[dict[str, object]]:
        return [msgspec.json.decode(line) for line in (disk.read("log") or b"").splitlines()]

    return Notices(clock, disk.open_append("log")), written


def test_the_same_words_with_other_details_are_another_line() -> None:
    notices, written = log_of(ManualClock(1_000))
    for i in range(3):
        notices.say("log", "a: tick", i=i)
    assert [line.details for line in notices.newest(10)] == ["i=0", "i=1", "i=2"]
    assert [line["i"] for line in written()] == [0, 1, 2]


def test_a_storm_of_details_is_cut_short_and_counted() -> None:
    notices, written = log_of(ManualClock(1_000))
    for i in range(1_000):
        notices.say("log", "a: tick", i=i)
    assert len(notices.newest(LINES_MAX)) == len(written()) == DETAILED_MAX
    assert sum(line.times for line in notices.newest(LINES_MAX)) == 1_000


def test_the_file_tells_how_often_a_line_was_left_out() -> None:
    clock = ManualClock(1_000)
    notices, written = log_of(clock)
    for _ in range(50):
        notices.say("lost", "socket cut")
    clock.advance_ms(REPEAT_WITHIN_MS)
    notices.say("lost", "socket cut")
    notices.say("lost", "socket cut", socket="other")
    assert [line.get("repeated") for line in written()] == [None, 49, None]


def test_details_are_one_short_line_without_the_stack() -> None:
    notices = Notices(ManualClock(1_000))
    notices.say("error", "a: raised", reason="full\ndisk", stack=["a", "b"], why="x" * 1_000)
    (line,) = notices.newest(1)
    assert line.details.startswith("reason=full\ufffddisk why=xxx")
    assert len(line.details) == DETAILS_LENGTH_MAX


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
