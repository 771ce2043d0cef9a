"""Kill switches: how much is stopped, and for whom.

Each strength includes the weaker ones:

    pause     no order that could add risk is taken up; what rests stays, what reduces may be placed
    cancel    and every order is cancelled, but the stops that protect a position
    flatten   and positions are closed, by nobody but the desk, until nothing is held
    halt      and nothing at all is placed, until a person resumes

All outlive the process. A switch that a daily limit threw is lifted with its day; every other, and
every halt, by a person.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from hive.domain.errors import MalformedIdentifier
from hive.domain.identifiers import parse_address

NAME_LENGTH_MAX: Final = 100
REASON_LENGTH_MAX: Final = 200


class Strength(IntEnum):
    """What is stopped; a higher one stops more."""

    TRADE = 0
    """Nothing."""
    PAUSE = 1
    CANCEL = 2
    FLATTEN = 3
    HALT = 4

    @property
    def word(self) -> str:
        """As people write it."""
        return self.name.lower()


STRENGTH_BY_WORD: Final = {strength.word: strength for strength in Strength if strength}


class Reach(StrEnum):
    """What kind of thing is stopped."""

    STRATEGY = "strategy"
    COIN = "coin"
    ACCOUNT = "account"
    EVERYTHING = "all"


class Scope(msgspec.Struct, frozen=True):
    """For whom; `name` is the strategy, coin or account, and empty for everything."""

    reach: Reach
    name: str = ""

    def __str__(self) -> str:
        return f"{self.reach.value}:{self.name}" if self.name else self.reach.value


EVERYTHING: Final = Scope(Reach.EVERYTHING)


def parse_scope(text: str) -> Scope:
    """`all`, `account:0x…`, `coin:BTC` or `strategy:maker-BTC`.

    Raises:
        MalformedIdentifier: it is none of these.
    """
    reach, _, name = text.partition(":")
    if text == Reach.EVERYTHING.value:
        return EVERYTHING
    if reach == Reach.ACCOUNT.value:
        return Scope(Reach.ACCOUNT, parse_address(name))
    known = (Reach.STRATEGY.value, Reach.COIN.value)
    if reach in known and 0 < len(name) <= NAME_LENGTH_MAX and name.isprintable():
        return Scope(Reach(reach), name)
    raise MalformedIdentifier(
        f"{text[:NAME_LENGTH_MAX]!r} is no scope: all, account:0x…, coin:NAME or strategy:NAME"
    )


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """One switch as it is thrown. Times are epoch milliseconds."""

    scope: Scope
    strength: Strength
    reason: str
    thrown_ms: int
    until_ms: int | None = None
    """When it lifts itself; None is never."""


def stricter(old: Switch | None, new: Switch) -> Switch:
    """What holds when `new` is thrown on the scope of `old`: a weaker one never lifts another.

    Of two that are equally strong, the one that holds longer.
    """
    if old is None or new.strength > old.strength:
        return new
    is_longer = old.until_ms is not None and (new.until_ms is None or new.until_ms > old.until_ms)
    return new if new.strength == old.strength and is_longer else old
