"""Finds the strategy class that a configuration names: one of ours, or one in a file beside it."""

from __future__ import annotations

import importlib.util
import stat
import sys
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any, Final

from hive.app.config.faults import shown, unknown
from hive.app.config.paths import absolute
from hive.domain.errors import ConfigRefused
from hive.strategies.catalogue import CATALOGUE
from hive.strategy.handler_check import handler_faults
from hive.strategy.interface import Strategy

READY_MADE: Final = "hive.strategies."


class StrategySource:
    """Strategy classes by the names that stand in a file in `folder`. A module is loaded once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded_by_path: dict[Path, ModuleType | ConfigRefused] = {}

    def __call__(self, use: str) -> type[Strategy[Any]]:
        """The class that `hive.strategies.NAME` or `./file.py:Class` means.

        The class may be left out where the file defines a single strategy.

        Raises:
            ConfigRefused: there is none, loading it fails, or a handler of it would never run.
        """
        where, _, name = use.partition(":")
        if not where.endswith(".py"):
            return _ready_made(use)
        strategy = _strategy_class(self._own_module(where), name, where)
        self._require_handlers_that_run(strategy, where)
        return strategy

    def _require_handlers_that_run(self, strategy: type[Strategy[Any]], where: str) -> None:
        path = str(absolute(self._folder, where))
        faults = [
            f"{where if fault.file == path else fault.file}:{fault.line}: {fault.message}"
            for fault in handler_faults(strategy)
        ]
        if faults:
            raise ConfigRefused("; ".join(faults))

    def _own_module(self, where: str) -> ModuleType:
        path = absolute(self._folder, where)
        if path not in self._loaded_by_path:
            try:
                self._loaded_by_path[path] = _loaded(path, where)
            except ConfigRefused as refusal:
                self._loaded_by_path[path] = refusal
        loaded = self._loaded_by_path[path]
        if isinstance(loaded, ConfigRefused):
            raise loaded
        return loaded


def _loaded(path: Path, where: str) -> ModuleType:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigRefused(f"{where}: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        raise ConfigRefused(f"{where} is no file")
    if mode & stat.S_IWOTH:
        raise ConfigRefused(f"{where} can be changed by everybody: chmod o-w {path}")
    name = f"hive_strategy_{path.stem}_{sha256(bytes(path)).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigRefused(f"{where} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: msgspec looks annotations up there
    try:
        with redirect_stdout(sys.stderr):  # standard output may belong to a JSON object
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        told = f"{type(error).__name__}: {error}"
        raise ConfigRefused(f"{where}:{_line(error, path)}: {told}") from error
    return module


def _line(error: BaseException, path: Path) -> int:
    """The line of that file in which the error came up."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
    return frames[-1].lineno or 1 if frames else 1


def _ready_made(use: str) -> type[Strategy[Any]]:
    strategy = CATALOGUE.get(use.removeprefix(READY_MADE))
    if strategy is None or not use.startswith(READY_MADE):
        names = [READY_MADE + name for name in CATALOGUE]
        example = "" if use.startswith(READY_MADE) else ", or ./file.py:Class for one of yours"
        raise ConfigRefused(f"no strategy {shown(use)}; {unknown(use, names)}{example}")
    return strategy


def _strategy_class(module: ModuleType, name: str, where: str) -> type[Strategy[Any]]:
    own = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, Strategy)
        and value.__module__ == module.__name__
        and not key.startswith("_")
    }
    if name in own:
        return own[name]
    if not own:
        raise ConfigRefused(f"{where} defines no Strategy")
    if name:
        raise ConfigRefused(f"{where} has no strategy {shown(name)}; {unknown(name, own)}")
    if len(own) > 1:
        raise ConfigRefused(f"{where} has several strategies; write {where}:{next(iter(own))}")
    return next(iter(own.values()))
