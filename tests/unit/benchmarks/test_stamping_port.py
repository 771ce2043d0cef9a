"""The venue that ticks: when it does, whom it waits for, and what it says in the end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from benchmarks.contenders import round_of
from benchmarks.stamping_loop import Reading
from benchmarks.stamping_port import LISTENER_WAIT_MS, PATIENCE_MS, Arrival, StampingPort, Tick
from benchmarks.still_venue import still_venue

from hive.serving.port import ExchangeRequest, PostCounts, SignatureHex, SocketTrouble
from hive.serving.subscriptions import key_of

START_MS = 1_790_000_000_000
KEY = key_of({"type": "bbo", "coin": "BTC"})


class Listeners:
    """Behind `serving.port.Subscribers`: counts as told, remembers what was published."""

    def __init__(self) -> None:
        self.listening = 1
        self.frames: list[bytes] = []

    def count(self, key: str) -> int:
        return self.listening if key == KEY else 0

    def publish(self, key: str, frame: bytes) -> None:
        if key == KEY:
            self.frames.append(frame)

    def cut(self, connection: int) -> None: ...

    def posts(self) -> PostCounts:
        return PostCounts(0, 0, 0)

    def trouble(self, connection: int, trouble: SocketTrouble) -> None: ...

    def connections(self) -> list[int]:
        return []


class Stage:
    """A stamping port on a venue without markets, and a clock to drive it."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.listeners = Listeners()
        self.reading = Reading()
        self.done: list[list[Tick]] = []
        self.port = StampingPort(still_venue([], START_MS), self.reading, self.done.append)
        self.port.attach(self.listeners)

    def begin(self, **plan: Any) -> None:
        usual = {"type": "tick", "coin": "BTC", "ticks": 2, "interval_ms": 10, "px": 86_000}
        assert self.port.oracle(usual | plan, now_ms=self.now_ms).status == 200

    def pass_ms(self, elapsed_ms: int) -> None:
        for _ in range(elapsed_ms):
            self.now_ms += 1
            self.port.advance(self.now_ms)

    def order(self, read_ns: int, orders: int = 1) -> None:
        self.act({"type": "order", "orders": [{"c": "0x1"}] * orders, "grouping": "na"}, read_ns)

    def act(self, action: dict[str, Any], read_ns: int) -> None:
        """An action as a contender sends it; the venue behind turns it away, which is no matter."""
        self.reading.read_ns = read_ns
        request = ExchangeRequest(
            action=action,
            nonce=self.now_ms,
            signature=SignatureHex("0x1", "0x1", 27),
            vault_address=None,
            expires_after=None,
        )
        self.port.exchange(request, ip="127.0.0.1", now_ms=self.now_ms, answer=lambda _: None)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_it_ticks_at_its_interval_and_then_tells(stage: Stage) -> None:
    stage.begin(ticks=3)
    stage.pass_ms(9)
    assert not stage.listeners.frames
    stage.pass_ms(30)
    assert len(stage.listeners.frames) == 3
    assert not stage.done, "the last tick has its interval too"
    stage.pass_ms(1)
    assert [len(ticks) for ticks in stage.done] == [3]


def test_a_tick_is_a_push_that_moves(stage: Stage) -> None:
    stage.begin()
    stage.pass_ms(20)
    first, second = (msgspec.json.decode(frame)["data"] for frame in stage.listeners.frames)
    assert first["coin"] == "BTC"
    assert first["time"] == START_MS + 10
    assert first["bbo"][0]["px"] != second["bbo"][0]["px"]


def test_it_waits_for_its_orders_before_the_next_tick(stage: Stage) -> None:
    stage.begin(orders=2)
    stage.pass_ms(100)
    stage.order(1)
    stage.pass_ms(100)
    assert len(stage.listeners.frames) == 1
    stage.order(2)
    stage.pass_ms(1)
    assert len(stage.listeners.frames) == 2


def test_orders_are_booked_on_their_tick_with_the_time_of_their_reading(stage: Stage) -> None:
    stage.begin(ticks=1, orders=3)
    stage.pass_ms(10)
    stage.order(50, orders=2)
    stage.order(70)
    stage.pass_ms(10)
    ((tick,),) = stage.done
    assert tick.read_ns == [50, 50, 70]
    assert tick.actions == 2


def test_what_arrives_is_told_with_its_names_and_its_time(stage: Stage) -> None:
    stage.begin(ticks=1)
    stage.pass_ms(10)
    stage.act({"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": "0x2"}]}, 40)
    stage.order(50, orders=2)
    stage.pass_ms(10)
    ((tick,),) = stage.done
    cancel, orders = Arrival(40, True, ["0x2"]), Arrival(50, False, ["0x1", "0x1"])
    assert tick.arrivals == [cancel, orders]


def test_a_tick_that_nobody_answers_is_given_up(stage: Stage) -> None:
    stage.begin(ticks=1, orders=1)
    stage.pass_ms(10 + PATIENCE_MS - 1)
    assert not stage.done
    stage.pass_ms(1)
    assert [len(ticks) for ticks in stage.done] == [1]


def test_it_does_not_tick_before_somebody_listens(stage: Stage) -> None:
    stage.listeners.listening = 0
    stage.begin()
    stage.pass_ms(1_000)
    assert not stage.listeners.frames
    stage.listeners.listening = 1
    stage.pass_ms(50)
    assert len(stage.listeners.frames) == 2


def test_a_plan_that_nobody_listens_to_ends_without_a_tick(stage: Stage) -> None:
    stage.listeners.listening = 0
    stage.begin()
    stage.pass_ms(LISTENER_WAIT_MS + 20)
    assert stage.done == [[]]


def test_it_is_due_no_later_than_its_next_tick(stage: Stage) -> None:
    idle_ms = stage.port.next_deadline_ms()
    stage.begin(interval_ms=3)
    assert stage.port.next_deadline_ms() == min(idle_ms, START_MS + 3)


def test_a_round_leaves_out_what_was_not_answered_in_full() -> None:
    ticks = [Tick(1_000, [3_000, 5_000], 2), Tick(1_000, [9_000], 1), Tick(0, [1_000, 1_000], 1)]
    found = round_of(ticks, 2, cpu_us=7.0)
    assert found.first_us == [2.0, 1.0]
    assert found.last_us == [4.0, 1.0]
    assert found.actions == [2, 1]
    assert found.unanswered == 1
