"""Nonces of one signer (protocol.md 2.8): the highest few are kept, a new one must beat the least.

A nonce must also lie within a window around the block's time: about two days back, one ahead.
"""

from __future__ import annotations

from bisect import insort

from hive.domain.identifiers import Address
from hive.hyperliquid.limits import VenueLimits


class NonceWindow:
    """The nonces one signer has used. It holds at most `nonces_kept` of them."""

    __slots__ = ("_limits", "_used")

    def __init__(self, limits: VenueLimits) -> None:
        assert limits.nonces_kept > 0
        self._limits = limits
        self._used: list[int] = []
        """Ascending."""

    def admit(self, nonce: int, block_ms: int) -> str | None:
        """Use up a nonce; or the venue's words for why not, and it is not used."""
        low = block_ms - self._limits.nonce_behind_ms
        if nonce in self._used:
            return f"Invalid nonce: duplicate nonce {nonce}"
        if len(self._used) == self._limits.nonces_kept:
            low = max(low, self._used[0])
        if nonce <= low:
            return f"Invalid nonce: nonce too low {nonce} < {low}"
        high = block_ms + self._limits.nonce_ahead_ms
        if nonce >= high:
            return f"Invalid nonce: nonce too high {nonce} > {high}"
        insort(self._used, nonce)
        if len(self._used) > self._limits.nonces_kept:
            del self._used[0]
        return None


class SignerNonces:
    """The nonces of every signer, each with its own."""

    def __init__(self, limits: VenueLimits) -> None:
        self._limits = limits
        self._windows: dict[Address, NonceWindow] = {}

    def admit(self, signer: Address, nonce: int, block_ms: int) -> str | None:
        """As `NonceWindow.admit`, for that signer."""
        window = self._windows.get(signer)
        if window is None:
            window = self._windows[signer] = NonceWindow(self._limits)
        return window.admit(nonce, block_ms)

    def forget(self, signer: Address) -> None:
        """Of an agent that is one no longer: from here on its old nonces would be taken again."""
        self._windows.pop(signer, None)
