"""Orders with options, put into groups that may share an action, between the plain ones.

What rests or waits leaves before what takes, in the venue's own order within a block (protocol.md
2.11), and each unit in an action of its own.
"""

from __future__ import annotations

from enum import IntEnum

from hive.domain.orders import TimeInForce
from hive.execution.batching import BatchKey, BatchKind, Instruction
from hive.execution.fair_queue import Waiting
from hive.execution.order_life import OrderLife
from hive.execution.triggered import is_waiting

Group = list[tuple[Waiting, Instruction]]
Groups = list[tuple[BatchKind, Group]]


class Rank(IntEnum):
    """When within its kind a group leaves."""

    POSTING = 0
    WAITING = 1
    TAKING = 2


class Apart:
    """What of one turn cannot simply go with the plain orders."""

    def __init__(self) -> None:
        self._groups: dict[tuple[BatchKind, BatchKey, Rank], Group] = {}

    def add(self, entry: Waiting, instruction: Instruction, life: OrderLife) -> None:
        """Add an order, or the replace of one."""
        kind = BatchKind.REPLACES if life.is_sent else BatchKind.ORDERS
        self._group(kind, instruction.key, rank_of(life)).append((entry, instruction))

    def add_unit(self, unit: Group, lives: list[OrderLife]) -> None:
        """Add orders that go together: when the last of them would."""
        rank = max(rank_of(life) for life in lives)
        self._group(BatchKind.ORDERS, unit[0][1].key, rank).extend(unit)

    def merged(self, replaces: tuple[Group, Group], orders: tuple[Group, Group]) -> Groups:
        """All groups in the order of sending; the plain ones are given as posting and taking."""
        groups: Groups = []
        for kind, plain in ((BatchKind.REPLACES, replaces), (BatchKind.ORDERS, orders)):
            for rank in Rank:
                if rank is not Rank.WAITING:
                    groups.append((kind, plain[rank is Rank.TAKING]))
                groups += [
                    (kind, group)
                    for (each, _, its_rank), group in self._groups.items()
                    if each is kind and its_rank is rank
                ]
        return [(kind, group) for kind, group in groups if group]

    def _group(self, kind: BatchKind, key: BatchKey, rank: Rank) -> Group:
        return self._groups.setdefault((kind, key, rank), [])


def rank_of(life: OrderLife) -> Rank:
    """When an order leaves, by what it does at the venue first."""
    if is_waiting(life):
        return Rank.WAITING
    return Rank.POSTING if life.intent.tif is TimeInForce.ALO else Rank.TAKING
