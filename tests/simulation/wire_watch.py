"""Looks at every signed action as it leaves the process, before anything can happen to it.

I5: its intent is in the journal by then (on the platter, under `durability: power`).
I10: nonces of a signer only grow on each road, none is used twice, and a new process goes on above
all that came before, whatever the clock does. (Between two roads, a socket and HTTP, order is
nobody's to keep.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address, Cloid
from hive.hyperliquid.signing import recover_l1
from hive.simulation.disk import MemoryDisk

_CLOID: Final = re.compile(rb'"(0x4869[0-9a-f]{28})"')
_USER: Final = re.compile(rb'"user":"(0x[0-9a-f]{40})"')
_CANCELS: Final = ("cancel", "cancelByCloid")


class _Signature(msgspec.Struct):
    r: str
    s: str
    v: int


class _Signed(msgspec.Struct, rename="camel"):
    action: dict[str, Any]
    nonce: int
    signature: _Signature
    expires_after: int | None = None


class _Request(msgspec.Struct):
    payload: _Signed


class _Post(msgspec.Struct):
    request: _Request


class WireWatch:
    """Behind `Network.observe`. `violated` hears what should never be."""

    def __init__(
        self,
        disk: MemoryDisk,
        account_by_signer: Mapping[Address, Address],
        *,
        is_synced_first: bool,
        violated: Callable[[str], None],
    ) -> None:
        self._disk = disk
        self._account_by_signer = account_by_signer
        self._is_synced_first = is_synced_first
        self._violated = violated
        self._account_by_road: dict[str, Address] = {}
        self._latest: dict[tuple[Address, str], int] = {}
        self._used: dict[Address, set[int]] = {}
        self._floor: dict[Address, int] = {}
        self.actions = 0
        self.cloids: dict[Cloid, int] = {}
        """How often each cloid left in an order action."""

    def process_begins(self) -> None:
        """Whatever leaves from here on is of a new process."""
        self._floor = {account: max(used) for account, used in self._used.items()}

    def observe(self, road: str, message: bytes) -> None:
        """One message that leaves."""
        if b'"signature"' not in message:
            if b'"orderUpdates"' in message and (found := _USER.search(message)):
                self._account_by_road[road] = Address(found[1].decode())
        elif road == "http":
            self._check(road, msgspec.json.decode(message, type=_Signed), message)
        else:
            post = msgspec.json.decode(message, type=_Post)
            self._check(road, post.request.payload, message)

    def _check(self, road: str, signed: _Signed, message: bytes) -> None:
        self.actions += 1
        kind = signed.action["type"]
        account = self._account_by_road.get(road) or self._account_of(signed)
        self._check_nonce(account, road, signed.nonce)
        synced = self._is_synced_first and kind not in _CANCELS
        cloids = dict.fromkeys(_CLOID.findall(message))
        for needle in (b"\xcf" + signed.nonce.to_bytes(8, "big"), *cloids):
            if not self._disk.holds("journal/", needle, synced=synced):
                self._violated(f"I5 {needle!r} of {kind} leaves before it is in the journal")
        if kind == "order":
            for cloid in cloids:
                name = Cloid(cloid.decode())
                self.cloids[name] = self.cloids.get(name, 0) + 1

    def _check_nonce(self, account: Address, road: str, nonce: int) -> None:
        used = self._used.setdefault(account, set())
        least = max(self._floor.get(account, 0), self._latest.get((account, road), 0)) + 1
        if nonce < least or nonce in used:
            self._violated(f"I10 nonce {nonce} of {account} by {road}, not {least} or later")
        self._latest[account, road] = nonce
        used.add(nonce)

    def _account_of(self, signed: _Signed) -> Address:
        """Whose action this is. A socket speaks for one account; HTTP must be asked."""
        signer = recover_l1(
            signed.action,
            signed.nonce,
            signed.signature,
            is_mainnet=False,
            expires_after=signed.expires_after,
        )
        assert signer is not None
        return self._account_by_signer[signer]
