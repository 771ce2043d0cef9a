"""Handlers that nothing would ever run are found; methods of a strategy's own are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.strategies.rig import scripted

from hive.domain.errors import CallerError
from hive.domain.identifiers import StrategyId
from hive.domain.market import Bbo
from hive.localvenue.markets.scripted import PricePoint, ScriptedCoin
from hive.strategies.catalogue import CATALOGUE
from hive.strategy.handler_check import HANDLERS, handler_faults
from hive.strategy.interface import Context, Params, Strategy


class Waiting(Strategy[Params]):
    async def on_start(self, ctx: Context) -> None:  # type: ignore[override] # the mistake
        """Never awaited."""

    async def on_bbo(self, ctx: Context, bbo: Bbo) -> None:  # type: ignore[override] # the mistake
        """Nor this."""


class Yielding(Strategy[Params]):
    def on_timer(self, ctx: Context, name: str) -> Iterator[None]:  # type: ignore[override] # the mistake
        yield


class Family(Strategy[Params]):
    """Handlers of its own beside the interface's: one it calls itself, one it only declares."""

    def on_bbo(self, ctx: Context, bbo: Bbo) -> None:
        prices = [self.on_candles(px) for px in (1.0, 2.0)]
        assert prices

    def on_candles(self, px: float) -> float:
        return px

    def on_signal(self, strength: float) -> None:
        """Called by who holds it."""


def told(strategy: type[Strategy[Any]]) -> list[str]:
    return [fault.message for fault in handler_faults(strategy)]


def misnamed(name: str) -> type[Strategy[Any]]:
    return type("Misnamed", (Strategy,), {name: lambda *_: None})


def test_a_handler_that_waits_or_yields_is_told() -> None:
    plain = "handlers are plain functions"
    assert told(Waiting) == [
        f"on_bbo is async; {plain}, ctx.spawn runs what waits",
        f"on_start is async; {plain}, ctx.spawn runs what waits",
    ]
    assert told(Yielding) == [f"on_timer yields, so nothing would run it; {plain}"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("on_bboo", "on_bbo"),
        ("on_BBO", "on_bbo"),
        ("on_fil", "on_fill"),
        ("on_orders", "on_order"),
        ("on_candel", "on_candle"),
        ("on_started", "on_start"),
    ],
)
def test_a_name_that_is_all_but_a_handlers_is_told_with_the_right_one(
    name: str, meant: str
) -> None:
    assert told(misnamed(name)) == [f"{name} is no handler; did you mean {meant}?"]


@pytest.mark.parametrize("name", ["on_signal", "on_look", "on_cross", "on_quote", "on_", "once"])
def test_a_name_that_is_like_no_handlers_is_the_authors_own(name: str) -> None:
    assert told(misnamed(name)) == []


def test_what_the_strategy_calls_itself_is_its_own_whatever_its_name() -> None:
    assert told(Family) == []
    assert told(type("Heir", (Family,), {"on_candles": lambda *_: 3.0})) == []


def test_ready_made_strategies_and_the_interface_itself_are_in_order() -> None:
    assert told(Strategy) == []
    assert [told(strategy) for strategy in CATALOGUE.values()] == [[]] * 6
    assert len(HANDLERS) == 15


def test_where_the_handler_was_written_is_told() -> None:
    fault = handler_faults(Yielding)[0]
    assert fault.file == __file__
    assert "def on_timer" in Path(__file__).read_text().splitlines()[fault.line - 1]


def test_the_host_takes_no_strategy_in_whose_handler_would_never_run() -> None:
    world = scripted([ScriptedCoin(coin="BTC", path=(PricePoint(0, 100_000.0),))])
    with pytest.raises(CallerError, match=r"waiting: Waiting.on_bbo is async; handlers are plain"):
        world.add("waiting", Waiting())
    with pytest.raises(CallerError, match="no strategy is called waiting"):
        world.snapshot(StrategyId("waiting"))
