"""Our order ids: issued once, ever, and readable by whoever finds one at the venue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Cloid, CloidFields, StrategyId, pack_cloid, unpack_cloid

SEQUENCE_MAX: Final = 16**10 - 1
_SEQUENCE_DIGITS: Final = 10


class CloidSequence:
    """Issues the cloids of one account in one start of the process.

    The epoch is durable before the first is issued, and no later start has it again; so the
    sequence can begin at nothing each time, and nothing about it need be kept.
    """

    def __init__(self, *, instance: int, account: int, epoch: int, issued: int = 0) -> None:
        self._instance = instance
        self._account = account
        self._epoch = epoch
        self._issued = issued
        self._prefixes: dict[int, str] = {}

    def issue(self, strategy_index: int) -> Cloid:
        """A cloid that was never issued before and names its strategy.

        Raises:
            LimitReached: `SEQUENCE_MAX` have been issued.
        """
        if self._issued >= SEQUENCE_MAX:
            raise LimitReached("cloid_sequence_max", "restart for a new epoch")
        self._issued += 1
        prefix = self._prefixes.get(strategy_index)
        if prefix is None:
            fields = CloidFields(self._instance, self._account, strategy_index, self._epoch, 0)
            prefix = self._prefixes[strategy_index] = pack_cloid(fields)[:-_SEQUENCE_DIGITS]
        return Cloid(f"{prefix}{self._issued:010x}")


class CloidReader:
    """Tells whose order a cloid is, long after the order is forgotten."""

    def __init__(
        self,
        *,
        instance: int,
        account: int,
        strategy_of_index: Callable[[int], StrategyId | None],
    ) -> None:
        self._instance = instance
        self._account = account
        self._strategy_of_index = strategy_of_index

    def owner_of(self, cloid: Cloid) -> StrategyId | None:
        """The strategy; None for a cloid of anybody else's, another instance of Hive included."""
        fields = unpack_cloid(cloid)
        if fields is None or fields.instance != self._instance or fields.account != self._account:
            return None
        return self._strategy_of_index(fields.strategy)
