"""What the trading process says is one line each, and is read back as it was meant."""

from __future__ import annotations

import msgspec
import pytest
from tests.unit.app.snapshots import SNAPSHOT, later

from hive.app.processes.trader_messages import (
    Failed,
    Ready,
    Status,
    Stopped,
    TraderMessage,
    decode,
    encode,
)
from hive.app.snapshot import LogLine

HOSTILE = "two\nlines, a \u2028 separator, a \x00 and \x1b[2J"
ODD = later(
    SNAPSHOT, log=[LogLine(number=1, wall_ms=1, kind="log", text=HOSTILE)], venue_url=HOSTILE
)
STOPPED = Stopped(
    snapshot=SNAPSHOT,
    strategies=2,
    sockets=2,
    subscriptions=3,
    strategies_ordering=3,
    strategies_filled=2,
    equity_usd=[100_000.0, 100_412.55],
    held=[],
    orders_uncertain=1,
)

MESSAGES: list[TraderMessage] = [
    Ready(account="0x" + "ab" * 20, page_url="http://127.0.0.1:8420"),
    Ready(account="", page_url=""),
    Status(snapshot=SNAPSHOT),
    Status(snapshot=ODD),
    STOPPED,
    Failed(message=HOSTILE, hint="chmod 600 key"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_back_as_it_was_sent(message: TraderMessage) -> None:
    assert decode(encode(message)) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_one_line_whatever_it_quotes(message: TraderMessage) -> None:
    """The parent reads lines; a line break inside would be taken for the end."""
    assert b"\n" not in encode(message)


@pytest.mark.parametrize("line", [b"", b"{}", b'{"type":"other"}', b'{"type":"ready"}', b"hello"])
def test_another_line_is_no_message(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(line)


def test_every_message_has_a_name_of_its_own() -> None:
    tags = {msgspec.json.decode(encode(message))["type"] for message in MESSAGES}
    assert tags == {"ready", "status", "stopped", "failed"}
