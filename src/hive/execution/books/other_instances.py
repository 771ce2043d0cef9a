"""Signs that somebody else trades this account with tools like ours.

Two processes with one key use up each other's nonces, and two that trade one account take each
other's positions for faults. Neither can be prevented from here, for the other may run on another
host; but both leave traces:

    another instance's cloid             it trades with a key and a folder of its own    an alarm
    a cloid with our number, not ours    a copy of our folder trades                     a halt
    the venue's lowest nonce above ours  another process signs with our key              a halt

A copy takes our orders for its own, and we would take its; so where there is one, or another signer
with our key, the account takes no new risk until a person has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hive.domain.identifiers import Address, Cloid, CloidFields, unpack_cloid
from hive.domain.orders import Fill, OrderReport, ReportKind
from hive.execution.orders.cloids import CloidReader

SEEN_MAX: Final = 100
"""Instances, and starts of copies."""
ARRIVES_MS_MAX: Final = 60_000
"""So long after our start an order of an earlier one may arrive, at the least."""
FAR_MS: Final = 2**63
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


class OtherInstances:
    """Tells of each other instance once, and of what halts once until a person has looked."""

    def __init__(
        self,
        account: Address,
        reader: CloidReader,
        *,
        on_alarm: Callable[[str], None],
        on_copy: Callable[[str], None],
    ) -> None:
        """`on_copy` hears why the account must take no new risk."""
        self._account = account
        self._reader = reader
        self._on_alarm = on_alarm
        self._on_copy = on_copy
        self._seen: dict[int, None] = {}
        self._starts: dict[int, None] = {}
        self._signers: dict[Address, None] = {}
        self._arrived_ms = FAR_MS

    @property
    def count(self) -> int:
        """Other instances of Hive whose orders were met, copies since the last look included."""
        return len(self._seen) + bool(self._starts)

    def looked_at(self) -> None:
        """A person has, and takes copies and other signers for stopped: one that is met from here
        on is news."""
        self._starts.clear()
        self._signers.clear()

    def started(self, venue_ms: int, expires_ms: int) -> None:
        """This process begins at that moment of the venue's; the last order of an earlier one
        expires at the other."""
        self._arrived_ms = max(venue_ms + ARRIVES_MS_MAX, expires_ms)

    def met(self, cloid: Cloid | None, *, ago_ms: int | None = None) -> None:
        """An order of the account that is none that we know, or a fill of one, so long ago."""
        fields = None if cloid is None else unpack_cloid(cloid)
        if fields is None:
            return
        if fields.instance != self._reader.instance:
            self._met_instance(fields.instance, ago_ms)
        elif self._reader.is_copys(fields):
            self._met_copy(fields)

    def traded(self, fills: Iterable[Fill], venue_ms: int | None) -> None:
        """Fills of orders that we do not know, told at that time of the venue's if it is known."""
        for fill in sorted(fills, key=_traded_ms, reverse=True):  # the newest is the last sign
            self.met(fill.cloid, ago_ms=None if venue_ms is None else venue_ms - fill.venue_ms)

    def reported(self, report: OrderReport) -> None:
        """A stream tells of an order that we do not know."""
        self.met(report.cloid)
        if report.kind is not ReportKind.OPEN or report.status_ms <= self._arrived_ms:
            return
        fields = None if report.cloid is None else unpack_cloid(report.cloid)
        if fields is not None and fields.instance == self._reader.instance:
            self._met_copy(fields)  # an earlier start of ours is over for too long

    def nonces_used(self, signer: Address, venues_floor: int, our_last: int) -> None:
        """The venue refuses a nonce as too low; its lowest kept is above every one of ours."""
        if venues_floor > our_last and signer not in self._signers:
            self._signers[signer] = None
            self._on_copy(f"another process signs with the key of {signer}: give each its own")

    def _met_instance(self, instance: int, ago_ms: int | None) -> None:
        if instance in self._seen or len(self._seen) >= SEEN_MAX:
            return
        self._seen[instance] = None
        self._on_alarm(
            f"another instance of Hive ({instance:04x}) trades {self._account}: "
            f"its orders and fills are booked as nobody's{_last_sign(ago_ms)}"
        )

    def _met_copy(self, fields: CloidFields) -> None:
        if fields.epoch in self._starts or len(self._starts) >= SEEN_MAX:
            return
        self._starts[fields.epoch] = None
        self._on_copy(
            f"another process trades {self._account} from a copy of this state folder"
            f" (instance {fields.instance:04x}, its start {fields.epoch}, ours"
            f" {self._reader.epoch}): stop one, and give it a folder and a key of its own"
        )


def _traded_ms(fill: Fill) -> int:
    return fill.venue_ms


def _last_sign(ago_ms: int | None) -> str:
    """It may have ended long ago, which only a person can tell."""
    if ago_ms is None:
        return ""
    for unit_ms, unit in ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min")):
        if ago_ms >= unit_ms:
            return f"; it last traded {ago_ms // unit_ms} {unit} ago"
    return "; it last traded less than a minute ago"
