"""Supervised tasks, in virtual time: crashes are bounded and told, shutdown is ordered and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hive.domain.errors import CallerError, LimitReached
from hive.runtime.rng import SeededRng
from hive.runtime.tasks import (
    TASKS_MAX,
    CrashBudget,
    Supervisor,
    SupervisorSnapshot,
    TaskCrash,
    TaskState,
)
from hive.simulation.clock import VirtualClock
from hive.simulation.virtual_time import Kernel, ProcessLoop

SECOND_NS = 1_000_000_000


class World:
    """A supervisor in virtual time, and what it reported."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        self.crashes: list[TaskCrash] = []
        self.supervisor = Supervisor(
            VirtualClock(self.kernel, 0), SeededRng(1), self.crashes.append
        )

    @property
    def now_ms(self) -> float:
        return self.kernel.now_ns / 1e6

    def run(self, scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Play a scene to its end, then stop what it left."""

        async def whole() -> None:
            await scene()
            await asyncio.sleep(0)
            await self.supervisor.shutdown(0)

        loop = ProcessLoop(self.kernel, "p")
        self.kernel.run_until_done(loop.start(whole()), limit_ns=3_600 * SECOND_NS)
        assert self.kernel.failures == []


@pytest.fixture
def world() -> World:
    return World()


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def broken() -> None:
    raise ValueError("no")


def test_a_task_that_returns_has_finished_and_its_name_is_free(world: World) -> None:
    ran: list[str] = []

    async def work() -> None:
        ran.append("done")

    async def scene() -> None:
        for _ in range(2):
            handle = world.supervisor.spawn("work", work)
            assert await handle.wait()
            assert handle.state is TaskState.FINISHED

    world.run(scene)
    assert ran == ["done", "done"]
    assert world.supervisor.snapshot().tasks == ()
    assert world.crashes == []


def test_a_name_is_taken_while_its_task_lives(world: World) -> None:
    async def scene() -> None:
        world.supervisor.spawn("work", forever)
        with pytest.raises(CallerError, match="work"):
            world.supervisor.spawn("work", forever)

    world.run(scene)


def test_a_crash_is_reported_by_name_and_not_restarted_unless_asked(world: World) -> None:
    async def scene() -> None:
        handle = world.supervisor.spawn("work", broken)
        await handle.wait()
        assert handle.state is TaskState.FAILED

    world.run(scene)
    assert [(crash.name, str(crash.error), crash.restart_in_ms) for crash in world.crashes] == [
        ("work", "no", None)
    ]


def test_a_crashing_task_is_restarted_with_growing_rests_until_its_budget_is_spent(
    world: World,
) -> None:
    budget = CrashBudget(crashes_max=4, window_ms=60_000, backoff_ms=100, backoff_ms_max=500)

    async def scene() -> None:
        handle = world.supervisor.spawn("work", broken, restart=True, crash_budget=budget)
        await handle.wait()
        assert handle.state is TaskState.FAILED
        assert handle.crashes == 5

    world.run(scene)
    rests = [crash.restart_in_ms for crash in world.crashes]
    assert rests[-1] is None
    for rest, whole in zip(rests[:-1], (100, 200, 400, 500), strict=True):
        assert rest is not None
        assert whole / 2 <= rest <= whole
    assert world.now_ms == sum(rest for rest in rests if rest is not None)


def test_crashes_further_apart_than_the_window_never_spend_the_budget(world: World) -> None:
    budget = CrashBudget(crashes_max=1, window_ms=1_000, backoff_ms=100, backoff_ms_max=100)

    async def crash_every_two_seconds() -> None:
        await asyncio.sleep(2)
        raise ValueError("again")

    async def scene() -> None:
        handle = world.supervisor.spawn(
            "work", crash_every_two_seconds, restart=True, crash_budget=budget
        )
        await asyncio.sleep(100)
        assert not handle.has_ended
        assert handle.crashes > 40

    world.run(scene)


def test_a_restarted_task_that_succeeds_has_finished(world: World) -> None:
    attempts: list[int] = []

    async def third_time_lucky() -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ValueError("not yet")

    async def scene() -> None:
        handle = world.supervisor.spawn("work", third_time_lucky, restart=True)
        await handle.wait()
        assert handle.state is TaskState.FINISHED

    world.run(scene)
    assert len(attempts) == 3


def test_cancel_reaches_a_task_that_rests(world: World) -> None:
    async def scene() -> None:
        handle = world.supervisor.spawn(
            "work", broken, restart=True, crash_budget=CrashBudget(backoff_ms=60_000)
        )
        await asyncio.sleep(0.001)
        assert handle.snapshot().state is TaskState.RESTING
        handle.cancel()
        await handle.wait()
        assert handle.snapshot().state is TaskState.CANCELED

    world.run(scene)
    assert world.now_ms == 1


def test_cancel_before_the_first_step_still_ends_the_task(world: World) -> None:
    async def scene() -> None:
        handle = world.supervisor.spawn("work", forever)
        handle.cancel()
        await handle.wait()
        assert handle.state is TaskState.CANCELED

    world.run(scene)


def test_waiting_may_be_bounded_and_given_up(world: World) -> None:
    async def scene() -> None:
        handle = world.supervisor.spawn("work", forever)
        until_s = asyncio.get_running_loop().time() + 3
        assert not await handle.wait(until_s)
        assert world.now_ms == 3_000
        handle.cancel()
        assert await handle.wait()

    world.run(scene)


def test_shutdown_stops_the_youngest_first_one_after_the_other(world: World) -> None:
    order: list[str] = []

    def tidy(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def work() -> None:
            try:
                await forever()
            finally:
                order.append(f"{name} asked")
                await asyncio.sleep(0.01)
                order.append(f"{name} gone")

        return work

    async def scene() -> None:
        for name in ("sockets", "desk", "strategies"):
            world.supervisor.spawn(name, tidy(name))
        await asyncio.sleep(0)
        await world.supervisor.shutdown(5_000)

    world.run(scene)
    assert order == [
        "strategies asked",
        "strategies gone",
        "desk asked",
        "desk gone",
        "sockets asked",
        "sockets gone",
    ]
    assert world.supervisor.snapshot().tasks == ()


def test_a_task_that_will_not_stop_is_named_and_does_not_hold_up_the_shutdown(
    world: World,
) -> None:
    ended: list[str] = []

    async def stubborn() -> None:
        for _ in range(2):  # the request, and the last word at the deadline
            try:
                await forever()
            except asyncio.CancelledError:
                continue
        await forever()

    async def obedient() -> None:
        try:
            await forever()
        finally:
            ended.append("obedient")

    async def scene() -> None:
        world.supervisor.spawn("obedient", obedient)
        world.supervisor.spawn("stubborn", stubborn)
        await asyncio.sleep(0)
        await world.supervisor.shutdown(2_000)

    world.run(scene)
    assert world.now_ms == 2_000
    assert ended == ["obedient"], "what came before the stubborn one is canceled all the same"
    assert [(crash.name, type(crash.error)) for crash in world.crashes] == [
        ("stubborn", TimeoutError)
    ]
    assert world.supervisor.snapshot().stuck == 1


def test_a_shutdown_without_time_still_ends_whoever_obeys(world: World) -> None:
    async def scene() -> None:
        for index in range(20):
            world.supervisor.spawn(f"work {index}", forever)
        await asyncio.sleep(0)
        await world.supervisor.shutdown(0)

    world.run(scene)
    assert world.supervisor.snapshot().stuck == 0
    assert world.crashes == []


def test_nothing_is_spawned_after_shutdown_began(world: World) -> None:
    async def scene() -> None:
        await world.supervisor.shutdown(0)
        with pytest.raises(CallerError, match="shut down"):
            world.supervisor.spawn("late", forever)

    world.run(scene)


def test_a_crash_while_stopping_is_reported_too(world: World) -> None:
    async def clumsy() -> None:
        try:
            await forever()
        finally:
            raise ValueError("while tidying up")

    async def scene() -> None:
        world.supervisor.spawn("clumsy", clumsy, restart=True)
        await asyncio.sleep(0)
        await world.supervisor.shutdown(1_000)

    world.run(scene)
    assert [str(crash.error) for crash in world.crashes] == ["while tidying up"]


def test_tasks_are_bounded(world: World) -> None:
    async def scene() -> None:
        for index in range(TASKS_MAX):
            world.supervisor.spawn(f"work {index}", forever)
        with pytest.raises(LimitReached, match="tasks_max"):
            world.supervisor.spawn("one more", forever)

    world.run(scene)


def test_the_snapshot_tells_state_and_last_error_in_order_of_spawning(world: World) -> None:
    snapshots: list[SupervisorSnapshot] = []

    async def scene() -> None:
        world.supervisor.spawn("steady", forever)
        world.supervisor.spawn("shaky", broken, restart=True)
        await asyncio.sleep(0.001)
        snapshots.append(world.supervisor.snapshot())

    world.run(scene)
    (snapshot,) = snapshots
    assert [(task.name, task.state, task.last_error) for task in snapshot.tasks] == [
        ("steady", TaskState.RUNNING, ""),
        ("shaky", TaskState.RESTING, "ValueError('no')"),
    ]
    assert (snapshot.spawned, snapshot.crashes) == (2, 1)


def test_two_runs_of_one_seed_restart_at_the_same_moments() -> None:
    async def scene_of(world: World) -> None:
        for name in ("a", "b", "c"):
            world.supervisor.spawn(name, broken, restart=True)
        await asyncio.sleep(30)

    traces = []
    for _ in range(2):
        world = World()

        async def scene(world: World = world) -> None:
            await scene_of(world)

        world.run(scene)
        traces.append([(crash.name, crash.restart_in_ms) for crash in world.crashes])
    assert traces[0] == traces[1]
    assert len(traces[0]) == 28
