"""Chance: the system's for life, a seeded one wherever a run must be shown again."""

from __future__ import annotations

import hashlib
import random
import secrets


class SystemRng:
    """The operating system's randomness."""

    def __init__(self) -> None:
        self._random = secrets.SystemRandom()

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def token(self, size_bytes: int) -> bytes:
        """Bytes nobody can guess."""
        return secrets.token_bytes(size_bytes)


class SeededRng:
    """The same numbers for the same seed, in every process and under every hash seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311 (repeatable on purpose, never for keys)

    def uniform(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def token(self, size_bytes: int) -> bytes:
        """Bytes that anybody who knows the seed can tell."""
        return self._random.randbytes(size_bytes)

    def fork(self, name: str) -> SeededRng:
        """An independent stream for one part.

        It depends on the seed and the name alone, so that one part drawing more often does not
        change what another one draws.
        """
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        return SeededRng(int.from_bytes(digest[:8], "big"))
