"""The spot tokens by index and by wire name, and amounts of them.

On the wire a token is `NAME:tokenId`. Amounts are decimal text; inside they are whole wei.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from hive.localvenue.units import parse_units, units_text

_AMOUNT: Final = re.compile(r"[0-9]{1,24}(\.[0-9]{1,18})?")


class Token(msgspec.Struct, frozen=True, rename="camel"):
    """A token as `spotMeta` lists it."""

    index: int
    name: str
    token_id: str
    wei_decimals: int
    sz_decimals: int

    @property
    def wire_name(self) -> str:
        return f"{self.name}:{self.token_id}"

    def wei_of(self, amount: str) -> int | None:
        """The wei that an amount writes; None if it is no number or finer than a wei."""
        return amount_units(amount, self.wei_decimals)

    def text(self, wei: int) -> str:
        """An amount as the venue writes it."""
        return units_text(wei, self.wei_decimals)


class Tokens:
    """Every listed token."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._by_index = {token.index: token for token in tokens}
        self._by_wire_name = {token.wire_name: token for token in self._by_index.values()}

    @classmethod
    def of_meta(cls, spot_meta: dict[str, Any]) -> Tokens:
        """The tokens of a `spotMeta`."""
        return cls(msgspec.convert(token, Token) for token in spot_meta["tokens"])

    def copy(self) -> Tokens:
        """The same ones; others can be added to it."""
        return Tokens(self._by_index.values())

    def add(self, token: Token) -> None:
        """One more, whose index nobody has."""
        assert token.index not in self._by_index
        self._by_index[token.index] = token
        self._by_wire_name[token.wire_name] = token

    def of_index(self, index: int) -> Token:
        return self._by_index[index]

    def of_name(self, name: str) -> Token | None:
        """The token of a plain name such as `USDC`."""
        return next((each for each in self._by_index.values() if each.name == name), None)

    def of_id(self, token_id: str) -> Token | None:
        return next((each for each in self._by_index.values() if each.token_id == token_id), None)

    def named(self, wire_name: str) -> Token | None:
        """The token of a name such as `USDC:0x6d1e7cde53ba9467b783cb7c530ce054`."""
        return self._by_wire_name.get(wire_name)


def amount_units(amount: str, decimals: int) -> int | None:
    """The units that decimal text writes; None if it is no number, or finer than `decimals`.

    Trailing zeros do not make a number finer.
    """
    if _AMOUNT.fullmatch(amount) is None:
        return None
    if "." in amount:
        amount = amount.rstrip("0").rstrip(".")
    return parse_units(amount, decimals)
