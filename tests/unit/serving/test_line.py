"""Messages take their time, in order, and sockets go wrong as they are told to."""

from __future__ import annotations

from statistics import fmean

import pytest

from hive.localvenue.markets.seeded import seeded_sources
from hive.serving.line import PROFILES, LatencyProfile, Line, Way, latency_profile
from hive.serving.port import Close, HalfOpen, Say, Slow, Tear


class Socket:
    """What came out at the client's end."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.came: list[tuple[int, bytes]] = []
        self.ends: list[object] = []
        self.way = Way(line, self._came, self.ends.append, self.ends.append)

    def _came(self, frame: bytes) -> None:
        self.came.append((self.line.now_ms, frame))

    def run_until(self, ms: int) -> None:
        for now_ms in range(self.line.now_ms, ms + 1):
            self.line.at(now_ms)
            self.line.release()


def long_line(seed: int = 1, **profile: float) -> Line:
    return Line(LatencyProfile(**profile), seeded_sources(seed)("line"))  # type: ignore[arg-type]  # floats only


def test_without_a_profile_nothing_takes_any_time() -> None:
    socket = Socket(Line())
    socket.way.say(b"1")
    done: list[int] = []
    socket.way.hear(lambda: done.append(1))
    socket.line.carry(lambda: done.append(2))
    assert socket.came == [(0, b"1")]
    assert done == [1, 2]
    assert socket.line.next_ms is None


def test_a_frame_arrives_in_its_time_and_never_before_one_said_earlier() -> None:
    line = long_line(base_ms=20, jitter_ms=30)
    socket = Socket(line)
    for number in range(50):
        line.at(number)
        socket.way.say(b"%d" % number)
    socket.run_until(2_000)
    assert [frame for _, frame in socket.came] == [b"%d" % number for number in range(50)]
    delays = [came_ms - number for number, (came_ms, _) in enumerate(socket.came)]
    assert min(delays) >= 20
    assert len(set(delays)) > 5


def test_both_directions_are_in_order_and_requests_are_not() -> None:
    line = long_line(base_ms=5, jitter_ms=40)
    socket = Socket(line)
    heard: list[int] = []
    carried: list[int] = []
    for number in range(30):
        socket.way.hear(lambda number=number: heard.append(number))  # type: ignore[misc]  # bound now
        line.carry(lambda number=number: carried.append(number))  # type: ignore[misc]  # bound now
    socket.run_until(1_000)
    assert heard == list(range(30))
    assert sorted(carried) == list(range(30)) != carried


def test_the_same_seed_gives_the_same_line_and_spikes_come_and_go() -> None:
    def delays(seed: int) -> list[int]:
        line = Line(PROFILES["spiky"], seeded_sources(seed)("line"))
        found: list[int] = []
        for now_ms in range(0, 120_000, 50):
            line.at(now_ms)
            found.append(line.delay_ms())
        return found

    assert delays(1) == delays(1) != delays(2)
    spikes = [delay for delay in delays(1) if delay > 150]
    assert 0.01 < len(spikes) / len(delays(1)) < 0.2
    assert fmean(delay for delay in delays(1) if delay <= 150) == pytest.approx(10, abs=3)


@pytest.mark.parametrize(("text", "base_ms"), [("0", 0), ("12.5", 12.5), ("far", 95), ("none", 0)])
def test_a_profile_is_named_or_a_number_of_milliseconds(text: str, base_ms: float) -> None:
    assert latency_profile(text).base_ms == base_ms


@pytest.mark.parametrize("text", ["", "fast", "-1", "nan", "1e9"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text is Python's own for some
        latency_profile(text)


def test_a_half_open_socket_lets_nothing_through_either_way() -> None:
    socket = Socket(Line())
    socket.way.suffer(HalfOpen())
    socket.way.say(b"1")
    socket.way.hear(lambda: socket.ends.append("heard"))
    assert (socket.came, socket.ends) == ([], [])


def test_a_slow_socket_is_late_until_it_is_not() -> None:
    socket = Socket(Line())
    socket.way.suffer(Slow(30))
    socket.way.say(b"1")
    socket.way.suffer(Slow(0))
    socket.way.say(b"2")
    socket.run_until(100)
    assert socket.came == [(30, b"1"), (30, b"2")]


def test_a_torn_socket_ends_in_its_next_frame() -> None:
    socket = Socket(Line())
    socket.way.suffer(Tear())
    socket.way.say(b"half")
    socket.way.say(b"never")
    assert (socket.came, socket.ends) == ([], [b"half"])


def test_a_socket_ends_with_a_code_hears_what_is_said_and_is_forgotten() -> None:
    socket = Socket(Line())
    socket.way.suffer(Say(b"error"))
    socket.way.suffer(Close(1008))
    assert (socket.came, socket.ends) == ([(0, b"error")], [1008])
    line = long_line(base_ms=10)
    gone = Socket(line)
    gone.way.say(b"under way")
    gone.way.end()
    gone.run_until(100)
    assert gone.came == []
