"""What of one turn goes in which action: as few as keep each strategy's own order.

An action holds one kind of instruction, one class of orders (the venue carries out what rests or
waits before what takes, protocol.md 2.11) and what shares its fields (`BatchKey`); a unit has an
action of its own. An order joins the first group of its like that does not leave before what its
strategy asked for earlier.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from itertools import zip_longest
from typing import Final, NamedTuple

from hive.domain.identifiers import Cloid, StrategyId
from hive.domain.orders import TimeInForce
from hive.execution.orders.dispatch import Dispatch
from hive.execution.orders.order_life import OrderLife
from hive.execution.orders.triggered import is_waiting
from hive.execution.queue.lane import Waiting
from hive.execution.sending.batching import (
    ORDERS,
    PLAIN,
    REPLACES,
    BatchKey,
    BatchKind,
    Instruction,
    key_of,
    replace_key_of,
)

Group = list[tuple[Waiting, Instruction]]
Groups = list[tuple[BatchKind, Group]]

GROUPS_MAX: Final = 4
"""Actions that one turn sends of the lanes: replaces and orders, post-only and not."""


class Rank(IntEnum):
    """What an order does at the venue first."""

    POSTING = 0
    WAITING = 1
    TAKING = 2


class Like(NamedTuple):
    """What the members of a group have in common."""

    kind: BatchKind
    key: BatchKey
    rank: Rank


_RANK_BY_TIF: Final = {
    tif: Rank.POSTING if tif is TimeInForce.ALO else Rank.TAKING for tif in TimeInForce
}
_PLAIN_LIKES: Final = {
    (kind is BatchKind.REPLACES, tif): Like(kind, PLAIN, rank)
    for kind in (BatchKind.ORDERS, BatchKind.REPLACES)
    for tif, rank in _RANK_BY_TIF.items()
}
"""Of orders and replaces that want nothing but a limit: nearly all of them."""


class TurnGroups:
    """The groups of one turn, in the order in which they leave."""

    __slots__ = ("_first", "_first_like", "_groups", "_reached")

    def __init__(self) -> None:
        self._groups: list[tuple[Like, Group]] = []
        self._reached: dict[StrategyId, int] = {}
        self._first_like: Like | None = None
        self._first: Group = []

    def joined_by(self, life: OrderLife) -> Group | None:
        """The group that an order, or its replace, goes to, perhaps a new one; None if that would
        be one too many."""
        intent = life.intent
        if intent.options is None and life.trigger is None:
            like = _PLAIN_LIKES[life.is_sent, intent.tif]
        else:
            like = _special_like(life)
        if like is self._first_like and not self._reached:
            return self._first  # all are alike: the usual turn
        strategy, groups = life.strategy, self._groups
        first = self._reached.get(strategy, 0)
        for place in range(first, len(groups)):
            if groups[place][0] == like:
                break
        else:
            place = len(groups)
            groups.append((like, []))
        group = groups[place][1]
        if len(groups) > GROUPS_MAX and not group and len(self.in_order()) == GROUPS_MAX:
            return None
        if place:
            self._reached[strategy] = place
        else:
            self._first_like, self._first = groups[0]
        return group

    def in_order(self) -> Groups:
        """Those that anything has joined: what was to may have to wait."""
        return [(like.kind, group) for like, group in self._groups if group]


def kind_of(life: OrderLife) -> BatchKind:
    """What is to be sent of it."""
    return REPLACES if life.is_sent else ORDERS


def _special_like(life: OrderLife) -> Like:
    """With what an order that is more than a limit, or the replace of one, may leave."""
    options = life.intent.options
    key = replace_key_of(options) if life.is_sent or options is None else key_of(options)
    return Like(kind_of(life), key, rank_of(life))


def rank_of(life: OrderLife) -> Rank:
    """What it does at the venue first."""
    if is_waiting(life):
        return Rank.WAITING
    return _RANK_BY_TIF[life.intent.tif]


def in_turns(cloids: Iterable[Cloid], dispatch: Dispatch) -> list[Cloid]:
    """Live orders, one of each strategy after the other."""
    by_strategy: dict[StrategyId, list[Cloid]] = {}
    for cloid in cloids:
        life = dispatch.live(cloid)
        assert life is not None
        by_strategy.setdefault(life.strategy, []).append(cloid)
    turns = zip_longest(*by_strategy.values())
    return [cloid for turn in turns for cloid in turn if cloid is not None]
