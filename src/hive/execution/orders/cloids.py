"""Our order ids: issued once, ever, and readable by whoever finds one at the venue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.errors import LimitReached
from hive.domain.identifiers import Cloid, CloidFields, StrategyId, pack_cloid, unpack_cloid

SEQUENCE_MAX: Final = 16**10 - 1
START_BITS: Final = 15
START_SHIFT: Final = 24
"""Where a start begins to count is a multiple of 2^24, by its moment: a copy of this state folder
that has the same epoch begins elsewhere. 2^39 numbers and more are left to it."""
_SEQUENCE_DIGITS: Final = 10
_LEADING_DIGITS: Final = _SEQUENCE_DIGITS - 2
_LAST_TWO: Final = tuple(f"{number:02x}" for number in range(256))
"""Looked up, because formatting a number takes longer than all the rest of naming an order."""


def first_number(wall_ms: int) -> int:
    """Behind which number a start at that moment begins."""
    return (wall_ms % (1 << START_BITS)) << START_SHIFT


class CloidSequence:
    """Issues the cloids of one account in one start of the process.

    The epoch is durable before the first is issued, and no later start has it again; so the
    sequence can begin anywhere each time, and nothing about it need be kept.
    """

    def __init__(self, *, instance: int, account: int, epoch: int, behind: int = 0) -> None:
        """The first has the number after `behind`."""
        self._instance = instance
        self._account = account
        self.epoch = epoch
        self._behind = self._issued = behind
        self._prefixes: dict[int, str] = {}
        self._leading, self._leading_text = -1, ""

    def has_issued(self, sequence: int) -> bool:
        """Whether one of this start has that number."""
        return self._behind < sequence <= self._issued

    def issue(self, strategy_index: int) -> Cloid:
        """A cloid that was never issued before and names its strategy.

        Raises:
            LimitReached: `SEQUENCE_MAX` have been issued.
        """
        number = self._issued + 1
        if number > SEQUENCE_MAX:
            raise LimitReached("cloid_sequence_max", "restart for a new epoch")
        self._issued = number
        prefix = self._prefixes.get(strategy_index)
        if prefix is None:
            fields = CloidFields(self._instance, self._account, strategy_index, self.epoch, 0)
            prefix = self._prefixes[strategy_index] = pack_cloid(fields)[:-_SEQUENCE_DIGITS]
        leading = number >> 8
        if leading != self._leading:
            self._leading, self._leading_text = leading, f"{leading:0{_LEADING_DIGITS}x}"
        return Cloid(f"{prefix}{self._leading_text}{_LAST_TWO[number & 0xFF]}")


class CloidReader:
    """Tells whose order a cloid is, long after the order is forgotten.

    One with our instance number that we have never issued is a copy's: of our state folder, on
    another host perhaps, or of the folder as it was before a backup was put in its place.
    """

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
        self._own: CloidSequence | None = None

    @property
    def instance(self) -> int:
        """Ours."""
        return self._instance

    @property
    def epoch(self) -> int | None:
        """Of this start; None before any cloid can have been issued."""
        return None if self._own is None else self._own.epoch

    def begin(self, epoch: int, behind: int) -> CloidSequence:
        """From here on these are issued, and no others."""
        self._own = CloidSequence(
            instance=self._instance, account=self._account, epoch=epoch, behind=behind
        )
        return self._own

    def owner_of(self, cloid: Cloid) -> StrategyId | None:
        """The strategy; None for a cloid of anybody else's, another instance of Hive included."""
        fields = unpack_cloid(cloid)
        if fields is None or fields.instance != self._instance or self.is_copys(fields):
            return None
        return self._strategy_of_index(fields.strategy)

    def is_copys(self, fields: CloidFields) -> bool:
        """Whether a cloid with our instance number, of an order on our account, is none of ours."""
        if fields.account != self._account or self._strategy_of_index(fields.strategy) is None:
            return True
        own = self._own
        if own is None or fields.epoch < own.epoch:
            return False
        return fields.epoch > own.epoch or not own.has_issued(fields.sequence)
