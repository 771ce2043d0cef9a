"""Names the venue gives: order ids, trade ids and hashes, from its seed and its own counting."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from hive.domain.identifiers import Oid

OID_START: Final = 600_000_000_000
"""About where the real venue is: clients must not assume that ids fit 32 bits."""

TID_BITS: Final = 50
NO_HASH: Final = "0x" + "0" * 64

_GOLDEN: Final = 0x9E3779B97F4A7C15
_MIX_1: Final = 0xBF58476D1CE4E5B9
_MIX_2: Final = 0x94D049BB133111EB
_MASK: Final = 2**64 - 1


class Identities:
    """The venue's naming. `tid_bits` under 50 makes trade ids collide oftener than in life."""

    def __init__(self, seed: int, *, tid_bits: int = TID_BITS) -> None:
        assert 1 <= tid_bits <= TID_BITS
        self._seed = seed.to_bytes(8, "big", signed=True)
        self._tid_mask = (1 << tid_bits) - 1
        self._tids_of_block: set[int] = set()
        self._next_oid = OID_START
        self._actions = 0
        self._hash = ""

    def oid(self) -> Oid:
        self._next_oid += 1
        return Oid(self._next_oid)

    def begin_block(self) -> None:
        """What trades from here on has another time."""
        self._tids_of_block.clear()

    def begin_action(self) -> None:
        """What trades from here on carries another hash."""
        self._actions += 1
        self._hash = ""

    def begin_system_action(self) -> None:
        """What trades from here on is nobody's action and carries no hash (protocol.md 3.4)."""
        self._hash = NO_HASH

    @property
    def hash(self) -> str:
        """The hash of the action under way, made when it is first needed."""
        if not self._hash:
            number = self._actions.to_bytes(8, "big")
            self._hash = "0x" + blake2b(self._seed + number, digest_size=32).hexdigest()
        return self._hash

    def tid(self, buyer: Oid, seller: Oid) -> int:
        """The hash of the two orders that trade (protocol.md 5.2); never zero.

        However few its bits, trades of one block never share one: time and trade id together are
        what a fill is known by.
        """
        tid = mixed(mixed(buyer) ^ seller) & self._tid_mask or 1
        while tid in self._tids_of_block:
            tid += 1
        self._tids_of_block.add(tid)
        return tid


def mixed(number: int) -> int:
    """A 64-bit number with the bits of `number` well stirred (the finish of SplitMix64)."""
    number = (number + _GOLDEN) & _MASK
    number = ((number ^ (number >> 30)) * _MIX_1) & _MASK
    number = ((number ^ (number >> 27)) * _MIX_2) & _MASK
    return number ^ (number >> 31)
