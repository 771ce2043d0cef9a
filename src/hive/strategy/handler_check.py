"""Handlers that would never run, found before the strategy does.

`async def on_bbo` makes a coroutine that nobody awaits, and `on_bboo` is called by nobody: neither
raises anything, ever. A strategy may have methods of its own that begin with `on_`; only one that
is all but called like a handler, and that its own code never names, is taken for a misspelling.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from types import CodeType, FunctionType
from typing import Any, Final

import msgspec

from hive.strategy.interface import Strategy

PREFIX: Final = "on_"
HANDLERS: Final = tuple(name for name in vars(Strategy) if name.startswith(PREFIX))
NEAR_RATIO: Final = 0.8
"""How alike two names are without their prefix: `fil` and `fill` come to 0.86, `look` and `book` to
0.75."""


class HandlerFault(msgspec.Struct, frozen=True):
    """A method that nothing would ever run, and where it was written."""

    message: str
    file: str
    line: int


def handler_faults(strategy: type[Strategy[Any]]) -> list[HandlerFault]:
    """What is wrong with the handlers of a strategy's class; empty when they would all run."""
    faults: list[HandlerFault] = []
    for name in dir(strategy):
        method = getattr(strategy, name) if name.startswith(PREFIX) else None
        if not isinstance(method, FunctionType):
            continue
        message = _never_runs(name, method) if name in HANDLERS else _misspelt(name, strategy)
        if message:
            code = inspect.unwrap(method).__code__
            faults.append(HandlerFault(message, code.co_filename, code.co_firstlineno))
    return faults


def _never_runs(name: str, method: Callable[..., Any]) -> str:
    if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
        return f"{name} is async; handlers are plain functions, ctx.spawn runs what waits"
    if inspect.isgeneratorfunction(method):
        return f"{name} yields, so nothing would run it; handlers are plain functions"
    return ""


def _misspelt(name: str, strategy: type[Strategy[Any]]) -> str:
    meant_by_name = {handler.removeprefix(PREFIX): handler for handler in HANDLERS}
    word = name.removeprefix(PREFIX).lower()
    near = get_close_matches(word, meant_by_name, n=1, cutoff=NEAR_RATIO)
    if not near or name in _names_used(strategy):
        return ""
    return f"{name} is no handler; did you mean {meant_by_name[near[0]]}?"


def _names_used(strategy: type[Strategy[Any]]) -> set[str]:
    """Names that the code of the class and of its parents mentions."""
    methods = [value for parent in strategy.__mro__ for value in vars(parent).values()]
    return {
        name
        for method in methods
        if isinstance(method, FunctionType)
        for code in _codes(inspect.unwrap(method).__code__)
        for name in code.co_names
    }


def _codes(code: CodeType) -> Iterator[CodeType]:
    """That code and all that is nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
