"""Of a process that does not answer it is known which strategy's call it is in."""

from __future__ import annotations

import inspect
import os
import signal
from pathlib import Path
from types import FrameType

from hive.app.processes.stuck_call import (
    ASK,
    STACK,
    StuckCall,
    StuckTeller,
    call_in,
    forget,
    told_in,
)
from hive.domain.identifiers import StrategyId
from hive.strategy.interface import Params, Strategy


class Deep(Strategy[Params]):
    """Its handler calls on."""

    def on_news(self) -> FrameType | None:
        return self.think()

    def think(self) -> FrameType | None:
        return inspect.currentframe()


def test_the_handler_is_named_and_the_line_it_is_at() -> None:
    strategies = [Deep(Params()), Deep(Params())]
    names = {id(each): StrategyId(name) for each, name in zip(strategies, "ab", strict=True)}
    frame = strategies[1].on_news()
    assert frame is not None
    call = call_in(frame, names)
    assert (call.strategy, call.handler) == ("b", "on_news")
    assert call.place == f"{__file__}:{frame.f_lineno}"
    assert call.text == f"strategy b does not return from on_news ({call.place})"


def test_outside_of_strategies_nobody_is_named() -> None:
    assert call_in(inspect.currentframe(), {}) == StuckCall()
    assert call_in(None, {}).text == ""


def test_in_code_that_never_comes_back_from_c_the_stack_names_the_handler(tmp_path: Path) -> None:
    assert told_in(tmp_path) is None
    (tmp_path / STACK).write_text(
        "Stack (most recent call first):\n"
        '  File "/my/mine.py", line 9 in think\n'
        '  File "/my/mine.py", line 7 in on_bbo\n'
        '  File "/hive/strategy/fanout.py", line 96 in deliver\n'
        '  File "/hive/marketdata/stream_owner.py", line 150 in on_push\n'
    )
    call = told_in(tmp_path)
    assert call is not None
    assert call.text == "a strategy does not return from on_bbo (/my/mine.py:7)"


def test_who_asks_is_answered_in_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    before = signal.getsignal(ASK)
    StuckTeller(tmp_path, {}).listen()
    try:
        for _ in range(2):
            forget(tmp_path)
            assert not (tmp_path / STACK).read_bytes()
            os.kill(os.getpid(), ASK)
            assert told_in(tmp_path) == StuckCall()
    finally:
        signal.signal(ASK, before)
    (first, *_) = (tmp_path / "stack.txt").read_text().splitlines()
    assert first.startswith("Stack (most recent call first)")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
