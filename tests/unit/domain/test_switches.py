"""Switches as values: which holds, and how people write whom they stop."""

from __future__ import annotations

import pytest

from hive.domain.errors import MalformedIdentifier
from hive.domain.switches import EVERYTHING, Strength, Switch, parse_scope, stricter

ADDRESS = "0x" + "ab" * 20


def switch(strength: Strength, until_ms: int | None = None) -> Switch:
    return Switch(
        scope=EVERYTHING, strength=strength, reason="a test", thrown_ms=1, until_ms=until_ms
    )


def test_a_weaker_switch_never_lifts_a_stronger_one() -> None:
    halt, pause = switch(Strength.HALT), switch(Strength.PAUSE)
    assert stricter(halt, pause) is halt
    assert stricter(pause, halt) is halt
    assert stricter(None, pause) is pause


def test_of_two_equal_ones_the_longer_holds() -> None:
    today, tomorrow, ever = (switch(Strength.PAUSE, until) for until in (1, 2, None))
    assert stricter(today, tomorrow) is tomorrow
    assert stricter(tomorrow, today) is tomorrow
    assert stricter(today, ever) is ever
    assert stricter(ever, today) is ever


@pytest.mark.parametrize(
    "text", ["all", f"account:{ADDRESS}", "coin:BTC", "coin:xyz:TSLA", "strategy:maker-BTC"]
)
def test_a_scope_is_read_as_it_is_written(text: str) -> None:
    assert str(parse_scope(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "everything", "coin", "coin:", "account:0x12", "all:BTC", "coin:\x1b[2J", "group:a"],
)
def test_what_is_no_scope_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdentifier):
        parse_scope(text)
