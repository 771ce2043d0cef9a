"""A start that takes long says what it waits for, again and again, and nothing once it is over."""

from __future__ import annotations

import asyncio

from hive.app.trader.start_words import AGAIN_S, PATIENCE_S, StartWords
from hive.simulation.virtual_time import Kernel, ProcessLoop


def test_a_long_start_says_what_it_waits_for_until_it_is_over() -> None:
    kernel = Kernel()
    told: list[tuple[float, str]] = []
    reasons = iter(["the venue", "its weight, 9 s", "never asked"])

    async def start(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        words = StartWords(
            lambda: next(reasons), lambda text: told.append((round(loop.time() - began), text))
        )
        words.begin()
        await asyncio.sleep(seconds)
        words.end()
        words.end()
        await asyncio.sleep(3 * AGAIN_S)

    for seconds in (PATIENCE_S - 0.1, PATIENCE_S + AGAIN_S + 0.1):
        task = ProcessLoop(kernel, "p").start(start(seconds))
        kernel.run_until_done(task, limit_ns=kernel.now_ns + 600 * 10**9)
    assert told == [(2, "waiting for the venue"), (12, "waiting for its weight, 9 s")]
