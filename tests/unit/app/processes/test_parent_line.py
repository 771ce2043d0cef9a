"""The line to the parent carries whole messages and never keeps the trading process waiting."""

from __future__ import annotations

import os

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
