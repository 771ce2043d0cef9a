"""The REST client in virtual time: inside the budget, questions again, actions once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hive.connection.rate_budget import SPAN_MS, IpBudget
from hive.connection.rest_client import RestClient
from hive.connection.weight_gate import WAITING_MAX
from hive.domain.errors import HiveError, LimitReached, NotSent, Unanswered, VenueRefused
from hive.hyperliquid.limits import VenueLimits
from hive.runtime.ports import HttpReply, WsLink, WsListener
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel, ProcessLoop

OK = HttpReply(200, b"[]")
Answer = HttpReply | HiveError


class ScriptedNet:
    """Answers each post with the next of `answers`, the last one for ever."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.answers: list[Answer] = [OK]
        self.posts: list[tuple[int, str, Any]] = []
        self.timeouts_ms: list[int] = []

    async def post(self, url: str, body: bytes, *, timeout_ms: int) -> HttpReply:
        self.posts.append((self._clock.now_ms(), url, json.loads(body)))
        self.timeouts_ms.append(timeout_ms)
        await asyncio.sleep(0.01)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, HttpReply):
            return answer
        raise answer

    async def connect_ws(self, url: str, listener: WsListener, *, timeout_ms: int) -> WsLink:
        raise NotImplementedError

    async def aclose(self) -> None: ...


class World:
    def __init__(self, limits: VenueLimits | None = None) -> None:
        self.kernel = Kernel()
        self.clock = VirtualClock(self.kernel, 0)
        self.net = ScriptedNet(self.clock)
        self.budget = IpBudget(limits or VenueLimits(), share=1.0, reserve_share=0.1)
        self.rest = RestClient(self.net, self.clock, self.budget, url="http://venue/")

    def play(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop = ProcessLoop(self.kernel, "p")
        self.kernel.run_until_done(loop.start(scene()), limit_ns=3_600 * 10**9)
        assert self.kernel.failures == []

    @property
    def times_ms(self) -> list[int]:
        return [at_ms for at_ms, _, _ in self.net.posts]


@pytest.fixture
def world() -> World:
    return World()


def test_a_question_goes_to_info_and_its_body_comes_back(world: World) -> None:
    async def scene() -> None:
        world.net.answers = [HttpReply(200, b'{"a":1}')]
        assert await world.rest.info({"type": "meta"}) == b'{"a":1}'

    world.play(scene)
    assert world.net.posts == [(0, "http://venue/info", {"type": "meta"})]


def test_questions_wait_when_the_minute_is_used_up() -> None:
    world = World(VenueLimits(weight_per_min=100))

    async def scene() -> None:
        for _ in range(9):
            await world.rest.info({"type": "meta"})  # 20 each, of 90 without the reserve

    world.play(scene)
    for start in world.times_ms:
        assert sum(20 for at_ms in world.times_ms if start <= at_ms < start + 60_000) <= 90
    assert world.times_ms[-1] > 120_000


def test_the_reserve_is_for_what_is_urgent_and_urgent_goes_first() -> None:
    world = World(VenueLimits(weight_per_min=100))
    order: list[str] = []

    async def ask(kind: str, *, urgent: bool) -> None:
        await world.rest.info({"type": kind}, urgent=urgent)
        order.append(kind)

    async def scene() -> None:
        for _ in range(4):
            await world.rest.info({"type": "meta"})
        await asyncio.gather(
            ask("spotMeta", urgent=False),
            ask("perpDexs", urgent=False),
            ask("orderStatus", urgent=True),
        )

    world.play(scene)
    assert order == ["orderStatus", "spotMeta", "perpDexs"]
    assert world.times_ms[4] < 1_000, "from the reserve, at once"


def test_who_waits_for_weight_can_be_told_how_long() -> None:
    world = World(VenueLimits(weight_per_min=60))

    async def scene() -> None:
        assert world.rest.held_ms() == 0
        await world.rest.info({"type": "meta"})
        await world.rest.info({"type": "meta"})
        waiting = asyncio.ensure_future(world.rest.info({"type": "meta"}))
        await asyncio.sleep(1)
        assert world.rest.held_ms() == SPAN_MS - 1_020
        await waiting
        assert world.rest.held_ms() == 0

    world.play(scene)


def test_an_attempt_waits_no_longer_than_the_asker_does(world: World) -> None:
    async def scene() -> None:
        await world.rest.info({"type": "meta"}, timeout_ms=77)

    world.play(scene)
    assert world.net.timeouts_ms == [77]


def test_a_heavy_question_is_not_passed_for_ever_by_light_ones() -> None:
    world = World(VenueLimits(weight_per_min=100))
    order: list[str] = []

    async def ask(kind: str) -> None:
        await world.rest.info({"type": kind})
        order.append(kind)

    async def scene() -> None:
        for _ in range(4):
            await world.rest.info({"type": "meta"})
        await asyncio.gather(ask("userRole"), *(ask("allMids") for _ in range(10)))

    world.play(scene)
    assert order[0] == "userRole"


def test_a_canceled_question_leaves_the_line() -> None:
    world = World(VenueLimits(weight_per_min=100))

    async def scene() -> None:
        for _ in range(4):
            await world.rest.info({"type": "meta"})
        loop = asyncio.get_running_loop()
        impatient = loop.create_task(world.rest.info({"type": "userRole"}))
        patient = loop.create_task(world.rest.info({"type": "perpDexs"}))
        await asyncio.sleep(1)
        impatient.cancel()
        await patient
        assert world.rest.snapshot().waiting == 0

    world.play(scene)
    assert [body["type"] for _, _, body in world.net.posts][4:] == ["perpDexs"]


def test_the_line_is_bounded() -> None:
    world = World(VenueLimits(weight_per_min=25))

    async def scene() -> None:
        await world.rest.info({"type": "meta"})
        loop = asyncio.get_running_loop()
        asking = [loop.create_task(world.rest.info({"type": "meta"})) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(LimitReached, match="waiting_max"):
            await world.rest.info({"type": "meta"})
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    world.play(scene)


def test_rows_are_charged_once_they_are_known(world: World) -> None:
    async def scene() -> None:
        fills = json.dumps([{"tid": number} for number in range(2_000)]).encode()
        world.net.answers = [HttpReply(200, fills)]
        await world.rest.info({"type": "userFillsByTime"})
        used = world.budget.weight.snapshot(world.clock.now_ms()).used
        assert used == 20 + 2_000 // 20
        world.net.answers = [HttpReply(200, b"null" + b" " * 1_000)]
        await world.rest.info({"type": "userFillsByTime"})
        assert world.budget.weight.snapshot(world.clock.now_ms()).used == used + 20

    world.play(scene)


@pytest.mark.parametrize(
    "failure",
    [NotSent("x"), Unanswered("x"), HttpReply(500, b"null"), HttpReply(502, b"<html>")],
)
def test_a_question_is_asked_again_after_a_passing_failure(world: World, failure: Answer) -> None:
    async def scene() -> None:
        world.net.answers = [failure, failure, OK]
        assert await world.rest.info({"type": "meta"}) == b"[]"

    world.play(scene)
    assert len(world.net.posts) == 3
    assert world.rest.snapshot().retries == 2
    first, second = world.times_ms[1] - world.times_ms[0], world.times_ms[2] - world.times_ms[1]
    assert second > first


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (NotSent("gone"), NotSent),
        (Unanswered("late"), Unanswered),
        (HttpReply(503, b"busy"), VenueRefused),
    ],
)
def test_a_failure_that_does_not_pass_is_told_after_a_few_attempts(
    world: World, failure: Answer, error: type[HiveError]
) -> None:
    async def scene() -> None:
        world.net.answers = [failure]
        with pytest.raises(error):
            await world.rest.info({"type": "meta"})

    world.play(scene)
    assert len(world.net.posts) == 4


def test_a_no_is_a_no_at_once_and_in_the_venues_words(world: World) -> None:
    async def scene() -> None:
        world.net.answers = [HttpReply(422, b"Failed to deserialize the JSON body")]
        with pytest.raises(VenueRefused, match=r"nonsense: HTTP 422 Failed to deserialize"):
            await world.rest.info({"type": "nonsense"})

    world.play(scene)
    assert len(world.net.posts) == 1


def test_after_429_nobody_asks_for_a_while(world: World) -> None:
    async def scene() -> None:
        world.net.answers = [HttpReply(429, b"null"), OK]
        loop = asyncio.get_running_loop()
        first = loop.create_task(world.rest.info({"type": "meta"}))
        await asyncio.sleep(0.1)
        await world.rest.info({"type": "allMids"})
        await first

    world.play(scene)
    assert world.times_ms[0] == 0
    assert min(world.times_ms[1:]) >= 2_000


def test_a_minute_that_somebody_else_has_spent_is_waited_out(world: World) -> None:
    """A process that starts right after another at one address has its answer in the end."""

    async def scene() -> None:
        world.net.answers = [*[HttpReply(429, b"null")] * 5, OK]
        await world.rest.info({"type": "meta"})

    world.play(scene)
    assert 60_000 <= world.times_ms[-1] <= 70_000


def test_a_429_that_never_ends_is_told(world: World) -> None:
    async def scene() -> None:
        world.net.answers = [HttpReply(429, b"null")]
        with pytest.raises(VenueRefused, match="429"):
            await world.rest.info({"type": "meta"})

    world.play(scene)
    assert 120_000 <= world.times_ms[-1] <= 140_000


@pytest.mark.parametrize("failure", [NotSent("x"), Unanswered("x")])
def test_an_action_is_sent_once_whatever_happens(world: World, failure: HiveError) -> None:
    async def scene() -> None:
        world.net.answers = [failure]
        with pytest.raises(type(failure)):
            await world.rest.exchange(b'{"action":{}}', 1)
        world.net.answers = [HttpReply(429, b"null")]
        assert (await world.rest.exchange(b'{"action":{}}', 1)).status == 429

    world.play(scene)
    assert [url for _, url, _ in world.net.posts] == ["http://venue/exchange"] * 2


def test_an_action_passes_waiting_questions_from_the_reserve() -> None:
    world = World(VenueLimits(weight_per_min=100))

    async def scene() -> None:
        for _ in range(4):
            await world.rest.info({"type": "meta"})
        waiting = asyncio.get_running_loop().create_task(world.rest.info({"type": "userRole"}))
        await asyncio.sleep(0)
        await world.rest.exchange(b"{}", 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    world.play(scene)
    assert world.times_ms[-1] < 1_000


def test_an_action_does_not_wait_because_a_question_was_too_much(world: World) -> None:
    async def scene() -> None:
        world.net.answers = [HttpReply(429, b"null"), OK]
        asking = asyncio.get_running_loop().create_task(world.rest.info({"type": "meta"}))
        await asyncio.sleep(0.1)
        urgent = asyncio.get_running_loop().create_task(
            world.rest.info({"type": "orderStatus"}, urgent=True)
        )
        await asyncio.sleep(0.1)
        await world.rest.exchange(b"{}", 1, deadline_ms=5_000)
        await asyncio.gather(asking, urgent)

    world.play(scene)
    paths = [url.rpartition("/")[2] for _, url, _ in world.net.posts]
    assert paths == ["info", "exchange", "info", "info"]
    assert world.times_ms[1] == 200, "at once"
    assert world.times_ms[2] >= 2_000, "even an urgent question waits until the venue has calmed"


def test_an_action_that_cannot_leave_by_its_deadline_is_not_sent() -> None:
    world = World(VenueLimits(weight_per_min=100))

    async def scene() -> None:
        await world.rest.exchange(b"{}", 99, deadline_ms=5_000)
        with pytest.raises(NotSent):
            await world.rest.exchange(b"{}", 2, deadline_ms=5_000)
        assert 5_000 <= world.clock.now_ms() <= 5_010
        with pytest.raises(NotSent):
            await world.rest.exchange(b"{}", 1, deadline_ms=5_000)
        assert world.rest.snapshot().waiting == 0

    world.play(scene)
    assert len(world.net.posts) == 1
    assert world.budget.weight.snapshot(world.clock.now_ms()).used == 99


def test_an_answer_to_an_action_is_waited_for_until_its_deadline(world: World) -> None:
    async def scene() -> None:
        await world.rest.exchange(b"{}", 1, deadline_ms=3_000)
        await world.rest.exchange(b"{}", 1)

    world.play(scene)
    assert world.net.timeouts_ms == [3_000, 10_000]
