"""The watch hears a trading process out, draws what it says, and knows how it ended."""

from __future__ import annotations

import asyncio
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from tests.unit.app.scripted_child import folder_with
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app import trader_messages
from hive.app.child_process import ChildFailed, ChildProcess
from hive.app.trader_messages import Failed, Ready, Status, Stopped, TraderMessage
from hive.app.trader_watch import CLEAR, PLAIN_EVERY_S, TraderRefused, TraderWatch

READY = Ready(account="0x" + "ab" * 20, page_url="http://127.0.0.1:8420")
STOPPED = Stopped(
    snapshot=SNAPSHOT,
    strategies=2,
    subscriptions=3,
    strategies_ordering=2,
    strategies_filled=1,
    equity_usd=[1.0],
    orders_uncertain=0,
)


class Terminal(StringIO):
    """A screen that says it is one."""

    def isatty(self) -> bool:
        return True


def saying(*messages: TraderMessage) -> str:
    """A script that says these and ends."""
    told = b"".join(trader_messages.encode(message) + b"\n" for message in messages)
    return f"import sys\nsys.stdout.buffer.write({told!r})\n"


def follow(folder: Path, script: str, screen: StringIO | None = None) -> Stopped:
    async def run() -> Stopped:
        child = await ChildProcess.start("trading", cwd=folder_with(folder, script))
        watch = TraderWatch(child, screen)
        try:
            return await watch.follow()
        finally:
            await watch.end()

    return asyncio.run(run())


def test_the_last_word_is_what_following_returns(tmp_path: Path) -> None:
    assert follow(tmp_path, saying(READY, Status(snapshot=SNAPSHOT), STOPPED)) == STOPPED


def test_whoever_waits_for_the_start_is_told_once(tmp_path: Path) -> None:
    async def run() -> tuple[list[Ready], bool, bool]:
        script = saying(READY, Status(snapshot=SNAPSHOT), STOPPED)
        child = await ChildProcess.start("trading", cwd=folder_with(tmp_path, script))
        watch = TraderWatch(child, None)
        before = watch.is_ready.is_set()
        told: list[Ready] = []
        await watch.follow(told.append)
        return told, before, watch.is_ready.is_set()

    assert asyncio.run(run()) == ([READY], False, True)


def test_a_refusal_keeps_its_hint(tmp_path: Path) -> None:
    with pytest.raises(TraderRefused, match="no key") as caught:
        follow(tmp_path, saying(Failed(message="no key", hint="make one")))
    assert caught.value.hint == "make one"


def test_an_end_without_a_word_is_told_with_what_python_said(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="ZeroDivisionError"):
        follow(tmp_path, saying(READY) + "1 / 0\n")


def test_a_line_that_is_no_message_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(msgspec.DecodeError):
        follow(tmp_path, "print('a stray print')\n")


def test_being_asked_to_stop_is_answered_by_the_last_word(tmp_path: Path) -> None:
    ready, stopped = (trader_messages.encode(message) + b"\n" for message in (READY, STOPPED))
    script = f"""
import signal, sys
try:
    sys.stdout.buffer.write({ready!r})
    sys.stdout.flush()
    while True:
        signal.pause()
except KeyboardInterrupt:
    sys.stdout.buffer.write({stopped!r})
"""

    async def run() -> Stopped:
        child = await ChildProcess.start("trading", cwd=folder_with(tmp_path, script))
        watch = TraderWatch(child, None)
        return await watch.follow(lambda _: watch.ask_to_stop())

    assert asyncio.run(run()) == STOPPED


def test_a_terminal_is_drawn_anew_each_time(tmp_path: Path) -> None:
    screen = Terminal()
    statuses = [Status(snapshot=later(SNAPSHOT, fills=fills)) for fills in (90, 91, 92)]
    follow(tmp_path, saying(READY, *statuses, STOPPED), screen)
    pictures = screen.getvalue().split(CLEAR)[1:]
    assert len(pictures) == 3
    assert all(READY.page_url in picture for picture in pictures)
    assert ["fills 90 " in pictures[0], "fills 92 " in pictures[2]] == [True, True]


def test_a_file_gets_a_few_lines_now_and_then(tmp_path: Path) -> None:
    """Without a terminal nothing is erased, so less is written."""
    screen = StringIO()
    statuses = [Status(snapshot=SNAPSHOT)] * (PLAIN_EVERY_S + 1)
    follow(tmp_path, saying(READY, *statuses, STOPPED), screen)
    assert CLEAR not in screen.getvalue()
    assert screen.getvalue().count("equity") == 2
