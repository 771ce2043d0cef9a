"""Virtual time runs asyncio code unchanged, in order, and a killed process runs nothing more."""

from __future__ import annotations

import asyncio

import pytest

from hive.domain.errors import NotOffered
from hive.simulation.virtual_time import NS_PER_S, Kernel, ProcessLoop, Stuck


def test_a_day_of_sleep_costs_no_real_time() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")

    async def main() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    task = loop.start(main())
    assert kernel.run_until_done(task, limit_ns=90_000 * NS_PER_S) == pytest.approx(86_400)
    assert kernel.callbacks_run < 10


def test_two_processes_share_one_time_and_keep_their_own_order() -> None:
    kernel = Kernel()
    seen: list[str] = []

    async def main(name: str, pause_s: float) -> None:
        for step in range(3):
            await asyncio.sleep(pause_s)
            seen.append(f"{name}{step}@{asyncio.get_running_loop().time():.1f}")

    for name, pause_s in (("a", 1.0), ("b", 1.5)):
        loop = ProcessLoop(kernel, name)
        loop.start(main(name, pause_s))
    kernel.run(until_ns=10 * NS_PER_S)
    assert seen == ["a0@1.0", "b0@1.5", "a1@2.0", "b1@3.0", "a2@3.0", "b2@4.5"]


def test_a_killed_process_runs_not_even_its_finally() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "victim")
    ran: list[str] = []

    async def main() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ran.append("finally")

    task = loop.start(main())
    kernel.run(until_ns=1 * NS_PER_S)
    loop.kill()
    kernel.run(until_ns=60 * NS_PER_S)
    assert ran == []
    assert not task.done()


def test_what_can_never_happen_is_reported_as_stuck() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")
    with pytest.raises(Stuck):
        kernel.run_until_done(loop.create_future(), limit_ns=NS_PER_S)


def test_an_exception_nobody_catches_is_a_failure_of_the_world() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")

    def explode() -> None:
        raise ValueError("planted")

    loop.call_soon(explode)
    kernel.run(until_ns=1)
    assert len(kernel.failures) == 1
    assert "planted" in kernel.failures[0]


def test_cancelled_timers_do_not_run() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")
    ran: list[int] = []
    loop.call_later(1.0, ran.append, 1).cancel()
    loop.call_later(2.0, ran.append, 2)
    kernel.run(until_ns=5 * NS_PER_S)
    assert ran == [2]


def test_asyncio_primitives_work_unchanged() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p")

    async def main() -> list[int]:
        queue: asyncio.Queue[int] = asyncio.Queue()
        event = asyncio.Event()

        async def producer() -> None:
            for number in range(3):
                await asyncio.sleep(0.1)
                queue.put_nowait(number)
            event.set()

        task = asyncio.get_running_loop().create_task(producer())
        await event.wait()
        await task
        return [queue.get_nowait() for _ in range(3)]

    assert kernel.run_until_done(loop.start(main()), limit_ns=NS_PER_S) == [0, 1, 2]


def test_threads_are_not_offered() -> None:
    loop = ProcessLoop(Kernel(), "p")
    with pytest.raises(NotOffered):
        loop.run_in_executor(None, print)


def test_what_is_meant_for_a_thread_can_be_done_inline() -> None:
    kernel = Kernel()
    loop = ProcessLoop(kernel, "p", works_inline=True)

    async def main() -> tuple[int, str]:
        worked = await loop.run_in_executor(None, int, "7")
        try:
            await loop.run_in_executor(None, int, "seven")
        except ValueError as error:
            return worked, str(error)
        raise AssertionError("the error is lost")

    worked, told = kernel.run_until_done(loop.start(main()), limit_ns=0)
    assert worked == 7
    assert "seven" in told
