"""Signs that somebody else trades this account with tools like ours.

Two processes with one key use up each other's nonces, and two that trade one account take each
other's positions for faults. Neither can be prevented from here, for the other may run on another
host; but both leave traces, and the first of each is worth an alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.identifiers import Address, unpack_cloid

INSTANCES_MAX: Final = 100


class OtherInstances:
    """Tells of each other instance once."""

    def __init__(self, account: Address, instance: int, on_alarm: Callable[[str], None]) -> None:
        """`instance` is our own, as it stands in our cloids."""
        self._account = account
        self._instance = instance
        self._on_alarm = on_alarm
        self._seen: dict[int, None] = {}
        self._is_key_shared = False

    @property
    def count(self) -> int:
        """Other instances of Hive whose orders were met."""
        return len(self._seen)

    def met(self, cloid: str | None) -> None:
        """An order of the account that is none of ours."""
        fields = None if cloid is None else unpack_cloid(cloid)
        if fields is None or fields.instance == self._instance:
            return
        if fields.instance in self._seen or len(self._seen) >= INSTANCES_MAX:
            return
        self._seen[fields.instance] = None
        self._on_alarm(
            f"another instance of Hive ({fields.instance:04x}) trades {self._account}: "
            "its orders and fills are booked as nobody's"
        )

    def nonces_used(self, signer: Address, venues_floor: int, our_last: int) -> None:
        """The venue refuses a nonce as too low; its lowest kept is above every one of ours."""
        if venues_floor > our_last and not self._is_key_shared:
            self._is_key_shared = True
            self._on_alarm(
                f"another process signs with the key of {signer}: give each its own agent"
            )
