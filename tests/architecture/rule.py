"""What a rule is: a check, where it holds, and code that proves it can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.architecture.sources import Source

Faults = Iterator[tuple[int, str]]
"""Line and what is wrong there."""


class Rule(NamedTuple):
    """Each of `refuses` must be reported and none of `accepts`, as if they stood at `place`."""

    name: str
    faults: Callable[[Source], Faults]
    refuses: tuple[str, ...]
    accepts: tuple[str, ...]
    product_only: bool = False
    place: str = "src/hive/domain/planted.py"
    accepts_place: str = ""
    """Where `accepts` stands, when it is the place that matters."""

    def holds_in(self, source: Source) -> bool:
        return source.is_product or not self.product_only
