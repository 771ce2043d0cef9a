"""An error in a strategy is told with the line of its own file, and the name that was meant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.strategies.rig import scripted

from hive.domain.market import Bbo, Level
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin
from hive.strategy.fault_texts import fault_text
from hive.strategy.interface import Context, Params, Strategy

MINE = """\
from json import loads
from hive import Params, Strategy

class Mine(Strategy[Params]):
    def on_start(self, ctx):
        loads(self.text())

    def text(self):
        return "{"

    def on_timer(self, ctx, name):
        raise KeyError("spread")

class Heir(Mine):
    pass
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A file of strategies outside of the tree."""
    (tmp_path / "mine_of_tests.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("mine_of_tests")
    del sys.modules["mine_of_tests"]


class Idle(Strategy[Params]):
    """Does nothing."""


def error_of(call: Any, *arguments: Any) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011 (whatever it is)
        call(*arguments)
    return caught.value


def test_the_innermost_line_of_the_strategys_own_file_is_told(mine: Any) -> None:
    strategy = mine.Mine()
    error = error_of(strategy.on_start, None)
    told = fault_text("on_start", error, strategy)
    assert told.startswith("on_start (mine_of_tests.py:6): JSONDecodeError("), "not json's line"


def test_a_handler_of_a_parent_is_told_with_the_parents_line(mine: Any) -> None:
    strategy = mine.Heir()
    error = error_of(strategy.on_timer, None, "x")
    told = fault_text("on_timer", error, strategy)
    assert told == "on_timer (mine_of_tests.py:12): KeyError('spread')"


def test_an_error_that_passed_no_line_of_the_strategy_is_told_without_one() -> None:
    assert fault_text("on_fill", ValueError("x"), Idle()) == "on_fill: ValueError('x')"


def test_a_wrong_name_on_the_context_is_told_without_its_class_and_with_the_right_name() -> None:
    class Misspelt(Strategy[Params]):
        def on_start(self, ctx: Context) -> None:
            ctx.watch_bbos("BTC")  # type: ignore[attr-defined] # the mistake

    world = scripted([ScriptedCoin(coin="BTC", path=(PricePoint(0, 100_000.0),))])
    name = world.add("misspelt", Misspelt())
    told = world.snapshot(name).last_error
    assert told.endswith("): the context has no watch_bbos; did you mean watch_bbo?")


def test_wrong_arguments_are_told_with_the_name_of_the_context_that_authors_know() -> None:
    class Forgetful(Strategy[Params]):
        def on_start(self, ctx: Context) -> None:
            ctx.buy("BTC", 1.0)  # type: ignore[call-arg] # the mistake

    world = scripted([ScriptedCoin(coin="BTC", path=(PricePoint(0, 100_000.0),))])
    name = world.add("forgetful", Forgetful())
    told = "TypeError(\"Context.buy() missing 1 required positional argument: 'limit_px'\")"
    assert world.snapshot(name).last_error.endswith(told)


def test_a_wrong_name_on_what_a_handler_is_given_is_told_with_the_right_one() -> None:
    bbo = Bbo(coin="BTC", bid=Level(1.0, 1.0, 1), ask=None, venue_ms=0, received_ns=0)
    error = error_of(lambda: bbo.bids)  # type: ignore[attr-defined] # the mistake
    told = fault_text("on_bbo", error, Idle())
    assert told.endswith("'Bbo' object has no attribute 'bids'\"); did you mean bid?")


def test_an_authors_own_object_is_asked_nothing() -> None:
    class Touchy:
        def __getattr__(self, name: str) -> None:
            if name == "size":
                raise AttributeError(name=name, obj=self)
            raise RuntimeError("touched")

        def __dir__(self) -> list[str]:
            raise RuntimeError("listed")

    touchy = Touchy()
    error = error_of(lambda: touchy.size)
    assert fault_text("on_bbo", error, Idle()).endswith("): AttributeError()")
