"""What people are told of an error in a strategy: where in its own file, what, and what was meant.

on_bbo (st.py:13): KeyError('spread')
on_start (st.py:9): the context has no watch_bbos; did you mean watch_bbo?
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from traceback import walk_tb
from types import TracebackType
from typing import Any

from hive.domain.errors import HiveError
from hive.strategy.context import Context
from hive.strategy.interface import Strategy


def fault_text(place: str, error: BaseException, strategy: Strategy[Any]) -> str:
    """That `error` came up in `place`, a handler or task of the strategy."""
    where = _own_line(error.__traceback__, type(strategy))
    return f"{place}{where}: {_said(error)}"


def _own_line(traceback: TracebackType | None, strategy: type[Strategy[Any]]) -> str:
    """The innermost line of the strategy's own files that the error passed; empty if none."""
    modules = (sys.modules.get(kind.__module__) for kind in strategy.__mro__)
    files = [getattr(module, "__file__", None) for module in modules]
    lines = [
        f" ({frame.f_code.co_filename.rpartition('/')[2]}:{line})"
        for frame, line in walk_tb(traceback)
        if frame.f_code.co_filename in files
    ]
    return lines[-1] if lines else ""


def _said(error: BaseException) -> str:
    """Hive's own errors speak for themselves; of others the kind matters as much."""
    if isinstance(error, HiveError):
        return f"{error}; {error.hint}" if error.hint else str(error)
    if isinstance(error, AttributeError) and error.name and _is_ours(error.obj):
        return _missing(error, error.name)
    return repr(error).replace("SeatContext", Context.__name__)  # the name that authors know


def _is_ours(owner: object) -> bool:
    """An author's own object is asked nothing: whatever it answers with might raise again."""
    return type(owner).__module__.startswith("hive.")


def _missing(error: AttributeError, name: str) -> str:
    """An attribute that is not there, with the name that is near."""
    near = get_close_matches(name, [each for each in dir(error.obj) if each[0] != "_"], n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    is_context = isinstance(error.obj, Context)
    return f"the context has no {name}{meant}" if is_context else f"{error!r}{meant}"
