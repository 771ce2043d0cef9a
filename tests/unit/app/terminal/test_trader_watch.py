"""The watch hears a trading process out, draws what it says, and knows how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from tests.unit.app.scripted_child import folder_with
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.exit_codes import EXIT_CONFIG, EXIT_INTERRUPTED, StoppedEarly
from hive.app.processes import trader_messages
from hive.app.processes.child import ChildFailed, ChildProcess
from hive.app.processes.stuck_call import STUCK, StuckCall
from hive.app.processes.trader_messages import (
    Failed,
    Ready,
    Status,
    Stopped,
    TraderMessage,
    Waiting,
)
from hive.app.snapshot import LogLine
from hive.app.terminal.trader_watch import CLEAR, PLAIN_EVERY_S, TraderRefused, TraderWatch
from hive.domain.errors import ConfigRefused
from hive.guardian.beats import TRADER_BEAT

READY = Ready(account="0x" + "ab" * 20, page_url="http://127.0.0.1:8420")
STOPPED = Stopped(
    snapshot=SNAPSHOT,
    strategies=2,
    sockets=2,
    subscriptions=3,
    strategies_ordering=2,
    strategies_filled=1,
    equity_usd=[1.0],
    held=[],
    orders_uncertain=0,
)


class Terminal(StringIO):
    """A screen that says it is one."""

    def isatty(self) -> bool:
        return True


class Asking(StringIO):
    """A screen that does something when it is drawn upon."""

    act: Callable[[], None]

    def flush(self) -> None:
        self.act()


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


def test_what_a_start_waits_for_is_said_on_the_screen(tmp_path: Path) -> None:
    screen = StringIO()
    follow(tmp_path, saying(Waiting(text="waiting for the venue"), READY, STOPPED), screen)
    assert screen.getvalue().startswith("hive: waiting for the venue\n")


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


def test_a_refused_configuration_stays_one(tmp_path: Path) -> None:
    """So this process ends with the code of the one that found it."""
    said = Failed(message="hive.yml:3:1 no such coin", hint="name one", exit_code=EXIT_CONFIG)
    with pytest.raises(ConfigRefused, match="no such coin") as caught:
        follow(tmp_path, saying(said))
    assert caught.value.hint == "name one"


def test_an_early_stop_stays_one(tmp_path: Path) -> None:
    with pytest.raises(StoppedEarly):
        follow(tmp_path, saying(Failed(message="stopped", hint="", exit_code=EXIT_INTERRUPTED)))


def test_an_end_without_a_word_is_told_with_what_python_said(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="ZeroDivisionError"):
        follow(tmp_path, saying(READY) + "1 / 0\n")


def test_a_line_that_is_no_message_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="said 'a stray print'"):
        follow(tmp_path, "print('a stray print')\n")


def test_a_process_that_was_stopped_before_its_first_word_failed_at_nothing(tmp_path: Path) -> None:
    script = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # one that comes early waits
sys.stdout.buffer.write(%r)
sys.stdout.flush()
signal.sigwait({signal.SIGINT})
sys.exit(130)
""" % (trader_messages.encode(Status(snapshot=SNAPSHOT)) + b"\n")

    async def run() -> Stopped:
        child = await ChildProcess.start("trading", cwd=folder_with(tmp_path, script))
        screen = Asking()
        watch = TraderWatch(child, screen)
        screen.act = watch.ask_to_stop
        try:
            return await watch.follow()
        finally:
            await watch.end()

    with pytest.raises(StoppedEarly, match="stopped before anything was traded"):
        asyncio.run(run())


def test_a_process_that_does_not_stop_is_ended_and_said_to_have_left_orders(tmp_path: Path) -> None:
    """A strategy's handler that never returns keeps the whole process from hearing anything."""
    script = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdout.buffer.write({trader_messages.encode(READY)!r} + b"\\n")
sys.stdout.flush()
while True:
    signal.pause()
"""

    async def run() -> Stopped:
        child = await ChildProcess.start("trading", cwd=folder_with(tmp_path, script))
        watch = TraderWatch(child, None, cancel_patience_s=0.05)
        try:
            return await watch.follow(lambda _: watch.ask_to_stop())
        finally:
            await watch.end()

    with pytest.raises(ChildFailed, match=r"did not stop within 0\.05 s .* orders may be open"):
        asyncio.run(run())


def test_one_that_gives_no_sign_of_life_is_told_of_and_ended_by_who_asks_twice(
    tmp_path: Path,
) -> None:
    """It says what it is in; nothing is promised that it cannot do."""
    beat = tmp_path / TRADER_BEAT
    call = StuckCall("b", "on_bbo", "mine.py:7")
    script = f"""
import os, signal
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_IGN)
told = {msgspec.json.encode(call)!r}
signal.signal(signal.SIGUSR1, lambda *_: Path({str(tmp_path / STUCK)!r}).write_bytes(told))
beat = '{{"pid":%d,"number":7,"state":"trading"}}' % os.getpid()
Path({str(beat)!r}).write_text(beat)
while True:
    signal.pause()
"""
    screen = Asking()

    async def run() -> Stopped:
        child = await ChildProcess.start("trading", cwd=folder_with(tmp_path, script))
        watch = TraderWatch(child, screen, folder=tmp_path)
        screen.act = watch.ask_to_stop
        try:
            return await watch.follow()
        finally:
            await watch.end()

    where = r"strategy b does not return from on_bbo \(mine\.py:7\)"
    with pytest.raises(ChildFailed, match=f"was ended: {where}; its orders may be open") as caught:
        asyncio.run(run())
    assert str(tmp_path) in str(caught.value.hint)
    silent, answered = screen.getvalue().splitlines()
    assert "has not answered for" in silent
    assert "nothing is cancelled and its orders may be open; Ctrl-C again ends it" in answered


def test_a_file_is_told_once_what_a_person_should_know(tmp_path: Path) -> None:
    screen = StringIO()
    log = [
        LogLine(number=1, wall_ms=0, kind="started", text="one: running"),
        LogLine(number=2, wall_ms=1_000, kind="link", text="public socket lost"),
    ]
    more = [
        *log,
        LogLine(number=3, wall_ms=2_000, kind="paused", text="one: raised 5 times"),
        LogLine(number=4, wall_ms=3_000, kind="data", text="history of BTC 1m: 500"),
    ]
    statuses = [Status(snapshot=later(SNAPSHOT, log=lines)) for lines in (log, log, more)]
    follow(tmp_path, saying(READY, *statuses, STOPPED), screen)
    told = [line for line in screen.getvalue().splitlines() if line.startswith("00:00:0")]
    assert told == [
        "00:00:01 link       public socket lost",
        "00:00:02 paused     one: raised 5 times",
        "00:00:03 data       history of BTC 1m: 500",
    ]


def test_being_asked_to_stop_is_answered_by_the_last_word(tmp_path: Path) -> None:
    ready, stopped = (trader_messages.encode(message) + b"\n" for message in (READY, STOPPED))
    script = f"""
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})
sys.stdout.buffer.write({ready!r})
sys.stdout.flush()
signal.sigwait({{signal.SIGINT}})
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
