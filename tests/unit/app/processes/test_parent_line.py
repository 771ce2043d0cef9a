"""The line to the parent carries whole messages and never keeps the trading process waiting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.processes import trader_messages
from hive.app.processes.parent_line import ParentLine
from hive.app.processes.trader_messages import Failed, Ready, Status

READY = Ready(account="0x" + "ab" * 20, page_url="")
FAILED = Failed(message="no", hint="")
ROUNDS = 200
"""More statuses than a pipe holds."""


def test_a_parent_that_does_not_read_gets_fewer_pictures_and_every_message_whole() -> None:
    reading, writing = os.pipe()
    line = ParentLine(writing)
    for round_ in range(ROUNDS):
        line.say(Status(snapshot=later(SNAPSHOT, fills=round_)))
    line.say(READY)
    os.set_blocking(reading, False)
    arrived = os.read(reading, 10_000_000)
    line.finish(FAILED)
    os.close(writing)
    os.set_blocking(reading, True)
    lines = (arrived + os.read(reading, 10_000_000)).splitlines()
    os.close(reading)
    messages = [trader_messages.decode(one) for one in lines]
    assert messages[-2:] == [READY, FAILED]
    fills = [one.snapshot.fills for one in messages if isinstance(one, Status)]
    assert fills == list(range(len(fills)))
    assert len(fills) < ROUNDS


def test_a_parent_that_has_gone_needs_not_be_told() -> None:
    reading, writing = os.pipe()
    line = ParentLine(writing)
    os.close(reading)
    line.say(READY)
    line.finish(FAILED)
    os.close(writing)


def test_a_print_reaches_the_file_and_not_the_line(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from hive.app.processes.parent_line import ParentLine, print_into
from hive.app.processes.trader_messages import Failed
line = ParentLine.instead_of_stdout()
print("while loading", flush=True)
print_into(Path(sys.argv[1]))
print("a strategy's own words")
line.finish(Failed(message="no", hint=""))
"""
    path = tmp_path / "printed.txt"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True
    )
    assert trader_messages.decode(done.stdout) == FAILED
    assert done.stderr == b"while loading\n"
    assert path.read_text() == "a strategy's own words\n"
    assert path.stat().st_mode & 0o077 == 0
