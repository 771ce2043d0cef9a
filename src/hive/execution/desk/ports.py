"""What a desk is handed, and how its parts reach it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hive.connection.rate_budget import IpBudget
from hive.domain.identifiers import Oid
from hive.domain.instruments import Universe
from hive.domain.orders import Fill
from hive.domain.switches import Switch
from hive.execution.desk.account_rights import AccountRights
from hive.execution.ports import (
    HttpActions,
    InfoRequests,
    JournalPort,
    Marks,
    PrivateStreams,
    RegistryPort,
    TaskPort,
)
from hive.execution.settling.answers import OnLone
from hive.hyperliquid.limits import VenueLimits
from hive.hyperliquid.signing import NonceSequence, Signer
from hive.runtime.ports import Clock, HttpReply


class DeskPorts(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk is handed: everything it does not own."""

    clock: Clock
    tasks: TaskPort
    streams: PrivateStreams
    info: InfoRequests
    http: HttpActions | None = None
    """For cancels and what reduces, while the socket is down."""
    journal: JournalPort
    registry: RegistryPort
    marks: Marks
    universe: Universe
    ip_budget: IpBudget
    venue_limits: VenueLimits
    signer: Signer
    on_switch: Callable[[Switch], None] | None = None
    """Hears of switches that the desk itself throws, so that they outlive the process."""
    leash: Callable[[], str | None] | None = None
    """Says why nothing that opens risk may leave just now; None while it may."""
    nonces: NonceSequence = msgspec.field(default_factory=NonceSequence)
    """The signer's; all accounts that it trades share it."""
    rights: AccountRights | None = None
    """Shared by all accounts, so that nothing is asked twice; None: the desk's own."""


class Callbacks(msgspec.Struct, frozen=True, kw_only=True):
    """How the parts reach the desk."""

    on_reply: Callable[[int, bytes], None]
    on_http_reply: Callable[[int, HttpReply], None]
    on_unanswered: Callable[[int, str], None]
    on_unsent: Callable[[int, str], None]
    on_fills: Callable[[list[Fill]], None]
    on_told: Callable[[], None]
    on_lost: Callable[[], None]
    on_gap: Callable[[], None]
    on_orphan: Callable[[Oid, str], None]
    on_alarm: Callable[[str], None]
    on_lone: OnLone
    hold: Callable[[], str | None]
    soon: Callable[[], None]
    """Has the desk send what may go."""
