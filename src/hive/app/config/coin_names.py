"""The coins that a file names, each with its place: whether they exist only the venue can say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

import msgspec

from hive.app.config.faults import Fault, Place, inner
from hive.app.config.reader import Reader
from hive.app.config.sections import RiskSettings
from hive.domain.errors import UnknownCoin
from hive.domain.instruments import Universe

EVERY_COIN: Final = "default"
"""The key of what holds for coins that are not named."""
MISSPELT_RATIO: Final = 0.8
"""How alike to `default` a name is that was meant to be it; `defalt` comes to 0.92."""
BY_COIN: Final = ("max_order_notional_usd", "max_position_notional_usd")
"""Limits that may be given by coin."""


class CoinNamed(msgspec.Struct, frozen=True):
    """A coin, and which setting names it where."""

    coin: str
    place: Place
    path: str


def coins_of_limits(risk: RiskSettings, path: str, reader: Reader) -> Iterator[CoinNamed]:
    """Those that limits below `path` name; what can only be a misspelt `default` is a fault."""
    for key in BY_COIN:
        limit = getattr(risk, key)
        if isinstance(limit, dict):
            yield from coins_named(limit, f"{path}.{key}", reader)


def coins_named(names: Iterable[str], path: str, reader: Reader) -> Iterator[CoinNamed]:
    """The keys of the mapping at `path`, without `default`."""
    for name in names:
        where = inner(path, name)
        if name == EVERY_COIN:
            continue
        if get_close_matches(name.lower(), [EVERY_COIN], cutoff=MISSPELT_RATIO):
            reader.fault_at(where, f'is no coin, did you mean "{EVERY_COIN}"?')
        yield CoinNamed(name, reader.place_of(where), where)


def unlisted(named: Iterable[CoinNamed], universe: Universe) -> list[Fault]:
    """A fault for each coin that the venue does not list, with the names that are near."""
    faults = []
    for each in named:
        try:
            universe.of_coin(each.coin)
        except UnknownCoin as error:
            faults.append(Fault(each.place, each.path, f"{error}; {error.hint}"))
    return faults
