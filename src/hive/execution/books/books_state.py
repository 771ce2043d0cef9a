"""Everything of an account that outlives a process, as one value.

It is what the records of a journal come to, so that it can stand in for them. The same past gives
the same value, and the same value the same bytes. Fields are only ever added, with a default.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from hive.domain.errors import Damaged
from hive.domain.twaps import OpenTwap
from hive.execution.books.kept_children import KeptFamily
from hive.execution.books.record_writer import Reached
from hive.execution.orders.dispatch import DispatchState
from hive.portfolio.position_chain import ChainState
from hive.portfolio.positions import PositionsState
from hive.storage.records import Standing

STATE: Final = "the state"


class BooksState(msgspec.Struct, frozen=True, kw_only=True):
    """An account's books. What only the venue knows (which order rests) is asked of it again."""

    reached: Reached
    standing: tuple[Standing, ...]
    dispatch: DispatchState
    positions: PositionsState
    chains: tuple[tuple[str, ChainState], ...]
    fundings: tuple[tuple[tuple[str, int], Decimal], ...]
    families: tuple[KeptFamily, ...] = ()
    twaps: tuple[OpenTwap, ...] = ()


def encoded(state: BooksState) -> bytes:
    """The value as bytes, for the journal."""
    return msgspec.msgpack.encode(state)


def decoded(content: bytes) -> BooksState:
    """The state in these bytes.

    Raises:
        Damaged: there is none, or it is of a Hive that knows more.
    """
    try:
        return msgspec.msgpack.decode(content, type=BooksState)
    except msgspec.DecodeError as error:
        raise Damaged(STATE, 0, str(error), hint="it was written by another Hive") from error
