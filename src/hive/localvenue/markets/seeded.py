"""Chance from a seed: independent uniform sources by name, the same in every process."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from hive.localvenue.identity import mixed

_DROPPED_BITS: Final = 11
_STEP: Final = 2.0**-53
"""A float holds 53 of the 64 bits."""


def seeded_sources(seed: int) -> Callable[[str], Callable[[], float]]:
    """A maker of uniform sources: each name has one of its own, whoever else draws."""

    def source(name: str) -> Callable[[], float]:
        digest = blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
        return UniformSource(int.from_bytes(digest, "big")).uniform

    return source


class UniformSource:
    """Numbers in [0, 1): a counter, stirred."""

    __slots__ = ("_count", "_start")

    def __init__(self, start: int) -> None:
        self._start = start
        self._count = 0

    def uniform(self) -> float:
        self._count += 1
        # The start is stirred apart from the count, so that near starts are no near sequences.
        return (mixed(self._start ^ mixed(self._count)) >> _DROPPED_BITS) * _STEP
