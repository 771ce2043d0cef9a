"""A served venue on the kernel: it acts when something is due, and at no other time."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.serving.scripted_venue import ScriptedVenue

from hive.serving.core import SILENCE_MS_MAX, ServerCore
from hive.serving.port import NO_ANSWER, Reply
from hive.simulation.venue_side import ServedVenue
from hive.simulation.virtual_time import NS_PER_MS, Kernel

START_MS = 1_700_000_000_000


def served() -> tuple[ServedVenue, Kernel]:
    kernel = Kernel()
    return ServedVenue(ServerCore(ScriptedVenue()), kernel, START_MS), kernel


def opened(venue: ServedVenue, drop: Callable[[], None]) -> int:
    connection = venue.ws_open(ip="192.0.2.1", send=lambda frame: None, drop=drop)
    assert connection is not None
    return connection


def test_its_wall_clock_is_the_kernels_time_from_its_opening_on() -> None:
    venue, kernel = served()
    kernel.run(until_ns=1_500 * NS_PER_MS)
    assert venue.now_ms == START_MS + 1_500


def test_a_silent_socket_is_dropped_when_its_minute_is_over_and_not_before() -> None:
    venue, kernel = served()
    dropped_ms: list[int] = []
    venue.begin()
    kernel.run(until_ns=5 * NS_PER_MS)
    opened(venue, lambda: dropped_ms.append(venue.now_ms))
    kernel.run(until_ns=10 * SILENCE_MS_MAX * NS_PER_MS)
    assert dropped_ms == [START_MS + 5 + SILENCE_MS_MAX]


def test_nothing_is_done_while_nothing_is_due() -> None:
    venue, kernel = served()
    venue.begin()
    before = kernel.callbacks_run
    opened(venue, lambda: None)
    kernel.run(until_ns=(SILENCE_MS_MAX - 1) * NS_PER_MS)
    assert kernel.callbacks_run == before


def test_an_answer_that_is_to_be_lost_never_comes() -> None:
    answers: list[int] = []
    for reply in (Reply(200, b"{}"), NO_ANSWER):
        port = ScriptedVenue()
        port.info_reply = reply
        venue = ServedVenue(ServerCore(port), Kernel(), START_MS)
        body = b'{"type":"meta"}'
        venue.http("/info", body, ip="192.0.2.1", answer=lambda status, _: answers.append(status))
    assert answers == [200]
